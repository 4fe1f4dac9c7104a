"""What the floor is told: by the exchange, a timer or a button. Untrusted: late, doubled or out of order, never an error.

``at`` is the moment it happened by the exchange's clock where the exchange tells one, not the moment we noticed.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from acd.model.commands import Command, Timer
from hotline.events import Needs, Presence
from hotline.ids import AgentNo, CallId, ChannelId, OfferId, QueueName, SeatNo, WorkId
from hotline.moment import Moment

LeftHow = Literal["hung_up", "went_back", "timed_out", "fallback"]
"""``fallback``: the dialplan's own queue has given him an agent while we were away."""
RefusalCause = Literal["declined", "busy", "no_answer", "unreachable", "failed"]


class Signal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of all signals: it happened ``at`` a moment."""

    at: Moment


class SignIn(Signal, frozen=True):
    """An agent takes a seat 签入 with one of its phones; an agent who sits elsewhere is moved."""

    seat: SeatNo
    agent: AgentNo
    endpoint: str


class SignOut(Signal, frozen=True):
    """The agent leaves the seat 签出; refused during a talk."""

    seat: SeatNo
    why: str = "by_hand"


class GoAvailable(Signal, frozen=True):
    """示闲: the seat wants calls; during a call it takes a planned break back."""

    seat: SeatNo


class GoOnBreak(Signal, frozen=True):
    """示忙 or 小休 with a reason; during a call it is planned for after wrap-up."""

    seat: SeatNo
    reason: str = "rest"


class EndWrapUp(Signal, frozen=True):
    """The agent is done with wrap-up 结束整理."""

    seat: SeatNo


class ExtendWrapUp(Signal, frozen=True):
    """The agent needs more time to wrap up 延长整理."""

    seat: SeatNo


class Force(Signal, frozen=True):
    """A supervisor orders the seat available (ending a wrap-up), on break, or signed out; a call is finished first 强制."""

    seat: SeatNo
    to: Presence
    by: str
    reason: str = "supervisor"


class CallerWaits(Signal, frozen=True):
    """A caller who asked for a person at ``wanted_at`` is ready to be given one; ``line`` is his channel.

    ``requires``: skills beside those of the queue. ``priority``: by name, else the queue's. ``sticky``: the agent who knows him.
    """

    call: CallId
    line: ChannelId
    queue: QueueName
    wanted_at: Moment
    requires: Needs = ()
    priority: str = ""
    sticky: AgentNo = AgentNo("")


class CallerLeft(Signal, frozen=True):
    """The caller is gone, or stopped waiting. ``estimated``: the moment was not seen but worked out afterwards.

    ``by_switch``: he didn't hang up, the exchange ended his call (its limit of time, no sound from him).
    """

    call: CallId
    how: LeftHow
    estimated: bool = False
    by_switch: bool = False


class SetQueueHours(Signal, frozen=True):
    """The queue's hours begin (``open``) or end."""

    queue: QueueName
    open: bool


class WorkWaits(Signal, frozen=True):
    """A text chat wants an agent."""

    work: WorkId
    queue: QueueName
    wanted_at: Moment
    requires: Needs = ()
    priority: str = ""


class WorkOver(Signal, frozen=True):
    """It is done, or its customer has left."""

    work: WorkId
    how: Literal["done", "left"]


class OfferRang(Signal, frozen=True):
    """180 from the seat's phone."""

    offer: OfferId


class OfferAnswered(Signal, frozen=True):
    """200 OK from the seat's phone."""

    offer: OfferId


class OfferRefused(Signal, frozen=True):
    """The seat's leg ended unanswered, or could not be made."""

    offer: OfferId
    cause: RefusalCause


class SeatHungUp(Signal, frozen=True):
    """The seat's answered leg is gone."""

    offer: OfferId
    estimated: bool = False


class HeldBySeat(Signal, frozen=True):
    """The seat put the caller on hold (``held``) or took him back."""

    offer: OfferId
    held: bool


class EndpointReachable(Signal, frozen=True):
    """A phone registered, or was lost. A phone never heard of is taken to be reachable: its first offer will tell."""

    endpoint: str
    reachable: bool


class TimeUp(Signal, frozen=True):
    """A timer ran out; it names what it was for, so one that comes too late matches nothing."""

    timer: Timer


class CommandFailed(Signal, frozen=True):
    """A command could not be carried out, or was not done in time."""

    command: Command
    why: str


class SwitchGone(Signal, frozen=True):
    """We no longer hear the exchange."""

    why: str


class SwitchBack(Signal, frozen=True):
    """We hear the exchange; ``started`` names its run, so a new one means that every line of the old is dead.

    ``died_at``: when the old run ended, if somebody knows (else: when we lost it, else ``at``).
    """

    asterisk: str
    started: str
    died_at: Moment | None = None


AnySignal = (
    SignIn | SignOut | GoAvailable | GoOnBreak | EndWrapUp | ExtendWrapUp | Force | CallerWaits | CallerLeft | SetQueueHours
    | WorkWaits | WorkOver
    | OfferRang | OfferAnswered | OfferRefused | SeatHungUp | HeldBySeat | EndpointReachable | TimeUp | CommandFailed
    | SwitchGone | SwitchBack
)  # fmt: skip

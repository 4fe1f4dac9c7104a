"""What is to be done. Every command is safe to repeat: it carries ids of our own, and doing it twice finds it done.

``waits_for_commit``: it changes who holds whom, so its events must be durable before (architecture.md "The journal is the
truth"). ``lane``: commands of one lane are carried out in order, lanes side by side.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal

import msgspec

from hotline.ids import AgentNo, CallId, ChannelId, OfferId, SeatNo
from hotline.moment import Moment

TimerKind = Literal["ring", "wrap_up_target", "wrap_up_cap", "phone_retry", "break_limit", "sticky", "overflow", "longest_wait"]
StopCause = Literal["normal", "no_answer", "answered_elsewhere", "failure"]


class Timer(msgspec.Struct, frozen=True, gc=False):
    """The name of a timer: what for, at which seat, since which offer (it makes it unique for ever); or for which waiting call."""

    kind: TimerKind
    seat: SeatNo
    offer: OfferId
    call: CallId = CallId("")


class Command(msgspec.Struct, frozen=True, gc=False):
    """Base of all commands."""

    waits_for_commit: ClassVar[bool] = False

    @property
    def id(self) -> str:
        """Equal for equal commands, across restarts too: what to be idempotent by."""
        return f"{type(self).__name__}:{self.lane}"

    @property
    def lane(self) -> str:
        """Commands with the same lane keep their order."""
        raise NotImplementedError


class CallCommand(Command, frozen=True):
    """Base of the commands about one call and one offer of it."""

    call: CallId
    offer: OfferId

    @property
    def id(self) -> str:
        """The offer names it: a call's second offer is another command."""
        return f"{type(self).__name__}:{self.offer}"

    @property
    def lane(self) -> str:
        """The call."""
        return self.call


class Ring(CallCommand, frozen=True):
    """Ring the seat's phone for at most ``longest``."""

    waits_for_commit: ClassVar[bool] = True
    seat: SeatNo
    agent: AgentNo
    endpoint: str
    longest: timedelta


class StopRinging(CallCommand, frozen=True):
    """Take the ringing back; harmless when it stopped by itself."""

    cause: StopCause


class Connect(CallCommand, frozen=True):
    """Join the caller and the seat's answered leg and tell the caller the agent number.

    ``again``: asked after a restart; what is joined already stays as it is, and nothing is announced twice.
    """

    waits_for_commit: ClassVar[bool] = True
    line: ChannelId
    seat: SeatNo
    agent: AgentNo
    again: bool = False


class EndTalk(CallCommand, frozen=True):
    """Take the bridge away and hang the seat's leg up, as far as they are still there; the caller's line is not touched."""


class HangUpSeat(Command, frozen=True):
    """Hang up a seat's leg that belongs to no live offer (a late answer)."""

    offer: OfferId

    @property
    def lane(self) -> str:
        """The offer: its call is over or unknown."""
        return self.offer


class ShowPresence(Command, frozen=True):
    """Tell the outside (the fallback queue, the boards) who sits where and whether he takes calls."""

    seat: SeatNo
    agent: AgentNo
    endpoint: str
    signed_in: bool
    takes_calls: bool

    @property
    def lane(self) -> str:
        """The seat."""
        return f"seat-{self.seat}"


class SetTimer(Command, frozen=True):
    """Say :class:`TimeUp` when ``after`` has passed ``since`` a moment (at once when it has already). The keeper does it."""

    timer: Timer
    since: Moment
    after: timedelta

    @property
    def lane(self) -> str:
        """The call or the seat."""
        return self.timer.call or f"seat-{self.timer.seat}"


class CancelTimer(Command, frozen=True):
    """Forget a timer; one that isn't set is no error. The keeper does it."""

    timer: Timer

    @property
    def lane(self) -> str:
        """The call or the seat."""
        return self.timer.call or f"seat-{self.timer.seat}"

"""What is now true: the closed list of events, and the only source of any reported figure.

Laws:

* an event is past tense, immutable and journalled before its effect; it is never changed, only superseded by a later one;
* it carries what recomputes every indicator (seeds 001 §3.2, 004 §3.1) and no personal data beyond ids and a keyed hash of
  the caller's number; a digit a caller keyed is never in it, a PIN least of all;
* unknown fields of an old version are upcast in :mod:`hotline.journal`, never rewritten on disk.

Moments are those of the exchange (the agent leg's 200 OK, the BYE), not of our noticing them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hotline.ids import AgentNo, CallBackId, CallerKey, CallId, ChannelId, DepositorId, OfferId, QueueName, RecordingId, SeatNo, WorkId
from hotline.moment import Moment

AbandonStage = Literal["menu", "waiting", "ringing"]
EndedHow = Literal["caller_hung_up", "we_hung_up", "agent_hung_up", "switch_restart", "switch_lost", "timed_out", "found_ended"]
"""How a call ended 结束原因: by the caller, by the menu's goodbye, by the agent without survey, by Asterisk going away, by its
limits (the longest call, no sound from the caller), or found gone after our own absence (moment then estimated from CEL)."""
EndedBy = Literal["caller", "agent", "switch"]
Presence = Literal["signed_out", "available", "on_break"]
Needs = tuple[tuple[str, int], ...]
"""Skill and least level, sorted by skill."""
Grade = Literal["satisfied", "basically", "dissatisfied"]
"""满意, 基本满意, 不满意 (seed 001 §3.2 counts only the first as satisfied; seed 002 §七 counts the first two)."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=True, omit_defaults=True):
    """Base of all events: it happened ``at`` a moment."""

    at: Moment


class CallEvent(Event, frozen=True, kw_only=True):
    """Base of the events of one call."""

    call: CallId


# -- a call's way through the menu ---------------------------------------------------------------------------------


class CallArrived(CallEvent, frozen=True, kw_only=True):
    """A call reached us; every one counts (seed 001 §3.2-1), internal ones are flagged and left out of the figures."""

    caller: CallerKey
    dnis: str = "12329"
    line: ChannelId = ChannelId("")
    trunk: str = ""
    staffed: bool = True
    internal: bool = False
    degraded: bool = False


class MenuEntered(CallEvent, frozen=True, kw_only=True):
    """The caller stands at menu node ``node``: a checkpoint to resume at. ``menu``: the version of the menu his call began with."""

    node: str
    menu: str = ""


class LoggedIn(CallEvent, frozen=True, kw_only=True):
    """The caller proved who he is with account and PIN. ``account``: the ordinal of the one he means; ``unit``: an employer's key."""

    depositor: DepositorId
    account: int = 0
    unit: bool = False


class LoginRefused(CallEvent, frozen=True, kw_only=True):
    """One attempt failed; why is not said, to nobody."""

    attempt: int


class PinSet(CallEvent, frozen=True, kw_only=True):
    """The query PIN of ``depositor`` (a person or an employer) was replaced ``by`` who knew the old one, or keyed a code sent to the
    bound mobile: then he has his tries of the call back."""

    depositor: DepositorId
    by: Literal["old_pin", "code"]


class MobileBound(CallEvent, frozen=True, kw_only=True):
    """Another mobile was bound to ``depositor``, with a code to it and one to the old number; which one stands elsewhere, sealed."""

    depositor: DepositorId


class SelfServiceGiven(CallEvent, frozen=True, kw_only=True):
    """A content, result or reservation node was reached: the call counts as served by itself (domain/kpi.md class SELF)."""

    service: str


class SelfServiceFailed(CallEvent, frozen=True, kw_only=True):
    """The service could not be given: ``why`` is ``core_down``, ``core_slow``, ``core_wrong``, ``store_down``, ``not_found`` or
    ``refused`` (it may not be had: booked already, not proven, a PIN that is too weak)."""

    service: str
    why: str


class MessageLeft(CallEvent, frozen=True, kw_only=True):
    """The caller left a voice message instead of speaking to a person."""

    recording: RecordingId


class CallBackPromised(CallEvent, frozen=True, kw_only=True):
    """The caller is called back instead of waiting 预约回拨; in one call a later promise takes the place of an earlier one.

    ``caller`` is the key of the number to be called, so that a redial from it is told to be his; the number itself stands encrypted
    and erasable in table ``callers`` under the id ``call_back``. ``wanted_at``: the place in ``queue`` he gave up for it, and keeps;
    None: he asked outside staffed hours and comes in the order of the promises, from ``not_before_us`` (wall clock) on.
    """

    call_back: CallBackId
    caller: CallerKey
    queue: QueueName
    skill: str = "general"
    wanted_at: Moment | None = None
    not_before_us: int = 0


# -- wanting, waiting, being offered -------------------------------------------------------------------------------


class AgentWanted(CallEvent, frozen=True, kw_only=True):
    """The end of the key or route that asks for a person: the wait of the figures begins here (domain/kpi.md "wait").

    ``skill``: what that person must know, as the menu says; empty: nothing was said (the caller had been promised one elsewhere).
    """

    staffed: bool = True
    skill: str = ""


class CallQueued(CallEvent, frozen=True, kw_only=True):
    """The call stands in ``queue``; it is served in the order of ``wanted_at`` (None: ``at``), not of arriving here.

    What it needs and what its priority is worth were settled when it joined: they stand here, so a replay asks no settings.
    """

    queue: QueueName
    position: int
    line: ChannelId = ChannelId("")
    wanted_at: Moment | None = None
    requires: Needs = ()
    prefers: Needs = ()
    priority: str = ""
    tier: int = 0
    head_start_s: int = 0
    weight: int = 1
    asks: Needs = ()
    """What the caller himself needs beside what the queue asks."""
    only: AgentNo = AgentNo("")
    """He waits for this agent, who knows him, and for a while for no other."""
    estimate: tuple[int, int] | None = None
    """How long he will wait, as it could be told him: from, to, in seconds."""


class CallOverflowed(CallEvent, frozen=True, kw_only=True):
    """The call left one queue for another with its place and waiting time 溢出. ``why``: length, wait, estimate, closed, nobody."""

    left: QueueName
    queue: QueueName
    why: str
    requires: Needs = ()
    prefers: Needs = ()


class StickyReleased(CallEvent, frozen=True, kw_only=True):
    """The call no longer waits for ``agent`` alone: ``why`` is ``time_up`` or ``not_available``."""

    agent: AgentNo
    why: str


class Considered(msgspec.Struct, frozen=True):
    """One seat a routing decision looked at, with the figure it was ranked by (microseconds idle, for longest idle)."""

    seat: SeatNo
    agent: AgentNo
    rank: int


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why this seat: the rule, the winner's rank, up to three runners-up and how many were considered.

    When the seat became free and named the caller: how many ``callers`` it could have been given, and who is next after him.
    """

    rule: str
    winner: Considered
    runners_up: tuple[Considered, ...]
    considered: int
    callers: int = 0
    next: tuple[CallId, ...] = ()


class CallOffered(CallEvent, frozen=True, kw_only=True):
    """The call was given to a seat's phone to ring 派话."""

    offer: OfferId
    seat: SeatNo
    agent: AgentNo
    queue: QueueName
    decision: Decision


class OfferRinging(CallEvent, frozen=True, kw_only=True):
    """The seat's phone reported that it rings (180)."""

    offer: OfferId
    seat: SeatNo
    agent: AgentNo


class RingNoAnswer(CallEvent, frozen=True, kw_only=True):
    """The agent let it ring: the call keeps its place, the seat goes on break (missed)."""

    offer: OfferId
    seat: SeatNo
    agent: AgentNo


class OfferDeclined(CallEvent, frozen=True, kw_only=True):
    """The phone refused: ``cause`` is ``declined``, ``busy``, ``unreachable`` or ``failed``."""

    offer: OfferId
    seat: SeatNo
    agent: AgentNo
    cause: str


class OfferWithdrawn(CallEvent, frozen=True, kw_only=True):
    """We stopped the ringing: ``why`` is ``caller_left``, ``answered_elsewhere``, ``seat_left`` or ``switch_lost``."""

    offer: OfferId
    seat: SeatNo
    agent: AgentNo
    why: str


class CallAnswered(CallEvent, frozen=True, kw_only=True):
    """The agent leg's 200 OK: wait ends, talk begins (domain/kpi.md "talk")."""

    offer: OfferId
    seat: SeatNo
    agent: AgentNo


class CallAbandoned(CallEvent, frozen=True, kw_only=True):
    """The caller, having asked for a person, left without one.

    ``how`` is ``hung_up``, ``went_back``, ``timed_out`` (longest wait) or ``switch_restart`` (his line died with the exchange).
    """

    stage: AbandonStage
    how: str = "hung_up"


# -- talking, wrapping up, being judged ----------------------------------------------------------------------------


class CallHeld(CallEvent, frozen=True, kw_only=True):
    """The agent put the caller on hold; hold is part of talk."""

    seat: SeatNo


class CallRetrieved(CallEvent, frozen=True, kw_only=True):
    """The agent took the caller back from hold."""

    seat: SeatNo


class TalkEnded(CallEvent, frozen=True, kw_only=True):
    """The first BYE of the two legs. Wrap-up of the seat begins at this moment."""

    seat: SeatNo
    agent: AgentNo
    by: EndedBy
    estimated: bool = False


class WrapUpOverTarget(CallEvent, frozen=True, kw_only=True):
    """The seat's wrap-up passed its target: an alarm, never an end (domain/kpi.md "ACW end")."""

    seat: SeatNo
    agent: AgentNo


class WrapUpExtended(CallEvent, frozen=True, kw_only=True):
    """The agent asked for more time to wrap up: its cap is ``by_s`` seconds later."""

    seat: SeatNo
    agent: AgentNo
    by_s: int


class WrapUpEnded(CallEvent, frozen=True, kw_only=True):
    """Wrap-up is over: ``how`` is ``by_hand``, ``signed_out``, ``cap`` or ``link``."""

    seat: SeatNo
    agent: AgentNo
    how: str


class SurveyOffered(CallEvent, frozen=True, kw_only=True):
    """The caller was asked whether the service was good."""

    agent: AgentNo


class SatisfactionGiven(CallEvent, frozen=True, kw_only=True):
    """The caller's last valid key in the survey."""

    agent: AgentNo
    grade: Grade


class RecordingStarted(CallEvent, frozen=True, kw_only=True):
    """Both sides of the talk are being recorded by Asterisk itself."""

    recording: RecordingId


class RecordingKept(CallEvent, frozen=True, kw_only=True):
    """The recording is in the archive: two channels (agent left, caller right), with its digest."""

    recording: RecordingId
    path: str
    sha256: str
    duration_us: int


class RecordingFailed(CallEvent, frozen=True, kw_only=True):
    """There is no recording of this talk, and why."""

    recording: RecordingId
    why: str


class CallEnded(CallEvent, frozen=True, kw_only=True):
    """The call is over; exactly one per call (a unique index makes a second impossible)."""

    how: EndedHow
    estimated: bool = False


# -- seats ---------------------------------------------------------------------------------------------------------


class SeatEvent(Event, frozen=True, kw_only=True):
    """Base of the events of one seat."""

    seat: SeatNo
    agent: AgentNo


class SeatSignedIn(SeatEvent, frozen=True, kw_only=True):
    """An agent took a seat 签入; it is on break until he goes available. ``endpoint`` is ``hl-3`` or ``hl-3-web``."""

    endpoint: str


class SeatSignedOut(SeatEvent, frozen=True, kw_only=True):
    """The agent left the seat 签出. ``why``: ``by_hand``, ``supervisor``, ``moved`` (he), ``replaced`` (by another)."""

    why: str = "by_hand"


class PresenceChosen(SeatEvent, frozen=True, kw_only=True):
    """The seat went available or on break. ``reason`` of a break: ``rest``, ``busy``, ``missed``, ``link``, ...

    ``by``: the supervisor who ordered it; empty: the agent himself, or what his phone did.
    """

    presence: Presence
    reason: str = ""
    by: str = ""


class BreakPlanned(SeatEvent, frozen=True, kw_only=True):
    """A break chosen while a call is on; it takes effect when wrap-up ends. ``sign_out``: ordered to leave then."""

    reason: str
    by: str = ""


class BreakOverLimit(SeatEvent, frozen=True, kw_only=True):
    """The break has lasted longer than its reason allows: an alarm, never an end."""

    reason: str


class PhoneReachable(SeatEvent, frozen=True, kw_only=True):
    """The phone ``endpoint`` registered, or was lost. ``seat`` 0 and no ``agent``: nobody is signed in at it."""

    reachable: bool
    endpoint: str = ""


# -- work that isn't a call ----------------------------------------------------------------------------------------


class WorkEvent(Event, frozen=True, kw_only=True):
    """Base of the events of one text chat 在线文字咨询."""

    work: WorkId


class WorkQueued(WorkEvent, frozen=True, kw_only=True):
    """It stands in ``queue``, at the place ``wanted_at`` and its priority give it."""

    queue: QueueName
    wanted_at: Moment
    requires: Needs = ()
    tier: int = 0
    head_start_s: int = 0


class WorkGiven(WorkEvent, frozen=True, kw_only=True):
    """It was given to an agent; there is no ringing. ``considered``: how many had room. ``held``: how many he had already."""

    seat: SeatNo
    agent: AgentNo
    considered: int
    held: int


class WorkReturned(WorkEvent, frozen=True, kw_only=True):
    """Its agent is gone; it waits again, at its old place."""

    seat: SeatNo
    agent: AgentNo


class WorkEnded(WorkEvent, frozen=True, kw_only=True):
    """It is over: ``how`` is ``done`` (by the agent) or ``left`` (by the customer)."""

    how: str


class TextsPaused(SeatEvent, frozen=True, kw_only=True):
    """The agent talks: his text chats wait."""


class TextsResumed(SeatEvent, frozen=True, kw_only=True):
    """The talk is over: his text chats go on."""


# -- the house -----------------------------------------------------------------------------------------------------


class WorkerStarted(Event, frozen=True, kw_only=True):
    """A worker process began; ``version`` is the product's."""

    worker: str
    pid: int
    version: str = ""


class MenuChanged(Event, frozen=True, kw_only=True):
    """Calls that arrive from now on begin with version ``menu`` of the menu; those that are on keep theirs."""

    menu: str
    before: str


class SwitchConnected(Event, frozen=True, kw_only=True):
    """We hear Asterisk again. ``boot`` changes when Asterisk itself was restarted."""

    asterisk: str
    started: str


class QueueHours(Event, frozen=True, kw_only=True):
    """The queue's hours began (``open``) or ended."""

    queue: QueueName
    open: bool


class SwitchLost(Event, frozen=True, kw_only=True):
    """We no longer hear Asterisk."""

    why: str


class Repaired(Event, frozen=True, kw_only=True):
    """The reconciler found a difference between the floor and Asterisk and settled it."""

    what: str
    subject: str
    call: CallId | None = None


class AlarmRaised(Event, frozen=True, kw_only=True):
    """Somebody has to look: ``code`` is stable, ``text`` is for people."""

    code: str
    text: str


class Degraded(Event, frozen=True, kw_only=True):
    """A call was served by the dialplan's own queue while we were away (from CEL)."""

    call: CallId
    waited_us: int
    talked_us: int
    answered: bool


AnyEvent = (
    CallArrived | MenuEntered | LoggedIn | LoginRefused | SelfServiceGiven | SelfServiceFailed | MessageLeft | CallBackPromised
    | PinSet | MobileBound
    | AgentWanted | CallQueued | CallOverflowed | StickyReleased | CallOffered | OfferRinging | RingNoAnswer | OfferDeclined
    | OfferWithdrawn | CallAnswered | CallAbandoned | CallHeld | CallRetrieved | TalkEnded | WrapUpOverTarget | WrapUpExtended
    | WrapUpEnded | SurveyOffered | SatisfactionGiven | RecordingStarted | RecordingKept | RecordingFailed | CallEnded
    | SeatSignedIn | SeatSignedOut | PresenceChosen | BreakPlanned | BreakOverLimit | PhoneReachable
    | WorkQueued | WorkGiven | WorkReturned | WorkEnded | TextsPaused | TextsResumed
    | QueueHours | WorkerStarted | MenuChanged | SwitchConnected | SwitchLost | Repaired | AlarmRaised | Degraded
)  # fmt: skip
"""Everything the journal may hold; the ``type`` tag of each is its class name."""

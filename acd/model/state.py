"""What the floor holds: seats, calls, who holds whom. One mutable object that only :func:`acd.rules.apply` changes.

A seat has two axes (architecture.md): **presence**, which people choose, and **activity**, which calls do to it. Free means
available, idle and reachable. :data:`LEGAL` is the whole life of an activity: what isn't in it can't happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from acd.model.ranked import Key, Ranked
from hotline import events as ev
from hotline.errors import HotlineError
from hotline.events import Presence
from hotline.ids import AgentNo, CallId, ChannelId, OfferId, QueueName, SeatNo
from hotline.moment import Moment
from hotline.settings import SeatSettings

Activity = Literal["idle", "ringing", "dialling", "talking", "wrap_up"]
"""空闲, 振铃, 外呼, 通话, 话后处理. Hold is the call's. No move leads to ``dialling`` yet: there are no outbound calls."""
Stage = Literal["waiting", "ringing", "talking"]
"""Where a call on the floor stands: in the queue, offered to a seat, with an agent."""

LEGAL: Mapping[tuple[Activity, type[ev.Event]], Activity] = MappingProxyType({
    ("idle", ev.CallOffered): "ringing",
    ("ringing", ev.CallAnswered): "talking",
    ("ringing", ev.RingNoAnswer): "idle",
    ("ringing", ev.OfferDeclined): "idle",
    ("ringing", ev.OfferWithdrawn): "idle",
    ("talking", ev.TalkEnded): "wrap_up",
    ("wrap_up", ev.WrapUpEnded): "idle",
})  # fmt: skip
"""(activity, event) -> activity."""


class IllegalMove(HotlineError):
    """The floor can't make this move:"""


class Seat(msgspec.Struct, kw_only=True):
    """A place to work at, and who sits there. After sign-out it remembers who sat there last."""

    seat: SeatNo
    agent: AgentNo
    endpoint: str
    presence: Presence
    reason: str
    presence_since: Moment
    activity: Activity = "idle"
    since: Moment
    """When the activity began."""
    idle_since: Moment
    """What longest-idle counts from: the end of the last wrap-up, or going available, whichever is later."""
    planned: str = ""
    """Reason of the break that begins when this call's wrap-up ends."""
    call: CallId | None = None
    """The call that rings, is talked with or wrapped up."""
    offer: OfferId | None = None
    over_target: bool = False
    retry: OfferId | None = None
    """The offer whose failure (busy phone, failed leg) put the seat on break ``link`` until it is tried again."""


class Call(msgspec.Struct, kw_only=True):
    """A caller who asked for a person, until he has left or his talk is over."""

    call: CallId
    line: ChannelId
    queue: QueueName
    wanted_at: Moment
    key: Key
    """His place: callers are served in this order, and nothing that happens to an offer changes it."""
    stage: Stage = "waiting"
    since: Moment
    seat: SeatNo | None = None
    offer: OfferId | None = None
    rang: bool = False
    held: bool = False


class Queue:
    """One queue: all who have no agent yet (``standing``, for positions), and those of them with no offer (``waiting``)."""

    __slots__ = ("standing", "waiting")

    def __init__(self) -> None:
        self.standing = Ranked()
        self.waiting = Ranked()


class FloorState:
    """The floor. Facts first; the indexes behind them are derived and rebuilt from them."""

    def __init__(self, settings: SeatSettings) -> None:
        self.settings = settings
        self.seats: dict[SeatNo, Seat] = {}
        self.calls: dict[CallId, Call] = {}
        self.unreachable: set[str] = set()
        self.boots: list[str] = []
        """Eras of the monotonic clock in the order they were met; moments of different eras are ordered by era."""
        self.entries = 0
        self.offered = 0
        self.away_since: Moment | None = None
        """When we lost the exchange; None while we hear it."""
        self.started = ""
        # -- derived ----------------------------------------------------
        self.agents: dict[AgentNo, SeatNo] = {}
        self.endpoints: dict[str, SeatNo] = {}
        self.offers: dict[OfferId, CallId] = {}
        self.queues: dict[QueueName, Queue] = {}
        self.arrivals: dict[int, CallId] = {}
        self.idle = Ranked()
        self.idle_keys: dict[SeatNo, Key] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FloorState) and self.facts() == other.facts()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        stages = [call.stage for call in self.calls.values()]
        counts = ", ".join(f"{stages.count(stage)} {stage}" for stage in ("waiting", "ringing", "talking"))
        return f"<floor: {len(self.agents)} signed in, {len(self.idle)} free; {counts}>"

    def facts(self) -> tuple[object, ...]:
        """Everything the floor is, without the indexes: two floors with equal facts behave alike for ever."""
        return (
            list(self.seats.values()), list(self.calls.values()), self.unreachable, self.boots,
            self.entries, self.offered, self.away_since, self.started,
        )  # fmt: skip

    @property
    def away(self) -> bool:
        """Whether we don't hear the exchange."""
        return self.away_since is not None

    def reachable(self, endpoint: str) -> bool:
        """Whether the phone is not known to be lost."""
        return endpoint not in self.unreachable

    def seated(self, seat: SeatNo) -> Seat | None:
        """The seat when somebody is signed in at it."""
        found = self.seats.get(seat)
        return found if found is not None and found.presence != "signed_out" else None

    def live(self, offer: OfferId) -> Call | None:
        """The call that is ringing or talking under ``offer``."""
        call = self.offers.get(offer)
        return None if call is None else self.calls[call]

    def key(self, moment: Moment, tie: int) -> Key:
        """Where ``moment`` comes in an order of this floor; an era never met is behind all that were."""
        era = self.boots.index(moment.boot) if moment.boot in self.boots else len(self.boots)
        return era, moment.mono, tie

    def position(self, call: CallId) -> int:
        """1 for the next to be answered; 0 when the call doesn't wait."""
        found = self.calls.get(call)
        if found is None or found.stage == "talking":
            return 0
        return self.queues[found.queue].standing.rank(found.key) + 1

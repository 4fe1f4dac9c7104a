"""What the floor holds: seats, calls, who holds whom. One mutable object that only :func:`acd.rules.apply` changes.

A seat has two axes (architecture.md): **presence**, which people choose, and **activity**, which calls do to it. Free means
available, idle and reachable. :data:`LEGAL` is the whole life of an activity: what isn't in it can't happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

import msgspec

from acd.model.groups import GroupName, Groups
from acd.model.ranked import Key, Ranked
from hotline import events as ev
from hotline.errors import HotlineError
from hotline.events import Needs, Presence
from hotline.ids import AgentNo, CallId, ChannelId, OfferId, QueueName, SeatNo, WorkId
from hotline.moment import Moment
from hotline.routing import PLAIN_ROUTING, RoutingSettings
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


class Seat(msgspec.Struct, kw_only=True, gc=False):
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
    served: QueueName = QueueName("")
    """The queue whose call is talked with or wrapped up."""
    rang: bool = False
    """Whether the phone has said that it rings."""
    over_target: bool = False
    extended_s: int = 0
    """By how much this wrap-up was extended."""
    over_limit: bool = False
    """The break has passed its limit, and that was said."""
    calls: int = 0
    """Calls answered since sign-in (what fewest_calls counts)."""
    talk_us: int = 0
    """Talk since sign-in (what least_talk counts)."""
    turn: int = 0
    """Number of the floor's offer that was the seat's last (what round_robin goes by)."""
    retry: OfferId | None = None
    """The offer whose failure (busy phone, failed leg) put the seat on break ``link`` until it is tried again."""


class Call(msgspec.Struct, kw_only=True, gc=False):
    """A caller who asked for a person, until he has left or his talk is over."""

    call: CallId
    line: ChannelId
    queue: QueueName
    wanted_at: Moment
    key: Key
    """His place among callers alike: nothing that happens to an offer changes it. A head start counts as waited."""
    stage: Stage = "waiting"
    since: Moment
    seat: SeatNo | None = None
    offer: OfferId | None = None
    """The first of the phones that ring for him, or the one he talks with."""
    also: dict[OfferId, SeatNo] = {}
    """The other phones that ring (ring-all)."""
    held: bool = False
    requires: Needs = ()
    prefers: Needs = ()
    weight: int = 1
    asks: Needs = ()
    """What he needs himself, whatever queue he stands in."""
    estimate: tuple[int, int] | None = None
    joined: Moment | None = None
    """When the estimate was made."""
    only: AgentNo = AgentNo("")
    """He waits for this agent and no other, for a while."""
    been: tuple[QueueName, ...] = ()
    """Queues he has overflowed from."""

    @property
    def group(self) -> GroupName:
        """The callers he stands among."""
        return GroupName(self.queue, self.requires, self.prefers, self.weight, self.only)

    def seat_of(self, offer: OfferId) -> SeatNo:
        """The seat of one of the call's live offers."""
        if offer == self.offer:
            assert self.seat is not None
            return self.seat
        return self.also[offer]


class Work(msgspec.Struct, kw_only=True, gc=False):
    """A text chat, until it is over."""

    work: WorkId
    queue: QueueName
    wanted_at: Moment
    key: Key
    requires: Needs = ()
    seat: SeatNo | None = None

    @property
    def group(self) -> GroupName:
        """Those it waits among."""
        return GroupName(self.queue, self.requires, (), 1, AgentNo(""))


class Pace(msgspec.Struct, kw_only=True, gc=False):
    """How fast a queue moves, over its last few hundred calls (both halves of a rate are halved together now and then)."""

    served: int = 0
    busy_us: int = 0
    """Ringing answered, talk and wrap-up of the calls served."""
    left: int = 0
    waited_us: int = 0
    """Waiting of those who left and those who were answered."""
    told: int = 0
    kept: int = 0
    """Of the estimates told to callers who were answered: how many held the truth."""


class FloorState:
    """The floor. Facts first; the indexes behind them are derived and rebuilt from them."""

    def __init__(self, settings: SeatSettings, routing: RoutingSettings = PLAIN_ROUTING) -> None:
        self.settings = settings
        self.routing = routing
        self.ring = timedelta(seconds=settings.ring_s)
        self.seats: dict[SeatNo, Seat] = {}
        self.calls: dict[CallId, Call] = {}
        self.unreachable: set[str] = set()
        self.boots: dict[str, int] = {}
        """Eras of the monotonic clock, numbered in the order they were met; moments of different eras are ordered by era."""
        self.entries = 0
        self.offered = 0
        self.away_since: Moment | None = None
        """When we lost the exchange; None while we hear it."""
        self.started = ""
        self.closed: set[QueueName] = set()
        """Queues outside their hours."""
        self.paces: dict[QueueName, Pace] = {}
        self.works: dict[WorkId, Work] = {}
        self.paused: set[SeatNo] = set()
        """Seats whose text chats wait for a talk to end."""
        # -- derived ----------------------------------------------------
        self.agents: dict[AgentNo, SeatNo] = {}
        self.endpoints: dict[str, SeatNo] = {}
        self.offers: dict[OfferId, CallId] = {}
        self.standing: dict[QueueName, Ranked] = {}
        """All of a queue who have no agent yet, for positions."""
        self.arrivals: dict[int, CallId] = {}
        self.groups = Groups(routing)
        self.texts = Groups(routing)
        """The same for text chats: seats with room for one more."""
        self.held: dict[SeatNo, set[WorkId]] = {}
        """The text chats each seat has."""
        self.pieces: dict[int, WorkId] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FloorState) and self.facts() == other.facts()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        stages = [call.stage for call in self.calls.values()]
        counts = ", ".join(f"{stages.count(stage)} {stage}" for stage in ("waiting", "ringing", "talking"))
        return f"<floor: {len(self.agents)} signed in, {self.groups.free} free; {counts}>"

    def facts(self) -> tuple[object, ...]:
        """Everything the floor is, without the indexes: two floors with equal facts behave alike for ever."""
        return (
            list(self.seats.values()), list(self.calls.values()), self.unreachable, list(self.boots),
            self.entries, self.offered, self.away_since, self.started, self.closed, self.paces, self.works, self.paused,
        )  # fmt: skip

    @property
    def away(self) -> bool:
        """Whether we don't hear the exchange."""
        return self.away_since is not None

    def reachable(self, endpoint: str) -> bool:
        """Whether the phone is not known to be lost."""
        return endpoint not in self.unreachable

    def is_free(self, seat: Seat) -> bool:
        """Available, idle and reachable."""
        return seat.activity == "idle" and seat.presence == "available" and seat.endpoint not in self.unreachable

    def seated(self, seat: SeatNo) -> Seat | None:
        """The seat when somebody is signed in at it."""
        found = self.seats.get(seat)
        return found if found is not None and found.presence != "signed_out" else None

    def live(self, offer: OfferId) -> Call | None:
        """The call that is ringing or talking under ``offer``."""
        call = self.offers.get(offer)
        return None if call is None else self.calls[call]

    def key(self, moment: Moment, tie: int, tier: int = 0, head_start_us: int = 0) -> Key:
        """Where ``moment`` comes in an order of this floor; an era never met is behind all that were."""
        return tier, self.boots.get(moment.boot, len(self.boots)), moment.mono - head_start_us, tie

    def position(self, call: CallId) -> int:
        """1 for the next to be answered; 0 when the call doesn't wait. Callers who age at another pace are counted by their start."""
        found = self.calls.get(call)
        if found is None or found.stage == "talking":
            return 0
        return self.standing[found.queue].rank(found.key) + 1

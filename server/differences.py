"""The reconciler's rule: what we believe beside what the exchange really has, and what follows from each difference.

A lost event heals by itself: the same comparison runs at every (re)connection and then every few seconds for ever. While we
run, a difference counts only when two looks in a row see it, because a signal may simply be on its way; at a start it counts at
once. An upper bound for any stuck state is therefore two looks (server/restart.py: ``LOOK_EVERY``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from hotline.ids import BridgeId, CallId, ChannelId, OfferId, bridge_id
from telephony.ports import Found, FoundChannel


@dataclass(frozen=True, slots=True)
class Believed:
    """What we believe is going on: callers by call, seat legs by offer."""

    callers: Mapping[CallId, ChannelId] = field(default_factory=dict)
    """Every call whose path is running, with its caller's channel."""
    asleep: Mapping[CallId, ChannelId] = field(default_factory=dict)
    """Calls the journal knows as live whose path is not running (just after a start)."""
    over: Collection[CallId] = ()
    """Calls that ended lately."""
    waiting: Collection[CallId] = ()
    """Calls on the floor that have no agent yet, those with a ringing phone among them."""
    ringing: Mapping[OfferId, CallId] = field(default_factory=dict)
    talking: Mapping[OfferId, CallId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallerGone:
    """The caller's channel is not there any more: close the call."""

    call: CallId
    line: ChannelId


@dataclass(frozen=True, slots=True)
class CallerFound:
    """A caller's channel is with us and nobody serves it: take the call (up again)."""

    call: CallId
    channel: FoundChannel


@dataclass(frozen=True, slots=True)
class CallerLeftOver:
    """The channel of a call that is over is still there: hang it up."""

    call: CallId
    channel: FoundChannel


@dataclass(frozen=True, slots=True)
class CallerInFallback:
    """A caller waits in the dialplan's own queue: take him back."""

    call: CallId
    channel: FoundChannel


@dataclass(frozen=True, slots=True)
class CallerServedThere:
    """A caller we believe to be waiting talks with an agent in the dialplan's own queue: he waits no more."""

    call: CallId
    channel: FoundChannel


@dataclass(frozen=True, slots=True)
class LegGone:
    """A seat's leg that rang or talked is not there any more."""

    offer: OfferId
    call: CallId
    talked: bool


@dataclass(frozen=True, slots=True)
class LegAnswered:
    """A seat's leg we believe to be ringing was answered meanwhile."""

    offer: OfferId
    call: CallId


@dataclass(frozen=True, slots=True)
class LegOrphaned:
    """A seat's leg nobody knows of."""

    channel: ChannelId


@dataclass(frozen=True, slots=True)
class TalkApart:
    """Both legs of a talk are there but not in its bridge: join them again."""

    offer: OfferId
    call: CallId


@dataclass(frozen=True, slots=True)
class BridgeOrphaned:
    """A bridge nobody talks in."""

    bridge: BridgeId


Difference = (
    CallerGone
    | CallerFound
    | CallerLeftOver
    | CallerInFallback
    | CallerServedThere
    | LegGone
    | LegAnswered
    | LegOrphaned
    | TalkApart
    | BridgeOrphaned
)


def differences(believed: Believed, found: Found) -> list[Difference]:
    """Every difference between the two, in an order in which they can be settled."""
    return [*_callers(believed, found), *_legs(believed, found), *_orphans(believed, found)]


def _callers(believed: Believed, found: Found) -> Iterator[Difference]:
    there = {channel.channel: channel for channel in found.channels}
    for call, line in {**believed.asleep, **believed.callers}.items():
        if line not in there:
            yield CallerGone(call, line)
    for channel in found.channels:
        if channel.call is None or channel.offer is not None or channel.call in believed.callers:
            continue
        if channel.ours:
            yield (CallerLeftOver if channel.call in believed.over else CallerFound)(channel.call, channel)
        elif channel.where.startswith("hl-fallback"):
            if channel.bridge is None:
                yield CallerInFallback(channel.call, channel)
            elif channel.call in believed.waiting:
                yield CallerServedThere(channel.call, channel)


def _legs(believed: Believed, found: Found) -> Iterator[Difference]:
    legs = {channel.offer: channel for channel in found.channels if channel.offer is not None}
    bridges = {channel.channel: channel.bridge for channel in found.channels}
    lines = {**believed.asleep, **believed.callers}
    for offer, call in believed.ringing.items():
        if offer not in legs:
            yield LegGone(offer, call, talked=False)
        elif legs[offer].state == "Up":
            yield LegAnswered(offer, call)
    for offer, call in believed.talking.items():
        line = lines.get(call)
        if offer not in legs:
            yield LegGone(offer, call, talked=True)
        elif line in bridges and not bridges[line] == legs[offer].bridge == bridge_id(call):
            yield TalkApart(offer, call)


def _orphans(believed: Believed, found: Found) -> Iterator[Difference]:
    for channel in found.channels:
        if channel.offer is not None and channel.offer not in believed.ringing and channel.offer not in believed.talking:
            yield LegOrphaned(channel.channel)
    wanted = {bridge_id(call) for call in believed.talking.values()}
    for bridge in found.bridges:
        if bridge.startswith("b-") and bridge not in wanted:
            yield BridgeOrphaned(bridge)


def seen_twice(now: list[Difference], before: list[Difference]) -> list[Difference]:
    """Those of ``now`` that the look before saw too."""
    earlier = {name_of(difference) for difference in before}
    return [difference for difference in now if name_of(difference) in earlier]


def missed(difference: Difference) -> ChannelId | None:
    """The channel that Asterisk's record is asked about, when something happened to one while we did not listen."""
    match difference:
        case CallerGone(line=line):
            return line
        case LegGone(offer=offer) | LegAnswered(offer=offer):
            return ChannelId(offer)
        case _:
            return None


def turn(difference: Difference) -> int:
    """Paths are taken up first; then what was missed, in the order it happened; tidying comes last."""
    if isinstance(difference, CallerFound | CallerInFallback):
        return 0
    return 1 if missed(difference) is not None else 2


def name_of(difference: Difference) -> tuple[str, str]:
    """What it is and whom it is about: equal for two looks that see the same."""
    subject = getattr(difference, "offer", None) or getattr(difference, "call", None)
    return type(difference).__name__, str(subject or getattr(difference, "channel", None) or getattr(difference, "bridge", ""))

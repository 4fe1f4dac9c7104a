"""Restart and repair: what the journal says, what the floor believes, what Asterisk really has; the difference is settled.

At a start (and at every reconnection) at once, then every ``LOOK_EVERY`` seconds for ever; while we run, a difference must be
seen by two looks. So no state can stay stuck longer than ``2 * LOOK_EVERY`` plus one request's time-out. Every repair is journalled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

import structlog

from acd.model import signals as s
from acd.model.commands import Connect
from acd.needs import Hands
from hotline.events import CallEnded, EndedHow, Repaired
from hotline.ids import CallId, ChannelId, OfferId
from hotline.moment import Moment
from server.cel import Told
from server.differences import (
    Believed,
    BridgeOrphaned,
    CallerFound,
    CallerGone,
    CallerInFallback,
    Difference,
    LegAnswered,
    LegGone,
    LegOrphaned,
    TalkApart,
    differences,
    seen_twice,
)
from server.house import House
from server.progress import Progress
from telephony.ports import Arrival, Connected, FoundChannel, LineEnded, SwitchAway

log = structlog.get_logger("restart")

LOOK_EVERY = 5.0
Begin = Callable[[Arrival, Progress | None], None]
Ask = Callable[[Collection[ChannelId]], Awaitable[Mapping[ChannelId, Told]]]
"""Asterisk's own record (CEL) of channels that were answered or ended while nobody of us listened."""


class Reconciler:
    """Compares and settles. ``asleep`` are the calls the journal knew as live when we started."""

    def __init__(self, house: House, hands: Hands, asleep: dict[CallId, Progress], record: Ask) -> None:
        self._house = house
        self._hands = hands
        self._begin: Begin = lambda arrival, progress: None
        self._asleep = asleep
        self._record = record
        self._seen: list[Difference] = []
        self._run = ""

    async def connected(self, signal: Connected, begin: Begin) -> None:
        """(Re)connected: settle every difference at once. Another run of Asterisk means that all its lines died with it."""
        self._begin = begin
        restarted = bool(self._run) and self._run != signal.started
        self._run = signal.started
        await self._look(at_once=True, how="switch_restart" if restarted else "found_ended")

    async def watch(self, begin: Begin) -> None:
        """For ever."""
        self._begin = begin
        while True:
            await asyncio.sleep(LOOK_EVERY)
            await self._look(at_once=False, how="found_ended")

    async def _look(self, *, at_once: bool, how: EndedHow) -> None:
        try:
            found = await self._house.switch.found()
        except SwitchAway:
            return
        now = differences(self._believed(), found)
        due = now if at_once else seen_twice(now, self._seen)
        self._seen = now
        told = await self._record([channel for difference in due if (channel := missed(difference)) is not None])
        moments = {id(difference): moment_of(difference, told, found.at) for difference in due}
        for difference in sorted(due, key=lambda one: (turn(one), moments[id(one)].mono)):
            try:
                await self._settle(difference, moments[id(difference)], how)
            except Exception as error:
                log.exception("a difference could not be settled", what=type(difference).__name__, kind=type(error).__name__)
        if at_once:
            self._asleep.clear()

    def _believed(self) -> Believed:
        view = self._house.floor.view()
        running = {live.call: live.arrival.line for live in self._house.calls if not live.ended.is_set()}
        return Believed(
            callers=running,
            asleep={call: way.line for call, way in self._asleep.items() if way.line is not None and call not in running},
            ringing={caller.offer: caller.call for caller in view.waiting if caller.offer is not None},
            talking={talk.offer: talk.call for talk in view.talks},
        )

    async def _settle(self, difference: Difference, at: Moment, how: EndedHow) -> None:
        floor, switch = self._house.floor, self._house.switch
        match difference:
            case CallerGone(call=call, line=line):
                self._close(call, line, at, how)
            case CallerFound(call=call, channel=channel) | CallerInFallback(call=call, channel=channel) if not channel.ours:
                await switch.take_back(channel.channel)
            case CallerFound(call=call, channel=channel):
                self._begin(_arrival(call, channel), self._asleep.pop(call, None))
            case LegGone(offer=offer, talked=True):
                floor.take(s.SeatHungUp(at=at, offer=offer, estimated=True))
            case LegGone(offer=offer):
                floor.take(s.OfferRefused(at=at, offer=offer, cause="failed"))
            case LegAnswered(offer=offer):
                floor.take(s.OfferAnswered(at=at, offer=offer))
            case TalkApart(offer=offer):
                await self._join_again(offer)
            case LegOrphaned(channel=channel_id):
                await switch.hang_up(channel_id)
            case BridgeOrphaned(bridge=bridge):
                await switch.remove_bridge(bridge)
        self._note(difference, at)

    def _close(self, call: CallId, line: ChannelId, at: Moment, how: EndedHow) -> None:
        """The caller's channel is gone: the floor frees the seat, the path (ours or, after a start, a bare one) writes the end."""
        gone = LineEnded(call, line, at, by_caller=how == "found_ended")
        self._house.floor.take(s.CallerLeft(at=at, call=call, how="hung_up", estimated=True))
        if self._house.calls.get(call) is None:  # its path died with our predecessor
            self._house.journal.append(CallEnded(at=at, call=call, how=how, estimated=True))
            self._asleep.pop(call, None)
        else:
            self._house.calls.line_ended(gone, how, estimated=True)

    async def _join_again(self, offer: OfferId) -> None:
        for talk in self._house.floor.view().talks:
            if talk.offer == offer:
                await self._hands.connect(Connect(talk.call, talk.offer, talk.line, talk.seat, talk.agent, again=True))

    def _note(self, difference: Difference, at: Moment) -> None:
        call: CallId | None = getattr(difference, "call", None)
        subject = str(
            getattr(difference, "offer", None) or call or getattr(difference, "channel", None) or getattr(difference, "bridge", "")
        )
        log.warning("repaired", what=type(difference).__name__, subject=subject)
        self._house.journal.append(Repaired(at=at, what=type(difference).__name__, subject=subject, call=call))


def missed(difference: Difference) -> ChannelId | None:
    """The channel that Asterisk's record is asked about, when something happened to one while we did not listen."""
    match difference:
        case CallerGone(line=line):
            return line
        case LegGone(offer=offer) | LegAnswered(offer=offer):
            return ChannelId(offer)
        case _:
            return None


def moment_of(difference: Difference, told: Mapping[ChannelId, Told], seen: Moment) -> Moment:
    """When it happened: by Asterisk's record, else the moment it was ``seen``."""
    channel = missed(difference)
    if channel is None or channel not in told:
        return seen
    answer = isinstance(difference, LegAnswered)
    return (told[channel].answered if answer else told[channel].ended) or seen


def turn(difference: Difference) -> int:
    """Paths are taken up first; then what was missed, in the order it happened; tidying comes last."""
    if isinstance(difference, CallerFound | CallerInFallback):
        return 0
    return 1 if missed(difference) is not None else 2


def _arrival(call: CallId, channel: FoundChannel) -> Arrival:
    return Arrival(call, channel.channel, channel.ani, "", "", channel.since, resumed=True)

"""Restart and repair: what the journal says, what the floor believes, what Asterisk really has; the difference is settled.

At a start (and at every reconnection) at once, then every ``LOOK_EVERY`` seconds for ever; while we run, a difference must be
seen by two looks. So no state can stay stuck longer than ``2 * LOOK_EVERY`` plus one request's time-out. Every repair is journalled.

Nothing is offered to anybody before the first look is settled: until then the floor knows that it doesn't hear the exchange.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from acd.model import signals as s
from acd.model.commands import Connect
from acd.needs import Hands
from hotline.errors import HotlineError
from hotline.events import CallEnded, EndedHow, Repaired
from hotline.ids import CallId, ChannelId, OfferId
from hotline.moment import Moment
from server.cel import NOTHING, Told
from server.differences import (
    Believed,
    BridgeOrphaned,
    CallerFound,
    CallerGone,
    CallerInFallback,
    CallerLeftOver,
    CallerServedThere,
    Difference,
    LegAnswered,
    LegGone,
    LegOrphaned,
    TalkApart,
    differences,
    missed,
    name_of,
    seen_twice,
    turn,
)
from server.house import House
from server.last_heard import LastHeard
from server.meanwhile import degraded, is_over, write_strangers
from server.progress import Progress
from telephony.ports import Arrival, Connected, Found, FoundChannel, LineEnded, Lost, SwitchAway

log = structlog.get_logger("restart")

LOOK_EVERY = 5.0
FIRST_LOOK = 1.0
"""The first of the regular looks comes sooner: what could not be settled at once (AMI was not there yet) is tried again then."""
FALLBACK = "fallback"
"""Why a seat is on break while it talks in the dialplan's own queue."""
Begin = Callable[[Arrival, Progress | None], None]
Record = Callable[[], Awaitable[Mapping[ChannelId, Told]]]
"""Asterisk's own record (CEL): what became of channels while nobody of us listened."""


class Reconciler:
    """Compares and settles. ``heard`` remembers over restarts when we last heard Asterisk."""

    def __init__(self, house: House, hands: Hands, record: Record, heard: LastHeard) -> None:
        self._house = house
        self._hands = hands
        self._record = record
        self._heard = heard
        self._begin: Begin = lambda arrival, progress: None
        self._seen: list[Difference] = []
        self._there: set[ChannelId] = set()
        """Callers in the dialplan's own queue at the last look."""
        self._run = house.floor.exchange
        self._lost_at = heard.read()
        self._looking = False

    def lost(self, signal: Lost) -> None:
        """We no longer hear Asterisk."""
        self._lost_at = signal.at
        self._house.floor.take(s.SwitchGone(at=signal.at, why=signal.why))

    async def connected(self, signal: Connected, begin: Begin) -> None:
        """(Re)connected: settle every difference at once. Another run of Asterisk means that all lines of the old one are dead."""
        self._begin = begin
        floor = self._house.floor
        restarted = bool(self._run) and self._run != signal.started
        died_at = self._lost_at or signal.at
        self._run = signal.started
        if restarted:  # what had ended before it died ended by itself
            await self._look(died_at=died_at, only_recorded=True)
        else:
            await self._look(at_once=True)
        floor.take(s.SwitchBack(at=signal.at, asterisk=signal.version, started=signal.started, died_at=died_at if restarted else None))
        if restarted:
            await self._look(died_at=died_at)
        await self._write_strangers(died_at)
        self._lost_at = None

    async def watch(self, begin: Begin) -> None:
        """For ever."""
        self._begin = begin
        pause = FIRST_LOOK
        while True:
            await asyncio.sleep(pause)
            pause = LOOK_EVERY
            if self._house.hears_asterisk and not self._looking:
                await self._look()

    # -- one look ------------------------------------------------------------------------------------------------

    async def _look(self, *, at_once: bool = False, died_at: Moment | None = None, only_recorded: bool = False) -> None:
        """Compare and settle. ``died_at``: all lines died with the exchange then; ``only_recorded``: settle what its record tells."""
        self._looking = True
        try:
            before = differences(self._believed(), found := await self._house.switch.found())
        except SwitchAway:
            return
        finally:
            self._looking = False
        self._heard.note(found.at)
        self._mark_seats(found)
        # what changed while we asked is no difference
        now = seen_twice(differences(self._believed(), found), before)
        due = now if at_once or died_at else seen_twice(now, self._seen)
        self._seen = now
        told = await self._record() if any(missed(one) is not None for one in due) else {}
        await self._settle_all(due, told, died_at or found.at, died_at is not None, only_recorded)
        await self._look_there(found)

    async def _settle_all(
        self, due: list[Difference], told: Mapping[ChannelId, Told], seen: Moment, died: bool, only_recorded: bool
    ) -> None:
        recorded = {name_of(one): moment_of(one, told) for one in due}
        for one in sorted(due, key=lambda one: (turn(one), (recorded[name_of(one)] or seen).mono)):
            at = recorded[name_of(one)]
            if only_recorded and at is None:
                continue
            try:
                await self._settle(one, at or seen, told, "found_ended" if at or not died else "switch_restart")
            except HotlineError as error:  # it changed in this very moment: the next look sees how it is then
                log.info("a difference could not be settled", what=type(one).__name__, why=str(error))
            except Exception as error:
                log.exception("a difference could not be settled", what=type(one).__name__, kind=type(error).__name__)

    def _believed(self) -> Believed:
        house = self._house
        view = house.floor.view()
        running = {live.call: live.arrival.line for live in house.calls if not live.ended.is_set()}
        paths = {live.call for live in house.calls}
        return Believed(
            callers=running,
            asleep={
                call: way.line
                for call, way in house.progress.items()
                if way.line is not None and call not in paths and call not in house.calls.over
            },
            over=house.calls.over,
            waiting=frozenset(caller.call for caller in view.waiting),
            ringing={seat.offer: seat.call for seat in view.seats if seat.activity == "ringing" and seat.offer and seat.call},
            talking={talk.offer: talk.call for talk in view.talks},
        )

    async def _settle(self, difference: Difference, at: Moment, told: Mapping[ChannelId, Told], how: EndedHow) -> None:
        match difference:
            case CallerInFallback() if not self._house.takes_calls():
                return  # he is better off where he is
            case CallerGone(call=call, line=line):
                self._close(call, line, at, how, told.get(line, NOTHING))
            case CallerInFallback(channel=channel):
                await self._house.switch.take_back(channel.channel)
            case CallerFound(call=call, channel=channel):
                await self._take_up(call, channel)
            case CallerLeftOver(channel=channel):
                await self._house.switch.hang_up(channel.channel)
            case TalkApart(offer=offer):
                await self._join_again(offer)
            case LegOrphaned(channel=channel_id):
                await self._house.switch.hang_up(channel_id)
            case BridgeOrphaned(bridge=bridge):
                await self._house.switch.remove_bridge(bridge)
            case CallerServedThere() | LegGone() | LegAnswered():
                self._house.floor.take(_signal(difference, at))
        self._note(difference, at)

    def _close(self, call: CallId, line: ChannelId, at: Moment, how: EndedHow, told: Told) -> None:
        """The caller's channel is gone: the floor frees the seat, the path (ours or, after a start, a bare one) writes the end."""
        left: s.LeftHow = "fallback" if told.served else "hung_up"
        if how != "switch_restart":  # else the floor closes it by itself
            self._house.floor.take(s.CallerLeft(at=at, call=call, how=left, estimated=True))
        if self._house.calls.get(call) is not None:
            self._house.calls.line_ended(LineEnded(call, line, at, by_caller=how == "found_ended"), how, estimated=True)
            return
        way = self._house.progress.get(call)  # its path died with our predecessor
        elsewhere = degraded(call, told, way.wanted_at if way else None)
        if elsewhere is not None:
            self._house.journal.append(elsewhere)
        self._house.journal.append(CallEnded(at=at, call=call, how=how, estimated=True))
        self._house.calls.note_over(call)

    async def _take_up(self, call: CallId, found: FoundChannel) -> None:
        """Serve a caller whose path died with our predecessor; one whose call had ended is hung up."""
        progress = self._house.progress.get(call)
        if progress is None and await is_over(self._house, call):
            self._house.calls.note_over(call)
            await self._house.switch.hang_up(found.channel)
        else:
            self._begin(_arrival(call, found), progress)

    async def _join_again(self, offer: OfferId) -> None:
        for talk in self._house.floor.view().talks:
            if talk.offer == offer:
                await self._hands.connect(Connect(talk.call, talk.offer, talk.line, talk.seat, talk.agent, again=True))

    def _note(self, difference: Difference, at: Moment) -> None:
        call: CallId | None = getattr(difference, "call", None)
        what, subject = name_of(difference)
        log.warning("repaired", what=what, subject=subject)
        self._house.journal.append(Repaired(at=at, what=what, subject=subject, call=call))

    # -- the dialplan's own queue --------------------------------------------------------------------------------

    def _mark_seats(self, found: Found) -> None:
        """A seat that talks in the dialplan's own queue gets no call from us until it is done there."""
        there = {
            channel.endpoint
            for channel in found.channels
            if channel.state == "Up" and not channel.ours and channel.offer is None and channel.call is None
        }
        for seat in self._house.floor.view().seats:
            if seat.endpoint in there and seat.presence == "available" and seat.activity == "idle":
                self._house.floor.take(s.GoOnBreak(at=found.at, seat=seat.seat, reason=FALLBACK))
            elif seat.endpoint not in there and seat.presence == "on_break" and seat.reason == FALLBACK:
                self._house.floor.take(s.GoAvailable(at=found.at, seat=seat.seat))

    async def _look_there(self, found: Found) -> None:
        """Callers who were in the dialplan's own queue and are gone: what became of them is written."""
        there = {one.channel for one in found.channels if one.call is not None and one.where.startswith("hl-fallback")}
        gone, self._there = self._there - {one.channel for one in found.channels}, there
        if gone:
            await self._write_strangers(found.at)

    async def _write_strangers(self, since: Moment) -> None:
        ours = {*self._house.progress, *(live.call for live in self._house.calls)}
        written = await write_strangers(self._house, await self._record(), since, ours)
        if written:
            log.warning("calls were served without us", calls=written)


def moment_of(difference: Difference, told: Mapping[ChannelId, Told]) -> Moment | None:
    """When it happened, as far as Asterisk's record tells."""
    channel = missed(difference)
    if channel is None or channel not in told:
        return None
    return told[channel].answered if isinstance(difference, LegAnswered) else told[channel].ended


def _signal(difference: CallerServedThere | LegGone | LegAnswered, at: Moment) -> s.AnySignal:
    """What the floor would have been told, had we heard it."""
    match difference:
        case CallerServedThere(call=call):
            return s.CallerLeft(at=at, call=call, how="fallback", estimated=True)
        case LegGone(offer=offer, talked=True):
            return s.SeatHungUp(at=at, offer=offer, estimated=True)
        case LegGone(offer=offer):
            return s.OfferRefused(at=at, offer=offer, cause="failed")
        case LegAnswered(offer=offer):
            return s.OfferAnswered(at=at, offer=offer)


def _arrival(call: CallId, found: FoundChannel) -> Arrival:
    return Arrival(
        call, found.channel, found.ani, found.dnis, found.trunk, found.since,
        internal=found.trunk == "internal", resumed=True, joined=found.joined, answered=found.state == "Up",
    )  # fmt: skip

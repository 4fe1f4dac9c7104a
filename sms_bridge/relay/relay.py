"""The relay's keeper: takes what waits, decides in turns, writes each turn down in one transaction, and only then acts.

Laws:

* *on wire* is durable before the first byte is written; an answer is settled, a report or text confirmed, after it is durable;
* what a kill leaves on the wire is unknown afterwards; only unknown parts go again, each time counted (``attempts``);
* a permit is given back when its answer is durable, so a kill or a cut leaves at most a window of each link in doubt;
* whether it may go at this hour is asked at the moment of writing; what may not goes back, as if it had not been taken;
* when the database is away nothing is confirmed, so the gateways keep what they have for us.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from hotline.clock import Clock, monotonic
from hotline.sealed import Sealer
from hotline.tables import StoreAway, Tables
from sms_bridge.link.machine import Link
from sms_bridge.link.model import Down, LinkEvent, NoRoom, Report, Text, Up
from sms_bridge.link.wire import Dialler, Wire
from sms_bridge.model import Lane
from sms_bridge.protocols.fields import Malformed
from sms_bridge.relay.desk import Desk, Picked
from sms_bridge.relay.model import Part, RelaySettings, Route, Settled, Turn
from sms_bridge.relay.orders import order_of
from sms_bridge.relay.rules import URGENT
from sms_bridge.rules import may_go
from sms_bridge.store.parts import write_turn
from sms_bridge.store.waiting import early_reports, sweep, under_way, waiting_parts

log = logging.getLogger(__name__)

IDLE_S, TICK_S, AWAY_S, SWEEP_S = 0.1, 0.5, 1.0, 600.0


class Relay:
    """One per database (its caller holds the lock). ``on_text`` is told when texts came in."""

    def __init__(
        self, tables: Tables, sealer: Sealer, clock: Clock, settings: RelaySettings, routes: Sequence[Route],
        on_text: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.desk = Desk(settings, routes)
        self.turns = 0
        self._tables = tables
        self._sealer = sealer
        self._clock = clock
        self._settings = settings
        self._on_text = on_text
        self._wake = asyncio.Event()
        self._inbox: list[tuple[Wire, LinkEvent]] = []
        self._accounts: dict[Wire, str] = {}
        self._scanned = dict.fromkeys(Lane, -1e9)
        self._next_scan = dict.fromkeys(Lane, -1e9)
        self._cursor = dict.fromkeys(Lane, 0)
        self._diallers: list[Dialler] = []

    def add_link(self, account: str, number: int, host: str, port: int, make: Callable[[], Link]) -> Dialler:
        """A link of ``account`` that :meth:`run` will keep up."""
        dialler = Dialler(f"{account}-{number}", host, port, make, self._clock, lambda wire, events: self._heard(account, wire, events))
        self._diallers.append(dialler)
        return dialler

    def wake(self) -> None:
        """Something was put into the outbox: look at once."""
        self._next_scan = dict.fromkeys(Lane, -1e9)
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        await self._begin()
        async with asyncio.TaskGroup() as group:
            for dialler in self._diallers:
                group.create_task(dialler.run())
            group.create_task(self._tick())
            group.create_task(self._sweep())
            while True:
                busy = await self._turn()
                if not busy:
                    await self._rest()

    async def _begin(self) -> None:
        """What a former run left on the wire is unknown now."""
        parts = await self._tables.read(lambda c: under_way(c, self._sealer))
        early = await self._tables.read(early_reports)
        turn = self.desk.resume(parts, early, self._clock.now())
        if turn:
            await self._tables.write(lambda c: write_turn(c, turn, self._sealer, self._settings.price))
        log.info("the relay begins", extra={"under_way": len(parts), "early_reports": len(early), "unknown": len(turn.rows)})

    async def _turn(self) -> bool:
        """One turn; whether there was anything to do."""
        await self._load()
        at = self._clock.now()
        inbox, self._inbox = self._inbox, []
        turn = self.desk.turn(at)
        settling = self.desk.hear(inbox, self._accounts, turn, at)
        self._watch_links(inbox)
        picked = self.desk.pick(list(self._accounts.items()), settling, turn, at)
        if not turn:
            self._settle(settling)
            return bool(settling)
        settled = await self._write(turn)
        self.turns += 1
        self.desk.settle(settled)
        self._settle(settling)
        for wire, event in inbox:
            if isinstance(event, Report | Text):
                wire.link.confirm(event.receipt)
        self._send(picked, settled.stopped)
        for wire in {wire for wire, _ in inbox} | {each.wire for each in picked}:
            wire.flush()
        if turn.texts:
            self._on_text()
        return True

    async def _write(self, turn: Turn) -> Settled:
        """The turn is durable when this returns, however long the database is away: until then nothing is confirmed or sent."""
        while True:
            try:
                return await self._tables.write(lambda c: write_turn(c, turn, self._sealer, self._settings.price))
            except StoreAway as error:
                log.warning("the relay waits for its database", extra={"reason": str(error)})
                await asyncio.sleep(AWAY_S)

    def _send(self, picked: Sequence[Picked], stopped: Collection[int]) -> None:
        """Write what is durable as *on wire*; what the hour or the link forbids by now goes back; what was stopped does not go."""
        for each in picked:
            part, wire = each.part, each.wire
            at = self._clock.now()
            if part.message.id in stopped:
                self.desk.refuse(part, "stopped")
                continue
            if not may_go(part.message.lane, at):
                self.desk.back(part, part.account)
                continue
            try:
                wire.link.submit(order_of(part, at), monotonic())
            except NoRoom:
                self.desk.back(part, part.account)
            except Malformed as error:
                self.desk.refuse(part, str(error))

    def _settle(self, settling: dict[Wire, int]) -> None:
        for wire, count in settling.items():
            wire.link.settled(count)

    def _watch_links(self, inbox: Sequence[tuple[Wire, LinkEvent]]) -> None:
        for wire, event in inbox:
            if isinstance(event, Down):
                self._accounts.pop(wire, None)

    def _heard(self, account: str, wire: Wire, events: list[LinkEvent]) -> None:
        for event in events:
            if isinstance(event, Up):
                self._accounts[wire] = account
            if isinstance(event, Text) and not event.key:
                event = replace(event, key=secrets.token_hex(12))
            self._inbox.append((wire, event))
        self._wake.set()

    async def _load(self) -> None:
        """Fill the lanes that run empty: new messages often, all of them (put back, or overtaken by another writer) now and then."""
        for lane in Lane:
            now = self._clock.now()
            seconds = now.mono / 1e6
            due = self._next_scan[lane] <= seconds
            if len(self.desk.ready[lane]) > self._settings.load // 4 or not due or not self.desk.open(lane, now):
                continue
            whole = seconds - self._scanned[lane] >= self._settings.rescan_s
            after = 0 if whole else self._cursor[lane]
            count = self._settings.load + (len(self.desk.knows()) if whole else 0)
            parts = await self._read(lane, count, after)
            self.desk.welcome(parts)
            if whole:
                self._scanned[lane] = seconds
            if parts:
                self._cursor[lane] = max(self._cursor[lane], max(part.message.id for part in parts))
            self._next_scan[lane] = seconds if len(parts) >= self._settings.load else seconds + (0.1 if lane in URGENT else 0.5)

    async def _read(self, lane: Lane, count: int, after: int) -> list[Part]:
        known, at = set(self.desk.knows()), self._clock.now().wall
        try:
            return await self._tables.read(lambda c: waiting_parts(c, self._sealer, lane, count, known, at, after))
        except StoreAway:
            await asyncio.sleep(AWAY_S)
            return []

    async def _rest(self) -> None:
        """Until something happens, or a bucket lets something go."""
        wait = max(0.005, min(IDLE_S, self.desk.wait(self._clock.now())))
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._wake.wait()
        self._wake.clear()

    async def _tick(self) -> None:
        while True:
            for dialler in self._diallers:
                if dialler.wire is not None:
                    dialler.wire.tick()
            await asyncio.sleep(TICK_S)

    async def _sweep(self) -> None:
        while True:
            await self._sweep_once()
            await asyncio.sleep(SWEEP_S)

    async def _sweep_once(self) -> None:
        at = self._clock.now()
        before = at.after(-timedelta(hours=self._settings.keep_h)).wall
        with suppress(StoreAway):
            ended = await self._tables.write(lambda c: sweep(c, before, at.wall))
            if ended:
                log.info("messages without a report ended", extra={"count": ended})

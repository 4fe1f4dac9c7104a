"""What the exchange tells, told on: calls begin, the floor hears of phones, the reconciler of (re)connections.

One loop for ever. A signal that makes no sense is dropped with a line in the log; it never ends the loop.
"""

from __future__ import annotations

import asyncio

import structlog

from acd.model import signals as s
from server.call_path import take_call
from server.calls import LiveCall
from server.features import dialled
from server.house import House
from server.progress import Progress
from server.restart import Reconciler
from telephony import ports as p

log = structlog.get_logger("ear")


class Ear:
    """Listens to the switch; the reconciler looks at each (re)connection, before the next signal. ``settled``: it has looked."""

    def __init__(self, house: House, group: asyncio.TaskGroup, reconciler: Reconciler, settled: asyncio.Event) -> None:
        self._house = house
        self._group = group
        self._reconciler = reconciler
        self._settled = settled

    async def listen(self) -> None:
        """For ever."""
        async for signal in self._house.switch.signals():
            try:
                await self._hear(signal)
            except Exception as error:
                log.exception("a signal could not be handled", signal=type(signal).__name__, kind=type(error).__name__)

    def begin(self, arrival: p.Arrival, progress: Progress | None = None) -> None:
        """Start (or take up again) the path of a call; a doubled arrival changes nothing."""
        live = LiveCall(arrival, progress)
        if self._house.calls.enter(live):
            self._group.create_task(take_call(self._house, live), name=arrival.call)

    async def _hear(self, signal: p.SwitchSignal) -> None:  # noqa: C901 - one flat table of signals
        floor = self._house.floor
        match signal:
            case p.Arrival():
                handed = self._house.handed.pop(signal.call, None)
                self.begin(signal, self._house.progress.get(signal.call) if signal.resumed else handed)
            case p.LineEnded():
                self._house.calls.line_ended(signal)
                floor.take(s.CallerLeft(at=signal.at, call=signal.call, how="hung_up", by_switch=not signal.by_caller))
            case p.PhoneRinging():
                floor.take(s.OfferRang(at=signal.at, offer=signal.offer))
            case p.PhoneAnswered():
                floor.take(s.OfferAnswered(at=signal.at, offer=signal.offer))
            case p.PhoneRefused():
                floor.take(s.OfferRefused(at=signal.at, offer=signal.offer, cause=signal.cause))
            case p.PhoneHungUp():
                floor.take(s.SeatHungUp(at=signal.at, offer=signal.offer))
            case p.HeldBySeat():
                floor.take(s.HeldBySeat(at=signal.at, offer=signal.offer, held=signal.held))
            case p.SeatReachable():
                floor.take(s.EndpointReachable(at=signal.at, endpoint=signal.endpoint, reachable=signal.reachable))
            case p.FeatureDialled():
                dialled(self._house, signal)
            case p.Connected():
                await self._reconciler.connected(signal, self.begin)
                self._house.hears_asterisk = True
                self._settled.set()
            case p.Lost():
                self._house.hears_asterisk = False
                self._reconciler.lost(signal)

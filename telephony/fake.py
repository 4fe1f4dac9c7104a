"""The exchange's twin in memory: all three ports, scripted callers and phones, cuts and restarts. For tests and rehearsals.

It runs on the timers of the loop; on a :class:`telephony.virtual_time.VirtualLoop` a day takes seconds::

    exchange = FakeExchange(LoopClock())
    phone = exchange.phone("hl-3")
    caller = exchange.call("13900001111")
    caller.press("1", after=2.0)
    caller.hang_up(after=60.0)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from hotline.ids import BridgeId, CallId, ChannelId, OfferId, RecordingId, SeatNo, bridge_id
from telephony.ari_phones import call_of
from telephony.fake_line import FakeCaller, FakeLine
from telephony.fake_phone import FakePhone
from telephony.fake_world import FakeLeg, FakeWorld
from telephony.ports import (
    Arrival,
    Found,
    FoundChannel,
    HangUpCause,
    LineHeld,
    PhoneRefused,
    Sound,
    SwitchAway,
    SwitchRefused,
    SwitchSignal,
)


class FakeExchange(FakeWorld):
    """Implements ``Switch`` and ``SeatPhones`` in a :class:`FakeWorld`."""

    @property
    def switch(self) -> FakeExchange:
        """As ``open_switch`` gives it."""
        return self

    @property
    def phones(self) -> FakeExchange:
        """As ``open_switch`` gives it."""
        return self

    # -- Switch --------------------------------------------------------------------------------------------------

    def signals(self) -> AsyncIterator[SwitchSignal]:
        """What happens, for ever."""
        return self._signals

    @asynccontextmanager
    async def line(self, arrival: Arrival) -> AsyncIterator[FakeLine]:
        """Hold a caller's channel. Raises LineHeld."""
        caller = self.callers.get(arrival.line) or FakeCaller(self, arrival)
        line = caller.line
        if arrival.line not in self.callers:
            line.on_gone(self.clock.now())
        if line.held:
            raise LineHeld(arrival.call)
        line.held = True
        try:
            yield line
        finally:
            line.held = False
            line.forget_keys()

    async def connect(self, call: CallId, line: ChannelId, offer: OfferId, announce: Sequence[Sound]) -> None:
        """Join the two. Raises SwitchRefused, SwitchAway."""
        await self._command()
        leg, caller = self.legs.get(offer), self.callers.get(line)
        if leg is None or not leg.up or leg.over or caller is None or caller.over or caller.fallback:
            raise SwitchRefused("bridge")
        inside = self.bridges.setdefault(bridge_id(call), set())
        if not {line, offer} <= inside:
            inside |= {line, offer}
            caller.said += announce
            caller.music = False
        caller.line.forget_keys()

    async def disconnect(self, call: CallId) -> None:
        """Take the bridge away."""
        await self.remove_bridge(bridge_id(call))
        for caller in self.callers.values():
            if caller.arrival.call == call:
                caller.line.forget_keys()

    async def start_recording(self, call: CallId, line: ChannelId, recording: RecordingId) -> None:
        """Note that a recording runs. Raises SwitchRefused."""
        await self._command()
        if line not in self.callers or self.callers[line].over:
            raise SwitchRefused("recording: no such channel")
        self.recordings[recording] = True

    async def stop_recording(self, line: ChannelId, recording: RecordingId) -> None:
        """Note that it ended."""
        await self._command()
        if recording in self.recordings:
            self.recordings[recording] = False

    async def spool(self) -> Path:
        """The folder given."""
        await self._command()
        return self.spool_folder

    async def end_recording(self, name: RecordingId) -> None:
        """As if the caller had pressed the end key."""
        await self._command()
        for caller in self.callers.values():
            caller.line.end_recording(name)

    async def found(self) -> Found:
        """Everything there is."""
        await self._command()
        now = self.clock.now()
        lines = [self._found_line(caller) for caller in self.callers.values() if not caller.over]
        legs = [self._found_leg(offer, leg) for offer, leg in self.legs.items() if not leg.over]
        there = frozenset(name for name, phone in self._phones.items() if phone.registered)
        return Found(now, (*lines, *legs), tuple(self.bridges), there)

    async def take_back(self, line: ChannelId) -> None:
        """Bring a caller back from the fallback queue. Raises SwitchRefused."""
        await self._command()
        caller = self.callers.get(line)
        if caller is None or caller.over:
            raise SwitchRefused("redirect: no such channel")
        caller.fallback = False
        arrival = caller.arrival
        caller.line = FakeLine(self, caller)
        now = Arrival(arrival.call, line, arrival.ani, "", arrival.trunk, arrival.at, arrival.internal, resumed=True, joined=arrival.at)
        self.emit(now)

    async def to_fallback(self, line: ChannelId) -> None:
        """Send a caller to the fallback queue."""
        await self._command()
        caller = self.callers.get(line)
        if caller is not None and not caller.over and not caller.fallback:
            caller.fallback = True
            self.leave_bridge(line)
            caller.line.on_gone(self.clock.now())

    async def hang_up(self, channel: ChannelId, cause: HangUpCause = "normal") -> None:
        """Hang any channel up."""
        await self._command()
        if channel in self.callers:
            self.end_line(self.callers[channel], by_caller=False)
        elif OfferId(channel) in self.legs:
            await self.stop(OfferId(channel), cause)

    async def remove_bridge(self, bridge: BridgeId) -> None:
        """Remove a bridge."""
        await self._command()
        self.bridges.pop(bridge, None)

    async def show_presence(self, seat: SeatNo, endpoint: str, agent: str, takes_calls: bool, signed_in: bool) -> None:
        """Note who is in the fallback queue."""
        await self._command()
        if signed_in:
            self.queue_members[endpoint] = (agent, takes_calls)
        else:
            self.queue_members.pop(endpoint, None)

    # -- SeatPhones ----------------------------------------------------------------------------------------------

    async def ring(self, offer: OfferId, call: CallId, seat: SeatNo, endpoint: str, caller_label: str, longest: timedelta) -> None:
        """Ring a phone as its manner has it."""
        await self._command()
        if offer in self.legs:
            return
        phone = self._phones.get(endpoint)
        if phone is None or not phone.registered:
            self.legs[offer] = FakeLeg(phone or FakePhone(self, endpoint, "ignore", 0), self.clock.now(), over=True)
            self.emit(PhoneRefused(offer, "unreachable", self.clock.now()))
            return
        self.legs[offer] = FakeLeg(phone, self.clock.now())
        phone.labels.append(caller_label)
        phone.invited(offer, longest.total_seconds())

    async def stop(self, offer: OfferId, cause: HangUpCause) -> None:
        """Stop ringing, or hang up."""
        await self._command()
        leg = self.legs.get(offer)
        if leg is not None:
            leg.phone.ended(offer) if leg.up else leg.phone.refused(offer, "failed")

    # -- inside --------------------------------------------------------------------------------------------------

    async def _command(self) -> None:
        await asyncio.sleep(0)
        if not self.connected:
            raise SwitchAway("application replaced" if self.taken else "not connected")

    def _bridge_of(self, channel: str) -> BridgeId | None:
        return next((bridge for bridge, inside in self.bridges.items() if channel in inside), None)

    def _found_line(self, caller: FakeCaller) -> FoundChannel:
        arrival = caller.arrival
        where = "hl-fallback" if caller.fallback else ""
        state = "Up" if caller.answered_at or caller.fallback else "Ring"
        bridge = self._bridge_of(arrival.line)
        return FoundChannel(
            arrival.line, state, arrival.call, None, not caller.fallback, bridge, arrival.at, arrival.ani, where, "hl-carrier"
        )

    def _found_leg(self, offer: OfferId, leg: FakeLeg) -> FoundChannel:
        state, bridge = "Up" if leg.up else "Ringing", self._bridge_of(offer)
        return FoundChannel(ChannelId(offer), state, call_of(offer), offer, True, bridge, leg.since, endpoint=leg.phone.endpoint)

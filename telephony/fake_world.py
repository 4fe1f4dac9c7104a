"""What the fake exchange consists of, and the script: who calls, which phones there are, when the link is cut."""

from __future__ import annotations

import asyncio
import struct
import wave
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from hotline.clock import Clock
from hotline.ids import BridgeId, CallId, ChannelId, OfferId, RecordingId
from hotline.moment import Moment
from telephony.fake_line import FakeCaller
from telephony.fake_phone import FakePhone, Manner
from telephony.ports import (
    Arrival,
    Connected,
    LineEnded,
    Lost,
    PhoneHungUp,
    PhoneRefused,
    SeatReachable,
    Sound,
    SwitchAway,
    SwitchSignal,
)
from telephony.signal_stream import SignalStream

NOWHERE = Path("/nowhere")


@dataclass(slots=True)
class FakeLeg:
    """One ring of one phone."""

    phone: FakePhone
    since: Moment
    rang: bool = False
    up: bool = False
    over: bool = False


class FakeWorld:
    """``callers`` and ``legs`` tell what became of everybody."""

    def __init__(self, clock: Clock, length_of: Callable[[Sound], float] = lambda sound: 1.0, spool: Path = NOWHERE) -> None:
        self.clock = clock
        self.length_of = length_of
        self.callers: dict[ChannelId, FakeCaller] = {}
        self.legs: dict[OfferId, FakeLeg] = {}
        self.bridges: dict[BridgeId, set[str]] = {}
        self.recordings: dict[RecordingId, bool] = {}
        """Recordings by id: whether they still run."""
        self.spool_folder = spool
        """Where what callers say is written, as a hum of that length; nowhere when it is no folder."""
        self.queue_members: dict[str, tuple[str, bool]] = {}
        """The fallback queue: endpoint to (agent, takes calls)."""
        self.connected = True
        self.taken = False
        self._phones: dict[str, FakePhone] = {}
        self._signals = SignalStream()
        self._up = asyncio.Event()
        self._up.set()
        self._numbers = count(1)
        self._run = 1
        self._missed: list[SwitchSignal] = []
        self.emit(Connected("22.0.0-fake", self._started(), clock.now()))

    # -- the script ----------------------------------------------------------------------------------------------

    def call(self, ani: str = "13900001111", trunk: str = "carrier", dnis: str = "12329") -> FakeCaller:
        """Somebody dials."""
        number = next(self._numbers)
        now = self.clock.now()
        call = CallId(f"c-{now.local():%Y%m%d}-{number:010x}")
        arrival = Arrival(call, ChannelId(f"fake-{number}"), ani, dnis, trunk, now, internal=trunk == "internal")
        caller = self.callers[arrival.line] = FakeCaller(self, arrival)
        caller.fallback = not self.connected
        if self.connected:
            self.emit(arrival)
        return caller

    def phone(self, endpoint: str, manner: Manner = "answer", after: float = 0.5) -> FakePhone:
        """A telephone registers as ``endpoint``."""
        phone = self._phones[endpoint] = FakePhone(self, endpoint, manner, after)
        self.emit(SeatReachable(endpoint, True, self.clock.now()))
        return phone

    def cut(self, why: str = "closed") -> None:
        """The link to the exchange is cut; calls and talks go on in there, unheard."""
        self.connected = False
        self._up.clear()
        self._signals.put(Lost(why, self.clock.now()))

    def reconnect(self, restarted: bool = False) -> None:
        """The link is back; ``restarted``: so is the exchange itself, and everything in it is gone."""
        if restarted:
            self._run += 1
            self._lose_everything()
        self.connected = True
        self._signals.put(Connected("22.0.0-fake", self._started(), self.clock.now()))
        for signal in self._missed:  # ends are found out by comparing, all else is lost
            if isinstance(signal, LineEnded | PhoneHungUp | PhoneRefused):
                self._signals.put(signal)
        for caller in self.callers.values():
            if caller.ended is not None:
                caller.line.on_gone(caller.ended.at)
        self._missed.clear()
        self._up.set()

    def take_application(self) -> None:
        """Another controller registers our application."""
        self.connected, self.taken = False, True
        self._signals.put(Lost("application_replaced", self.clock.now()))
        for caller in self.callers.values():
            caller.line.on_taken()
        self._up.set()

    def emit(self, signal: SwitchSignal) -> None:
        """Tell a signal, if anybody can hear it."""
        if self.connected:
            self._signals.put(signal)
        else:
            self._missed.append(signal)

    def register(self, endpoint: str, there: bool) -> None:
        """A phone's registration comes or goes."""
        self._phones[endpoint].registered = there
        self.emit(SeatReachable(endpoint, there, self.clock.now()))

    def end_line(self, caller: FakeCaller, by_caller: bool) -> None:
        """A caller's channel goes."""
        if caller.ended is None:
            now = self.clock.now()
            caller.ended = LineEnded(caller.arrival.call, caller.arrival.line, now, by_caller)
            self.leave_bridge(caller.arrival.line)
            if self.connected:
                caller.line.on_gone(now)
            self.emit(caller.ended)

    def leave_bridge(self, channel: str) -> None:
        """A channel is in no bridge any more; an announcement or recording of it ends."""
        for inside in self.bridges.values():
            inside.discard(channel)

    def recorded(self, name: RecordingId, seconds: float) -> None:
        """Write what a caller said as a hum so long."""
        if self.spool_folder.is_dir():
            with wave.open(str(self.spool_folder / f"{name}.wav"), "wb") as sound:
                sound.setparams((1, 2, 8000, 0, "NONE", ""))
                sound.writeframes(struct.pack("<40h", *([4000] * 20 + [-4000] * 20)) * round(seconds * 200))

    def caller_bridged_with(self, offer: OfferId) -> FakeCaller | None:
        """The caller a seat's leg is joined with."""
        for inside in self.bridges.values():
            if offer in inside:
                return next((caller for line, caller in self.callers.items() if line in inside), None)
        return None

    async def back(self) -> None:
        """Wait until the link is up. Raises SwitchAway when it never will be."""
        await self._up.wait()
        if self.taken:
            raise SwitchAway("application replaced")

    def _started(self) -> str:
        return f"2025-11-24T00:00:0{self._run % 10}.000+0000"

    def _lose_everything(self) -> None:
        for caller in self.callers.values():
            self.end_line(caller, by_caller=False)
        for offer, leg in self.legs.items():
            leg.phone.ended(offer) if leg.up else leg.phone.refused(offer, "failed")
        self.bridges.clear()

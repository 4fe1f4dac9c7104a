"""Real Asterisk as a stage of the contract: SIP phones with RTP, and a gate in our own link to cut it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from asterisk_conf.accounts import sip_password
from asterisk_conf.exchange import Exchange
from asterisk_conf.testing import own_exchange
from hotline.clock import SystemClock
from hotline.ids import RecordingId
from robots.call import Call
from robots.g711 import RATE
from robots.incoming import IncomingCall
from robots.phone import Phone
from robots.tones import murmur
from robots.wav import read_wav, write_wav
from telephony.ari import AriSwitch
from telephony.exchange import OpenSwitch, open_switch
from telephony.ports import Connected, Sound
from tests.contracts.telephony import ANI, ENDPOINT, Manner
from tests.telephony.tcp_gate import Gate

T = TypeVar("T")
CARRIER = "127.0.0.2"
PATIENCE_S = 10.0


class Person:
    """Somebody who dialled through the carrier."""

    def __init__(self, call: Call) -> None:
        self.call = call

    async def press(self, keys: str) -> None:
        await self.call.answered(PATIENCE_S)
        await self.call.press(keys)

    async def hang_up(self) -> None:
        await self.call.hang_up()


class Agent:
    """The telephone at ENDPOINT."""

    def __init__(self, phone: Phone, manner: Manner) -> None:
        self.phone = phone
        self.manner = manner
        self.call: IncomingCall | None = None

    async def serve(self) -> None:
        """Treat every call as the manner has it."""
        while True:
            self.call = call = await self.phone.wait_for_call(3600)
            if self.manner == "busy":
                await call.refuse(486)
                continue
            await call.ring()
            await asyncio.sleep(0.2)
            if self.manner == "decline":
                await call.refuse(603)
            elif self.manner == "answer":
                await call.answer()

    @property
    def talk(self) -> IncomingCall:
        assert self.call is not None
        return self.call

    async def hang_up(self) -> None:
        await self.talk.hang_up()

    async def hold(self, held: bool) -> None:
        await (self.talk.hold() if held else self.talk.retrieve())

    async def dial(self, code: str, argument: str) -> None:
        await self.phone.dial(f"*8{code}{argument}")

    async def unplug(self) -> None:
        await self.phone.unregister()

    async def plug_in(self) -> None:
        await self.phone.register()


class RealStage:
    """See the module. One rule at a time, inside :meth:`cleared`."""

    def __init__(self, exchange: Exchange, gate: Gate, opened: OpenSwitch, folder: Path) -> None:
        self.exchange = exchange
        self.gate = gate
        self.switch, self.phones = opened
        self.folder = folder
        self.sound: Sound = str(folder / "short")
        self.long_sound: Sound = str(folder / "long")
        self.people: list[Person] = []
        self._signals = self.switch.signals()
        self._stack = AsyncExitStack()

    @property
    def adapter(self) -> AriSwitch:
        """The adapter behind the port."""
        assert isinstance(self.switch, AriSwitch)
        return self.switch

    async def call(self, ani: str = ANI) -> Person:
        phone = await self._phone(bind=CARRIER, user=ani)
        person = Person(await phone.dial("12329", caller=ani))
        self.people.append(person)
        return person

    async def seat(self, manner: Manner = "answer") -> Agent:
        phone = await self._phone(user=ENDPOINT, password=sip_password(self.exchange.vault, ENDPOINT))
        await phone.register()
        agent = Agent(phone, manner)
        serving = asyncio.create_task(agent.serve())
        self._stack.callback(serving.cancel)
        return agent

    async def signal(self, kind: type[T], where: Callable[[T], bool] = lambda signal: True) -> T:
        async with asyncio.timeout(PATIENCE_S):
            async for signal in self._signals:
                if isinstance(signal, kind) and where(signal):
                    return signal
        raise AssertionError(f"no {kind.__name__}")

    async def cut(self) -> None:
        await self.gate.shut()

    async def mend(self) -> None:
        await self.gate.open()

    async def recorded(self, name: RecordingId) -> float:
        return seconds_in(self.exchange.place.spool / "recording" / f"{name}.wav")

    @asynccontextmanager
    async def cleared(self) -> AsyncIterator[None]:
        """Everybody of one rule leaves at its end, and nothing of him stays behind in Asterisk."""
        self.people.clear()
        async with AsyncExitStack() as self._stack:
            yield
        for bridge in (found := await self.switch.found()).bridges:
            await self.switch.remove_bridge(bridge)
        for channel in found.channels:
            await self.switch.hang_up(channel.channel)
        async with asyncio.timeout(PATIENCE_S):
            while (await self.switch.found()).channels:
                await asyncio.sleep(0.02)

    async def _phone(self, **options: object) -> Phone:
        server = ("127.0.0.1", self.exchange.settings.asterisk.sip_port)
        return await self._stack.enter_async_context(Phone(server=server, rtp_ports=(21400, 21999), **options))  # type: ignore[arg-type]


def seconds_in(file: Path) -> float:
    """How long a recording is; 0 while there is none."""
    return len(read_wav(file)) / RATE if file.exists() and file.stat().st_size > 44 else 0.0


@asynccontextmanager
async def open_stage(folder: Path, *, rest_over_websocket: bool) -> AsyncIterator[RealStage]:
    """Asterisk with two seats, our adapter connected to it through a gate."""
    write_wav(folder / "short.wav", murmur(0.8))
    write_wav(folder / "long.wav", murmur(10.0))
    async with own_exchange(folder, seats={"count": 2}, asterisk={"rest_over_websocket": rest_over_websocket}) as exchange:
        gate = Gate(exchange.settings.asterisk.http_port)
        await gate.open()
        asterisk = msgspec.structs.replace(exchange.settings.asterisk, http_port=gate.port)
        settings = msgspec.structs.replace(exchange.settings, asterisk=asterisk)
        try:
            async with open_switch(settings, exchange.vault, SystemClock(), folder / "talks") as opened:
                stage = RealStage(exchange, gate, opened, folder)
                await stage.signal(Connected)
                async with asyncio.timeout(PATIENCE_S):
                    while not stage.adapter.ami.connected:
                        await asyncio.sleep(0.01)
                yield stage
        finally:
            await gate.shut()

"""Lines over FastAGI as a stage of the contract: against Asterisk's side in memory (virtual time), and against real Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from asterisk_conf.exchange import Exchange
from asterisk_conf.testing import free_port, own_exchange
from hotline.clock import Clock, SystemClock
from hotline.ids import ChannelId, RecordingId
from robots.phone import Phone
from robots.tones import murmur
from robots.wav import write_wav
from telephony.agi import AgiLink
from telephony.agi_line import AgiLine
from telephony.agi_server import AgiServer
from telephony.ports import Arrival, Found, LineEnded, SeatPhones, Sound, Switch, SwitchSignal
from telephony.signal_stream import SignalStream
from telephony.virtual_time import LoopClock
from tests.contracts import telephony as contract
from tests.telephony.agi_peer import AgiPeer
from tests.telephony.real_stage import CARRIER, PATIENCE_S, Person, seconds_in

T = TypeVar("T")
LINE_RULES = (
    contract.an_arrival_names_call_number_trunk_and_moment,
    contract.a_prompt_nobody_interrupts_is_heard_out,
    contract.a_key_interrupts_a_prompt,
    contract.a_key_pressed_before_is_taken_at_once,
    contract.keys_pressed_into_an_uninterruptible_prompt_are_kept,
    contract.forgotten_keys_are_gone,
    contract.waiting_for_a_key_ends_by_itself,
    contract.a_hang_up_ends_a_prompt,
    contract.a_hang_up_ends_the_wait_for_a_key_and_whatever_is_asked_later,
    contract.a_caller_who_hung_up_before_he_was_held_is_known_to_be_gone,
    contract.our_own_hang_up_is_not_the_callers,
    contract.a_line_has_one_holder,
    contract.a_cancelled_prompt_leaves_the_line_usable,
    contract.a_recording_ends_by_its_key_which_is_not_kept,
    contract.a_recording_may_be_silent_and_is_as_long_as_it_took,
    contract.a_hang_up_ends_a_recording_and_what_was_said_is_kept,
    contract.music_goes_on_and_off,
)
"""The rules of a line; what a whole exchange must do beside is not FastAGI's."""


class AgiLines:
    """As much of a switch as FastAGI has: arrivals, lines, ends."""

    def __init__(self, clock: Clock) -> None:
        self.server = AgiServer(self._serve, clock)
        self.lines: dict[ChannelId, AgiLine] = {}
        self._clock = clock
        self._signals = SignalStream()

    async def _serve(self, link: AgiLink, arrival: Arrival) -> None:
        self.lines[arrival.line] = AgiLine(link, arrival.call, arrival.line)
        gone = asyncio.Event()
        link.on_gone = gone.set
        self._signals.put(arrival)
        await gone.wait()
        assert link.gone_at is not None
        self._signals.put(LineEnded(arrival.call, arrival.line, link.gone_at, by_caller=not link.we_hung_up))

    def signals(self) -> AsyncIterator[SwitchSignal]:
        return self._signals

    @asynccontextmanager
    async def line(self, arrival: Arrival) -> AsyncIterator[AgiLine]:
        with self.lines[arrival.line].holding() as line:
            yield line

    async def found(self) -> Found:
        return Found(self._clock.now(), (), (), frozenset())


class AgiStage:
    """What both stages have in common."""

    switch: Switch
    phones: SeatPhones

    def __init__(self, lines: AgiLines) -> None:
        self.switch = lines  # type: ignore[assignment]
        self._signals = lines.signals()

    async def signal(self, kind: type[T], where: Callable[[T], bool] = lambda signal: True) -> T:
        async with asyncio.timeout(PATIENCE_S):
            async for signal in self._signals:
                if isinstance(signal, kind) and where(signal):
                    return signal
        raise AssertionError(f"no {kind.__name__}")

    async def seat(self, manner: contract.Manner = "answer") -> contract.SeatPhone:
        raise NotImplementedError

    async def cut(self) -> None:
        raise NotImplementedError

    async def mend(self) -> None:
        raise NotImplementedError

    async def recorded(self, name: RecordingId) -> float:
        raise NotImplementedError


class PeerPerson:
    """A caller in memory with the hands of the contract."""

    def __init__(self, peer: AgiPeer) -> None:
        self.peer = peer

    async def press(self, keys: str) -> None:
        await asyncio.sleep(0.01)  # nobody presses a key the moment he is connected
        self.peer.press(keys)

    async def hang_up(self) -> None:
        self.peer.hang_up()


class PeerStage(AgiStage):
    """Asterisk's side in memory."""

    sound: Sound = "/prompts/short"
    long_sound: Sound = "/prompts/long"

    def __init__(self, lines: AgiLines) -> None:
        super().__init__(lines)
        self.lines = lines
        self.peers: list[AgiPeer] = []

    async def call(self, ani: str = contract.ANI) -> PeerPerson:
        peer = AgiPeer(self.lines.server.link(), lambda sound: 10.0 if sound.endswith("long") else 1.0, ani=ani)
        peer.connect()
        self.peers.append(peer)
        return PeerPerson(peer)

    async def recorded(self, name: RecordingId) -> float:
        return max((peer.recorded.get(f"/spool/recording/{name}", 0.0) for peer in self.peers), default=0.0)


@asynccontextmanager
async def open_peer_stage() -> AsyncIterator[PeerStage]:
    """A server in virtual time."""
    lines = AgiLines(LoopClock())
    async with lines.server.running():
        yield PeerStage(lines)


class RealAgiStage(AgiStage):
    """Real Asterisk whose carrier's calls to 12330 go through a dialplan of one's own into the menus."""

    def __init__(self, lines: AgiLines, exchange: Exchange, folder: Path) -> None:
        super().__init__(lines)
        self.exchange = exchange
        self.sound = str(folder / "short")
        self.long_sound = str(folder / "long")
        self.people: list[Person] = []
        self._stack = AsyncExitStack()

    async def call(self, ani: str = contract.ANI) -> Person:
        server = ("127.0.0.1", self.exchange.settings.asterisk.sip_port)
        phone = await self._stack.enter_async_context(Phone(bind=CARRIER, user=ani, server=server, rtp_ports=(22000, 22399)))
        self.people.append(Person(await phone.dial("12330", caller=ani)))
        return self.people[-1]

    async def recorded(self, name: RecordingId) -> float:
        return seconds_in(self.exchange.place.spool / "recording" / f"{name}.wav")

    @asynccontextmanager
    async def cleared(self) -> AsyncIterator[None]:
        """Everybody of one rule leaves at its end."""
        async with AsyncExitStack() as self._stack:
            yield
        async with asyncio.timeout(PATIENCE_S):
            while "0 active calls" not in await self.exchange.cli("core show channels count"):
                await asyncio.sleep(0.02)


OWN_DIALPLAN = "[hl-from-carrier](+)\nexten => 12330,1,Goto(hl-agi,12329,1)\n"


@asynccontextmanager
async def open_real_stage(folder: Path) -> AsyncIterator[RealAgiStage]:
    """Asterisk with FastAGI on, and our server."""
    write_wav(folder / "short.wav", murmur(0.8))
    write_wav(folder / "long.wav", murmur(10.0))
    dialplan = folder / "own.conf"
    dialplan.write_text(OWN_DIALPLAN)
    port = free_port()
    async with own_exchange(folder, extra_extensions=(dialplan,), seats={"count": 1}, asterisk={"fastagi_port": port}) as exchange:
        lines = AgiLines(SystemClock())
        async with lines.server.listening(port):
            yield RealAgiStage(lines, exchange, folder)

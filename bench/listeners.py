"""The sampled callers: our own telephones with real RTP, which press the keys of a walk and tell when the next prompt was first heard.

How the next prompt is told from the rest of the interrupted one: by its sound. All packets that came after the key are laid end to end in
the order of their sequence numbers, and the file with which the place reached begins is looked for in them by exact correlation of
the samples (robots/ears.py, which finds where the file's first sample lies, leading silence included). It must be that file from its
beginning until the next key, because many prompts begin with the same words in the same synthetic voice. The packet that
holds that sample is the first of the next prompt; its arrival minus the moment the key's end packets left (RFC 4733 E bit, three in a row)
is the latency. Neither marker nor time stamp is used: Asterisk sets neither reliably between two files on one channel. A place whose
prompt is not found before the next key is a missed key.

The search is done when the measurement is over, so that it doesn't take part in it.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from bench.tree import Account, LoginWay
from bench.walks import Step, Tree, visit
from hotline.moment import Moment, elapsed_us
from hotline.secret import Secret
from robots.ears import HOP, WINDOW, Match, Sound, find_all
from robots.errors import CallOver, CallRefused, NoKeys
from robots.g711 import RATE, Codec, decode
from robots.heard import Heard
from robots.outgoing import OutgoingCall
from robots.phone import Phone
from robots.rtp import RtpPacket
from robots.sdp import MalformedSdp
from robots.wav import read_wav

TONE_S = 0.1
LONGEST_S = 3.0
"""A prompt that has not begun so long after its key counts as missed."""
LOUD = 4.5
"""What is softer than the loudest by so much (natural logarithm of energy) is a pause: it fits anything."""
UNSURE_S = 0.2
"""So much of a prompt's end, or of what was heard of it before the next key, may go unrecognised."""
ANSWER_S = 10.0
TROUBLES = (CallOver, CallRefused, NoKeys, MalformedSdp)


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of audio and when our process read it."""

    at: Moment
    sequence: int
    payload: bytes
    codec: Codec


class Ear(Heard):
    """Keeps every packet as it came."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[Packet] = []

    def add(self, at: Moment, packet: RtpPacket, codec: Codec) -> None:
        """A packet of audio arrived."""
        self.came.append(Packet(at, packet.sequence, packet.payload, codec))


@dataclass(frozen=True, slots=True)
class Asked:
    """A key whose end left at ``at``; what is heard next begins with one of ``begins``."""

    at: Moment
    begins: tuple[str, ...]


@dataclass(slots=True)
class Sample:
    """One sampled call."""

    ear: Ear = field(default_factory=Ear)
    asked: list[Asked] = field(default_factory=list)
    broken: bool = False
    """Refused, or ended by the other side."""
    until: Moment | None = None
    """When the last key was pressed that is not asked about."""

    def cut(self) -> None:
        """Nobody listened long enough after the last key: don't ask about it; what came before it still counts."""
        if self.asked:
            self.until = self.asked.pop().at


@dataclass(slots=True)
class Samples:
    """All sampled calls of one measurement."""

    calls: list[Sample] = field(default_factory=list)

    @property
    def keys(self) -> int:
        """How many keys were pressed."""
        return sum(len(call.asked) for call in self.calls)

    @property
    def broken(self) -> int:
        """How many calls broke."""
        return sum(call.broken for call in self.calls)

    def latencies_ms(self) -> tuple[list[float], int]:
        """Digit to first audio of each key, and how many keys were missed. Takes its time."""
        found = [one for call in self.calls for one in latencies(call.ear.came, call.asked, call.until)]
        known = [one for one in found if one is not None]
        return known, len(found) - len(known)


def latencies(came: Sequence[Packet], asked: Sequence[Asked], until: Moment | None = None) -> list[float | None]:
    """Milliseconds from each key's end to the first packet of what it leads to; None where that was not heard.

    ``until``: the end of the last key's time, when another one followed.
    """
    ends = [*(one.at for one in asked[1:]), until][: len(asked)]
    return [_latency(_between(came, one.at, end), one) for one, end in zip(asked, ends, strict=True)]


def _between(came: Iterable[Packet], since: Moment, until: Moment | None) -> list[Packet]:
    """What came after a key and before the next, in the sender's order."""
    inside = [packet for packet in came if packet.at.mono >= since.mono and (until is None or packet.at.mono <= until.mono)]
    if not inside:
        return []
    first = inside[0].sequence
    return sorted(inside, key=lambda packet: (packet.sequence - first + 0x8000) % 0x10000)


def _latency(packets: Sequence[Packet], asked: Asked) -> float | None:
    samples = array("h")
    starts: list[int] = []
    for packet in packets:
        starts.append(len(samples))
        samples.extend(decode(packet.payload, packet.codec))
    heard = Sound(samples)
    begins = [match.at_seconds for file in asked.begins for match in find_all(heard, sound_of(file)) if _fits(match, sound_of(file), heard)]
    if not begins:
        return None
    sample = round(min(begins) * RATE)
    packet = next(packet for start, packet in zip(reversed(starts), reversed(packets), strict=True) if start <= sample)
    latency = elapsed_us(asked.at, packet.at) / 1000
    return latency if latency <= LONGEST_S * 1000 else None


def _fits(match: Match, prompt: Sound, heard: Sound) -> bool:
    """Whether it began after the key and was this prompt as far as it was heard: many begin with the same words."""
    if match.at_seconds < 0:
        return False
    points = prompt.curve[: max(0, round((heard.seconds - match.at_seconds) * RATE - 2 * WINDOW) // HOP)]
    loud = max(points, default=0.0) - LOUD
    spoken = max((at for at, level in enumerate(points, 1) if level >= loud), default=0) * HOP / RATE
    return match.heard_seconds >= spoken - UNSURE_S


@lru_cache(maxsize=256)
def sound_of(file: str) -> Sound:
    """The sound of a file named without extension."""
    return Sound(read_wav(Path(f"{file}.wav")))


# -- calling ---------------------------------------------------------------------------------------------------------


async def wander(phone: Phone, extension: str, tree: Tree, caller: int, seconds: float) -> list[Sample]:
    """Call after call for ``seconds``, each a walk of its own."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    samples: list[Sample] = []
    while loop.time() < end:
        samples.append(sample := Sample())
        try:
            async with asyncio.timeout_at(end):
                await _one_walk(phone, extension, tree, caller, len(samples) - 1, sample)
        except TimeoutError:  # nobody listened on after the last key
            sample.cut()
        for call in tuple(phone.calls):
            await call.hang_up(1.0)
    return samples


async def _one_walk(phone: Phone, extension: str, tree: Tree, caller: int, nth: int, sample: Sample) -> None:
    try:
        call = await _dial(phone, extension, sample)
        for step in visit(tree, caller, nth, TONE_S):
            await asyncio.sleep(step.pause)
            await _press(call, step, tree, sample)
        await asyncio.sleep(1.0)
    except TROUBLES:
        sample.broken = True


async def _dial(phone: Phone, extension: str, sample: Sample) -> OutgoingCall:
    call = await phone.dial(extension)
    call.session.media.heard = sample.ear
    try:
        await call.answered(ANSWER_S)
    except TimeoutError:
        raise CallRefused(408, "not answered") from None
    return call


async def _press(call: OutgoingCall, step: Step, tree: Tree, sample: Sample) -> None:
    await call.press(step.key, TONE_S, 0.02)
    sample.asked.append(Asked(call.keys[-1].at, tree.places[step.place].begins))


async def log_in(phone: Phone, extension: str, tree: Tree, way: LoginWay, account: Account) -> Sample:
    """One call that logs in and hears its balance; only the last digit of the PIN is asked about."""
    sample = Sample()
    try:
        call = await _dial(phone, extension, sample)
        await asyncio.sleep(tree.welcome_s + 0.5)
        for key in way.keys:
            await call.press(key, TONE_S, 0.4)
        for secret in (f"{account.number}#", account.pin):
            await asyncio.sleep(0.8)
            await call.press(Secret(secret), TONE_S, 0.06)
        sample.asked.append(Asked(call.keys[-1].at, (way.balance,)))
        await asyncio.sleep(LONGEST_S + 1.0)
        await call.hang_up(1.0)
    except TROUBLES:
        sample.broken = True
    return sample

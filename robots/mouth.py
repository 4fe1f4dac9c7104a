"""What a telephone sends into the call, 20 ms at a time: a sound, keys (RFC 4733), or its kind of quiet.

Sequence numbers and timestamps go on through everything; while a key is down there is no audio, as RFC 4733 §2.6 wants it.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from hotline.clock import Clock
from hotline.moment import Moment
from robots.g711 import SILENCE, Codec, encode
from robots.rtp import FRAME, LONGEST_EVENT, RtpPacket, TelephoneEvent, pack, pack_event

Quiet = Literal["silence", "comfort", "nothing"]
"""What is sent when nobody speaks: zeros, a faint noise, or no packet at all."""


@dataclass(eq=False, slots=True)
class Clip:
    """A sound being played; ``done`` is True when it was played out, False when it was stopped."""

    samples: array[int]
    loop: bool
    done: asyncio.Future[bool]
    place: int = 0

    def frame(self) -> array[int]:
        """The next 160 samples, filled up with zeros at the end."""
        part = self.samples[self.place : self.place + FRAME]
        self.place += FRAME
        if self.place >= len(self.samples):
            self.place = 0 if self.loop else self.place
        part.extend([0] * (FRAME - len(part)))
        return part

    @property
    def over(self) -> bool:
        """Whether all of it was sent, or somebody stopped it."""
        return self.done.done() or self.place >= len(self.samples)


@dataclass(eq=False, slots=True)
class KeyPress:
    """One key going down and up: ``tone`` and ``gap`` in beats of 20 ms."""

    code: int = field(repr=False)
    tone: int
    gap: int
    done: asyncio.Future[bool]
    ended: Moment | None = None
    """When the first of the three end packets went out."""
    beats: int = 0
    segment: int = 0
    """Samples of earlier segments of a key held for more than eight seconds."""


class Mouth:
    """The sending half of a call's audio."""

    def __init__(self, send: Callable[[bytes], None], clock: Clock, quiet: Quiet = "silence") -> None:
        self._send = send
        self._clock = clock
        self.quiet: Quiet = quiet
        self.silent = True
        """Not allowed to send: not answered yet, or on hold."""
        self.codec: Codec = "PCMA"
        self.payload_type = 8
        self.event_type: int | None = None
        self._ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(15)
        self._timestamp = secrets.randbits(31)
        self._marker = True
        self._clips: deque[Clip] = deque()
        self._keys: deque[KeyPress] = deque()
        self._noise = random.Random(0)

    def play(self, samples: array[int], loop: bool = False) -> Clip:
        """Play ``samples`` behind what plays already."""
        clip = Clip(samples, loop, asyncio.get_running_loop().create_future())
        self._clips.append(clip)
        return clip

    def press(self, code: int, tone: int, gap: int) -> KeyPress:
        """Press a key behind those still to be pressed."""
        press = KeyPress(code, max(1, tone), max(1, gap), asyncio.get_running_loop().create_future())
        self._keys.append(press)
        return press

    def stop(self) -> None:
        """Stop every sound and key; who waits for them gets False."""
        for done in (*(clip.done for clip in self._clips), *(press.done for press in self._keys)):
            if not done.done():
                done.set_result(False)
        self._clips.clear()
        self._keys.clear()

    def skip(self, beats: int) -> None:
        """The clock went on without us."""
        self._timestamp += beats * FRAME
        self._marker = True

    def beat(self) -> None:
        """Send what is due for the next 20 ms."""
        if not self.silent:
            if self._keys:
                self._beat_key(self._keys[0])
            else:
                self._beat_audio()
        self._timestamp += FRAME

    def _beat_audio(self) -> None:
        while self._clips and self._clips[0].over:
            clip = self._clips.popleft()
            if not clip.done.done():
                clip.done.set_result(True)
        if self._clips:
            self._packet(self.payload_type, encode(self._clips[0].frame(), self.codec))
        elif self.quiet == "silence":
            self._packet(self.payload_type, SILENCE[self.codec])
        elif self.quiet == "comfort":
            self._packet(self.payload_type, encode((self._noise.randrange(-24, 25) for _ in range(FRAME)), self.codec))
        else:
            self._marker = True

    def _beat_key(self, press: KeyPress) -> None:
        if press.beats < press.tone:
            duration = (press.beats + 1) * FRAME - press.segment
            if duration > LONGEST_EVENT:
                self._event(press, press.beats * FRAME - press.segment, marker=False)
                press.segment = press.beats * FRAME
                duration = FRAME
            self._event(press, duration, marker=press.beats == 0)
        elif press.beats == press.tone:
            for _ in range(3):
                self._event(press, press.tone * FRAME - press.segment, end=True)
                press.ended = press.ended or self._clock.now()
        else:
            self._beat_audio()
        press.beats += 1
        if press.beats >= press.tone + press.gap:
            self._keys.popleft()
            if not press.done.done():
                press.done.set_result(True)

    def _event(self, press: KeyPress, duration: int, *, end: bool = False, marker: bool = False) -> None:
        if self.event_type is None:
            return  # the other side didn't offer telephone events: a real phone's key is not heard then either
        began = self._timestamp - press.beats * FRAME + press.segment
        payload = pack_event(TelephoneEvent(press.code, end, min(duration, LONGEST_EVENT)))
        self._raw(RtpPacket(self.event_type, self._sequence, began, self._ssrc, marker, payload))

    def _packet(self, payload_type: int, payload: bytes) -> None:
        self._raw(RtpPacket(payload_type, self._sequence, self._timestamp, self._ssrc, self._marker, payload))
        self._marker = False

    def _raw(self, packet: RtpPacket) -> None:
        self._send(pack(packet))
        self._sequence += 1

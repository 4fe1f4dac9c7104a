"""A line without a telephone, for rehearsing dialogs: sounds last as long as they would, keys come from a keyboard, a page or a script.

Implements :class:`telephony.ports.Line`. The person at it is told what begins to be said (``show``), each sound as it begins
(``on_sound``), when a key cuts them short (``on_cut``) and when a key is waited for while none is there (``on_wait``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

from hotline.clock import Clock
from hotline.ids import CallId, ChannelId, RecordingId
from hotline.moment import Moment
from telephony.kept_keys import KeptKeys
from telephony.ports import HangUpCause, HungUp, Key, Sound

REHEARSED = CallId("c-rehearsal")


class RehearsalLine:
    """See the module. ``length_of`` gives a sound's seconds."""

    def __init__(
        self,
        clock: Clock,
        length_of: Callable[[Sound], float],
        show: Callable[[Sequence[Sound]], None] = lambda sounds: None,
        call: CallId = REHEARSED,
    ) -> None:
        self.call = call
        self.channel = ChannelId("rehearsal")
        self.on_wait: Callable[[], None] = lambda: None
        self.on_sound: Callable[[Sound], None] = lambda sound: None
        self.on_cut: Callable[[], None] = lambda: None
        self.said: list[Sound] = []
        """Every sound that began, in order."""
        self.recorded: dict[RecordingId, float] = {}
        """Seconds of each recording; what was said in it is kept nowhere."""
        self.gone_at: Moment | None = None
        self.music_on = False
        self._clock = clock
        self._length_of = length_of
        self._show = show
        self._keys = KeptKeys()
        self._wake = asyncio.Event()
        self._end_key: Key | None = None

    # -- the person ----------------------------------------------------------------------------------------------

    def press(self, key: Key) -> None:
        """The person presses a key; during a recording it only ends it or nothing."""
        if self._end_key is None:
            self._keys.keep(key)
        elif key == self._end_key:
            self._end_key = ""
        self._wake.set()

    def leave(self) -> None:
        """The person hangs up."""
        if self.gone_at is None:
            self.gone_at = self._clock.now()
            self._wake.set()

    # -- the port ------------------------------------------------------------------------------------------------

    @property
    def hung_up(self) -> bool:
        """Whether the call is over."""
        return self.gone_at is not None

    async def answer(self) -> None:
        """Take the call."""
        await self._turn()

    async def say(self, *sounds: Sound, interruptible: bool = True) -> Key | None:
        """Let each sound's time pass, or until a key."""
        await self._turn()
        if interruptible and self._keys:
            return self._keys.take()
        if sounds:
            self._show(sounds)
        for sound in sounds:
            self.said.append(sound)
            self.on_sound(sound)
            await self._pass(self._length_of(sound), lambda: interruptible and bool(self._keys))
            if interruptible and self._keys:
                self.on_cut()
                return self._keys.take()
        return None

    async def key(self, wait: timedelta) -> Key | None:
        """The next key within ``wait``."""
        await self._turn()
        if not self._keys:
            self.on_wait()
            await self._pass(wait.total_seconds(), lambda: bool(self._keys))
        return self._keys.take() if self._keys else None

    @property
    def key_age(self) -> timedelta:
        """How long ago the key handed out last was pressed."""
        return self._keys.age

    def forget_keys(self) -> None:
        """Throw away kept keys."""
        self._keys.clear()

    async def music(self, on: bool) -> None:
        """Note whether music plays."""
        await self._turn()
        self.music_on = on

    async def record(self, name: RecordingId, longest: timedelta, silence: timedelta, end_key: Key) -> timedelta:
        """Let time pass until the end key or ``longest``: whoever rehearses is never silent, and nothing is kept."""
        await self._turn()
        loop = asyncio.get_running_loop()
        began, self._end_key = loop.time(), end_key
        self.on_wait()
        try:
            await self._pass(longest.total_seconds(), lambda: not self._end_key)
        finally:
            self._end_key = None
            self.recorded[name] = loop.time() - began
        return timedelta(seconds=loop.time() - began)

    async def hang_up(self, cause: HangUpCause = "normal") -> None:
        """End the call."""
        self.leave()

    # -- inside --------------------------------------------------------------------------------------------------

    async def _turn(self) -> None:
        self._check()
        await asyncio.sleep(0)
        self._check()

    def _check(self) -> None:
        if self.gone_at is not None:
            raise HungUp(self.gone_at)

    async def _pass(self, seconds: float, over: Callable[[], bool]) -> None:
        """Let ``seconds`` pass, or until ``over``. Raises HungUp."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not over() and (left := until - loop.time()) > 0:
            self._wake.clear()
            timer = loop.call_later(left, self._wake.set)
            try:
                await self._wake.wait()
            finally:
                timer.cancel()
            self._check()

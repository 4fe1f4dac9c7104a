"""One caller's channel over FastAGI: the same port as :mod:`telephony.ari_line`, for sites whose own dialplan keeps the call.

Laws:

* Asterisk tells us of a key only while a command listens; between two commands keys are lost. So as soon as the holder does something
  else than talk we listen by ourselves, and what he asks for next cuts that short (up to 30 ms after it began);
* a prompt that must be heard out is interrupted by a key all the same, the key is kept, and the prompt goes on where it was;
* a recording can't be cut short from here: one whose holder is cancelled runs to its own end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import structlog

from hotline.ids import CallId, ChannelId, RecordingId
from telephony.agi import AgiLink
from telephony.agi_wire import Reply
from telephony.errors import LineHeld
from telephony.kept_keys import KeptKeys
from telephony.ports import HangUpCause, HungUp, Key, Sound

log = structlog.get_logger("telephony")
LISTEN = timedelta(seconds=10)
"""How long one of our own waits for a key lasts when nothing cuts it short."""
DOUBT = timedelta(milliseconds=20)
"""A wait to find out whether the caller is still there."""
SAMPLES = 8000
"""A second of what we record, in samples."""
MUSIC = "hl-hold"


class AgiLine:
    """Implements :class:`telephony.ports.Line`."""

    def __init__(self, link: AgiLink, call: CallId, channel: ChannelId) -> None:
        self.call = call
        self.channel = channel
        self.held = False
        self._link = link
        self._keys = KeptKeys()
        self._loop = asyncio.get_running_loop()
        self._busy = False
        self._own: asyncio.Future[Reply] | None = None
        self._resting: asyncio.Handle | None = None

    @contextmanager
    def holding(self) -> Iterator[AgiLine]:
        """Hold the line; leaving gives it back without hanging up. Raises LineHeld."""
        if self.held:
            raise LineHeld(self.call)
        self.held = True
        self._rest()
        try:
            yield self
        finally:
            self.held = False
            self._stop_resting()
            self.forget_keys()

    # -- the port ------------------------------------------------------------------------------------------------

    @property
    def hung_up(self) -> bool:
        """Whether the channel is known to be gone."""
        return self._link.gone_at is not None

    async def answer(self) -> None:
        """Take the call."""
        async with self._turn():
            await self._link.answer()

    async def say(self, *sounds: Sound, interruptible: bool = True) -> Key | None:
        """Play the sounds one after the other, until their end or a key."""
        async with self._turn():
            if interruptible and self._keys:
                return self._keys.take()
            for sound in sounds:
                await self._play(sound, interruptible)
                if interruptible and self._keys:
                    return self._keys.take()
            return None

    async def key(self, wait: timedelta) -> Key | None:
        """The next key within ``wait``."""
        until = self._loop.time() + wait.total_seconds()
        async with self._turn():
            if not self._keys and (left := until - self._loop.time()) > 0:
                await self._listen(timedelta(seconds=left))
            return self._keys.take() if self._keys else None

    @property
    def key_age(self) -> timedelta:
        """How long ago the key handed out last was pressed."""
        return self._keys.age

    def forget_keys(self) -> None:
        """Throw away kept keys."""
        self._keys.clear()

    async def music(self, on: bool) -> None:
        """Music on hold on or off."""
        async with self._turn():
            await self._link.set_music(on, MUSIC)

    async def record(self, name: RecordingId, longest: timedelta, silence: timedelta, end_key: Key) -> timedelta:
        """Record into ``<Asterisk's spool>/recording/<name>.wav``; ``end_key`` is ``#`` or ``*``. Zero when it failed."""
        if end_key not in ("#", "*"):
            raise ValueError("a recording ends by # or * only")
        async with self._turn():
            spool = await self._link.get_variable("ASTSPOOLDIR") or ""
            reply = await self._link.record_file(f"{spool}/recording/{name}", end_key, longest, silence)
            if reply.result < 0 and reply.value != "writefile":
                self._link.end()
                self._check()
        if reply.end is None:
            log.error("Asterisk could not record", call=self.call)
        return timedelta(seconds=(reply.end or 0) / SAMPLES)

    async def hang_up(self, cause: HangUpCause = "normal") -> None:
        """End the call."""
        if not self.hung_up:
            try:
                async with self._turn():
                    await self._link.hang_up()
            except HungUp:
                pass

    async def hand_over(self, longest: timedelta, application: str, *arguments: str) -> bool:
        """Give the channel to a dialplan application (``Stasis``) until it lets go of it; False when there is no such application."""
        async with self._turn():
            return (await self._link.execute(application, *arguments, longest=longest)).result >= -1

    # -- inside --------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Have the channel for a command of the holder's, then listen again. Raises HungUp, SwitchAway."""
        self._check()
        self._busy = True
        self._stop_resting()
        try:
            if self._own is not None:
                self._link.cut_short(self._own)
                await asyncio.wait([self._own])
            self._check()
            yield
        finally:
            self._busy = False
            self._rest()

    def _check(self) -> None:
        self._link.check()

    async def _play(self, sound: Sound, interruptible: bool) -> None:
        """Play one sound; what is pressed is kept."""
        offset = 0
        while True:
            coming = self._link.stream_file(sound, offset=offset)
            coming.add_done_callback(self._heard)
            reply = await self._link.reply(coming)
            if reply.result < 0:
                await self._listen(DOUBT)  # raises HungUp when that was the reason
                log.error("a prompt could not be played", call=self.call)
            if reply.key is None or interruptible or reply.end is None:
                return
            offset = reply.end

    async def _listen(self, wait: timedelta) -> None:
        """Wait for a key; it is kept. Raises HungUp."""
        coming = self._link.wait_for_digit(wait)
        coming.add_done_callback(self._heard)
        if (await self._link.reply(coming)).result < 0:
            self._link.end()
            self._check()

    def _heard(self, reply: asyncio.Future[Reply]) -> None:
        """Keep the key that ended a command, whoever still waits for it."""
        if not reply.cancelled() and reply.exception() is None and (key := reply.result().key) is not None and self.held:
            self._keys.keep(key)

    def _rest(self) -> None:
        """The holder asks for nothing: unless he asks again before the loop turns, we listen by ourselves."""
        if self.held and not self.hung_up:
            self._stop_resting()
            self._resting = self._loop.call_soon(self._listen_ourselves)

    def _stop_resting(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None

    def _listen_ourselves(self) -> None:
        self._resting = None
        if self._busy or not self.held or self.hung_up or self._own is not None:
            return
        self._own = self._link.wait_for_digit(LISTEN)
        self._own.add_done_callback(self._heard_ourselves)

    def _heard_ourselves(self, reply: asyncio.Future[Reply]) -> None:
        self._own = None
        self._heard(reply)
        if not reply.cancelled() and reply.exception() is None and reply.result().result < 0:
            self._link.end()
        self._listen_ourselves()

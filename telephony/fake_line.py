"""A caller who exists in memory only, and the line a dialog holds to him. Passes the same contract suite as the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from hotline.ids import CallId, ChannelId, RecordingId
from hotline.moment import Moment
from telephony.kept_keys import KeptKeys
from telephony.ports import Arrival, HangUpCause, HungUp, Key, LineEnded, Sound, SwitchAway

if TYPE_CHECKING:
    from telephony.fake_world import FakeWorld


class FakeCaller:
    """The person on the phone: what he heard, and what he does. Delays are seconds on the loop's time."""

    def __init__(self, exchange: FakeWorld, arrival: Arrival) -> None:
        self.arrival = arrival
        self.answered_at: Moment | None = None
        self.said: list[Sound] = []
        """Every sound that began to be played to him, in order (announcements in a talk, too)."""
        self.music = False
        self.ended: LineEnded | None = None
        self.fallback = False
        """He is in the dialplan's own queue, not with us."""
        self.line = FakeLine(exchange, self)
        self._exchange = exchange

    @property
    def over(self) -> bool:
        """Whether his call has ended."""
        return self.ended is not None

    def press(self, keys: str, after: float = 0.0, every: float = 0.2) -> None:
        """Press keys, the first ``after`` that many seconds, the others ``every`` so many."""
        for number, key in enumerate(keys):
            self._later(after + number * every, partial(self._key, key))

    def hang_up(self, after: float = 0.0) -> None:
        """Send the BYE."""
        self._later(after, lambda: self._exchange.end_line(self, by_caller=True))

    def _key(self, key: Key) -> None:
        self.line.on_key(key)

    def _later(self, after: float, act: Callable[[], None]) -> None:
        if after <= 0:
            act()
        else:
            asyncio.get_running_loop().call_later(after, act)


class FakeLine:
    """Implements :class:`telephony.ports.Line`."""

    def __init__(self, exchange: FakeWorld, caller: FakeCaller) -> None:
        self.call: CallId = caller.arrival.call
        self.channel: ChannelId = caller.arrival.line
        self.held = False
        self._exchange = exchange
        self._caller = caller
        self._keys = KeptKeys()
        self._wake: asyncio.Future[bool] | None = None
        self._recording = False
        self._records: RecordingId | None = None
        self._gone_at: Moment | None = None

    # -- what happens to it --------------------------------------------------------------------------------------

    def on_key(self, key: Key) -> None:
        """A key; while the link is cut nobody hears it."""
        if not self.held or not self._exchange.connected:
            return
        if self._recording:
            self._recording = key not in ("#", "*")
        else:
            self._keys.keep(key)
        self._rouse()

    def end_recording(self, name: RecordingId) -> None:
        """Somebody else ends what is recorded."""
        if self._recording and self._records == name:
            self._recording = False
            self._rouse()

    def on_gone(self, at: Moment) -> None:
        """The channel is gone or not ours any more."""
        if self._gone_at is None:
            self._gone_at = at
            self._rouse()

    def on_taken(self) -> None:
        """Another controller took the application."""
        if self._wake is not None and not self._wake.done():
            self._wake.set_exception(SwitchAway("application replaced"))

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(False)

    # -- the port ------------------------------------------------------------------------------------------------

    @property
    def hung_up(self) -> bool:
        """Whether the channel is known to be gone."""
        return self._gone_at is not None

    @property
    def key_age(self) -> timedelta:
        """How long ago the key handed out last was pressed."""
        return self._keys.age

    async def answer(self) -> None:
        """Take the call."""
        await self._command()
        self._caller.answered_at = self._caller.answered_at or self._exchange.clock.now()

    async def say(self, *sounds: Sound, interruptible: bool = True) -> Key | None:
        """Play sounds, each as long as the exchange's ``length_of`` says."""
        await self._command()
        if interruptible and self._keys:
            return self._keys.take()
        for sound in sounds:
            self._caller.said.append(sound)
            if await self._listen(self._exchange.length_of(sound), interruptible):
                return self._keys.take()
        return None

    async def key(self, wait: timedelta) -> Key | None:
        """The next key within ``wait``."""
        await self._command()
        if self._keys or await self._listen(wait.total_seconds(), until_key=True):
            return self._keys.take()
        return None

    def forget_keys(self) -> None:
        """Throw away kept keys."""
        self._keys.clear()

    async def music(self, on: bool) -> None:
        """Music on hold on or off."""
        await self._command()
        self._caller.music = on

    async def record(self, name: RecordingId, longest: timedelta, silence: timedelta, end_key: Key) -> timedelta:
        """Record until the end key or ``longest``: a fake caller is never silent."""
        await self._command()
        began = self._now()
        self._recording, self._records = True, name
        try:
            while self._recording and (left := longest.total_seconds() - (self._now() - began)) > 0:
                if await self._sleep(left):
                    break
        finally:
            self._recording = False
            self._exchange.recorded(name, self._now() - began)
        return timedelta(seconds=self._now() - began)

    async def hang_up(self, cause: HangUpCause = "normal") -> None:
        """End the call."""
        if self._gone_at is None:
            await self._exchange.back()
            self._exchange.end_line(self._caller, by_caller=False)

    # -- inside --------------------------------------------------------------------------------------------------

    async def _command(self) -> None:
        self._check()
        await asyncio.sleep(0)
        await self._exchange.back()
        self._check()

    def _check(self) -> None:
        if self._gone_at is not None:
            raise HungUp(self._gone_at)

    async def _listen(self, seconds: float, until_key: bool) -> bool:
        """Let time pass; True when a key came that may end it."""
        until = self._now() + seconds
        while (left := until - self._now()) > 0:
            if await self._sleep(left):
                return False
            if until_key and self._keys:
                return True
        return False

    async def _sleep(self, longest: float) -> bool:
        loop = asyncio.get_running_loop()
        self._wake = wake = loop.create_future()
        timer = loop.call_later(longest, _expire, wake)
        try:
            expired: bool = await wake
        finally:
            timer.cancel()
            self._wake = None
        self._check()
        return expired

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _expire(wake: asyncio.Future[bool]) -> None:
    if not wake.done():
        wake.set_result(True)

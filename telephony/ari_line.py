"""One caller's channel over ARI: what a dialog holds while it talks with somebody.

Laws: one holder; a hang-up wakes whatever he waits for with :class:`HungUp`; when he is cancelled no prompt and no recording is
left running; keys live in a queue in memory and nowhere else.

A cut link is ridden out: the call stands in Asterisk meanwhile, so the holder just waits longer, and when the link is back
what was asked is asked again and what may have ended unheard is looked at. Only when another controller took our application
is it :class:`SwitchAway`, for then the call is no longer ours.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog

from hotline.clock import Clock
from hotline.ids import CallId, ChannelId, RecordingId
from hotline.moment import Moment, elapsed_us
from telephony.ari_link import AriLink
from telephony.ari_playbacks import PlaybackNames
from telephony.ari_wire import Reply, query
from telephony.kept_keys import KeptKeys
from telephony.ports import HangUpCause, HungUp, Key, Sound, SwitchAway

log = structlog.get_logger("telephony")
GONE = (404, 409, 412)
"""Replies that mean the channel is not ours to command any more: gone, left the application, hanging up."""
TRIES = 3
SAME_PRESS = timedelta(milliseconds=40)
"""Nobody presses a key again so soon (ITU-T Q.24); Asterisk tells a press twice when packets were held up, some 15 ms apart."""
MUSIC = "hl-hold"
LONGEST_SILENCE_S = 30.0
"""After so long without a word about a prompt we ask whether it is still played: a lost event heals."""


class AriLine:
    """Implements :class:`telephony.ports.Line`; the switch tells it what happens through the ``on_`` methods."""

    def __init__(self, link: AriLink, clock: Clock, call: CallId, channel: ChannelId) -> None:
        self.call = call
        self.channel = channel
        self.held = False
        self.gone_at: Moment | None = None
        self._link = link
        self._clock = clock
        self._keys = KeptKeys()
        self._loop = asyncio.get_running_loop()
        self._wake: asyncio.Future[bool] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._until = 0.0
        self._last_key: tuple[Key, datetime] | None = None
        self.names = PlaybackNames(channel)
        self._playing = ""
        self._queued = False
        self._unwanted = ""
        self._unsure = False
        self._recording = ""
        self._recorded_until: Moment | None = None

    # -- what the switch tells -----------------------------------------------------------------------------------

    def on_key(self, key: Key, stamp: datetime) -> None:
        """The caller pressed a key, by the exchange's ``stamp``; without a holder nobody wants it, a recording it only ends."""
        before, self._last_key = self._last_key, (key, stamp)
        if before and before[0] == key and timedelta(0) <= stamp - before[1] < SAME_PRESS:
            log.info("a key told twice", call=self.call)
        elif self.held and not self._recording:
            self._keys.keep(key)
            self._rouse()

    def on_played(self, playback: str, heard: bool) -> None:
        """A prompt ended."""
        if playback == self._playing:
            self._playing = ""
            if not heard:  # because the line is gone? that word may be on its way
                asyncio.get_running_loop().call_later(0.2, lambda: self.gone_at or log.error("a prompt was not played", call=self.call))
            self._rouse()

    def on_recorded(self, name: str, at: Moment) -> None:
        """A recording ended."""
        if name == self._recording:
            self._recording = ""
            self._recorded_until = at
            self._rouse()

    def on_gone(self, at: Moment) -> None:
        """The channel is gone, or not ours any more."""
        if self.gone_at is None:
            self.gone_at = at
            self._rouse()
            if self._timer is not None:
                self._timer.cancel()

    def on_back(self) -> None:
        """The link is back: what we wait for may have happened unheard."""
        self._unsure = True
        self._rouse()

    def on_taken(self) -> None:
        """The application was taken from us: nothing will be heard of this line again."""
        if self._wake is not None and not self._wake.done():
            self._wake.set_exception(SwitchAway("application replaced"))

    # -- the port ------------------------------------------------------------------------------------------------

    @property
    def hung_up(self) -> bool:
        """Whether it is known to be gone."""
        return self.gone_at is not None

    @property
    def key_age(self) -> timedelta:
        return self._keys.age

    async def answer(self) -> None:
        """Take the call."""
        await self._ask("POST", f"channels/{self.channel}/answer")

    async def say(self, *sounds: Sound, interruptible: bool = True) -> Key | None:
        """Play the sounds as one playback, until its end or a key."""
        self._check()
        if interruptible and self._keys:
            return self._keys.take()
        if not sounds:
            return None
        name = self.names.take()
        media = ",".join(f"sound:{sound}" for sound in sounds)
        self._playing, self._unwanted, self._unsure = name, "", False
        self._play(name, wish := query(f"channels/{self.channel}/play", media=media, playbackId=name))
        try:
            while self._playing:
                if await self._sleep(LONGEST_SILENCE_S) or self._unsure:
                    await self._look_at_playback(name, wish)
                if interruptible and self._keys:
                    return self._keys.take()
            return None
        finally:
            if self._playing:
                self._playing, self._unwanted = "", name
                self._link.tell("DELETE", f"playbacks/{name}")

    async def key(self, wait: timedelta) -> Key | None:
        """The next key within ``wait``."""
        self._check()
        if self._keys:
            return self._keys.take()
        until = self._loop.time() + wait.total_seconds()
        while not await self._sleep(until - self._loop.time()) and not self._keys:
            pass  # something else happened on the line
        return self._keys.take() if self._keys else None

    def forget_keys(self) -> None:
        """Throw away kept keys."""
        self._keys.clear()

    async def music(self, on: bool) -> None:
        """Music on hold on or off."""
        await self._ask("POST" if on else "DELETE", f"channels/{self.channel}/moh" + (f"?mohClass={MUSIC}" if on else ""))

    async def record(self, name: RecordingId, longest: timedelta, silence: timedelta, end_key: Key) -> timedelta:
        """Record into ``<Asterisk's spool>/recording/<name>.wav``; ``end_key`` is ``#`` or ``*``. Zero when it failed."""
        if end_key not in ("#", "*"):
            raise ValueError("Asterisk ends a recording by # or * only")
        self._recording = name
        wish = query(
            f"channels/{self.channel}/record", name=name, format="wav", maxDurationSeconds=_whole(longest),
            maxSilenceSeconds=_whole(silence) if silence else 0, ifExists="overwrite", beep="false", terminateOn=end_key,
        )  # fmt: skip
        try:
            await self._ask("POST", wish)
            began, self._unsure = self._clock.now(), False
            while self._recording:
                if await self._sleep(longest.total_seconds() + 5.0) or self._unsure:
                    await self._look_at_recording(name)
            until = self._recorded_until
            return timedelta(microseconds=elapsed_us(began, until)) if until is not None else timedelta(0)
        finally:
            if self._recording:
                self._recording = ""
                self._link.tell("POST", f"recordings/live/{name}/stop")

    async def hang_up(self, cause: HangUpCause = "normal") -> None:
        """End the call."""
        if self.gone_at is None:
            await self._insist("DELETE", query(f"channels/{self.channel}", reason=cause))

    # -- inside --------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        if self.gone_at is not None:
            raise HungUp(self.gone_at)

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(False)

    async def _sleep(self, longest: float) -> bool:
        """Wait until something happens on this line, True when nothing did. Raises HungUp and SwitchAway.

        One timer serves many waits: it is set anew only when it would ring too late, and when it rings too early.
        """
        self._until = until = self._loop.time() + longest
        if self._timer is None or self._timer.when() > until:
            self._set_timer(until)
        self._wake = wake = self._loop.create_future()
        try:
            expired: bool = await wake
        finally:
            self._wake = None
        self._check()
        return expired

    def _set_timer(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(when, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._wake is None or self._wake.done():
            return
        if self._loop.time() < self._until:
            self._set_timer(self._until)
        else:
            self._wake.set_result(True)

    async def _ask(self, method: str, uri: str) -> None:
        self._check()
        reply = await self._insist(method, uri)
        self._check()
        if reply.status in GONE:
            self.on_gone(self._clock.now())
            self._check()
        if not reply.ok:
            self._failed(uri, reply)

    async def _insist(self, method: str, uri: str) -> Reply:
        """The reply, over a cut link if need be. Raises SwitchAway when the application was taken or three tries went unanswered."""
        for _ in range(TRIES):
            if not self._link.settled:
                await self._link.back()
            if self.gone_at is not None:
                return Reply(404)
            try:
                return await self._link.ask(method, uri)
            except SwitchAway as error:
                log.info("asking again", call=self.call, why=str(error))
        raise SwitchAway("no reply")

    def _failed(self, uri: str, reply: Reply) -> None:
        self._recording = ""
        command = uri.partition("?")[0].rpartition("/")[2]
        log.error("Asterisk refused a command for a line", call=self.call, command=command, status=reply.status)

    def _play(self, name: str, wish: str) -> None:
        self._queued = False
        with suppress(SwitchAway):  # when the link is back we look
            self._link.send("POST", wish, partial(self._started, name))

    def _started(self, name: str, reply: Reply) -> None:
        """The reply to a ``play``; it may come after the playback's end."""
        if reply.ok:
            self._queued = True
            if self._unwanted == name:  # over HTTP our DELETE may have overtaken the play
                self._link.tell("DELETE", f"playbacks/{name}")
        elif self._playing != name:
            return
        elif reply.status == 0:
            if self._link.connected:
                self.on_back()
        elif reply.status in GONE:
            self.on_gone(self._clock.now())
        else:
            self._failed("play", reply)
            self.on_played(name, heard=False)

    async def _look_at_playback(self, name: str, wish: str) -> None:
        """Has it ended unheard, or never begun?"""
        self._unsure = False
        reply = await self._insist("GET", f"playbacks/{name}")
        self._check()
        if reply.status == 404 and self._playing == name:
            if self._queued:
                self.on_played(name, heard=True)
            else:
                self._play(name, wish)

    async def _look_at_recording(self, name: RecordingId) -> None:
        self._unsure = False
        if (await self._insist("GET", f"recordings/live/{name}")).status == 404:
            self._check()
            self.on_recorded(name, self._clock.now())


def _whole(span: timedelta) -> int:
    return max(1, -(-span // timedelta(seconds=1)))

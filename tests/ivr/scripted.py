"""A caller by script on a line without a telephone, in virtual time: a minute of talk takes a millisecond."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from fund_core.fake import FakeCore
from hotline.clock import HandClock
from hotline.events import AnyEvent
from hotline.ids import CallerKey, CallId, ChannelId, RecordingId
from hotline.secret import Secret
from hotline.settings import CentreSettings, Settings
from ivr.guard.blind import blinder
from ivr.lockout import LoginGate
from ivr.menu import phrases
from ivr.menu_file import load_menu
from ivr.prompts import PAUSE, Prompts, load_book
from ivr.store import MemoryAttempts
from ivr.talk import Talk
from ivr.version import MenuVersion
from telephony.ports import HangUpCause, HungUp, Key, Sound
from telephony.virtual_time import LoopClock, run_virtually

T = TypeVar("T")
ETC = Path(__file__).parents[2] / "etc"
MENU, SOURCE = load_menu(ETC / "menu.toml")
BOOK = load_book(ETC / "prompts.toml", ETC / "pronunciation.toml", phrases(MENU))
VERSION = MenuVersion(MENU, Prompts(BOOK, Path("/nowhere"), slow_words_per_minute=130, has=lambda file: True), SOURCE, "test")
HANG_UP = "!"
SECONDS_PER_CHARACTER = 0.25


class ScriptedLine:
    """A line whose caller presses keys when he hears certain words.

    ``script`` is a list of (words, keys): when a prompt containing the next words begins, the keys are pressed half a second
    later. ``!`` among the keys hangs up. ``late``: words answered only after the prompt has ended.
    """

    def __init__(self, prompts: Prompts, script: list[tuple[str, str]], late: tuple[str, ...] = ()) -> None:
        self.call = CallId("c-20251125-0123456789")
        self.channel = ChannelId("1.1")
        self.script = deque(script)
        self.late = late
        self.heard: list[tuple[float, str]] = []
        self.kept: deque[Key] = deque()
        self.music_on = False
        self.speaks: deque[float] = deque()
        """Seconds he speaks into each recording; negative: then he hangs up."""
        self.recorded: dict[RecordingId, float] = {}
        self.flood = ""
        """A key that comes twenty times a second for ever."""
        self.gone = False
        self._coming: deque[Key] = deque()
        self._words = {str(clip.file.with_suffix("")): clip.words for clip in prompts.every_clip()}
        self._prompts = prompts
        self._words[str(prompts.beep.with_suffix(""))] = self._words[str(prompts.slower.beep.with_suffix(""))] = "（提示音）"
        self._words[str(prompts.slower.pause.with_suffix(""))] = PAUSE
        self._words[str(prompts.pause.with_suffix(""))] = PAUSE

    @property
    def key_age(self) -> timedelta:
        return timedelta(0)

    @property
    def hung_up(self) -> bool:
        return self.gone

    @property
    def text(self) -> str:
        """All that was heard, one prompt a line."""
        return "\n".join(words for _, words in self.heard)

    async def answer(self) -> None:
        self._alive()

    async def say(self, *sounds: Sound, interruptible: bool = True) -> Key | None:
        self._alive()
        if interruptible and self.kept:
            return self._pop()
        words = "".join(self._words.get(sound) or self._text(sound) for sound in sounds)
        self.heard.append((asyncio.get_running_loop().time(), words))
        if self.flood and interruptible:
            await asyncio.sleep(0.05)
            return self.flood
        keys = ""
        if self.script and self.script[0][0] in words:
            keys = self.script.popleft()[1]
            if self.script and self.script[0][0] == "":
                keys += self.script.popleft()[1]
        if keys and any(word in words for word in self.late):
            self._coming.extend(keys)
            keys = ""
        if keys:
            await asyncio.sleep(0.5)
            self.kept.extend(keys)
            if interruptible:
                return self._pop()
            await asyncio.sleep(max(0.0, len(words) * SECONDS_PER_CHARACTER - 0.5))
        else:
            await asyncio.sleep(len(words) * SECONDS_PER_CHARACTER)
        return None

    async def key(self, wait: timedelta) -> Key | None:
        self._alive()
        if self.kept:
            await asyncio.sleep(0)
            return self._pop()
        if self.flood:
            await asyncio.sleep(0.05)
            return self.flood
        seconds = wait.total_seconds()
        if self._coming and seconds > 0.3:
            await asyncio.sleep(0.3)
            self.kept.append(self._coming.popleft())
            return self._pop()
        await asyncio.sleep(seconds)
        return None

    def forget_keys(self) -> None:
        self.gone = self.gone or HANG_UP in self.kept
        self.kept.clear()

    async def music(self, on: bool) -> None:
        self._alive()
        self.music_on = on

    async def record(self, name: RecordingId, longest: timedelta, silence: timedelta, end_key: Key) -> timedelta:
        self._alive()
        seconds = self.speaks.popleft() if self.speaks else longest.total_seconds()
        self.recorded[name] = min(abs(seconds), longest.total_seconds())
        self.heard.append((asyncio.get_running_loop().time(), f"（录音 {name}）"))
        await asyncio.sleep(self.recorded[name])
        if seconds < 0:
            self.gone = True
            self._alive()
        return timedelta(seconds=self.recorded[name])

    async def hang_up(self, cause: HangUpCause = "normal") -> None:
        self.gone = True

    def _text(self, sound: Sound) -> str:
        """The words of a text of the house's own."""
        texts = self._prompts.text_words() | self._prompts.slower.text_words()
        return texts.get(sound, f"（播放 {sound}）")

    def _pop(self) -> Key:
        key = self.kept.popleft()
        if key == HANG_UP:
            self.gone = True
            self._alive()
        return key

    def _alive(self) -> None:
        if self.gone:
            raise HungUp


class House:
    """Everything one scripted call needs, with the fake core's people."""

    def __init__(
        self,
        script: list[tuple[str, str]],
        *,
        late: tuple[str, ...] = (),
        staffed: bool = True,
        version: MenuVersion | None = None,
        **settings: Any,
    ) -> None:
        self.settings = Settings(centre=CentreSettings(always_staffed=staffed), **settings)
        self.version = version or VERSION
        self.prompts = self.version.prompts
        self.line = ScriptedLine(self.prompts, script, late)
        self.core = FakeCore()
        self.attempts = MemoryAttempts()
        self.gate = self.new_gate()
        self.events: list[AnyEvent] = []
        clock = LoopClock(HandClock(wall=1_764_043_200_000_000).now())
        self.staffed = staffed
        self.talk = Talk(
            self.line.call, self.line, self.version, clock, self.events.append, self.settings, lambda: self.staffed
        )  # fmt: skip
        self.ended_at = 0.0

    def new_gate(self) -> LoginGate:
        """A gate as another line would have it: same core, same counters."""
        return LoginGate(self.core, self.attempts, blinder(Secret("key")), self.settings.login, lambda ani: CallerKey(f"key of {ani}"))

    def run(self, dialog: Callable[[House], Coroutine[Any, Any, T]]) -> T:
        """Run a dialog to its end in virtual time."""

        async def timed() -> T:
            try:
                return await dialog(self)
            finally:
                self.ended_at = asyncio.get_running_loop().time()

        return run_virtually(timed())

    def kinds(self) -> list[str]:
        """The journal's events by name."""
        return [type(event).__name__ for event in self.events]

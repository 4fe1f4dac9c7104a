"""How long prompts are: measured as audio where the sound is there, estimated from the characters otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from ivr.prompts import PHRASE, TEXT, Prompts, Value
from ivr.spoken import PAUSE
from ivr.voice import PAUSE_S, VoiceError, measure

CHARACTERS_PER_S = 4.0
"""At 190 words a minute, the speed the synthesised voice is measured at."""
AT_SPEED = 190
VALUE_S: Mapping[str, float] = {
    "amount": 3.0,
    "date": 3.0,
    "month_day": 2.0,
    "year_month": 2.0,
    "account": 1.5,
    "phone": 3.5,
    "hours": 2.5,
    PHRASE: 1.5,
    TEXT: 4.0,
}
"""A typical value of each kind, seconds; others are said in one second."""


class Lengths:
    """The lengths of one version's prompts. ``measured`` tells whether every sound asked for so far was there to be measured."""

    def __init__(self, prompts: Prompts) -> None:
        self._prompts = prompts
        self._clip = cache(self._clip_seconds)
        self.measured = True

    def prompt(self, prompt: str) -> float:
        """Seconds of one prompt; values count with a typical length. An unknown prompt has none."""
        return sum(self._part(part) for part in self._prompts.book.parts.get(prompt, ()))

    def row(self, prompts: Iterable[str]) -> float:
        """Seconds of several prompts said in one go."""
        seconds = [self.prompt(prompt) for prompt in prompts]
        return sum(seconds) + PAUSE_S * max(0, len(seconds) - 1)

    def clip(self, clip: str) -> float:
        """Seconds of one clip."""
        return self._clip(clip)

    def _part(self, part: str | Value) -> float:
        if isinstance(part, Value):
            return VALUE_S.get(part.kind, 1.0)
        return PAUSE_S if part == PAUSE else self._clip(part)

    def _clip_seconds(self, clip: str) -> float:
        try:
            return measure(self._prompts.clips[clip].file).seconds
        except VoiceError:
            self.measured = False
            speed = CHARACTERS_PER_S * self._prompts.words_per_minute / AT_SPEED
            return len(self._prompts.book.clips[clip].strip("，。")) / speed

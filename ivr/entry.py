"""Rule of a number being keyed in (domain/ivr.md §2.3 "in digit entry"): what each key does to what was keyed so far.

0-9 are digits; ``#`` ends; ``*`` after exactly 17 digits is the X of an identity number where one may be keyed, otherwise it
clears; ``**`` always cancels; A-D are nothing. However many keys come, an entry ends after MOST_KEYS of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from hotline.secret import Secret
from telephony.ports import Key, as_secret

MOST_KEYS = 60


@dataclass(frozen=True, slots=True)
class Form:
    """What is to be keyed: how many places, whether the last of them ends it without ``#``, whether X may be place 18."""

    shortest: int
    longest: int
    ends_itself: bool = False
    with_x: bool = False


class Step(Enum):
    """What a key, or silence, made of the entry."""

    MORE = auto()
    CLEARED = auto()
    DONE = auto()
    CANCELLED = auto()
    WRONG = auto()
    EMPTY = auto()


class Entry:
    """Digits keyed so far; they leave it only as a :class:`~hotline.secret.Secret`."""

    __slots__ = ("_digits", "_form", "_last", "_pressed")

    def __init__(self, form: Form) -> None:
        self._form = form
        self._digits: list[Key] = []
        self._last: Key = ""
        self._pressed = 0

    def __repr__(self) -> str:
        return "Entry(***)"

    @property
    def begun(self) -> bool:
        """Whether a digit is there: then the shorter wait between digits applies."""
        return bool(self._digits)

    def press(self, key: Key) -> Step:
        """One more key."""
        self._pressed += 1
        if self._pressed > MOST_KEYS:
            return Step.WRONG
        last, self._last = self._last, key
        if key == "*":
            return Step.CANCELLED if last == "*" else self._star()
        if key == "#":
            if not self._digits and self._form.ends_itself:
                return Step.MORE  # the belated end of the number before
            return Step.DONE if self._complete() else Step.WRONG
        if key.isdigit() and len(self._digits) <= self._form.longest:
            self._digits.append(key)
            if self._form.ends_itself and len(self._digits) == self._form.longest:
                return Step.DONE if self._complete() else Step.WRONG
        return Step.MORE

    def wait_over(self) -> Step:
        """No key came in time: an entry long enough counts as ended."""
        if not self._digits:
            return Step.EMPTY
        return Step.DONE if self._complete() else Step.WRONG

    def take(self) -> Secret:
        """What was keyed; the entry is empty afterwards."""
        keyed = as_secret(self._digits)
        self._digits.clear()
        return keyed

    def _star(self) -> Step:
        if self._form.with_x and len(self._digits) == 17:
            self._digits.append("X")
            return Step.MORE
        self._digits.clear()
        return Step.CLEARED

    def _complete(self) -> bool:
        return self._form.shortest <= len(self._digits) <= self._form.longest and "X" not in self._digits[:-1]

"""A caller by script for ``hotline dial``: he hears everything out, and presses his next keys when one is waited for.

Steps, parted by commas: keys (``2``, ``21``, ``110*#``), ``@id`` and ``@pin`` (account and PIN of the first demo person who has a PIN
of his own, ``@id2`` of the second; the account ends with ``#``), ``~N`` lets N seconds pass first, ``!`` hangs up. After the last
step he hangs up.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hotline.errors import HotlineError
from telephony.rehearsal_line import RehearsalLine

BEFORE_KEY_S = 0.3
BETWEEN_KEYS_S = 0.2
_STEP = re.compile(r"(?P<keys>[0-9*#A-D]+)|@(?P<what>id|pin)(?P<who>\d*)|~(?P<wait>\d+(\.\d+)?)|(?P<leave>!)", re.ASCII)


class BadScript(HotlineError):
    """The script can't be followed:"""


class Person(Protocol):
    """Somebody the demo core knows."""

    @property
    def account(self) -> str:
        """His account number."""
        ...

    @property
    def pin(self) -> str:
        """His PIN."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``shown`` as it was written, what it presses, how long it waits first, whether it hangs up."""

    shown: str
    keys: str = field(default="", repr=False)
    wait: float = 0.0
    leaves: bool = False


def read_script(text: str, people: Sequence[Person]) -> list[Step]:
    """The steps of a script. Raises BadScript naming the step."""
    return [_step(part, people) for part in (part.strip() for part in text.split(",")) if part]


def _step(part: str, people: Sequence[Person]) -> Step:
    found = _STEP.fullmatch(part)
    if found is None:
        raise BadScript(f"{part!r}; a step is keys, @id, @pin, ~seconds or !")
    if found["what"]:
        at = int(found["who"] or "1")
        if not 1 <= at <= len(people):
            raise BadScript(f"{part!r}; there are {len(people)} demo people")
        person = people[at - 1]
        return Step(part, f"{person.account}#" if found["what"] == "id" else person.pin)
    return Step(part, found["keys"] or "", float(found["wait"] or 0), leaves=bool(found["leave"]))


class ScriptedCaller:
    """Follows a script on a line; ``show`` is told each step as it is taken."""

    def __init__(self, line: RehearsalLine, steps: Iterable[Step], show: Callable[[Step], None] = lambda step: None) -> None:
        self._line = line
        self._steps = deque(steps)
        self._show = show
        self._coming = 0
        line.on_wait = self._asked

    def _asked(self) -> None:
        """A key is waited for and none is there."""
        if self._coming:
            return
        after = BEFORE_KEY_S
        while self._steps and self._steps[0].wait:
            after += self._steps.popleft().wait
        step = self._steps.popleft() if self._steps else Step("!", leaves=True)
        self._coming = max(1, len(step.keys))
        loop = asyncio.get_running_loop()
        loop.call_later(after, self._show, step)
        if step.leaves:
            loop.call_later(after, self._line.leave)
        for number, key in enumerate(step.keys):
            loop.call_later(after + number * BETWEEN_KEYS_S, self._press, key)

    def _press(self, key: str) -> None:
        self._coming -= 1
        self._line.press(key)

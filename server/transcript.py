"""What happened in a talk, in order: what the caller heard, and what the journal would have. The same walk gives the same transcript
whatever carried the voice. No digit a caller keyed is in it, and no moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from hotline.events import Event
from ivr.walk import Goodbye, WantsAgent
from telephony.ports import Sound

PASSING = ("at", "call", "type")
"""Fields of an event that differ from call to call."""
Listener = Callable[["Step"], None]
Ending = str
"""``agent``, ``goodbye:<why>``, ``hung_up`` (by the caller)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: words that were said, an event by name with its fields, or the end."""

    kind: str
    words: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    event: Event | None = field(default=None, repr=False, compare=False)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {self.kind: self.words, **self.fields}


class Transcript:
    """The steps so far; ``listener`` is told each as it comes. ``words_of`` turns a sound into words."""

    def __init__(self, words_of: Mapping[Sound, str], listener: Listener = lambda step: None) -> None:
        self.steps: list[Step] = []
        self._words_of = words_of
        self._listener = listener

    def said(self, sounds: Sequence[Sound]) -> None:
        """Sounds began to be played, as one."""
        self._add(Step("said", "".join(self._words_of.get(sound, sound) for sound in sounds)))

    def note(self, event: Event) -> None:
        """An event happened."""
        fields = {name: value for name, value in msgspec.to_builtins(event).items() if name not in PASSING}
        self._add(Step("event", type(event).__name__, fields, event))

    def ended(self, ending: Ending) -> None:
        """The talk is over."""
        self._add(Step("end", ending))

    def path(self) -> list[str]:
        """The nodes and services the caller came by, in order."""
        return [step.fields.get("node") or step.fields["service"] for step in self.steps if {"node", "service"} & step.fields.keys()]

    def _add(self, step: Step) -> None:
        self.steps.append(step)
        self._listener(step)


def ending_of(outcome: WantsAgent | Goodbye | None) -> Ending:
    """The end's name; None: the caller hung up."""
    if outcome is None:
        return "hung_up"
    return f"goodbye:{outcome.why}" if isinstance(outcome, Goodbye) else "agent"

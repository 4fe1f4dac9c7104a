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
from server.steps import WORDS
from telephony.ports import Sound

PASSING = ("at", "call", "type")
"""Fields of an event that differ from call to call."""
Listener = Callable[["Step"], None]
Ending = str
"""``agent``, ``goodbye:<why>``, ``hung_up`` (by the caller)."""
ENDS = {
    "agent": "转人工",
    "hung_up": "来电人挂机",
    "goodbye:done": "服务结束,道别",
    "goodbye:no_input": "多次无有效输入,道别",
    "goodbye:too_long": "超过自助服务时限,道别",
}


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

    def line(self) -> str:
        """As a line for people; empty for an event that nobody looks at."""
        match self.kind:
            case "said":
                return f"“{self.words}”"
            case "event" if self.event is not None and (words := WORDS.get(type(self.event))):
                return f"   · {words(self.event)}"
            case "end":
                return f"   = {ENDS.get(self.words, self.words)}"
        return ""


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

    def text(self) -> str:
        """The whole of it for people, the path last: the same walk gives the same text, whatever carried it and however long it took."""
        lines = [line for step in self.steps if (line := step.line())]
        return "\n".join([*lines, self.path_line(), ""])

    def path_line(self) -> str:
        """The path as a line for people."""
        return f"路径  {' › '.join(self.path())}"

    def _add(self, step: Step) -> None:
        self.steps.append(step)
        self._listener(step)


def ending_of(outcome: WantsAgent | Goodbye | None) -> Ending:
    """The end's name; None: the caller hung up."""
    if outcome is None:
        return "hung_up"
    return f"goodbye:{outcome.why}" if isinstance(outcome, Goodbye) else "agent"

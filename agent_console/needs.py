"""What the pages ask of the rest of the house; ``server`` hands it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from agent_console.rehearsal.wire import Begin, SceneName, Told, What
from ivr.version import MenuVersion


@dataclass(frozen=True, slots=True)
class DemoCaller:
    """An invented person to rehearse as: name, account with all but its end masked, what is special about him."""

    name: str
    account: str
    facts: str


@dataclass(frozen=True, slots=True)
class SceneView:
    """A time to rehearse at: its name, what it is called, which moment it is, whether people are there."""

    name: SceneName
    title: str
    when: str
    staffed: bool


class Walk(Protocol):
    """One caller's rehearsal."""

    async def run(self) -> None:
        """Talk until the caller hangs up or is led out; every step is told as it comes, Ended last. Cancelled: he is gone."""
        ...

    def press(self, key: str) -> None:
        """He presses a key."""
        ...

    def fill(self, what: What) -> None:
        """One of his numbers, or his PIN, is keyed for him."""
        ...

    def leave(self) -> None:
        """He hangs up."""
        ...

    def text(self) -> str:
        """The transcript so far, as ``hotline dial`` writes it."""
        ...


@runtime_checkable
class Hall(Protocol):
    """Where rehearsals are held."""

    def menu(self) -> MenuVersion:
        """The menu a rehearsal would begin with now."""
        ...

    def people(self) -> Sequence[DemoCaller]:
        """Whom one can be."""
        ...

    def scenes(self) -> Sequence[SceneView]:
        """When it can be."""
        ...

    def sound(self, name: str) -> Path | None:
        """The file of a prompt's sound, by the name a Clip gave it; None when there is none."""
        ...

    def walk(self, name: str, choice: Begin, tell: Callable[[Told], None]) -> Walk:
        """A new rehearsal called ``name``; not begun yet."""
        ...


Health = Callable[[], Mapping[str, Any]]
"""What the house says about itself: ``ok`` and details."""

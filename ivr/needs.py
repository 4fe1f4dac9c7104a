"""What the voice menu asks of the rest of the house; ``server`` hands it in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Protocol

from hotline.events import AnyEvent

Note = Callable[[AnyEvent], object]
"""Takes an event for the journal; never waits (menus don't wait for a commit)."""
Blind = Callable[[str], str]
"""Keyed hash of a number a caller keyed: equal numbers give equal texts, the number can't be had back."""


class AttemptStore(Protocol):
    """Durable counters of login attempts, shared by all lines. A ``subject`` is never a plain number."""

    async def charge(self, subject: str, day: date) -> int:
        """Count one more attempt durably and atomically; how many there are now, this one included."""
        ...

    async def refund(self, subject: str, day: date) -> None:
        """Take one counted attempt back: it was right, or nobody judged it."""
        ...

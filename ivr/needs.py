"""What the voice menu asks of the rest of the house; ``server`` hands it in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from hotline.events import AnyEvent
from hotline.ids import CallId

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


@dataclass(frozen=True, slots=True)
class Needs:
    """What dialogs need of other rooms beside the fund core, one field each; None: this house hasn't got it.

    A leaf names the fields it can't do without (:class:`ivr.leaves.Leaf`); while one of them is None its key is not offered.
    """

    is_working_day: Callable[[date], bool] = lambda day: day.weekday() < 5
    """The working calendar (hotline.calendar.Calendar.is_working_day), for services that keep office days."""
    likes_it_slow: Callable[[CallId], bool] = lambda call: False
    """Whether this call's caller is on the centre's list of those served with the slow profile."""

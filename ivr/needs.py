"""What the voice menu asks of the rest of the house; ``server`` hands it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from fund_core.model import Account, Verdict
from hotline.events import AnyEvent
from hotline.identity import LoginKind
from hotline.ids import CallId, DepositorId
from hotline.secret import Secret
from ivr.guard.rule import Counts, Ruling

Note = Callable[[AnyEvent], object]
"""Takes an event for the journal; never waits (menus don't wait for a commit)."""
Blind = Callable[[str], str]
"""Keyed hash of what a caller keyed: equal texts give equal hashes, the text can't be had back."""


class LoginCore(Protocol):
    """What the login asks of the fund core (:class:`fund_core.port.FundCore`)."""

    async def identify(self, number: str, kinds: Sequence[LoginKind]) -> DepositorId | None:
        """Whose number it is."""
        ...

    async def verify(self, depositor: DepositorId | None, pin: Secret) -> Verdict:
        """Judge a PIN."""
        ...

    async def accounts(self, depositor: DepositorId) -> Sequence[Account]:
        """The person's accounts."""
        ...


class AttemptStore(Protocol):
    """Durable counters, shared by all lines, kept for a day; and who is familiar. No subject is a plain number or PIN."""

    async def charge(self, day: date, changes: Mapping[str, int], ruling: Callable[[Counts], Ruling]) -> Ruling:
        """Count ``changes``, ask the rule, apply its corrections, all in one durable transaction; the ruling.

        The rule is shown every subject of ``changes`` as it stands with them. No other charge comes in between; no count falls
        below 0.
        """
        ...

    async def knows(self, pair: str, since: date) -> bool:
        """Whether ``pair`` was remembered on ``since`` or later."""
        ...

    async def remember(self, pair: str, day: date) -> None:
        """Remember ``pair`` as of ``day``."""
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

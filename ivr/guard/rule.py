"""Rule: which login attempts are judged for real (domain/identity.md "tries"; design/reliability.md §5.2 threats 1 to 3).

An attempt is counted before it is judged. It *counts* (its verdict can open something) only while every budget it falls under is
kept, itself included:

* per account and day, unknown numbers alike: 3;
* per caller number and day; per block of ten thousand numbers and day (callers without a number are one block);
* per PIN and day, over all accounts: the same PIN on many accounts is a spray, whoever dials;
* for the whole house and hour, when most attempts of strangers fail.

A caller is **familiar** to an account when he calls from its bound mobile or has logged in to it from this number before. He falls
under the account's own budget only: an attack closes the door to strangers, not to him. A caller number can be forged, so it
never opens anything; who forges one that is familiar gains the account's three tries, for that account.

An attempt over a budget is judged all the same and its verdict thrown away; it does not cost the account a try, so that nobody can
lock ten thousand accounts with one telephone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotline.ids import UNKNOWN_CALLER, CallerKey
from hotline.settings import LoginSettings

Counts = Mapping[str, int]
"""Counters by subject."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call comes from, as keyed hashes: the caller's number and the number without its last four digits."""

    caller: CallerKey = UNKNOWN_CALLER
    block: CallerKey = UNKNOWN_CALLER


NOWHERE = Origin()
"""A call without a number."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One login attempt as the counters see it. ``accounts``: who is tried (two, when a number is two people's)."""

    accounts: tuple[str, ...]
    pin: str = field(repr=False)
    """Keyed hash of the PIN."""
    origin: Origin
    hour: int
    familiar: bool

    @property
    def callers(self) -> tuple[str, ...]:
        """Subjects of the caller: his number, unless he has none."""
        return () if self.origin.caller == UNKNOWN_CALLER else (f"c:{self.origin.caller}",)

    @property
    def tried(self) -> tuple[str, ...]:
        """Subjects given back when the attempt is not judged: accounts, and for strangers the PIN and the house."""
        return self.accounts if self.familiar else (*self.accounts, f"s:{self.pin}", f"h:{self.hour}:failing")

    @property
    def right(self) -> str:
        """Subject of the strangers who got in this hour."""
        return f"h:{self.hour}:right"

    @property
    def charged(self) -> tuple[str, ...]:
        """Everything the attempt counts under."""
        blocks = () if self.familiar else (f"p:{self.origin.block}",)
        return (*self.callers, *blocks, *self.tried)

    def charge(self) -> dict[str, int]:
        """What is counted, and looked at (0), before anything is judged."""
        return {**dict.fromkeys(self.charged, 1), self.right: 0}


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether the attempt's verdict counts, and what is taken back at once because it doesn't."""

    counts: bool
    corrections: Mapping[str, int]


def rule(attempt: Attempt, counted: Counts, budgets: LoginSettings) -> Ruling:
    """The ruling on ``attempt`` after ``counted`` (its own charge included)."""
    if not attempt.familiar and _over_a_budget(attempt, counted, budgets):
        return Ruling(False, dict.fromkeys(attempt.tried, -1))
    if any(counted[account] > budgets.tries_per_account_day for account in attempt.accounts):
        return Ruling(False, dict.fromkeys(attempt.tried[len(attempt.accounts) :], -1))
    return Ruling(True, {})


def settle(attempt: Attempt, opened: bool) -> dict[str, int]:
    """What a judged attempt changes: who got in gets his whole charge back, and a stranger speaks for the other strangers."""
    if not opened:
        return {}
    back = dict.fromkeys(attempt.charged, -1)
    return back if attempt.familiar else {**back, attempt.right: 1}


def withdraw(attempt: Attempt, ruling: Ruling) -> dict[str, int]:
    """Takes back what still stands of the charge: nobody judged the attempt."""
    return {subject: -1 for subject in attempt.charged if subject not in ruling.corrections}


def _over_a_budget(attempt: Attempt, counted: Counts, budgets: LoginSettings) -> bool:
    """Attempts being judged at this moment count as failed until they are found right: no two of them share a guess."""
    failing = counted[f"h:{attempt.hour}:failing"]
    share = budgets.strangers_failing_percent * (failing + counted[attempt.right])
    return (
        (failing > budgets.strangers_hour and failing * 100 > share)
        or any(counted[caller] > budgets.tries_per_caller_day for caller in attempt.callers)
        or counted[f"p:{attempt.origin.block}"] > budgets.tries_per_block_day
        or counted[f"s:{attempt.pin}"] > budgets.tries_per_pin_day
    )

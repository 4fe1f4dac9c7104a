"""Rule: which login attempts are judged for real (domain/identity.md "tries"; design/reliability.md §5.2 threats 1 to 3).

An attempt is judged by the core, and its verdict *counts* (can open something) only while every budget it falls under is kept,
this attempt included:

* per account and day, unknown numbers alike: 3;
* per caller number and day; per block of ten thousand numbers and day (callers without a number are one block);
* per PIN and day, over all accounts: the same PIN on many accounts is a spray, whoever dials;
* for the whole house and hour, when most attempts of strangers fail.

A caller is **familiar** to an account when he calls from its bound mobile or has logged in to it from this number before. He falls
under the account's own budget only: an attack closes the door to strangers, not to him. A caller number can be forged, so it
never opens anything; who forges one that is familiar gains the account's three tries, for that account.

An attempt over a budget costs neither account nor block a try, so that nobody locks ten thousand accounts with one telephone, or a
town's numbers with one PIN. Who gets in leaves no count. Counting, ruling and correcting are one transaction before the verdict is
told: a hundred lines that guess at once get no guess more than one line.
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
    right: bool
    """Whether the PIN would open the account, were it for the core alone."""

    @property
    def callers(self) -> tuple[str, ...]:
        """Subjects of the caller: his number, unless he has none."""
        return () if self.origin.caller == UNKNOWN_CALLER else (f"c:{self.origin.caller}",)

    @property
    def tried(self) -> tuple[str, ...]:
        """Subjects of which only verdicts that count are counted: the accounts, and for strangers block, PIN and house."""
        return self.accounts if self.familiar else (*self.accounts, f"p:{self.origin.block}", f"s:{self.pin}", self.failing)

    @property
    def failing(self) -> str:
        """Subject of the strangers who failed this hour."""
        return f"h:{self.hour}:failing"

    @property
    def entered(self) -> str:
        """Subject of the strangers who got in this hour."""
        return f"h:{self.hour}:entered"

    @property
    def charged(self) -> tuple[str, ...]:
        """Everything the attempt counts under."""
        return (*self.callers, *self.tried)

    def charge(self) -> dict[str, int]:
        """What is counted, and looked at (0), before the ruling."""
        return {**dict.fromkeys(self.charged, 1), self.entered: 0}


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether the verdict counts, and what of the charge is corrected in the same transaction."""

    counts: bool
    corrections: Mapping[str, int]


def rule(attempt: Attempt, counted: Counts, budgets: LoginSettings) -> Ruling:
    """The ruling on ``attempt`` after ``counted`` (its own charge included)."""
    if not attempt.familiar and _over_a_budget(attempt, counted, budgets):
        return Ruling(False, dict.fromkeys(attempt.tried, -1))
    if any(counted[account] > budgets.tries_per_account_day for account in attempt.accounts):
        return Ruling(False, dict.fromkeys(attempt.tried[len(attempt.accounts) :], -1))
    if attempt.right:
        return Ruling(True, {**dict.fromkeys(attempt.charged, -1), **({} if attempt.familiar else {attempt.entered: 1})})
    return Ruling(True, {})


def _over_a_budget(attempt: Attempt, counted: Counts, budgets: LoginSettings) -> bool:
    """The house's share of failures is looked at only when there are many; most callers get their PIN right."""
    failing = counted[attempt.failing]
    share = budgets.strangers_failing_percent * (failing + counted[attempt.entered])
    return (
        (failing > budgets.strangers_hour and failing * 100 > share)
        or any(counted[caller] > budgets.tries_per_caller_day for caller in attempt.callers)
        or counted[f"p:{attempt.origin.block}"] > budgets.tries_per_block_day
        or counted[f"s:{attempt.pin}"] > budgets.tries_per_pin_day
    )

"""Plainly invented people for the demo core and the tests: same seed, same people.

Names say that they are invented (演示甲一), identity numbers carry the area code 999901, which no place has (GB/T 2260 ends
at 82 and 91), cards begin with 999999, mobiles with 154, which no carrier has; check digits are right. The PINs are public: they
open nothing but the demo. Every fifth person or so still has the initial PIN, every eighth a second account.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache

from fund_core.model import AccountStatus
from fund_core.weak_pin import Owner, initial_pin, pin_fault
from hotline.identity import citizen_check_digit, luhn_holds
from hotline.ids import DepositorId
from hotline.money import Fen

AREA = "999901"
STEMS = "甲乙丙丁戊己庚辛壬癸"
NUMERALS = "一二三四五六七八九十"
BIRTHDAYS_FROM = date(1960, 1, 1)
SECOND_BALANCE = Fen(123_456)
"""What lies on a second account, sealed since its owner changed his employer."""


@dataclass(frozen=True, slots=True)
class DemoLoan:
    """The loan of an invented person; ``number`` like the account's."""

    number: str
    granted: Fen
    outstanding: Fen
    term: int
    due: Fen
    due_day: int
    overdue: int


@dataclass(frozen=True, slots=True)
class DemoDepositor:
    """An invented person with everything the core knows of him, PIN included (public demo data)."""

    depositor: DepositorId
    name: str
    account: str
    citizen_id: str
    card: str
    pin: str = field(repr=False)
    unit: str
    status: AccountStatus
    balance: Fen
    own_deposit: Fen
    employer_deposit: Fen
    paid_through: str
    loan: DemoLoan | None
    mobile: str = field(default="", repr=False)
    initial: bool = False
    """Whether the PIN is the one the account was born with: then it opens nothing."""
    second_account: str = field(default="", repr=False)

    @property
    def owner(self) -> Owner:
        """What a guesser may know of him."""
        accounts = tuple(account for account in (self.account, self.second_account) if account)
        return Owner(self.citizen_id, accounts, self.card, self.mobile)


def demo_depositors(seed: int = 12329, count: int = 300) -> list[DemoDepositor]:
    """``count`` invented people. The first is in good standing and has a loan: for showing and testing."""
    dice = random.Random(seed)
    return [_with_pin(_depositor(dice, at), random.Random(f"{seed} {at}"), at) for at in range(1, count + 1)]


def demo_units(count: int = 20) -> list[tuple[str, str]]:
    """Number and name of the invented employers."""
    return [(f"99{at:07d}", f"示范单位{STEMS[at % 10]}{at}") for at in range(1, count + 1)]


@cache
def demo_unit_pin(number: str) -> str:
    """The public PIN of an invented employer."""
    return _chosen(random.Random(f"unit {number}"), Owner(accounts=(number,)))


def unit_key(number: str) -> DepositorId:
    """The core's key of an invented employer; no person's key looks like it."""
    return DepositorId(f"u{number[-6:]}")


def _depositor(dice: random.Random, at: int) -> DemoDepositor:
    deposit = Fen(dice.randrange(20_000, 300_000))
    first = at == 1
    weights = (85, 8, 4, 3)
    statuses = (AccountStatus.NORMAL, AccountStatus.SEALED, AccountStatus.FROZEN, AccountStatus.CLOSED)
    status = AccountStatus.NORMAL if first else dice.choices(statuses, weights)[0]
    return DemoDepositor(
        depositor=DepositorId(f"d{at:06d}"),
        name=f"演示{STEMS[at % 10]}{NUMERALS[at // 10 % 10]}{NUMERALS[at // 100 % 10] if at >= 100 else ''}",
        account=f"12329{at:05d}",
        citizen_id=_citizen_id(dice),
        card=_card(at),
        pin="",
        unit=demo_units()[at % 20][0],
        status=status,
        balance=Fen(0 if status is AccountStatus.CLOSED else dice.randrange(5_000, 60_000_000)),
        own_deposit=deposit,
        employer_deposit=deposit,
        paid_through=f"2025{dice.randrange(1, 11):02d}",
        loan=_loan(dice, at) if first or dice.random() < 0.4 else None,
    )


def _citizen_id(dice: random.Random) -> str:
    born = BIRTHDAYS_FROM + timedelta(days=dice.randrange(365 * 45))
    first17 = f"{AREA}{born:%Y%m%d}{dice.randrange(1000):03d}"
    return first17 + citizen_check_digit(first17)


def _card(at: int) -> str:
    head = f"999999{at:012d}"
    return next(number for digit in range(10) if luhn_holds(number := f"{head}{digit}"))


def _with_pin(person: DemoDepositor, dice: random.Random, at: int) -> DemoDepositor:
    """Mobile, PIN and, for some, a second account. The first three can log in: they are shown to whoever tries the demo."""
    person = replace(person, mobile=f"154{at:08d}", second_account=f"12328{at:05d}" if at % 8 == 4 else "")
    if at > 3 and dice.random() < 0.2:
        return replace(person, pin=initial_pin(person.citizen_id), initial=True)
    return replace(person, pin=_chosen(dice, person.owner))


def _chosen(dice: random.Random, owner: Owner) -> str:
    """Six digits the policy lets ``owner`` choose."""
    while pin_fault(pin := f"{dice.randrange(10**6):06d}", owner):
        pass
    return pin


def _loan(dice: random.Random, at: int) -> DemoLoan:
    granted = Fen(dice.randrange(10, 80) * 1_000_000)
    term = dice.choice((120, 180, 240, 360))
    left = dice.randrange(1, term)
    return DemoLoan(
        number=f"8812329{at:05d}",
        granted=granted,
        outstanding=Fen(granted * left // term),
        term=term,
        due=Fen(granted // term + granted // 500),
        due_day=dice.randrange(1, 29),
        overdue=0 if dice.random() < 0.9 else dice.randrange(1, 4),
    )

"""A town of account holders for the attack: how people choose six-digit PINs, stated, and a fund core that holds them.

No published table covers the PINs of provident-fund accounts. ``HABITS`` is our assumption, on the pessimistic side of what is
published of six-digit PINs in China (Wang et al., ASIACCS 2017: a few PINs cover a large share, dates many more): every fifth
account still has the initial PIN, and most people choose something that a rule can name. What no rule names is either drawn from
a list of favourites that nobody thought of, or random.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate

from fund_core.model import Account, PinStanding, Verdict
from fund_core.port import NotOnFile
from fund_core.weak_pin import Owner, birthday_parts, initial_pin, number_tails, pin_fault
from hotline.identity import LoginKind, citizen_check_digit
from hotline.ids import DepositorId
from hotline.secret import Secret

HABITS = {
    "initial": 0.20,
    "popular": 0.08,
    "birthday": 0.16,
    "date": 0.06,
    "own_number": 0.04,
    "pattern": 0.02,
    "hidden_favourite": 0.04,
    "random": 0.40,
}
"""Share of the accounts by how their PIN came about; they add up to 1."""
POPULAR = tuple(
    word
    for row in (
        "123456 111111 000000 123123 666666 888888 123321 112233 654321 147258 520520 521521 159357 121212 789456 101010 147369 258369",
        "456789 131313 520131 201314 168168 518518 999999 222222 555555 777777 333333 444444 123654 456123 110110 100200 666888 888666",
        "369258 963852 741852 987654",
    )
    for word in row.split()
)
"""Most popular first; the n-th is chosen 1/n as often as the first (Zipf), so 123456 has 1.9 % of all accounts."""
HIDDEN = 5_000
"""So many favourites no rule names, all equally liked: each is chosen by 8 of a million accounts."""
BLOCKS = 100
"""Blocks of ten thousand mobile numbers in town."""


@dataclass(frozen=True, slots=True)
class Citizen:
    """One account holder. ``standing``: what the PIN is worth to the core."""

    depositor: DepositorId
    account: str
    owner: Owner = field(repr=False)
    pin: str = field(repr=False)
    habit: str
    standing: PinStanding

    @property
    def mobile(self) -> str:
        """His bound mobile."""
        return self.owner.mobile


class Town:
    """``count`` invented account holders; the same ones for the same ``seed``."""

    def __init__(self, seed: int, count: int = 10_000) -> None:
        dice = random.Random(f"town {seed}")
        self.hidden = _hidden(dice)
        self._weights = tuple(accumulate(1 / rank for rank in range(1, len(POPULAR) + 1)))
        self.citizens = [self._citizen(dice, at) for at in range(count)]
        self.by_account = {citizen.account: citizen for citizen in self.citizens}
        self.by_key = {citizen.depositor: citizen for citizen in self.citizens}
        self._hidden_set = frozenset(self.hidden)

    def chance(self, pin: str, citizen: Citizen | None) -> float:
        """How likely ``pin`` opens the account of ``citizen`` for an attacker who knows ``HABITS``, our rules and all his numbers."""
        if citizen is None or pin_fault(pin, citizen.owner):
            return 0.0
        return HABITS["random"] / 10**6 + (HABITS["hidden_favourite"] / HIDDEN if pin in self._hidden_set else 0.0)

    def _citizen(self, dice: random.Random, at: int) -> Citizen:
        born = date(1955, 1, 1) + timedelta(days=dice.randrange(365 * 48))
        first17 = f"999901{born:%Y%m%d}{dice.randrange(1000):03d}"
        mobile = f"1540{dice.randrange(BLOCKS):03d}{at % 10_000:04d}"
        owner = Owner(first17 + citizen_check_digit(first17), (account := f"12329{at:06d}",), "", mobile)
        habit = dice.choices(tuple(HABITS), tuple(HABITS.values()))[0]
        pin = self._pin(dice, habit, owner)
        weak = PinStanding.WEAK if pin_fault(pin, owner) else PinStanding.OWN
        return Citizen(DepositorId(f"t{at}"), account, owner, pin, habit, PinStanding.INITIAL if habit == "initial" else weak)

    def _pin(self, dice: random.Random, habit: str, owner: Owner) -> str:
        match habit:
            case "initial":
                return initial_pin(owner.citizen_id)
            case "popular":
                return dice.choices(POPULAR, cum_weights=self._weights)[0]
            case "birthday":
                return dice.choice(sorted(birthday_parts(owner.citizen_id)))
            case "date":
                return f"{date(1940, 1, 1) + timedelta(days=dice.randrange(365 * 84)):%y%m%d}"
            case "own_number":
                return dice.choice(sorted(number_tails(owner)))
            case "pattern":
                a, b, c = (dice.choice("0123456789") for _ in range(3))
                return dice.choice((a + b + c + a + b + c, a + a + b + b + c + c, a + b + c + c + b + a, a + b + a + b + a + b))
            case "hidden_favourite":
                return dice.choice(self.hidden)
        return f"{dice.randrange(10**6):06d}"


def _hidden(dice: random.Random) -> Sequence[str]:
    """Favourites that no rule names."""
    found: dict[str, None] = {}
    while len(found) < HIDDEN:
        pin = f"{dice.randrange(10**6):06d}"
        if not pin_fault(pin):
            found[pin] = None
    return tuple(found)


class TownCore:
    """What the login gate asks of a fund core, from memory."""

    def __init__(self, town: Town) -> None:
        self._town = town

    async def identify(self, number: str, kinds: Sequence[LoginKind]) -> DepositorId | None:
        """See the port; accounts only."""
        found = self._town.by_account.get(number) if "account" in kinds else None
        return found.depositor if found else None

    async def verify(self, depositor: DepositorId | None, pin: Secret) -> Verdict:
        """See the port."""
        citizen = self._town.by_key.get(depositor) if depositor else None
        if citizen is None:
            return Verdict(depositor, False)
        return Verdict(depositor, citizen.pin == pin.reveal(), citizen.standing, citizen.mobile)

    async def accounts(self, depositor: DepositorId) -> Sequence[Account]:
        """Nobody asks what lies on an account here."""
        raise NotOnFile

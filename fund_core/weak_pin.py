"""Rule: which six-digit PINs are too easy to guess (domain/identity.md "PIN policy").

Refused: all equal, four or more in a run up or down, birthday parts of the identity number, the last six of identity number,
account, card or phone, the last four of the identity number and 00 (the initial PIN), the old PIN. Beside these, what people
choose most after those are forbidden: fewer than three different digits, a half or pairs repeated or mirrored, keypad figures and
love numbers, and every calendar date. Together 9.5 % of all PINs: a blocklist is of use only when it is about a tenth of the
space (Markert et al., IEEE S&P 2020); what is left has no order of popularity that we know of.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

PIN_PLACES = 6
_FIGURES = (
    "147258 147369 258369 258147 369258 369147 741852 852963 963852 852741 963741 159357 357159 159753 753159 951357 357951 789456"
    " 456123 123654 321654 654321 147852 963258 258963 741963 125800 520131 521131 131452 131420 201314 131400 584520 584131 518888"
    " 168888 168899 888168 518168 168518 202020 100200 102030 135790 246800 135246 246135 135790 135791 097531 086420 123000 000123"
    " 110120 110119 120110 119110 112119 110911 911110 518000 100000 100001 123890 147896 159951 142536 362514 748596 159263"
)
KEYPAD_AND_LOVE = frozenset(_FIGURES.split())
"""Figures on the keypad, love and luck numbers, steps of ten, emergency numbers: known by heart to everybody."""


class PinFault(StrEnum):
    """Why a PIN is refused when it is chosen, and opens nothing when it was chosen earlier."""

    NOT_SIX_DIGITS = "not_six_digits"
    ALL_EQUAL = "all_equal"
    RUN = "run"
    BIRTHDAY = "birthday"
    OWN_NUMBER = "own_number"
    INITIAL = "initial"
    OLD = "old"
    DATE = "date"
    POPULAR = "popular"


@dataclass(frozen=True, slots=True)
class Owner:
    """What a guesser may know of the person: numbers as they stand on file, empty when there is none."""

    citizen_id: str = field(default="", repr=False)
    accounts: tuple[str, ...] = field(default=(), repr=False)
    card: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)


NOBODY = Owner()


def pin_fault(pin: str, owner: Owner = NOBODY, old: str = "") -> PinFault | None:
    """Why ``pin`` is too weak for ``owner``, the plainest reason first; None when it may be chosen. ``old``: the PIN of now."""
    if len(pin) != PIN_PLACES or not (pin.isascii() and pin.isdigit()):
        return PinFault.NOT_SIX_DIGITS
    if len(set(pin)) == 1:
        return PinFault.ALL_EQUAL
    if _has_run(pin):
        return PinFault.RUN
    if owner.citizen_id and pin == initial_pin(owner.citizen_id):
        return PinFault.INITIAL
    if pin in birthday_parts(owner.citizen_id):
        return PinFault.BIRTHDAY
    if pin in number_tails(owner):
        return PinFault.OWN_NUMBER
    if pin == old:
        return PinFault.OLD
    if _is_popular(pin):
        return PinFault.POPULAR
    return PinFault.DATE if is_date(pin) else None


def initial_pin(citizen_id: str) -> str:
    """The PIN an account is born with: last four of the identity number and 00; a last X is keyed as 0 (P24)."""
    return citizen_id.upper().replace("X", "0")[-4:] + "00"


def birthday_parts(citizen_id: str) -> frozenset[str]:
    """Six-digit PINs that the birthday in an identity number makes: any six digits in a row of YYYYMMDD, and other orders."""
    born = citizen_id[6:14]
    if len(born) != 8 or not born.isdigit():
        return frozenset()
    year, short, month, day = born[:4], born[2:4], born[4:6], born[6:8]
    plain = f"{int(month)}{int(day)}"
    rows = {born[at : at + PIN_PLACES] for at in range(3)}
    orders = {month + day + short, day + month + short, short + day + month, month + year, day + year, month + day + year[:2]}
    filled = {month + day + "00", "00" + month + day, month + day + month, day + month + day, plain + year, year + plain}
    return frozenset(part for part in rows | orders | filled if len(part) == PIN_PLACES)


def number_tails(owner: Owner) -> frozenset[str]:
    """The last six digits of a person's own numbers; an X at the end of the identity number left away, or keyed as 0."""
    citizen_id = owner.citizen_id.upper()
    numbers = (citizen_id.replace("X", "0"), citizen_id.removesuffix("X"), *owner.accounts, owner.card, owner.mobile)
    return frozenset(number[-PIN_PLACES:] for number in numbers if len(number) >= PIN_PLACES)


def is_date(pin: str) -> bool:
    """Whether six digits read as a calendar date: YYMMDD, MMDDYY, DDMMYY, or YYYYMM and MMYYYY of 1930 to 2029."""
    one, two, three = int(pin[:2]), int(pin[2:4]), int(pin[4:])
    if _is_day(two, three) or _is_day(one, two) or _is_day(two, one):
        return True
    return _is_month(int(pin[:4]), three) or _is_month(int(pin[2:]), one)


def _is_day(month: int, day: int) -> bool:
    """A day of a leap year: whatever the year, somebody is born on it."""
    return 1 <= month <= 12 and 1 <= day <= monthrange(2000, month)[1]


def _is_month(year: int, month: int) -> bool:
    return 1930 <= year <= 2029 and 1 <= month <= 12


def _has_run(pin: str) -> bool:
    """Four digits in a row that go up, or down, by one; 0 follows 9 as on the keypad."""
    steps = [(int(after) - int(before)) % 10 for before, after in pairwise(pin)]
    return any(steps[at : at + 3] in ([1, 1, 1], [9, 9, 9]) for at in range(3))


def _is_popular(pin: str) -> bool:
    """Fewer than three different digits, two equal or mirrored halves, three pairs, or a figure known to everybody."""
    if len(set(pin)) < 3 or pin in KEYPAD_AND_LOVE:
        return True
    return pin[:3] in (pin[3:], pin[:2:-1]) or (pin[::2] == pin[1::2]) or (pin[:2] == pin[2:4] == pin[4:])

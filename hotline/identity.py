"""What kind of number a caller keyed to say who he is: identity number, co-branded card or fund account.

GB 11643-1999: 17 digits (area, date of birth, sequence) and a check digit, ISO 7064 MOD 11-2, where ten is written X.
Cards (联名卡) carry a Luhn digit. Everything else is a fund account of the centre (data standard: up to 20 places).
A number can be two things at once (an 18-digit card that is a valid identity number): then both are asked for.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

LoginKind = Literal["citizen_id", "card", "account", "unit"]

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
OLDEST = date(1900, 1, 1)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_FIXED = re.compile(r"0(10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}")


def citizen_check_digit(first17: str) -> str:
    """The eighteenth place (``0``-``9`` or ``X``) belonging to 17 digits (GB 11643). Raises ValueError on other input."""
    if len(first17) != 17 or not _digits(first17):
        raise ValueError("a check digit belongs to 17 digits")
    return CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True)) % 11]


def citizen_id_fault(number: str) -> str:
    """Why ``number`` is no identity number, in plain English; empty when it is one. A small x counts as X."""
    number = number.upper()
    if len(number) != 18:
        return f"{len(number)} places instead of 18"
    if not _digits(number[:17]) or not (_digits(number[17]) or number[17] == "X"):
        return "only digits, and X at the last place, are allowed"
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "there is no such date of birth"
    if born < OLDEST:
        return "born before 1900"
    return "" if citizen_check_digit(number[:17]) == number[17] else "the check digit is wrong"


def is_citizen_id(number: str) -> bool:
    """Whether ``number`` is a well-formed identity number."""
    return not citizen_id_fault(number)


def luhn_holds(number: str) -> bool:
    """Whether the last digit of a card number is its Luhn digit."""
    if not _digits(number):
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def login_kinds(number: str) -> tuple[LoginKind, ...]:
    """What a keyed number may be, most likely first; empty when it can be nothing of ours.

    17 digits whose check digit is X may stand for an identity number keyed without it (see :func:`complete`).
    """
    kinds: list[LoginKind] = []
    if is_citizen_id(complete(number)):
        kinds.append("citizen_id")
    if _digits(number):
        if 16 <= len(number) <= 19 and luhn_holds(number):
            kinds.append("card")
        if 4 <= len(number) <= 20 and "citizen_id" not in kinds and "card" not in kinds:
            kinds.append("account")
    return tuple(kinds)


def complete(number: str) -> str:
    """Upper-case; 17 digits whose computed check digit is X get that X (the caller left it away)."""
    number = number.upper()
    if len(number) == 17 and _digits(number) and citizen_check_digit(number) == "X" and is_citizen_id(f"{number}X"):
        return f"{number}X"
    return number


def is_subscriber(number: str) -> bool:
    """Whether ``number`` is one we would call back: a mobile, or a fixed line with its area code; no short number and no foreign one."""
    return is_mobile(number) or _FIXED.fullmatch(number) is not None


def is_mobile(number: str) -> bool:
    """Whether ``number`` is a mobile as it is dialled in mainland China."""
    return _MOBILE.fullmatch(number) is not None


def explain(number: str) -> tuple[bool, str]:
    """Whether ``number`` is a right identity number, and why in a sentence that names what it could be instead."""
    keyed = complete(number.strip())
    fault = citizen_id_fault(keyed)
    if not fault:
        added = f"; the X left away at the end is {keyed[-1]}" if len(number.strip()) == 17 else ""
        return True, f"a right identity number (GB 11643): born {keyed[6:10]}-{keyed[10:12]}-{keyed[12:14]}, check digit {keyed[17]}{added}"
    if fault == "the check digit is wrong":
        fault = f"the check digit is {keyed[17]} and should be {citizen_check_digit(keyed[:17])}"
    others = [kind for kind in login_kinds(number.strip()) if kind != "citizen_id"]
    return False, f"no identity number: {fault}" + (f"; it could be a fund {others[0]}" if others else "")


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()

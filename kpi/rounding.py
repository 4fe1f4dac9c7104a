"""Rounding, for display and for the regulator's columns only (NUMBER(10,2)); no verdict ever sees a rounded figure.

ROUND_HALF_UP in integers: 5.175 is 5.18, which binary floating point gives only by luck.
"""

from __future__ import annotations

from fractions import Fraction


def half_up(value: Fraction, places: int = 2) -> str:
    """``value`` with ``places`` decimals, halves away from zero: ``5.18`` for 5.175."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    head, tail = divmod(whole, 10**places)
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{head}.{tail:0{places}d}" if places else f"{sign}{head}"


def half_up_or_none(value: Fraction | None, places: int = 2) -> str | None:
    """As :func:`half_up`; None stays None (shown "—")."""
    return None if value is None else half_up(value, places)


def milliseconds(us: int | None) -> int | None:
    """Whole milliseconds of ``us`` microseconds, halves up; None stays None."""
    return None if us is None else (us + 500) // 1000

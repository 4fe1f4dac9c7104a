"""Money is an integer number of fen 分; only display and speech turn it into yuan."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import NewType

Fen = NewType("Fen", int)


def fen_of_yuan(text: str) -> Fen:
    """Fen of a decimal yuan text such as ``38796.02``. Raises ValueError when it is no amount or finer than a fen."""
    try:
        fen = Decimal(text) * 100
    except InvalidOperation:
        raise ValueError(f"not an amount of money: {text!r}") from None
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise ValueError(f"not an amount of money in whole fen: {text!r}")
    return Fen(int(fen))


def yuan(fen: Fen) -> str:
    """``38796.02`` for 3879602 fen."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"

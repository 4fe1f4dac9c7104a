"""Documents: what `hotline kpi compute` is given, read strictly; every refusal names the field and says what to do.

A document is JSON ``{"kind": ..., "given": {...}}``. Counts that are absent are zero, everything else absent is not stated.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hotline.errors import HotlineError

LARGEST = 10**15
"""No count or duration beyond this is a hotline's; the columns hold ten digits."""
_MONEY = re.compile(r"^\d{1,15}(\.\d{1,6})?$")


class DocumentError(HotlineError):
    """The document cannot be computed:"""


class Given:
    """An object of a document: asked key by key, refusing what is not known or not of its kind."""

    def __init__(self, value: object, where: str, known: Iterable[str]) -> None:
        self.where = where
        if not isinstance(value, dict):
            raise DocumentError(f"{where}: must be an object {{...}}, not {kind_of(value)}")
        self._fields: Mapping[str, Any] = value
        refuse_unknown(value, where, known)

    def __contains__(self, key: str) -> bool:
        return self._fields.get(key) is not None

    def path(self, key: str) -> str:
        """The field's full name, for a refusal."""
        return f"{self.where}.{key}"

    def wrong(self, key: str, why: str) -> DocumentError:
        """A refusal that names ``key``."""
        return DocumentError(f"{self.path(key)}: {why}")

    def count(self, key: str) -> int:
        """A whole number >= 0; zero when absent."""
        return count_of(self._fields.get(key, 0), self.path(key))

    def counts(self, *keys: str) -> dict[str, int]:
        """Several counts by name."""
        return {key: self.count(key) for key in keys}

    def text(self, key: str) -> str | None:
        """A text, or None when not stated."""
        value = self._fields.get(key)
        if value is not None and not isinstance(value, str):
            raise self.wrong(key, f"must be text in quotes, not {kind_of(value)}")
        return value

    def flag(self, key: str) -> bool | None:
        """true or false, or None when not stated."""
        value = self._fields.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, f"must be true or false, not {kind_of(value)}")
        return value

    def list(self, key: str) -> list[Any]:
        """A list; empty when absent."""
        value = self._fields.get(key)
        if value is not None and not isinstance(value, list):
            raise self.wrong(key, f"must be a list [...], not {kind_of(value)}")
        return value or []

    def table(self, key: str) -> dict[str, Any]:
        """An object whose keys are data; empty when absent."""
        value = self._fields.get(key)
        if value is not None and not isinstance(value, dict):
            raise self.wrong(key, f"must be an object {{...}}, not {kind_of(value)}")
        return value or {}

    def microseconds(self, key: str) -> int | None:
        """A duration in seconds >= 0 as microseconds, or None when not stated."""
        value = self._fields.get(key)
        return None if value is None else microseconds_of(value, self.path(key))

    def money(self, key: str) -> Fraction | None:
        """An amount of yuan written as text, exactly, or None when not stated."""
        value = self._fields.get(key)
        return None if value is None else money_of(value, self.path(key))


def count_of(value: object, where: str) -> int:
    """``value`` as a whole number from 0 to :data:`LARGEST`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise DocumentError(f"{where}: must be a whole number such as 12, not {kind_of(value)}")
    if not 0 <= value <= LARGEST:
        raise DocumentError(f"{where}: must be from 0 to {LARGEST}; counts are never negative, correct the source")
    return value


def microseconds_of(value: object, where: str) -> int:
    """``value`` seconds (whole or decimal, >= 0, not finer than a microsecond) as microseconds."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise DocumentError(f"{where}: must be seconds such as 40 or 40.2, not {kind_of(value)}")
    if not 0 <= value <= LARGEST:
        raise DocumentError(f"{where}: must be from 0 to {LARGEST} seconds; a duration is never negative, correct the source")
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        fine = Fraction(value) * 1_000_000 if isinstance(exponent, int) and exponent > -40 else Fraction(1, 2)
        if fine.denominator != 1:
            raise DocumentError(f"{where}: is finer than a microsecond; give at most six decimals")
        return fine.numerator
    return value * 1_000_000


def money_of(value: object, where: str) -> Fraction:
    """``value`` yuan, a text such as ``0.05``, exactly."""
    if not isinstance(value, str) or not _MONEY.match(value):
        raise DocumentError(f'{where}: must be an amount of yuan in quotes such as "0.05", >= 0, at most six decimals')
    return Fraction(value)


def refuse_unknown(value: Mapping[str, Any], where: str, known: Iterable[str]) -> None:
    """Refuse the first key of ``value`` that is not ``known``, naming the likeliest meant one."""
    names = sorted(known)
    for key in value:
        if key not in names:
            near = difflib.get_close_matches(str(key), names, n=1)
            meant = f"did you mean {near[0]}?" if near else f"known are: {', '.join(names)}"
            raise DocumentError(f"{where}.{key}: is not known here; {meant}")


def kind_of(value: object) -> str:
    """What ``value`` is, in a reader's words."""
    if value is None:
        return "null"
    names = {bool: "true/false", int: "a number", Decimal: "a decimal number", str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)


def parse(text: str) -> Any:
    """The JSON in ``text`` with decimals exact. Raises DocumentError for broken JSON, a key given twice, NaN or absurd depth."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except DocumentError:
        raise
    except json.JSONDecodeError as error:
        raise DocumentError(f"line {error.lineno} column {error.colno}: is not JSON ({error.msg}); mend it there") from None
    except RecursionError:
        raise DocumentError("is nested too deeply; a document has four levels at most") from None
    except ValueError:
        raise DocumentError(f"holds a number of absurd length; the largest accepted is {LARGEST}") from None


def _refuse_constant(name: str) -> Any:
    raise DocumentError(f"{name} is no number; leave the key away when there is no figure")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise DocumentError(f"{twice}: is given twice in one object; keep one of them")
    return fields

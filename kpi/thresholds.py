"""Thresholds: which figure must be at least or at most what, as sets side by side, and the lights made of them.

不低于 means at least and 不高于, 不大于, 不得大于 mean at most: equality passes. Limits are compared with exact figures, in the unit the
document states them in. Two sets come from the documents; a centre adds its own in ``etc/thresholds.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from hotline.errors import ConfigError
from kpi.indicators import BY_NAME, FAMILIES, INDICATORS, Indicator
from kpi.tally import Tally

Direction = Literal["at_least", "at_most"]


class Light(StrEnum):
    """A verdict's sign, told apart by shape and not by colour alone."""

    PASS = "●"
    NEAR = "▲"
    FAIL = "■"
    NONE = "—"


@dataclass(frozen=True, slots=True)
class Limit:
    """``bound`` in the indicator's own unit (percent 0-100, permille, seconds)."""

    direction: Direction
    bound: Fraction

    def passes(self, exact: Fraction | None) -> bool | None:
        """Whether ``exact`` keeps the limit; None when there is no figure."""
        if exact is None:
            return None
        return exact >= self.bound if self.direction == "at_least" else exact <= self.bound


@dataclass(frozen=True, slots=True)
class Nearness:
    """When a passing figure is called near: points above a minimum, or this share (percent) of a maximum."""

    points_above_minimum: Fraction = Fraction(1)
    percent_of_maximum: Fraction = Fraction(95)

    def covers(self, limit: Limit, exact: Fraction) -> bool:
        """Whether a passing ``exact`` is near ``limit``."""
        if limit.direction == "at_least":
            return exact < limit.bound + self.points_above_minimum
        return exact >= limit.bound * self.percent_of_maximum / 100 and exact > 0


@dataclass(frozen=True, slots=True)
class ThresholdSet:
    """A named set of limits, keyed by indicator family or by one indicator's name."""

    name: str
    title: str
    source: str
    limits: Mapping[str, Limit]
    nearness: Nearness = field(default_factory=Nearness)

    def limit_of(self, indicator: Indicator) -> Limit | None:
        """The limit that judges ``indicator``: its own, else its family's."""
        return self.limits.get(indicator.name) or self.limits.get(indicator.family)

    def judge(self, indicator: Indicator, tally: Tally) -> bool | None:
        """The verdict from the exact figure; None when there is no limit or no figure."""
        limit = self.limit_of(indicator)
        return limit.passes(indicator.exact(tally)) if limit else None

    def light(self, indicator: Indicator, tally: Tally) -> Light:
        """The verdict as a light."""
        limit, exact = self.limit_of(indicator), indicator.exact(tally)
        if limit is None or exact is None:
            return Light.NONE
        if not limit.passes(exact):
            return Light.FAIL
        return Light.NEAR if self.nearness.covers(limit, exact) else Light.PASS

    def passes(self, tally: Tally, wait_basis: str = "request") -> bool | None:
        """Whether the period passes: every judged figure on every basis, but only the wait of ``wait_basis``; None if none is judged."""
        judged = [one for one in INDICATORS if one.family != "mean_wait" or one.basis == wait_basis]
        return all_of(self.judge(indicator, tally) for indicator in judged)


def all_of(verdicts: Iterable[bool | None]) -> bool | None:
    """False if any is False, None if none is said, else True."""
    said = [verdict for verdict in verdicts if verdict is not None]
    return all(said) if said else None


def _set(name: str, title: str, source: str, limits: dict[str, tuple[Direction, str]]) -> ThresholdSet:
    return ThresholdSet(name, title, source, {key: Limit(direction, Fraction(bound)) for key, (direction, bound) in limits.items()})


NATIONAL = _set(
    "national",
    "国家导则",
    "12329热线服务导则 §3.2",
    {
        "connect_rate": ("at_least", "85"),
        "loss_ratio": ("at_most", "15"),
        "mean_wait": ("at_most", "40"),
        "mean_wrap_up_time": ("at_most", "30"),
        "complaint_rate": ("at_most", "0.5"),
        "satisfaction_rate": ("at_least", "90"),
    },
)
TENDER = _set(
    "tender",
    "招标要求",
    "甘肃省12329采购需求 §3.1",
    {
        "connect_rate": ("at_least", "90"),
        "loss_ratio": ("at_most", "10"),
        "mean_wait": ("at_most", "30"),
        "mean_wrap_up_time": ("at_most", "25"),
        "complaint_rate": ("at_most", "0.3"),
        "satisfaction_rate": ("at_least", "95"),
    },
)
DOCUMENTED: tuple[ThresholdSet, ...] = (NATIONAL, TENDER)
"""In force when no file says otherwise."""


def load_thresholds(path: Path | None) -> tuple[ThresholdSet, ...]:
    """The sets in ``path``, in file order (the documented two when it is None).

    Raises ConfigError naming file, field and remedy; nothing is half accepted.
    """
    if path is None:
        return DOCUMENTED
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except FileNotFoundError:
        raise ConfigError(f"{path} is not there; leave it away for the two documented sets") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}; mend the line") from None
    near = _nearness(path, given.pop("near", {}))
    sets = tuple(_read_set(path, name, table, near) for name, table in given.items())
    if not sets:
        raise ConfigError(f"{path}: holds no threshold set; add one such as [national] with [national.limits]")
    return sets


def _nearness(path: Path, table: Any) -> Nearness:
    _keys(path, "near", table, {"points_above_minimum", "percent_of_maximum"})
    return Nearness(**{key: _number(path, f"near.{key}", value) for key, value in table.items()})


def _read_set(path: Path, name: str, table: Any, near: Nearness) -> ThresholdSet:
    _keys(path, name, table, {"title", "source", "limits"})
    for key in ("title", "source"):
        if not isinstance(table.get(key, ""), str):
            raise ConfigError(f"{path}: {name}.{key}: must be text; put it in quotes")
    limits = table.get("limits", {})
    _keys(path, f"{name}.limits", limits, set(BY_NAME) | FAMILIES)
    read = {key: _limit(path, f"{name}.limits.{key}", value) for key, value in limits.items()}
    return ThresholdSet(name, table.get("title", name), table.get("source", ""), read, near)


def _limit(path: Path, where: str, value: Any) -> Limit:
    _keys(path, where, value, {"at_least", "at_most"})
    if len(value) != 1:
        raise ConfigError(f"{path}: {where}: needs exactly one of at_least and at_most, e.g. {{ at_least = 85 }}")
    direction: Direction = "at_least" if "at_least" in value else "at_most"
    return Limit(direction, _number(path, f"{where}.{direction}", value[direction]))


def _number(path: Path, where: str, value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite() or value < 0:
        raise ConfigError(f"{path}: {where}: must be a number >= 0, e.g. 85 or 0.5")
    return Fraction(value)


def _keys(path: Path, where: str, table: Any, known: set[str]) -> None:
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {where}: must be a table of {', '.join(sorted(known))}")
    for key in table:
        if key not in known:
            raise ConfigError(f"{path}: {where}.{key}: is not known; use one of {', '.join(sorted(known))}")

"""What the seven figures and three indicators of seed 000 §4.2 are made of (domain/sms.md §3.4); pure.

A person is open while one of his classes is open; opening counts when the first class opens, closing when the last closes, so that
当前开通人数 always moves by 新开通 less 新关闭, and a person who comes back counts as new again but not in 累计开通人数.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from hotline.moment import SHANGHAI

Span = Literal["day", "week", "month", "quarter", "year"]
COSTED: frozenset[Span] = frozenset({"month", "quarter", "year"})
"""短信费用 is told by month, quarter and year only (seed 000 §4.2-7)."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of Asia/Shanghai: from ``first`` until before ``after``."""

    span: Span
    first: date
    after: date

    def microseconds(self) -> tuple[int, int]:
        """Begin and end since 1970."""
        return _us(self.first), _us(self.after)


@dataclass(frozen=True, slots=True)
class Change:
    """One opening or closing of a class by a person."""

    depositor: str
    sms_class: str
    opened: bool
    at_us: int


@dataclass(frozen=True, slots=True)
class Sent:
    """Messages a gateway took, of one topic and end. ``state``: success, failure or pending; cost in 1/10,000 yuan."""

    topic: str
    stat: str
    state: Literal["success", "failure", "pending"]
    messages: int
    parts: int
    cost: int


@dataclass(frozen=True, slots=True)
class Persons:
    """开通人数: ever until the end, open at the begin and the end, opened and closed in the period."""

    ever: int
    before: int
    now: int
    opened: int
    closed: int


@dataclass(frozen=True, slots=True)
class Figures:
    """S1 to S10. A coverage is None where its base is unknown; ``cost`` None where the period has none."""

    period: Period
    total: int
    parts: int
    success: int
    failure: int
    pending: int
    by_topic: dict[str, int]
    by_class: dict[str, int]
    persons: Persons
    cost: int | None
    complaints: int | None
    coverage: tuple[int, int] | None
    centres: tuple[int, int] | None
    broken: tuple[str, ...] = field(default=())


def period_of(span: Span, day: date) -> Period:
    """The period of that kind ``day`` lies in; a week begins on Monday."""
    match span:
        case "day":
            return Period(span, day, day + timedelta(days=1))
        case "week":
            first = day - timedelta(days=day.weekday())
            return Period(span, first, first + timedelta(days=7))
        case "month":
            return Period(span, day.replace(day=1), _months_after(day.replace(day=1), 1))
        case "quarter":
            first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
            return Period(span, first, _months_after(first, 3))
        case "year":
            return Period(span, date(day.year, 1, 1), date(day.year + 1, 1, 1))


def count_persons(changes: Iterable[Change], period: Period) -> Persons:
    """Fold all changes before the end of ``period``, in the order they happened."""
    begin, end = period.microseconds()
    open_classes: dict[str, set[str]] = {}
    ever: set[str] = set()
    before, opened, closed = 0, 0, 0
    started = False
    for change in changes:
        if change.at_us >= end:
            break
        if not started and change.at_us >= begin:
            started, before = True, len(open_classes)
        was = change.depositor in open_classes
        classes = open_classes.setdefault(change.depositor, set())
        (classes.add if change.opened else classes.discard)(change.sms_class)
        if not classes:
            del open_classes[change.depositor]
        ever |= {change.depositor} if change.opened else set()
        if change.at_us >= begin:
            opened += not was and bool(classes)
            closed += was and not classes
    return Persons(len(ever), before if started else len(open_classes), len(open_classes), opened, closed)


def figures(
    period: Period, sent: Iterable[Sent], persons: Persons, *, complaints: int | None = None, depositors: int | None = None,
    centres: tuple[int, int] | None = None,
) -> Figures:  # fmt: skip
    """All ten, with what does not add up named in ``broken``."""
    rows = list(sent)
    states: Counter[str] = Counter()
    topics: Counter[str] = Counter()
    classes: Counter[str] = Counter()
    for row in rows:
        states[row.state] += row.messages
        topics[row.topic] += row.messages
        classes[row.stat] += row.messages
    total = sum(row.messages for row in rows)
    cost = sum(row.cost for row in rows) if period.span in COSTED else None
    coverage = (persons.now, depositors) if depositors else None
    found = Figures(
        period, total, sum(row.parts for row in rows), states["success"], states["failure"], states["pending"],
        dict(sorted(topics.items())), dict(sorted(classes.items())), persons, cost, complaints, coverage, centres,
    )  # fmt: skip
    return replace(found, broken=tuple(disagreements(found)))


def disagreements(found: Figures) -> list[str]:
    """The invariants of domain/sms.md §3.4 that don't hold."""
    persons = found.persons
    checks = {
        "总发送量 = 成功 + 失败 + 待定": found.total == found.success + found.failure + found.pending,
        "各项服务内容发送量之和 = 总发送量": sum(found.by_topic.values()) == sum(found.by_class.values()) == found.total,
        "当前 = 期初 + 新开通 - 新关闭": persons.now == persons.before + persons.opened - persons.closed,
        "累计 >= 当前": persons.ever >= persons.now,
        "条数 >= 总发送量": found.parts >= found.total,
    }
    return [name for name, holds in checks.items() if not holds]


def _months_after(first: date, months: int) -> date:
    month = first.month - 1 + months
    return date(first.year + month // 12, month % 12 + 1, 1)


def _us(day: date) -> int:
    return round(datetime.combine(day, time(), SHANGHAI).timestamp() * 1_000_000)

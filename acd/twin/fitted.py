"""What a journal says of its callers: when they come, how long they keep an agent, how long they wait. And days made of it.

Patience is the exponential law's estimate with the answered as censored: all waiting of all who asked, over those who gave up
(hung up or went back). Arrivals are the mean of each hour over the days of that weekday that the journal knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from math import sqrt
from statistics import fmean, stdev

from acd.twin.callers import day as callers_of
from acd.twin.drive import Comer, Twin
from acd.twin.theory import erlang_a
from hotline import events as ev
from hotline.ids import CallId
from hotline.moment import Moment, elapsed_us

SECOND = 1_000_000
KINDS: tuple[type[ev.Event], ...] = (ev.CallQueued, ev.CallAnswered, ev.CallAbandoned, ev.TalkEnded, ev.WrapUpEnded)
"""The events that are read."""


@dataclass(slots=True)
class Fitted:
    """What was found."""

    calls: int = 0
    left: int = 0
    waited_us: int = 0
    works_us: list[int] = field(default_factory=list)
    days: dict[int, set[date]] = field(default_factory=lambda: defaultdict(set))
    hours: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    """Calls by weekday (0 Monday) and hour."""

    @property
    def patience_s(self) -> float | None:
        """Mean patience; None while nobody has given up."""
        return self.waited_us / self.left / SECOND if self.left else None

    @property
    def aht_s(self) -> float:
        """Mean talk and wrap-up."""
        return fmean(self.works_us) / SECOND if self.works_us else 0.0

    def curve(self, weekday: int) -> list[tuple[int, float]]:
        """Calls expected in each hour of such a day."""
        known = max(1, len(self.days[weekday]))
        return [(hour, self.hours[weekday, hour] / known) for hour in range(24) if self.hours[weekday, hour]]


def fit(events: Iterable[ev.Event]) -> Fitted:
    """Read the journal's ``events`` (those of :data:`KINDS`, in order)."""
    found = Fitted()
    asked: dict[CallId, Moment] = {}
    answered: dict[CallId, Moment] = {}
    for event in events:
        match event:
            case ev.CallQueued():
                asked[event.call] = event.wanted_at or event.at
                when = event.at.local()
                found.calls += 1
                found.days[when.weekday()].add(when.date())
                found.hours[when.weekday(), when.hour] += 1
            case ev.CallAnswered() if event.call in asked:
                found.waited_us += elapsed_us(asked.pop(event.call), event.at)
                answered[event.call] = event.at
            case ev.CallAbandoned() if event.call in asked:
                found.waited_us += elapsed_us(asked.pop(event.call), event.at)
                found.left += event.how in ("hung_up", "went_back")
            case ev.WrapUpEnded() if event.call in answered:
                found.works_us.append(elapsed_us(answered.pop(event.call), event.at))
    return found


@dataclass(frozen=True, slots=True)
class Span:
    """A mean over the simulated days with its 95 % interval, and where nine days of ten lie."""

    mean: float
    low: float
    high: float
    tenth_worst: float
    tenth_best: float


def foresee(found: Fitted, weekday: int, agents: int, days: int, seed: int) -> dict[str, Span]:
    """Simulate ``days`` such days with ``agents`` seats: calls, connect rate, loss ratio, mean wait of the answered (s)."""
    rows: dict[str, list[float]] = {"calls": [], "connect_rate": [], "loss_ratio": [], "wait_s": []}
    for number in range(days):
        came: list[int] = []

        def note(_: int, __: Comer, wait: int, came: list[int] = came) -> None:
            came.append(wait)

        Twin(agents, note).live_through(callers_of(found.curve(weekday), found.works_us, found.patience_s, seed * 100_003 + number))
        answered = [wait for wait in came if wait >= 0]
        rows["calls"].append(len(came))
        rows["connect_rate"].append(len(answered) / len(came) if came else 1.0)
        rows["loss_ratio"].append((len(came) - len(answered)) / len(answered) if answered else float(bool(came)))
        rows["wait_s"].append(fmean(answered) / SECOND if answered else 0.0)
    return {name: _span(values) for name, values in rows.items()}


def _span(values: list[float]) -> Span:
    mean, ordered = fmean(values), sorted(values)
    off = 1.96 * stdev(values) / sqrt(len(values)) if len(values) > 1 else 0.0
    return Span(mean, mean - off, mean + off, ordered[len(ordered) // 10], ordered[-1 - len(ordered) // 10])


@dataclass(frozen=True, slots=True)
class Target:
    """What a centre must keep (seed 001 §3.2; the tender's is stricter)."""

    connect_rate: float = 0.85
    loss_ratio: float = 0.15
    wait_s: float = 40.0


def seats_needed(calls_per_hour: float, aht_s: float, patience_s: float, target: Target, most: int = 2000) -> int:
    """The fewest seats with which Erlang A keeps ``target``."""
    for agents in range(1, most):
        result = erlang_a(calls_per_hour, aht_s, patience_s, agents)
        kept = 1 - result.abandon >= target.connect_rate and result.loss_ratio <= target.loss_ratio
        if kept and result.asa <= target.wait_s:
            return agents
    return most

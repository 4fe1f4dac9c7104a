"""Who comes: callers drawn from laws, each moment and span a whole number of microseconds, the same for the same seed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from random import Random

from acd.twin.drive import AGENTS, PATIENT, Comer
from hotline.ids import QueueName

SECOND = 1_000_000
HOUR_S = 3600


def poisson(calls_per_hour: float, aht_s: float, patience_s: float | None, calls: int, seed: int) -> Iterator[Comer]:
    """Poisson arrivals, exponential work and patience (None: for ever): the callers of Erlang's formulas."""
    draw = Random(seed).expovariate
    gap, served = calls_per_hour / HOUR_S / SECOND, 1 / (aht_s * SECOND)
    gives_up = None if patience_s is None else 1 / (patience_s * SECOND)
    at = 0.0
    for _ in range(calls):
        at += draw(gap)
        yield Comer(int(at), 1 + int(draw(served)), PATIENT if gives_up is None else int(draw(gives_up)))


def classes(rates: Sequence[tuple[QueueName, str, float]], aht_s: float, calls: int, seed: int) -> Iterator[Comer]:
    """Patient callers of several queues or priorities: (queue, priority, calls per hour) each."""
    dice = Random(seed)
    total = sum(rate for _, _, rate in rates)
    ends, so_far = [], 0.0
    for _, _, rate in rates:
        so_far += rate / total
        ends.append(so_far)
    at, gap, served = 0.0, total / HOUR_S / SECOND, 1 / (aht_s * SECOND)
    for _ in range(calls):
        at += dice.expovariate(gap)
        queue, priority, _ = rates[min(bisect_right(ends, dice.random()), len(rates) - 1)]
        yield Comer(int(at), 1 + int(dice.expovariate(served)), PATIENT, queue, priority)


def day(
    per_hour: Sequence[tuple[int, float]], works_us: Sequence[int], patience_s: float | None, seed: int, from_us: int = 0
) -> Iterator[Comer]:
    """A day's callers: (hour, calls expected in it) each, works drawn from those that were, patience exponential."""
    dice = Random(seed)
    for hour, expected in per_hour:
        at, gap = 0.0, expected / HOUR_S / SECOND
        while gap > 0:
            at += dice.expovariate(gap)
            if at >= HOUR_S * SECOND:
                break
            patience = PATIENT if patience_s is None else int(dice.expovariate(1 / (patience_s * SECOND)))
            yield Comer(from_us + hour * HOUR_S * SECOND + int(at), dice.choice(works_us), patience, AGENTS)

"""How long a caller will wait, said honestly: a range that should hold the truth four times out of five, and how often it did.

With ``n`` agents at work who each finish a call in ``h`` seconds on average, the queue moves at n/h; of those ahead, some give up at
a rate ``theta`` each (the queue's own record). The wait of number ``p`` is then a sum of p exponential steps with the rates n/h + k*theta,
k = 0..p-1 (the death process behind Erlang A); its mean and variance are taken in closed form (sum by midpoint integral), the range
is mean -+ 1.28 standard deviations. Until a queue has finished :data:`KNOWN_FROM` calls nothing is said.
"""

from __future__ import annotations

from math import log, sqrt

from acd.model.groups import GroupName
from acd.model.state import Call, FloorState, Pace

KNOWN_FROM = 20
FOUR_OF_FIVE = 1.2816
"""80 % of a normal law lie within so many standard deviations."""


def estimate(floor: FloorState, call: Call) -> tuple[int, int] | None:
    """Seconds a waiting call will yet wait: from, to. None when too little is known, or nobody is at work."""
    return foresee(floor, call.group, floor.standing[call.queue].rank(call.key) + 1)


def foresee(floor: FloorState, name: GroupName, place: int) -> tuple[int, int] | None:
    """The same for somebody who stands, or would stand, at ``place`` among callers alike; None too when a seat is free for him."""
    pace = floor.paces.get(name.queue)
    if pace is None or pace.served < KNOWN_FROM or floor.groups.has_free(name):
        return None
    return spread(pace, floor.groups.staff(name), place)


def spread(pace: Pace, agents: int, place: int) -> tuple[int, int] | None:
    """The range for place ``place`` (1: the next) with ``agents`` at work."""
    if not agents or not pace.busy_us or not pace.served:
        return None
    rate = agents * pace.served / (pace.busy_us / 1e6)
    leaving = min(rate, pace.left / (pace.waited_us / 1e6)) if pace.waited_us else 0.0
    if leaving * place < 0.01 * rate:
        mean, variance = place / rate, place / rate**2
    else:
        first, last = rate - leaving / 2, rate + (place - 0.5) * leaving
        mean, variance = log(last / first) / leaving, (1 / first - 1 / last) / leaving
    off = FOUR_OF_FIVE * sqrt(variance)
    return max(0, int(mean - off)), int(mean + off) + 1

"""What the queue must obey: Erlang B, C and A, Cobham's and Kleinrock's priorities, and the Kiefer-Wolfowitz recursion call by call.

Erlang A (M/M/n+M): birth-death sums for waiting, abandonment and queue; the density of the offered wait
v(x) = lambda*pi(n-1)*exp(lambda*(1-e^(-theta*x))/theta - n*mu*x) (Baccelli-Hebuterne; Zeltyn-Mandelbaum) for the mean wait of the
answered and the service level, integrated by Simpson's rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heapify, heapreplace
from math import exp
from typing import NamedTuple

from acd.twin.drive import Comer

HOUR_S = 3600.0


class Queueing(NamedTuple):
    """What a queue does in the long run. Seconds and shares of the offered calls."""

    wait: float
    """Share that waits at all."""
    abandon: float
    asa: float
    """Mean wait of the answered."""
    sl20: float
    """Answered within 20 s, of the offered."""
    occupancy: float

    @property
    def loss_ratio(self) -> float:
        """呼损率: abandoned per answered (seed 001 §3.2-4)."""
        return self.abandon / (1 - self.abandon)


def erlang_b(load: float, agents: int) -> float:
    """Share blocked, by the stable recursion of the inverse. ``load`` in erlangs."""
    inverse = 1.0
    for n in range(1, agents + 1):
        inverse = 1 + inverse * n / load
    return 1 / inverse


def erlang_c(calls_per_hour: float, aht_s: float, agents: int) -> Queueing:
    """M/M/n. Raises ValueError when the load is not below the agents."""
    load = calls_per_hour * aht_s / HOUR_S
    if load >= agents:
        raise ValueError(f"{load:.2f} erlangs on {agents} agents: the queue would grow for ever")
    blocked = erlang_b(load, agents)
    wait = agents * blocked / (agents - load * (1 - blocked))
    drain = (agents - load) / aht_s
    return Queueing(wait, 0.0, wait / drain, 1 - wait * exp(-20 * drain), load / agents)


def erlang_a(calls_per_hour: float, aht_s: float, patience_s: float, agents: int) -> Queueing:
    """M/M/n+M."""
    rate, served, leaves = calls_per_hour / HOUR_S, 1 / aht_s, 1 / patience_s
    weights, k = [1.0], 0
    while k < agents or weights[-1] > 1e-18 * max(weights):
        k += 1
        weights.append(weights[-1] * rate / (min(k, agents) * served + max(0, k - agents) * leaves))
        if weights[-1] > 1e250:
            weights = [weight / 1e250 for weight in weights]
    total = sum(weights)
    share = [weight / total for weight in weights]
    wait = sum(share[agents:])
    queue = sum((n - agents) * part for n, part in enumerate(share) if n > agents)
    abandon = leaves * queue / rate
    busy = sum(min(n, agents) * part for n, part in enumerate(share)) / agents

    def density(x: float) -> float:
        return rate * share[agents - 1] * exp(rate * (1 - exp(-leaves * x)) / leaves - agents * served * x - leaves * x)

    far = 40 * patience_s
    within = _simpson(density, 0.0, 20.0, 2000)
    waited = _simpson(lambda x: x * density(x), 0.0, far, 40_000)
    return Queueing(wait, abandon, waited / (1 - abandon), 1 - wait + within, busy)


def _simpson(function: object, start: float, end: float, steps: int) -> float:
    assert callable(function)
    width = (end - start) / steps
    odd = sum(function(start + n * width) for n in range(1, steps, 2))
    even = sum(function(start + n * width) for n in range(2, steps, 2))
    return float(width / 3 * (function(start) + 4 * odd + 2 * even + function(end)))


def cobham(rates: list[float], aht_s: float, agents: int) -> list[float]:
    """Mean waits in seconds of static priorities, highest first, M/M/n without interruption (Cobham 1954). Rates in calls per hour."""
    first = erlang_c(sum(rates), aht_s, agents)
    load = sum(rates) * aht_s / HOUR_S
    free = first.asa * (1 - load / agents)
    waits, before = [], 0.0
    for rate in rates:
        after = before + rate * aht_s / HOUR_S / agents
        waits.append(free / ((1 - before) * (1 - after)))
        before = after
    return waits


def accumulating(rates: list[float], paces: list[float], aht_s: float, agents: int) -> list[float]:
    """Mean waits of priorities that age at ``paces``, fastest first (Kleinrock 1964, M/M/n by the conservation law's W0)."""
    whole = erlang_c(sum(rates), aht_s, agents).asa
    share = [rate * aht_s / HOUR_S / agents for rate in rates]
    waits = [0.0] * len(rates)
    for p in reversed(range(len(rates))):
        slower = sum(share[i] * waits[i] * (1 - paces[i] / paces[p]) for i in range(p + 1, len(rates)))
        faster = sum(share[i] * (1 - paces[p] / paces[i]) for i in range(p))
        waits[p] = (whole - slower) / (1 - faster)
    return waits


def kiefer_wolfowitz(comers: Iterable[Comer], agents: int) -> Iterator[int]:
    """Each caller's wait, or -1 when he leaves first: FCFS on ``agents`` equal servers, by the recursion of the servers' free moments.

    Who leaves never keeps a server, so those behind him see the same free moments as if he had not come (Baccelli-Hebuterne 1981).
    """
    free = [0] * agents
    heapify(free)
    for comer in comers:
        wait = max(0, free[0] - comer.at)
        if 0 <= comer.patience < wait:
            yield -1
            continue
        heapreplace(free, comer.at + wait + comer.work)
        yield wait

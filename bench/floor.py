"""Routing decisions per second: our matcher alone, our whole rule with its events, a linear scan, a tick of SQL; one machine, one run.

The load of reliability.md §2.2: 64 skills, agents with one to eight of them, four priorities; half of the operations are callers who
come, three tenths agents who become free, two tenths callers who give up, so that as many wait at the end as at the beginning. An
operation is a decision: it asks who is to be joined with whom, and is answered. Each is timed by itself; the rate is over all of them.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Protocol

import msgspec

from acd.model import signals as sig
from acd.model.groups import GroupName
from acd.model.state import FloorState, Seat
from acd.rules import Decided, decide
from acd.rules.indexes import enter, leave
from acd.rules.matching import heads_for
from acd.twin.drive import moment
from bench import report
from bench.statistics import finite, percentile, table
from bench.variants.linear_scan import LinearScan
from bench.variants.sql_tick import SqlTick
from hotline.events import CallOffered
from hotline.ids import AgentNo, CallId, ChannelId, OfferId, QueueName, SeatNo
from hotline.routing import RoutingSettings
from hotline.settings import SeatSettings

SKILLS = 64
BONUSES = (0, 10, 30, 60)
SIZES = ((1_000, 100), (10_000, 1_000), (100_000, 10_000))
AIM_MATCHER, AIM_RULE, AIM_P999_US = 300_000, 100_000, 50.0
SEED = 12329
LINE = ChannelId("line")


Operation = tuple[Callable[[], Any], Callable[[Any], None]]
"""What is timed, and what is done with its answer afterwards."""


class Side(Protocol):
    """Something that pairs callers with agents. Callers are numbers, ``key`` grows with time (microseconds)."""

    def load(self, call: int, skill: int, bonus: int, key: int) -> None:
        """He waits from before the measurement; every agent is busy."""
        ...

    def begin(self) -> None:
        """All are loaded."""
        ...

    def arrive(self, call: int, skill: int, bonus: int, key: int) -> int | None:
        """The agent he is given."""
        ...

    def release(self, agent: int) -> int | None:
        """The caller the agent is given."""
        ...

    def leave(self, call: int) -> None:
        """He gives up."""
        ...


class Matcher:
    """The heaps, groups and profiles of acd, asked as the rules ask them, without signals, events and commands."""

    def __init__(self, skills: list[Collection[int]]) -> None:
        self.floor = _floor(skills)
        groups = self.floor.groups
        self.groups = [groups.group(GroupName(QueueName(f"q{skill}"), (), (), 1, AgentNo("")))[0] for skill in range(SKILLS)]
        self.homes: dict[int, int] = {}
        self.seats = [_seat(number) for number in range(1, len(skills) + 1)]
        self.floor.seats = {seat.seat: seat for seat in self.seats}
        self.at = moment(0)
        self.key = 0

    def load(self, call: int, skill: int, bonus: int, key: int) -> None:
        """See :class:`Side`."""
        self.arrive(call, skill, bonus, key)

    def begin(self) -> None:
        """See :class:`Side`."""

    def arrive(self, call: int, skill: int, bonus: int, key: int) -> int | None:
        """See :class:`Side`."""
        group = self.groups[skill]
        best = group.idle.first()
        if best is not None:
            leave(self.floor, SeatNo(best[-1]))
            return best[-1] - 1
        self.homes[call] = skill
        group.waiting.add((0, 0, key - bonus * 1_000_000, call))
        return None

    def release(self, agent: int) -> int | None:
        """See :class:`Side`."""
        seat = self.seats[agent]
        heads = heads_for(self.floor, seat, self.at)
        if not heads:
            self.floor.groups.fresh_seats[seat.seat] = None
            enter(self.floor, seat)
            return None
        group, key = heads[0].group, heads[0].key
        group.waiting.remove(key[-1])
        del self.homes[key[-1]]
        return key[-1]

    def leave(self, call: int) -> None:
        """See :class:`Side`."""
        self.groups[self.homes.pop(call)].waiting.remove(call)


class Rule:
    """The rules themselves: a signal in, events and commands out. The answer to an offer is a signal of its own and not timed."""

    def __init__(self, skills: list[Collection[int]]) -> None:
        self.floor = _floor(skills)
        self.offers: dict[int, OfferId] = {}
        self.key = 0
        for number in range(1, len(skills) + 1):
            decide(self.floor, sig.SignIn(SeatNo(number), AgentNo(f"{number}"), f"hl-{number}", at=moment(0)))
            decide(self.floor, sig.GoAvailable(SeatNo(number), at=moment(0)))
        for number, can in enumerate(skills, 1):  # somebody for each of them to talk with
            first = sig.CallerWaits(CallId(f"c-{-number}"), LINE, QueueName(f"q{min(can)}"), moment(0), at=moment(0))
            self._given(first)
        for number in range(1, len(skills) + 1):
            if number - 1 not in self.offers:
                self._occupy(number, skills[number - 1])

    def _occupy(self, number: int, can: Collection[int]) -> None:
        extra = CallId(f"c-{-number - len(self.floor.seats)}")
        for skill in sorted(can):
            if self._given(sig.CallerWaits(extra, LINE, QueueName(f"q{skill}"), moment(0), at=moment(0)))[1] == number - 1:
                return
            decide(self.floor, sig.CallerLeft(extra, "hung_up", at=moment(0)))

    def load(self, call: int, skill: int, bonus: int, key: int) -> None:
        """See :class:`Side`."""
        self._given(self.comes(call, skill, bonus, key))

    def begin(self) -> None:
        """See :class:`Side`."""
        assert len(self.offers) == len(self.floor.seats), "an agent has nobody to talk with"

    def comes(self, call: int, skill: int, bonus: int, key: int) -> sig.AnySignal:
        """The signal of one who comes."""
        self.key, at = key, moment(key)
        return sig.CallerWaits(CallId(f"c-{call}"), LINE, QueueName(f"q{skill}"), at, (), f"p{bonus}", at=at)

    def hangs_up(self, agent: int) -> sig.AnySignal:
        """The signal of an agent who becomes free."""
        return sig.SeatHungUp(self.offers.pop(agent), at=moment(self.key))

    def gives_up(self, call: int) -> sig.AnySignal:
        """The signal of one who leaves."""
        return sig.CallerLeft(CallId(f"c-{call}"), "hung_up", at=moment(self.key))

    def answer(self, decided: Decided) -> tuple[int | None, int | None]:
        """Who was given to whom; he answers."""
        event = decided.events[-1]
        if not isinstance(event, CallOffered):
            return None, None
        decide(self.floor, sig.OfferAnswered(event.offer, at=event.at))
        self.offers[event.seat - 1] = event.offer
        return int(event.call[2:]), event.seat - 1

    def _given(self, signal: sig.AnySignal) -> tuple[int | None, int | None]:
        return self.answer(decide(self.floor, signal))


def _floor(skills: list[Collection[int]]) -> FloorState:
    agents = {str(number): {"queues": {f"q{skill}": 1 for skill in can}} for number, can in enumerate(skills, 1)}
    queues: dict[str, Any] = {f"q{skill}": {} for skill in range(SKILLS)}
    priorities = {f"p{bonus}": {"head_start_s": bonus} for bonus in BONUSES}
    routing = msgspec.convert({"agents": agents, "queues": queues, "priorities": priorities}, RoutingSettings)
    return FloorState(SeatSettings(count=len(skills), wrap_up_cap_s=0), routing)


def _seat(number: int) -> Seat:
    at, agent = moment(0), AgentNo(str(number))
    return Seat(
        seat=SeatNo(number), agent=agent, endpoint=f"hl-{number}", presence="available", reason="", presence_since=at, since=at,
        idle_since=at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """How many wait, how many agents, how many operations are timed."""

    waiting: int
    agents: int
    operations: int


def people(agents: int) -> list[Collection[int]]:
    """The agents' skills."""
    dice = Random(SEED)
    return [frozenset(dice.sample(range(SKILLS), dice.randint(1, 8))) for _ in range(agents)]


class Day:
    """The same operations for every side, from a seed."""

    def __init__(self, side: Side | Rule, plan: Plan) -> None:
        self.side, self.plan, self.dice = side, plan, Random(SEED)
        self.calls = 0
        self.key = 1_000_000
        self.busy: list[int] = []
        self.waiting: list[int] = []
        self.place: dict[int, int] = {}

    def fill(self) -> None:
        """Every agent busy (with whom doesn't matter), ``plan.waiting`` callers waiting."""
        while len(self.waiting) < self.plan.waiting:
            self.calls += 1
            self.key += 1_000
            self.side.load(self.calls, self.dice.randrange(SKILLS), self.dice.choice(BONUSES), self.key)
            self._wait(self.calls)
        self.busy = list(range(self.plan.agents))
        self.side.begin()

    def arrive(self) -> Operation:
        """Somebody comes."""
        self.calls += 1
        self.key += 1_000
        call, skill, bonus, side = self.calls, self.dice.randrange(SKILLS), self.dice.choice(BONUSES), self.side
        if isinstance(side, Rule):
            signal, floor, rule = side.comes(call, skill, bonus, self.key), side.floor, side
            return lambda: decide(floor, signal), lambda decided: self._arrived(call, rule.answer(decided)[1])
        key = self.key
        return lambda: side.arrive(call, skill, bonus, key), lambda agent: self._arrived(call, agent)

    def release(self) -> Operation:
        """An agent becomes free."""
        at, side = self.dice.randrange(len(self.busy)), self.side
        self.busy[at], self.busy[-1] = self.busy[-1], self.busy[at]
        agent = self.busy.pop()
        if isinstance(side, Rule):
            signal, floor, rule = side.hangs_up(agent), side.floor, side
            return lambda: decide(floor, signal), lambda decided: self._released(agent, rule.answer(decided)[0])
        return lambda: side.release(agent), lambda call: self._released(agent, call)

    def leave(self) -> Operation:
        """Somebody gives up."""
        call, side = self.waiting[self.dice.randrange(len(self.waiting))], self.side
        self._gone(call)
        if isinstance(side, Rule):
            signal, floor = side.gives_up(call), side.floor
            return lambda: decide(floor, signal), lambda _: None
        return lambda: side.leave(call), lambda _: None

    def _arrived(self, call: int, agent: int | None) -> None:
        if agent is None:
            self._wait(call)
        else:
            self.busy.append(agent)

    def _released(self, agent: int, call: int | None) -> None:
        if call is not None:
            self.busy.append(agent)
            self._gone(call)

    def _wait(self, call: int) -> None:
        self.place[call] = len(self.waiting)
        self.waiting.append(call)

    def _gone(self, call: int) -> None:
        at, last = self.place.pop(call), self.waiting.pop()
        if last != call:
            self.waiting[at], self.place[last] = last, at

    def next(self) -> Operation:
        """One of the three, by the mix."""
        draw = self.dice.random()
        if draw < 0.5 or not self.waiting:
            return self.arrive()
        return self.release() if draw < 0.8 and self.busy else self.leave()


def measure(make: Callable[[list[Collection[int]]], Side | Rule], plan: Plan) -> dict[str, Any]:
    """Rate and percentiles of one side, in the thread's own CPU time: what others do with the machine meanwhile is not counted.

    What is timed is the side's own call; drawing is not. The clock's own cost (``clock_us``) is in every operation.
    """
    day = Day(make(people(plan.agents)), plan)
    day.fill()
    gc.collect()
    gc.freeze()
    clock, spans = time.thread_time_ns, []
    for _ in range(plan.operations):
        spans.append(_timed(day, clock))
    gc.unfreeze()
    whole = sum(spans) / 1e9
    ordered = sorted(spans)
    return {
        "waiting": plan.waiting, "agents": plan.agents, "operations": plan.operations,
        "per_second": round(plan.operations / whole), "mean_us": round(whole / plan.operations * 1e6, 2),
        "p50_us": finite(percentile(ordered, 50) / 1000), "p99_us": finite(percentile(ordered, 99) / 1000),
        "p999_us": finite(percentile(ordered, 99.9) / 1000), "max_us": finite(ordered[-1] / 1000), "clock_us": _clock_us(clock),
    }  # fmt: skip


def _timed(day: Day, clock: Callable[[], int]) -> int:
    operation, after = day.next()
    start = clock()
    found = operation()
    span = clock() - start
    after(found)
    return span


def _clock_us(clock: Callable[[], int]) -> float:
    start = clock()
    for _ in range(1000):
        clock()
    return round((clock() - start) / 1_001_000, 3)


def run(sizes: tuple[tuple[int, int], ...], operations: int, slow: int) -> dict[str, Any]:
    """All sides at all sizes, one after the other."""
    rows: dict[str, list[dict[str, Any]]] = {"matcher": [], "rule": [], "linear_scan": [], "sql_tick": []}
    for waiting, agents in sizes:
        rows["matcher"].append(measure(Matcher, Plan(waiting, agents, operations)))
        rows["rule"].append(measure(Rule, Plan(waiting, agents, operations)))
        rows["linear_scan"].append(measure(LinearScan, Plan(waiting, agents, max(200, slow * 1000 // waiting))))
        tick = SqlTick(people(agents), waiting, SKILLS, SEED).tick_s(min(waiting, 60))
        rows["sql_tick"].append({"waiting": waiting, "agents": agents, "tick_s": round(tick, 3), "per_second": round(agents / tick, 1)})
        for name, found in rows.items():
            report.tell(f"  {waiting} x {agents} {name}: {found[-1]}")
    return _document(rows)


def _document(rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    last = {name: found[-1] for name, found in rows.items()}
    matcher, rule = last["matcher"], last["rule"]
    return report.circumstances("floor") | {
        "load_average": [round(load, 2) for load in os.getloadavg()], "mix": "50 % arrive, 30 % agent free, 20 % give up", "sides": rows,
        "ratios": {
            "matcher/linear_scan": report.ratio(matcher["per_second"], last["linear_scan"]["per_second"]),
            "rule/linear_scan": report.ratio(rule["per_second"], last["linear_scan"]["per_second"]),
            "sql_tick_s * matcher": round(last["sql_tick"]["tick_s"] * matcher["per_second"]),
            "matcher mean, largest/smallest": report.ratio(matcher["mean_us"], rows["matcher"][0]["mean_us"]),
            "rule mean, largest/smallest": report.ratio(rule["mean_us"], rows["rule"][0]["mean_us"]),
        },
        "aims": {
            "matcher per_second": {"aim": AIM_MATCHER, "got": matcher["per_second"], "met": matcher["per_second"] >= AIM_MATCHER},
            "rule per_second": {"aim": AIM_RULE, "got": rule["per_second"], "met": rule["per_second"] >= AIM_RULE},
            "matcher p999_us": {"aim": AIM_P999_US, "got": matcher["p999_us"], "met": matcher["p999_us"] <= AIM_P999_US},
            "rule p999_us": {"aim": AIM_P999_US, "got": rule["p999_us"], "met": rule["p999_us"] <= AIM_P999_US},
        },
    }  # fmt: skip


def as_table(document: dict[str, Any]) -> str:
    """For people."""
    head = ("side", "waiting", "agents", "decisions/s", "mean us", "p50 us", "p99 us", "p99.9 us", "tick s")
    fields = ("waiting", "agents", "per_second", "mean_us", "p50_us", "p99_us", "p999_us", "tick_s")
    rows = [(name, *(row.get(field) for field in fields)) for name, found in document["sides"].items() for row in found]
    ratios = "\n".join(f"  {name}: {value}" for name, value in document["ratios"].items())
    aims = "\n".join(f"  {name}: {aim['got']} (aim {aim['aim']})" for name, aim in document["aims"].items())
    return f"{table(head, rows)}\nRatios at the largest\n{ratios}\nAims\n{aims}\n"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the two smaller sizes, few operations")
    parser.add_argument("--operations", type=int, default=300_000, help="operations timed for matcher and rule (default 300000)")
    parser.add_argument("-o", dest="output", choices=("table", "json"), default="table")
    parser.add_argument("--out", type=Path, help="write the JSON report here too")
    given = parser.parse_args()
    document = run(SIZES[:2], 20_000, 1_000) if given.quick else run(SIZES, given.operations, 20_000)
    report.write(document, given.out, given.output == "json")
    if given.output == "table":
        sys.stdout.write(as_table(document))


if __name__ == "__main__":
    main()

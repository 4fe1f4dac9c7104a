"""A closed population of callers walking the real 12329 menu at random with barge-in, in several ways, side by side in one run.

    python -m bench.ivr_load [--quick] [--only dialplan,ours,pyst] [--population 400] [-o json] [--out docs/evidence/bench_ivr_load.json]

Ways: our line worker as `hotline run` starts it; the same tree as plain dialplan; the same tree with pyst2 over FastAGI in threads.
sipp holds the calls, bench/keypad.py keys the walks, twenty of the callers are our own telephones and tell when they heard what
(bench/listeners.py). Apart from that: login (ours, and a dialplan that compares digits), and our worker's memory over many short calls.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench import report
from bench.exchange import choose_ports
from bench.load_ways import DIALPLAN, OURS, WAYS, LoadWay
from bench.measuring_load import VERDICT_S, Bench, Crowd, Figures, Memory, measure, measure_login, measure_memory, open_bench
from bench.statistics import finite, percentile, table
from bench.tools import find_toolbox

AIM_MS = 40.0
"""Issue "Speed": p99 of digit to first audio within 40 ms of the dialplan's."""
AIM_GROWTH_PERCENT = 10.0
"""Memory after the last call over that after a tenth of them."""
STEP_DOWN = 0.75
LEAST = 10
"""A population that was not held is tried again with so much of it, down to so many."""
BOOT_S, LOGIN_S, SLACK_S = 20.0, 25.0, 15.0
"""What starting, ending and evaluating a measurement, a round of logins, and the end of a stream take; for the budget only."""


FULL = Crowd(population=400, sampled=20, ramp_per_s=60.0, seconds=14.0)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured, and how long it may take in all."""

    crowd: Crowd = FULL
    rounds: int = 2
    """All ways in turn, so often: a machine shared with others is a third slower in one minute than in the next."""
    logins: int = 20
    login_ways: tuple[str, ...] = ("dialplan", "ours")
    memory_calls: int = 10_000
    memory_rate: float = 60.0
    budget_s: float = 476.0

    @property
    def round_s(self) -> float:
        """What one measurement of a crowd takes, about."""
        return BOOT_S + self.crowd.population / self.crowd.ramp_per_s + self.crowd.seconds

    @property
    def memory_s(self) -> float:
        """What watching the memory takes, about."""
        return self.memory_calls / self.memory_rate + SLACK_S if self.memory_calls else 0.0

    @property
    def apart_s(self) -> float:
        """What login and memory take, about."""
        return self.memory_s + LOGIN_S * len(self.login_ways)


QUICK = Plan(Crowd(20, 4, 20.0, 4.0), 1, 4, ("ours",), 40, 20.0, 52.0)
QUICK_WAYS = ("dialplan", "ours")


@dataclass(slots=True)
class Way:
    """What was measured of one way so far, and the population it is measured with."""

    way: LoadWay
    population: int
    rounds: list[Figures] = field(default_factory=list)
    not_held: list[int] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether no smaller population is left to try."""
        return bool(self.not_held) and self.population < LEAST


Measure = Callable[[LoadWay, int], Figures]


def climb_down(ways: Sequence[Way], measure_one: Measure, in_time: Callable[[], bool]) -> None:
    """Find the population each way holds, from the wanted one downwards: the rounds of populations not held are thrown away."""
    for one in ways:
        while not one.rounds and not one.done and (in_time() or not one.not_held):
            figures = measure_one(one.way, one.population)
            if figures.holds:
                one.rounds.append(figures)
            else:
                one.not_held.append(one.population)
                one.population = round(one.population * STEP_DOWN)


def settle(ways: Sequence[Way]) -> int:
    """The population all ways that hold one at all are compared with: the smallest held; rounds with a larger one don't count."""
    common = min((one.population for one in ways if one.rounds), default=0)
    for one in ways:
        if one.rounds and one.population > common:
            one.rounds.clear()
            one.population = common
        elif one.population != common:
            one.population = 0
    return common


def run(plan: Plan, wanted: Sequence[LoadWay]) -> dict[str, Any]:
    """The whole bench; the report as it is written."""
    began = time.monotonic()
    left_out = {way.name: why for way in wanted if (why := way.missing())}
    bench = open_bench(find_toolbox(), choose_ports(), plan.logins)
    ways = [Way(way, plan.crowd.population) for way in wanted if way.name not in left_out]

    def left() -> float:
        return began + plan.budget_s - time.monotonic()

    def one_round(way: LoadWay, population: int) -> Figures:
        figures = measure(bench, way, replace(plan.crowd, population=population))
        report.tell(_round_line(way, figures))
        return figures

    climb_down(ways, one_round, lambda: left() > plan.round_s + plan.apart_s)
    held = {one.way.name: one.population if one.rounds else None for one in ways}
    common = settle(ways)
    for _ in range(plan.rounds if common else 0):
        for one in ways:
            if one.population == common and len(one.rounds) < plan.rounds and (not one.rounds or left() > plan.round_s + plan.apart_s):
                one.rounds.append(one_round(one.way, common))
    logins = _logins(bench, plan, [one.way for one in ways], lambda: left() > LOGIN_S + plan.memory_s)
    watch = plan.memory_calls and any(one.way is OURS for one in ways) and left() > plan.memory_s
    memory = measure_memory(bench, plan.memory_calls, plan.memory_rate) if watch else None
    rows = {one.way.name: row(one.way, one.rounds) for one in ways if one.rounds}
    return report.circumstances("ivr_load") | {
        "took_s": round(time.monotonic() - began, 1),
        "population": {"wanted": plan.crowd.population, "measured": common, "held": held, "said": _said(plan, ways, held)},
        "ways": rows, "left_out": left_out, "login": logins, "memory": None if memory is None else memory_row(memory),
        "ratios": _ratios(rows), "aims": aims(rows, memory),
    }  # fmt: skip


def _said(plan: Plan, ways: Sequence[Way], held: dict[str, int | None]) -> str:
    """In a sentence, which populations were held."""
    wanted = plan.crowd.population
    if all(one == wanted for one in held.values()):
        return f"{wanted} callers were held by all ways"
    tried = {one.way.name: one.not_held for one in ways if one.not_held}
    best = max((one for one in held.values() if one), default=0)
    most = f"{wanted} callers were held by some ways" if best == wanted else f"{wanted} callers were held by no way, {best} were"
    return f"{most}; not held: " + "; ".join(f"{name} {', '.join(map(str, sizes))}" for name, sizes in tried.items())


def _logins(bench: Bench, plan: Plan, ways: Sequence[LoadWay], in_time: Callable[[], bool]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for way in ways:
        if way.name in plan.login_ways and way.login and in_time():
            samples = measure_login(bench, way, plan.logins)
            latencies, missed = samples.latencies_ms()
            after = [one - VERDICT_S * 1000 for one in latencies]
            found[way.name] = {
                "logins": samples.keys,
                "missed": missed,
                "broken": samples.broken,
                **_percentiles("verdict_to_audio_ms", after),
            }
            report.tell(f"  {way.name:<9} login {found[way.name]}")
    return found


def row(way: LoadWay, rounds: Sequence[Figures]) -> dict[str, Any]:
    """A way's rounds as one: sums of what is counted, latencies together, medians of what is measured."""
    latencies = [one for figures in rounds for one in figures.latencies_ms]
    python = [1000 * one.python_s / one.keys for one in rounds if one.python_s is not None and one.keys]
    return {
        "title": way.title, "population": rounds[0].wanted, "on": min(one.held.on + one.sampled_callers for one in rounds),
        "calls_ended": sum(one.held.good for one in rounds), "failed": sum(one.held.failed for one in rounds),
        "keys": sum(one.keys for one in rounds), "keys_per_s": round(statistics.median(one.keys / one.seconds for one in rounds), 1),
        "sampled_keys": sum(one.sampled_keys for one in rounds), "missed": sum(one.missed for one in rounds),
        "broken": sum(one.broken for one in rounds), **_percentiles("digit_to_audio_ms", latencies),
        "asterisk_cpu_ms_per_key": _middle([1000 * one.asterisk_s / one.keys for one in rounds if one.keys]),
        "python_cpu_ms_per_key": _middle(python), "forks": sum(one.forks for one in rounds),
        "others_percent": _middle([one.others for one in rounds]),
        "rounds": [{"p99_ms": finite(percentile(one.latencies_ms, 99)), "others_percent": finite(one.others, 1)} for one in rounds],
    }  # fmt: skip


def memory_row(memory: Memory) -> dict[str, Any]:
    """For the report."""
    return {
        "calls": memory.calls, "failed": memory.failed, "rss_mb_after": {str(calls): rss for calls, rss in memory.after.items()},
        "growth_percent": memory.growth_percent, "forks": memory.forks,
    }  # fmt: skip


def _percentiles(name: str, values: Sequence[float]) -> dict[str, float | None]:
    found = {f"{name}_p{percent}": finite(percentile(values, percent)) for percent in (50, 95, 99)}
    return found | {f"{name}_max": finite(max(values, default=float("inf")))}


def _middle(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 3) if values else None


def _ratios(rows: dict[str, dict[str, Any]]) -> dict[str, float | None]:
    """Ours over each other way."""
    figures = ("digit_to_audio_ms_p50", "digit_to_audio_ms_p99", "asterisk_cpu_ms_per_key", "python_cpu_ms_per_key", "keys_per_s")
    mine = rows.get("ours", {})
    found = {
        f"ours/{name} {figure}": report.ratio(mine.get(figure), theirs.get(figure))
        for name, theirs in rows.items() if name != "ours" for figure in figures
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def aims(rows: dict[str, dict[str, Any]], memory: Memory | None) -> dict[str, dict[str, Any]]:
    """What the issue asks for beside what came out; ``met`` is None where it was not measured."""
    mine, theirs = (rows.get(way.name, {}).get("digit_to_audio_ms_p99") for way in (OURS, DIALPLAN))
    behind = None if mine is None or theirs is None else round(mine - theirs, 2)
    forks = None if "ours" not in rows else rows["ours"]["forks"] + (memory.forks if memory else 0)
    got = {
        "p99_behind_dialplan_ms": (AIM_MS, behind), "forks": (0, forks),
        "memory_growth_percent": (AIM_GROWTH_PERCENT, memory.growth_percent if memory else None),
    }  # fmt: skip
    return {name: {"aim": aim, "got": value, "met": None if value is None else value <= aim} for name, (aim, value) in got.items()}


def _round_line(way: LoadWay, figures: Figures) -> str:
    held = "held" if figures.holds else "not held"
    return (f"  {way.name:<9} {figures.wanted} callers {held}, {figures.keys / figures.seconds:.0f} keys/s, digit -> audio p99 "
            f"{finite(percentile(figures.latencies_ms, 99))} ms, missed {figures.missed} of {figures.sampled_keys}, failed "
            f"{figures.held.failed}, others {figures.others:.0f}%")  # fmt: skip


COLUMNS = {
    "callers": "population", "keys/s": "keys_per_s", "p50 ms": "digit_to_audio_ms_p50", "p95 ms": "digit_to_audio_ms_p95",
    "p99 ms": "digit_to_audio_ms_p99", "max ms": "digit_to_audio_ms_max", "Asterisk ms/key": "asterisk_cpu_ms_per_key",
    "Python ms/key": "python_cpu_ms_per_key", "forks": "forks", "missed": "missed", "failed": "failed", "others %": "others_percent",
}  # fmt: skip
VERDICTS = {None: "not measured", True: "met", False: "MISSED"}


def as_table(document: dict[str, Any]) -> str:
    """For people."""
    rows = [(name, *(one[field] for field in COLUMNS.values())) for name, one in document["ways"].items()]
    text = f"{document['population']['said']}\n{table(('way', *COLUMNS), rows)}\n"
    for name, one in document["login"].items():
        text += f"login, {name}: " + ", ".join(f"{key} {value}" for key, value in one.items()) + "\n"
    memory = document["memory"]
    text += f"memory: MiB after calls {memory['rss_mb_after']}, {memory['growth_percent']} %\n" if memory else "memory: not measured\n"
    aims = (f"  {name}: aim {a['aim']}, got {a['got']}, {VERDICTS[a['met']]}\n" for name, a in document["aims"].items())
    return f"{text}Aims\n{''.join(aims)}"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small counts, under a minute")
    parser.add_argument("--only", default="", help="ways by name, comma separated (with --quick: dialplan,ours)")
    parser.add_argument("--population", type=int, default=0, help="callers at once (default 400, with --quick 20)")
    parser.add_argument("-o", dest="output", choices=("table", "json"), default="table")
    parser.add_argument("--out", type=Path, help="write the JSON report here too")
    given = parser.parse_args()
    plan = QUICK if given.quick else Plan()
    if given.population:
        plan = replace(plan, crowd=replace(plan.crowd, population=given.population))
    wanted = given.only.split(",") if given.only else QUICK_WAYS if given.quick else [way.name for way in WAYS]
    document = run(plan, [way for way in WAYS if way.name in wanted])
    report.write(document, given.out, given.output == "json")
    if given.output == "table":
        sys.stdout.write(as_table(document))


if __name__ == "__main__":
    main()

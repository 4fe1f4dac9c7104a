"""The call "answer, prompt, six digits, compare, hang up" in several ways, side by side in one run.

    python -m bench.ivr_call [--quick] [--only dialplan,ours] [-o json] [--out docs/evidence/bench_ivr_call.json]

sipp calls at a constant rate and bench/keypad.py keys the digits of each call (no root needed). Asterisk is restarted before each
measurement. CPU is utime + stime of the process per call at a moderate rate. A rate is clean when no call failed and the 99th
percentile of last digit -> BYE is at most 20 ms; the clean rate is the highest clean rung of a ladder climbed by all ways in turn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asterisk_conf.toolbox import Toolbox
from bench import report
from bench.callers import Keypad, Outcome, judge, stream
from bench.exchange import Ports, choose_ports, running
from bench.ladder import Climb, rungs
from bench.procstat import others_percent, read
from bench.statistics import finite, percentile, table
from bench.tools import find_toolbox
from bench.variants.tally import PIN
from bench.ways import WAYS, Way, serving, tally_path

LIMIT_MS = 20.0
"""A caller does not notice less; issue "Speed": last digit to BYE p99 <= 20 ms."""
NOISY_PERCENT = 8.0
"""When others used more of the machine than this, a failed rung is tried once more."""
AIMS = {"clean_rate_vs_dialplan": 0.9, "python_cpu_ms_journal": 2.0, "python_cpu_ms_no_journal": 1.1}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    cpu_rate: float = 60.0
    cpu_seconds: float = 5.0
    cpu_rounds: int = 3
    """All ways in turn, so often: a machine shared with others is a third slower in one minute than in the next."""
    rung_seconds: float = 6.0
    rates: tuple[float, ...] = tuple(rungs(40, 300))
    budget_s: float = 430.0
    climbers: frozenset[str] = frozenset(way.name for way in WAYS)


QUICK = Plan(20.0, 3.0, 1, 3.0, (30.0, 60.0), 60.0, frozenset({"dialplan", "ours"}))


@dataclass(slots=True)
class Measured:
    """One stream of calls through one way."""

    outcome: Outcome
    asterisk_ms: float
    python_ms: float | None
    others: float
    wrong: int = 0
    commands_ms: list[float] = field(default_factory=list)
    digits_ms: list[float] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """For the report."""
        outcome = self.outcome
        return {
            "rate": outcome.rate, "calls": outcome.calls, "failed": outcome.failed, "deaf": outcome.deaf, "wrong_pin": self.wrong,
            "asterisk_cpu_ms": finite(self.asterisk_ms), "python_cpu_ms": None if self.python_ms is None else finite(self.python_ms),
            "caller_cpu_ms": finite(1000 * outcome.caller_cpu / outcome.calls), "others_percent": finite(self.others, 1),
            **_both("last_digit_to_bye_ms", outcome.last_digit_to_bye), **_both("command_ms", self.commands_ms),
            **_both("digit_ms", self.digits_ms), "clean": outcome.clean(LIMIT_MS),
        }  # fmt: skip


def _both(name: str, values: list[float]) -> dict[str, float | None]:
    return {f"{name}_p50": finite(percentile(values, 50)), f"{name}_p99": finite(percentile(values, 99))}


def measure(toolbox: Toolbox, ports: Ports, way: Way, rate: float, seconds: float) -> Measured:
    """One stream through ``way`` on a fresh Asterisk."""
    with running(toolbox, ports, "ivr_call", PIN) as exchange:
        pid = exchange.pid() or 0
        keypad = Keypad(sys.executable, ports, PIN, exchange.folder)
        try:
            with serving(way, exchange, ports) as process:
                pids = {"asterisk": pid, "keypad": keypad.process.pid} | ({"python": process.pid} if process else {})
                start = read(time.monotonic(), pids)
                outcome = stream(toolbox, ports, keypad, way.extension, rate, seconds, exchange.folder)
                end = read(time.monotonic(), pids)
        finally:
            heard = keypad.finish()
        judge(outcome, exchange.folder, heard)
        used = {name: 1000 * (end.cpu[name] - start.cpu[name]) / outcome.calls for name in pids}
        measured = Measured(outcome, used["asterisk"], used.get("python"), others_percent(start, end, outcome.caller_cpu))
        outcome.caller_cpu += used["keypad"] * outcome.calls / 1000
        _add_tally(measured, tally_path(exchange))
        return measured


def _add_tally(measured: Measured, path: Path) -> None:
    if not path.exists():
        return
    tally = json.loads(path.read_text())
    measured.wrong = tally["wrong"] + tally["lost"]
    measured.commands_ms = [us / 1000 for us in tally["commands"]]
    for caller, nth, at in tally["keys"]:
        ends = [end for end in measured.outcome.keyed.get((caller, nth), ()) if end <= at + 1000]
        if ends:
            measured.digits_ms.append((at - ends[-1]) / 1000)


def climb(toolbox: Toolbox, ports: Ports, ways: list[Way], plan: Plan, deadline: float) -> tuple[dict[str, Climb], list[dict[str, Any]]]:
    """Climb the ladder with all ways in turn until each knee is known or ``deadline`` (monotonic) comes."""
    climbs = {way.name: Climb(plan.rates) for way in ways if way.name in plan.climbers}
    log: list[dict[str, Any]] = []
    knee: int | None = None
    while any(not c.done for c in climbs.values()):
        for way in ways:
            climber = climbs.get(way.name)
            if climber is None or climber.done or time.monotonic() > deadline:
                continue
            rung = climber.next(knee)
            measured = measure(toolbox, ports, way, plan.rates[rung], plan.rung_seconds)
            climber.note(rung, measured.outcome.clean(LIMIT_MS), measured.others > NOISY_PERCENT)
            if climber.done and knee is None and climber.best >= 0:
                knee = climber.best
            log.append({"way": way.name, **measured.row()})
            report.tell(_rung_line(way, measured))
        if time.monotonic() > deadline:
            break
    return climbs, log


def _rung_line(way: Way, measured: Measured) -> str:
    outcome = measured.outcome
    verdict = "clean" if outcome.clean(LIMIT_MS) else "not clean"
    return (f"  {way.name:<12} {outcome.rate:>4g}/s  {verdict:<9} failed {outcome.failed}, last digit -> BYE p99 {finite(outcome.p99)} ms, "
            f"others {measured.others:.0f}%")  # fmt: skip


def run(plan: Plan, ways: list[Way]) -> dict[str, Any]:
    """The whole bench; the report as it is written."""
    began = time.monotonic()
    toolbox, ports = find_toolbox(), choose_ports()
    left_out = {way.name: why for way in ways if (why := way.missing())}
    ways = [way for way in ways if way.name not in left_out]
    rounds: dict[str, list[dict[str, Any]]] = {way.name: [] for way in ways}
    for way in ways * plan.cpu_rounds:
        measured = measure(toolbox, ports, way, plan.cpu_rate, plan.cpu_seconds)
        rounds[way.name].append(measured.row())
        report.tell(_rung_line(way, measured))
    rows = {way.name: {"title": way.title, **middle(rounds[way.name])} for way in ways}
    climbs, log = climb(toolbox, ports, ways, plan, began + plan.budget_s)
    for name, climber in climbs.items():
        rows[name] |= {"clean_rate": climber.rate, "clean_rate_certain": climber.done}
    document = report.circumstances("ivr_call")
    noise = [row["others_percent"] for row in [*rows.values(), *log]]
    ratios = _ratios(rows)
    return document | {
        "limit_ms": LIMIT_MS, "took_s": round(time.monotonic() - began, 1), "noise": {"others_percent_max": max(noise, default=0.0)},
        "ways": rows, "left_out": left_out, "ratios": ratios, "aims": _aims(rows, ratios), "ladder": log,
    }  # fmt: skip


def middle(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """One row for several rounds of a way: sums of what is counted, medians of what is measured, and every round's CPU beside them."""
    first = rounds[0]
    row = {name: _middle(name, [one[name] for one in rounds]) for name in first}
    return row | {"rounds": [{name: one[name] for name in ("asterisk_cpu_ms", "python_cpu_ms", "others_percent")} for one in rounds]}


def _middle(name: str, values: list[Any]) -> Any:
    if name in ("calls", "failed", "deaf", "wrong_pin"):
        return sum(values)
    if name == "clean":
        return all(values)
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _ratios(rows: dict[str, dict[str, Any]]) -> dict[str, float | None]:
    """Everything measured of ours over the same of each other way."""
    found: dict[str, float | None] = {}
    for mine in ("ours", "ours_bare"):
        for other in ("dialplan", "aripy", "pyst"):
            if mine in rows and other in rows:
                for figure in ("clean_rate", "asterisk_cpu_ms", "python_cpu_ms"):
                    found[f"{mine}/{other} {figure}"] = report.ratio(rows[mine].get(figure), rows[other].get(figure))
    return {name: value for name, value in found.items() if value is not None}


def _aims(rows: dict[str, dict[str, Any]], ratios: dict[str, float | None]) -> dict[str, dict[str, Any]]:
    got = {
        "clean_rate_vs_dialplan": ratios.get("ours/dialplan clean_rate"),
        "python_cpu_ms_journal": rows.get("ours", {}).get("python_cpu_ms"),
        "python_cpu_ms_no_journal": rows.get("ours_bare", {}).get("python_cpu_ms"),
    }
    return {name: {"aim": aim, "got": got[name], "met": _met(name, got[name], aim)} for name, aim in AIMS.items()}


def _met(name: str, got: float | None, aim: float) -> bool | None:
    """Whether an aim was reached; None when it was not measured. A rate has to be high, CPU low."""
    if got is None:
        return None
    return got >= aim if name == "clean_rate_vs_dialplan" else got <= aim


def as_table(document: dict[str, Any]) -> str:
    """For people."""
    head = ("way", "clean/s", "Asterisk ms", "Python ms", "digit->BYE p50/p99", "command p50/p99", "digit p50/p99", "failed", "others %")
    rows = [
        (name, row.get("clean_rate"), row["asterisk_cpu_ms"], row["python_cpu_ms"], _pair(row, "last_digit_to_bye_ms"),
         _pair(row, "command_ms"), _pair(row, "digit_ms"), row["failed"], row["others_percent"])
        for name, row in document["ways"].items()
    ]  # fmt: skip
    ratios = "\n".join(f"  {name}: {value}" for name, value in document["ratios"].items())
    aims = "\n".join(f"  {name}: aim {a['aim']}, got {a['got']}, {_verdict(a['met'])}" for name, a in document["aims"].items())
    return f"{table(head, rows)}\nRatios\n{ratios}\nAims\n{aims}\n"


def _verdict(met: bool | None) -> str:
    return "not measured" if met is None else "met" if met else "MISSED"


def _pair(row: dict[str, Any], name: str) -> str | None:
    return None if row[f"{name}_p50"] is None else f"{row[f'{name}_p50']}/{row[f'{name}_p99']}"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small counts, about a minute")
    parser.add_argument("--only", default="", help="ways by name, comma separated")
    parser.add_argument("-o", dest="output", choices=("table", "json"), default="table")
    parser.add_argument("--out", type=Path, help="write the JSON report here too")
    given = parser.parse_args()
    wanted = set(given.only.split(",")) if given.only else {way.name for way in WAYS}
    document = run(QUICK if given.quick else Plan(), [way for way in WAYS if way.name in wanted])
    report.write(document, given.out, given.output == "json")
    if given.output == "table":
        sys.stdout.write(as_table(document))


if __name__ == "__main__":
    main()

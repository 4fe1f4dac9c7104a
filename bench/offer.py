"""Agent free -> next INVITE at that seat's phone, ours beside Asterisk's own Queue().

    python -m bench.offer [--quick] [--waiting 60] [-o json] [--out docs/evidence/bench_offer.json]

Eight seats are always busy, ``--waiting`` callers always wait, talks last 1 to 3 s at random, wrap-up is 0 on both sides. A seat is
free when its phone sends BYE; what is measured is the time until the same phone gets its next INVITE. Phones and callers are
the same two sipp processes for both sides; Asterisk is started anew for each.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asterisk_conf.toolbox import Toolbox
from bench import report
from bench.callers import Keypad
from bench.exchange import SEATS, BenchExchange, Ports, choose_ports, running
from bench.house import LineWorker, line_worker
from bench.procstat import others_percent, read
from bench.seats import deaf_port, registered_seats, waiting_callers
from bench.statistics import finite, percentile, table
from bench.tools import find_toolbox
from bench.variants.tally import PIN

AIM_P99_MS = 50.0
"""Issue "Speed": agent free -> INVITE p99 <= 50 ms with callers waiting."""
ALL_BUSY_AFTER = 8.0
"""Seconds until the measurement begins: all seats have had their first call by then."""


LOOKS = 5
"""How often during a measurement the waiting callers are counted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: callers waiting behind the eight who talk, and for how long."""

    waiting: int = 60
    seconds: float = 40.0


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: where its callers dial, and how many more than those who wait or talk are on the line (the survey)."""

    name: str
    title: str
    extension: str
    others: int = 0


QUEUE = Side("queue", "Asterisk Queue(), rrmemory, autofill, wrapuptime=0", "9101")
OURS = Side("ours", "our line worker: menu, 0, floor, survey; longest idle, wrap-up 0", "12329", others=85)


def measure(toolbox: Toolbox, ports: Ports, side: Side, plan: Plan) -> dict[str, Any]:
    """One side on a fresh Asterisk."""
    with ExitStack() as stack:
        exchange = stack.enter_context(running(toolbox, ports, "offer", PIN))
        stack.enter_context(deaf_port(ports.phone_address, ports.rtp_from))
        keypad = Keypad(sys.executable, ports, "0", exchange.folder)
        stack.callback(keypad.finish)
        seats = stack.enter_context(registered_seats(toolbox, exchange, ports))
        worker = stack.enter_context(line_worker(exchange, ports)) if side is OURS else None
        callers = stack.enter_context(waiting_callers(toolbox, exchange, ports, keypad, side.extension, plan.waiting + SEATS + side.others))
        time.sleep(ALL_BUSY_AFTER)
        pids = {"asterisk": exchange.pid() or 0, "seats": seats.pid, "callers": callers.pid, "keypad": keypad.process.pid}
        pids |= {"python": worker.pid} if worker else {}
        start, since = read(time.monotonic(), pids), time.time_ns() // 1000
        queued = [_sleep(plan.seconds / LOOKS, worker) for _ in range(LOOKS)]
        end, until = read(time.monotonic(), pids), time.time_ns() // 1000
    used = {name: round(100 * (end.cpu[name] - start.cpu[name]) / plan.seconds, 1) for name in pids}
    return _row(side, exchange, since, until) | {
        "waiting": None if worker is None else round(sum(queued) / LOOKS),
        "asterisk_cpu_percent": used["asterisk"], "python_cpu_percent": used.get("python"),
        "others_percent": round(others_percent(start, end, 0.0), 1),
    }  # fmt: skip


def _sleep(seconds: float, worker: LineWorker | None) -> int:
    """Let it run on; how many wait then, as far as somebody can be asked."""
    time.sleep(seconds)
    return worker.waiting() if worker else 0


def _row(side: Side, exchange: BenchExchange, since: int, until: int) -> dict[str, Any]:
    gaps = free_to_invite((exchange.folder / "seat.log").read_text().splitlines(), since, until)
    return {
        "title": side.title, "offers": len(gaps), "p50_ms": finite(percentile(gaps, 50)), "p99_ms": finite(percentile(gaps, 99)),
        "max_ms": finite(max(gaps, default=float("inf"))),
    }  # fmt: skip


def free_to_invite(lines: list[str], since: int, until: int) -> list[float]:
    """Milliseconds from each seat's BYE between ``since`` and ``until`` (wall microseconds) to its next INVITE."""
    freed: dict[str, int] = {}
    gaps: list[float] = []
    for line in lines:
        what, seat, *when = line.split()
        at = int(when[-1].replace(".", ""))
        if what == "bye":
            freed[seat] = at
        elif seat in freed and since <= (bye := freed.pop(seat)) <= until:
            gaps.append((at - bye) / 1000)
    return gaps


def run(plan: Plan, sides: list[Side]) -> dict[str, Any]:
    """All sides in turn; the report as it is written."""
    toolbox, ports = find_toolbox(), choose_ports()
    rows: dict[str, dict[str, Any]] = {}
    for side in sides:
        rows[side.name] = measure(toolbox, ports, side, plan)
        report.tell(f"  {side.name}: {rows[side.name]}")
    ours, theirs = rows.get("ours", {}), rows.get("queue", {})
    ratios = {f"queue/ours {name}": report.ratio(theirs.get(name), ours.get(name)) for name in ("p50_ms", "p99_ms", "max_ms")}
    got = ours.get("p99_ms")
    return report.circumstances("offer") | {
        "seats": SEATS, "waiting": plan.waiting, "sides": rows,
        "ratios": {name: value for name, value in ratios.items() if value is not None},
        "aims": {"p99_ms": {"aim": AIM_P99_MS, "got": got, "met": None if got is None else got <= AIM_P99_MS}},
    }  # fmt: skip


def as_table(document: dict[str, Any]) -> str:
    """For people."""
    head = ("side", "waiting", "offers", "p50 ms", "p99 ms", "max ms", "Asterisk %", "Python %", "others %")
    fields = ("waiting", "offers", "p50_ms", "p99_ms", "max_ms", "asterisk_cpu_percent", "python_cpu_percent", "others_percent")
    rows = [(name, *(row[field] for field in fields)) for name, row in document["sides"].items()]
    ratios = "\n".join(f"  {name}: {value}" for name, value in document["ratios"].items())
    return f"{document['seats']} seats, {document['waiting']} waiting\n{table(head, rows)}\nRatios\n{ratios}\n"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small counts, under a minute")
    parser.add_argument("--only", default="queue,ours", help="sides by name, comma separated")
    parser.add_argument("--waiting", type=int, default=60, help="callers waiting (default 60)")
    parser.add_argument("-o", dest="output", choices=("table", "json"), default="table")
    parser.add_argument("--out", type=Path, help="write the JSON report here too")
    given = parser.parse_args()
    wanted = given.only.split(",")
    plan = Plan(30, 10.0) if given.quick else Plan(given.waiting)
    document = run(plan, [side for side in (QUEUE, OURS) if side.name in wanted])
    report.write(document, given.out, given.output == "json")
    if given.output == "table":
        sys.stdout.write(as_table(document))


if __name__ == "__main__":
    main()

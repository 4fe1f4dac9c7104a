"""Agent free -> next INVITE at that seat's phone, ours beside Asterisk's own Queue().

    python -m bench.offer [--quick] [--waiting 60] [-o json] [--out docs/evidence/bench_offer.json]

Eight seats are always busy, ``--waiting`` callers always wait, talks last 1 to 3 s at random, wrap-up is 0 on both sides. A seat is
free when its phone sends BYE; what is measured is the time until the same phone gets its next INVITE. Phones and callers are
the same two sipp processes for both sides; Asterisk is started anew for each.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import report
from bench.exchange import Exchange, Ports, running, stop
from bench.procstat import others_percent, read
from bench.statistics import finite, percentile, table
from bench.tools import Tools, find_tools
from bench.variants.tally import PIN

SCENARIOS = Path(__file__).parent / "scenarios"
SEATS = 8
AIM_P99_MS = 50.0
"""Issue "Speed": agent free -> INVITE p99 <= 50 ms with callers waiting."""
ALL_BUSY_AFTER = 4.0
"""Seconds until the measurement begins: all seats have had their first call by then."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: callers waiting behind the eight who talk, and for how long."""

    waiting: int = 60
    seconds: float = 40.0


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: where its callers dial."""

    name: str
    title: str
    extension: str


QUEUE = Side("queue", "Asterisk Queue(), rrmemory, autofill, wrapuptime=0", "9101")


@contextmanager
def deaf_port(address: str, port: int) -> Iterator[None]:
    """A port that takes all audio and reads none, so that Asterisk gets no ICMP errors for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ear.bind((address, port))
        yield


@contextmanager
def sipp(tools: Tools, home: Path, scenario: str, address: str, port: int, media: int, *more: str) -> Iterator[subprocess.Popen[Any]]:
    """A sipp that runs until the block ends; its log lines go to ``<scenario>.log``."""
    given = home / f"{scenario}.csv"
    given.write_text(f"SEQUENTIAL\n{media};\n")
    process = subprocess.Popen(
        [*tools.sipp, "-sf", str(SCENARIOS / f"{scenario}.xml"), "-inf", str(given), "-i", address, "-p", str(port), "-nostdin", "-trace_logs",
         "-log_file", str(home / f"{scenario}.log"), "-trace_err", "-error_file", str(home / f"{scenario}.errors"),
         "-trace_stat", "-stf", str(home / f"{scenario}.stat"), "-fd", "1", *more],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home,
    )  # fmt: skip
    try:
        yield process
    finally:
        stop(process, 2.0)


def measure(tools: Tools, ports: Ports, side: Side, plan: Plan) -> dict[str, Any]:
    """One side on a fresh Asterisk."""
    with running(tools, ports, "offer", pin=PIN) as exchange, deaf_port(ports.caller_address, ports.rtp_from), \
            deaf_port(ports.phone_address, ports.rtp_from):  # fmt: skip
        target = f"{ports.address}:{ports.sip}"
        callers = plan.waiting + SEATS
        with sipp(tools, exchange.home, "seat", ports.phone_address, ports.phones, ports.rtp_from) as seats:
            time.sleep(0.5)
            with sipp(tools, exchange.home, "waiting", ports.caller_address, ports.sipp, ports.rtp_from, "-s", side.extension, "-l", str(callers),
                      "-r", "40", "-m", "1000000", target) as waiting:  # fmt: skip
                time.sleep(ALL_BUSY_AFTER)
                pids = {"asterisk": exchange.pid, "seats": seats.pid, "callers": waiting.pid}
                start, since = read(time.monotonic(), pids), time.time_ns() // 1000
                time.sleep(plan.seconds)
                end, until = read(time.monotonic(), pids), time.time_ns() // 1000
        return _row(side, exchange, since, until) | {
            "asterisk_cpu_percent": round(100 * (end.cpu["asterisk"] - start.cpu["asterisk"]) / plan.seconds, 1),
            "others_percent": round(others_percent(start, end, 0.0), 1),
        }


def _row(side: Side, exchange: Exchange, since: int, until: int) -> dict[str, Any]:
    gaps = free_to_invite((exchange.home / "seat.log").read_text().splitlines(), since, until)
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
    tools, ports = find_tools(), Ports()
    rows: dict[str, dict[str, Any]] = {}
    for side in sides:
        rows[side.name] = measure(tools, ports, side, plan)
        report.tell(f"  {side.name}: {rows[side.name]}")
    ours, theirs = rows.get("ours", {}), rows.get("queue", {})
    ratios = {f"queue/ours {name}": report.ratio(theirs.get(name), ours.get(name)) for name in ("p50_ms", "p99_ms", "max_ms")}
    got = ours.get("p99_ms")
    return report.circumstances("offer") | {
        "seats": SEATS, "waiting": plan.waiting, "sides": rows, "ratios": {name: value for name, value in ratios.items() if value is not None},
        "aims": {"p99_ms": {"aim": AIM_P99_MS, "got": got, "met": None if got is None else got <= AIM_P99_MS}},
    }  # fmt: skip


def as_table(document: dict[str, Any]) -> str:
    """For people."""
    head = ("side", "offers", "p50 ms", "p99 ms", "max ms", "Asterisk %", "others %")
    rows = [(name, row["offers"], row["p50_ms"], row["p99_ms"], row["max_ms"], row["asterisk_cpu_percent"], row["others_percent"])
            for name, row in document["sides"].items()]  # fmt: skip
    ratios = "\n".join(f"  {name}: {value}" for name, value in document["ratios"].items())
    return f"{document['seats']} seats, {document['waiting']} waiting\n{table(head, rows)}\nRatios\n{ratios}\n"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small counts, under a minute")
    parser.add_argument("--waiting", type=int, default=60, help="callers waiting (default 60)")
    parser.add_argument("-o", dest="output", choices=("table", "json"), default="table")
    parser.add_argument("--out", type=Path, help="write the JSON report here too")
    given = parser.parse_args()
    plan = Plan(30, 10.0) if given.quick else Plan(given.waiting)
    document = run(plan, [QUEUE])
    report.write(document, given.out, given.output == "json")
    if given.output == "table":
        sys.stdout.write(as_table(document))


if __name__ == "__main__":
    main()

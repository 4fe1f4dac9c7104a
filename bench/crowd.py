"""A closed population of sipp callers: whoever hangs up is followed by the next at once. And what sipp's statistics say of it."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asterisk_conf.toolbox import Toolbox
from bench import sipp
from bench.exchange import BenchExchange, Ports
from bench.statistics import percentile

ENDLESS = 1_000_000


@dataclass(frozen=True, slots=True)
class Look:
    """sipp's figures at one moment: seconds since 1970, calls on, ended well and badly since the beginning."""

    at: float
    on: int
    good: int
    failed: int


@dataclass(frozen=True, slots=True)
class Stays:
    """One port of the keypad and how long its callers stay, in seconds."""

    port: str
    seconds: float


@contextmanager
def crowd(
    toolbox: Toolbox, exchange: BenchExchange, ports: Ports, extension: str, stays: Sequence[Stays], population: int, rate: float,
    calls: int = ENDLESS,
) -> Iterator[subprocess.Popen[Any]]:  # fmt: skip
    """``population`` callers of ``extension``, at most ``rate`` new ones a second, ``calls`` in all; ended with the block."""
    folder = exchange.folder
    rows = [f"{one.port};{round(one.seconds * 1000)}" for one in stays]
    argv = sipp.command(toolbox, folder, "walker", rows, ports.caller_address, ports.sipp)
    much = ["-s", extension, "-l", str(population), "-r", f"{rate:g}", "-m", str(calls)]
    statistics = ["-trace_stat", "-stf", str(statistics_of(folder)), "-fd", "1"]
    with sipp.running([*argv, *much, *statistics, f"{ports.address}:{ports.sip}"], folder) as process:
        yield process


def statistics_of(folder: Path) -> Path:
    """Where sipp writes a line each second."""
    return folder / "walker.stat"


def looks(path: Path) -> list[Look]:
    """What sipp wrote so far, in order; a line half written is left out."""
    if not path.exists():
        return []
    found = []
    for row in csv.DictReader(path.read_text(errors="replace").splitlines(), delimiter=";"):
        when, on, good, failed = (row.get(name) for name in ("CurrentTime", "CurrentCall", "SuccessfulCall(C)", "FailedCall(C)"))
        if when and on and good and failed:
            found.append(Look(float(when.split()[-1]), int(on), int(good), int(failed)))
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """What a crowd was between two moments: callers on at most times, calls ended well and badly."""

    on: int
    good: int
    failed: int


def between(found: Sequence[Look], since: float, until: float) -> Held:
    """The crowd from ``since`` to ``until`` (seconds since 1970)."""
    inside = [look for look in found if since <= look.at <= until]
    if not inside:
        return Held(0, 0, 0)
    first, last = inside[0], inside[-1]
    return Held(int(percentile([float(look.on) for look in inside], 50)), last.good - first.good, last.failed - first.failed)

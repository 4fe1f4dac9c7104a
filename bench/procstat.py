"""CPU time of a process and of the machine, from /proc: valid also while the machine does other work."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1


def cpu_seconds(pid: int) -> float:
    """utime + stime of all threads of ``pid`` in seconds (10 ms grid). Raises FileNotFoundError when it is gone."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def busy_seconds() -> float:
    """CPU seconds spent by everybody on all cores since boot, without idle and I/O wait."""
    fields = [int(f) for f in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICK


@dataclass(frozen=True, slots=True)
class Reading:
    """A look at some processes at one time."""

    at: float
    busy: float
    cpu: dict[str, float]


def read(at: float, pids: dict[str, int]) -> Reading:
    """Look at the machine and at each named process now; ``at`` in monotonic seconds."""
    return Reading(at, busy_seconds(), {name: cpu_seconds(pid) for name, pid in pids.items()})


def others_percent(start: Reading, end: Reading, children: float) -> float:
    """Share of all cores in percent used by none of the named processes; ``children``: CPU seconds of our ended children."""
    span = (end.at - start.at) * CORES
    named = sum(end.cpu[name] - start.cpu[name] for name in end.cpu) + children
    return max(0.0, 100 * (end.busy - start.busy - named) / span) if span > 0 else 0.0


def rss_mb(pid: int) -> float:
    """Resident memory of ``pid`` in MiB. Raises FileNotFoundError when it is gone."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def traces_of_children(pid: int) -> tuple[int, int]:
    """(children alive now, page faults of children that have ended): any fork of ``pid`` since changes one of them, threads don't.

    /proc/stat counts the whole machine's processes and threads, which tells nothing about one process beside others.
    """
    alive = 0
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # the thread has ended meanwhile
            alive += len(task.read_text().split())
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return alive, int(fields[8]) + int(fields[10])

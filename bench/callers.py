"""sipp and the keypad together: a stream of callers at a constant rate, and what became of each."""

from __future__ import annotations

import csv
import json
import resource
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asterisk_conf.toolbox import Toolbox
from bench import sipp
from bench.exchange import Ports
from bench.statistics import percentile
from bench.tools import ROOT

KEYPADS = 900
"""Callers at once at most; at 3 s a call that carries 300 calls per second."""
PATIENCE = 8.0
"""Seconds the last call may take after the last arrival."""


@dataclass(slots=True)
class Outcome:
    """One stream of calls. Latencies in milliseconds."""

    rate: float
    calls: int
    good: int
    failed: int
    last_digit_to_bye: list[float] = field(default_factory=list)
    deaf: int = 0
    """Calls that heard hardly any prompt."""
    keyed: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    """(caller, nth digit) -> wall microseconds of each end packet, in time order."""
    caller_cpu: float = 0.0

    @property
    def p99(self) -> float:
        """99th percentile of last digit -> BYE in ms; infinite when there was none."""
        return percentile(self.last_digit_to_bye, 99)

    def clean(self, limit_ms: float) -> bool:
        """No failed call, nobody deaf, and the slowest of a hundred still quick."""
        return self.failed == 0 and self.deaf == 0 and self.good == self.calls and self.p99 <= limit_ms


class Keypad:
    """The keypad process of one stream (see bench/keypad.py)."""

    def __init__(self, python: str, ports: Ports, digits: str, folder: Path, *, walks: Path | None = None, most: int = KEYPADS) -> None:
        """``walks``: the tree to walk instead of keying ``digits``; ``most``: ports at most."""
        self.out = folder / "keyed.json"
        self.out.unlink(missing_ok=True)
        what = ["--walks", str(walks)] if walks else ["--digits", digits]
        most = min(most, (ports.rtp_to - ports.rtp_from) // 2)
        self.process: subprocess.Popen[Any] = subprocess.Popen(
            [python, "-m", "bench.keypad", "--address", ports.caller_address, "--from", str(ports.rtp_from), "--ports", str(most),
             *what, "--out", str(self.out)],
            stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.ports = self.process.stdout.readline().split()
        """The callers' numbers, each the RTP port he is heard and keys on."""
        if not self.ports:
            raise RuntimeError("the keypad found no free port")

    def finish(self) -> list[tuple[int, int, list[int]]]:
        """End the process; (port, packets heard, moments of the digits' ends) of each call."""
        sipp.stop(self.process)
        if self.process.stdout is not None:
            self.process.stdout.close()
        calls: list[tuple[int, int, list[int]]] = json.loads(self.out.read_text()) if self.out.exists() else []
        return calls


def stream(toolbox: Toolbox, ports: Ports, keypad: Keypad, extension: str, rate: float, seconds: float, folder: Path) -> Outcome:
    """Call ``extension`` ``rate`` times a second for ``seconds``; blocks until the calls are over, at most PATIENCE longer."""
    calls = max(1, round(rate * seconds))
    before = _children_cpu()
    argv = sipp.command(toolbox, folder, "ivr", keypad.ports, ports.caller_address, ports.sipp)
    much = ["-s", extension, "-r", f"{rate:g}", "-m", str(calls), "-timeout", f"{seconds + PATIENCE:.0f}s"]
    statistics = ["-trace_stat", "-stf", str(folder / "ivr.stat"), "-fd", "5", "-default_behaviors", "all,-bye"]
    process = sipp.start([*argv, *much, *statistics, f"{ports.address}:{ports.sip}"], folder)
    try:
        process.wait(seconds + PATIENCE + 5)
    except subprocess.TimeoutExpired:
        sipp.stop(process)
    outcome = Outcome(rate, calls, *_sipp_counts(folder / "ivr.stat", calls))
    outcome.caller_cpu = _children_cpu() - before
    return outcome


def judge(outcome: Outcome, folder: Path, heard: list[tuple[int, int, list[int]]], fewest_packets: int = 10) -> None:
    """Put sipp's BYE times beside the keypad's digit times."""
    ended = _byes(folder / "ivr.log")
    for port, packets, moments in sorted(heard, key=lambda call: call[2][0] if call[2] else 0):
        outcome.deaf += packets < fewest_packets
        for nth, moment in enumerate(moments):
            outcome.keyed.setdefault((str(port), nth), []).append(moment)
        bye = next((at for at in ended.get(port, ()) if moments and at >= moments[-1] - 1000), None)
        if bye is not None:
            outcome.last_digit_to_bye.append((bye - moments[-1]) / 1000)


def _byes(path: Path) -> dict[int, list[int]]:
    """Caller's port -> wall microseconds of the BYEs he got, in time order."""
    found: dict[int, list[int]] = {}
    for line in path.read_text(errors="replace").splitlines() if path.exists() else ():
        port, _, when = line.partition(" ")
        if port.isdigit() and when:
            found.setdefault(int(port), []).append(_wall(when))
    return found


def _wall(when: str) -> int:
    """sipp's ``[timestamp]`` (date, time of day, seconds since 1970 with six decimals) as wall microseconds."""
    return int(when.split()[-1].replace(".", ""))


def _sipp_counts(path: Path, calls: int) -> tuple[int, int]:
    """(successful, failed) from sipp's last statistics line; everything failed when there is none."""
    if not path.exists():
        return 0, calls
    rows = list(csv.DictReader(path.open(), delimiter=";"))
    if not rows:
        return 0, calls
    good = int(rows[-1]["SuccessfulCall(C)"])
    return good, calls - good


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

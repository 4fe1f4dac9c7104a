"""The ways of doing the measured call, and how each one's process is started."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from asterisk_conf.accounts import USER, ari_password
from bench.exchange import BenchExchange, Ports
from bench.sipp import stop
from bench.tools import ROOT, yardstick_python

Arguments = Callable[[BenchExchange, Ports], list[str]]


@dataclass(frozen=True, slots=True)
class Way:
    """One way: the extension that leads to it and, where there is one, the process that serves it."""

    name: str
    title: str
    extension: str
    module: str = ""
    arguments: Arguments | None = None
    yardstick: bool = False

    def missing(self) -> str:
        """Why this way can't be measured here; empty when it can."""
        if self.yardstick and yardstick_python() is None:
            return "its venv is not there; run `make bench`"
        return ""


def _ari(exchange: BenchExchange, ports: Ports) -> list[str]:
    password = ari_password(exchange.vault).reveal()
    return ["--url", f"http://127.0.0.1:{ports.http}", "--user", USER, "--password", password, "--prompt", str(exchange.prompt)]


def _agi(exchange: BenchExchange, ports: Ports) -> list[str]:
    return ["--port", str(ports.agi), "--prompt", str(exchange.prompt)]


def our_process(exchange: BenchExchange, ports: Ports) -> list[str]:
    """What a process of ours is told."""
    return ["--folder", str(exchange.folder), "--ports", json.dumps(asdict(ports)), "--prompt", str(exchange.prompt)]


def _journalled(exchange: BenchExchange, ports: Ports) -> list[str]:
    return [*our_process(exchange, ports), "--journal", "yes"]


def _bare(exchange: BenchExchange, ports: Ports) -> list[str]:
    return [*our_process(exchange, ports), "--journal", "no"]


WAYS = (
    Way("dialplan", "plain dialplan, Read()", "9001"),
    Way("ours", "our ARI dialog, journal on", "12329", "bench.variants.ours", _journalled),
    Way("ours_bare", "our ARI dialog, journal off", "12329", "bench.variants.ours", _bare),
    Way("aripy", "ari 0.1.3 + swaggerpy 0.2.1, shim", "9003", "bench.variants.aripy", _ari, yardstick=True),
    Way("pyst", "pyst2 0.5.1 FastAGI, threads, patched", "9004", "bench.variants.pyst", _agi, yardstick=True),
)


@contextmanager
def serving(way: Way, exchange: BenchExchange, ports: Ports) -> Iterator[subprocess.Popen[Any] | None]:
    """The way's process, ready for calls; it writes ``tally.json`` into the exchange's folder when it ends."""
    if way.arguments is None:
        yield None
        return
    python = yardstick_python() if way.yardstick else Path(sys.executable)
    with (exchange.folder / "way.log").open("w") as log:
        process = subprocess.Popen(
            [str(python), "-m", way.module, *way.arguments(exchange, ports), "--out", str(tally_path(exchange))],
            stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            if process.stdout.readline().strip() != "ready":
                raise RuntimeError(f"{way.name} did not start; see {log.name}")
            yield process
        finally:
            stop(process)
            if process.stdout is not None:
                process.stdout.close()


def tally_path(exchange: BenchExchange) -> Path:
    """Where the way's process writes what it noted."""
    return exchange.folder / "tally.json"

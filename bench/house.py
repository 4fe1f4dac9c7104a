"""The product's own line worker for bench/offer: prepared, started, its eight agents signed in, asked how many callers wait."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asterisk_conf.toolbox import default_folder
from bench.exchange import SEATS, BenchExchange, Ports, overrides
from bench.sipp import stop
from bench.tools import HOME, ROOT
from hotline.errors import HotlineError
from server.control import ask

PROMPTS = HOME / "prompts"
"""Synthesised once and kept between runs."""
READY_WITHIN_S = 30.0


class LineWorker:
    """A running line worker."""

    def __init__(self, exchange: BenchExchange, process: subprocess.Popen[Any]) -> None:
        self.pid = process.pid
        self._control = exchange.folder / "run" / "line.sock"

    def ask(self, **request: Any) -> Any:
        """What the worker answers. Raises HotlineError."""
        return ask(self._control, request)["ok"]

    def waiting(self) -> int:
        """How many callers wait for an agent now."""
        return sum(call["stage"] == "waiting" for call in self.ask(do="calls"))

    def sign_in(self) -> None:
        """All agents at their seats, ready for calls."""
        for seat in range(1, SEATS + 1):
            self.ask(do="seat", seat=seat, action="sign-in", argument=str(8000 + seat))
            self.ask(do="seat", seat=seat, action="available", argument="")


Fields = dict[str, dict[str, Any]]
NO_WAITS: Fields = {"seats": {"wrap_up_cap_s": 0}, "menu": {"first_key_s": 0.2}, "queue": {"longest_wait_s": 3600}}
"""For bench/offer: no wrap-up, and nobody is asked twice how the service was."""


@contextmanager
def line_worker(exchange: BenchExchange, ports: Ports, more: Fields = NO_WAITS, *, prepared: bool = False) -> Iterator[LineWorker]:
    """The worker as `hotline run` starts it, hearing Asterisk and with all seats signed in; ``more``: settings by section."""
    house = {**os.environ, **environment(exchange.folder, ports, more)}
    if not prepared:
        prepare(exchange.folder, ports)
    with (exchange.folder / "line.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "server.worker", "line"], cwd=ROOT, env=house, stdout=log, stderr=log)
        try:
            worker = LineWorker(exchange, process)
            _wait_until_it_hears(worker, process)
            worker.sign_in()
            yield worker
        finally:
            stop(process)


def prepare(folder: Path, ports: Ports) -> None:
    """Prompts, tables and demo people, as `hotline run` sees to them before the first call."""
    house = {**os.environ, **environment(folder, ports)}
    subprocess.run([sys.executable, "-m", "server.prepare", "--demo"], cwd=ROOT, env=house, check=True, capture_output=True)


def environment(folder: Path, ports: Ports, more: Fields | None = None) -> dict[str, str]:
    """The benches' settings as environment variables, ``more`` of them by section."""
    given = overrides(folder, ports)
    given["runtime"]["prompts_folder"] = str(PROMPTS)
    for section, fields in (more or {}).items():
        given[section] = given.get(section, {}) | fields
    toolbox = {"HOTLINE_TOOLBOX": str(default_folder(ROOT / "var"))}  # not one of its own in each folder
    named = {f"HOTLINE_{section}__{name}".upper(): _text(value) for section, fields in given.items() for name, value in fields.items()}
    return toolbox | named


def _text(value: object) -> str:
    """A field's value as the environment carries it."""
    if isinstance(value, list):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wait_until_it_hears(worker: LineWorker, process: subprocess.Popen[Any]) -> None:
    end = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if worker.ask(do="health")["hears_asterisk"]:
                return
        except HotlineError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the line worker does not come up; see line.log in its folder")

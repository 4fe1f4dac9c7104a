"""The ways of serving bench/ivr_load: where each is dialled and which process serves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.exchange import BenchExchange, Ports
from bench.house import line_worker
from bench.tools import yardstick_python
from bench.ways import Way, serving

Pid = int | None
Serve = Callable[[BenchExchange, Ports, Path], AbstractContextManager[Pid]]


@dataclass(frozen=True, slots=True)
class LoadWay:
    """One way: the extension that leads to it, and its process, if there is one."""

    name: str
    title: str
    extension: str
    serve: Serve
    yardstick: bool = False
    login: str = ""
    """The extension where one logs in; empty: not measured."""

    def missing(self) -> str:
        """Why it can't be measured here; empty when it can."""
        return "its venv is not there; run `make bench`" if self.yardstick and yardstick_python() is None else ""


@contextmanager
def _nobody(exchange: BenchExchange, ports: Ports, tree: Path) -> Iterator[Pid]:
    """Asterisk does it alone."""
    yield None


@contextmanager
def _ours(exchange: BenchExchange, ports: Ports, tree: Path) -> Iterator[Pid]:
    """The line worker with its own settings."""
    with line_worker(exchange, ports, {}, prepared=True) as worker:
        yield worker.pid


@contextmanager
def _pyst(exchange: BenchExchange, ports: Ports, tree: Path) -> Iterator[Pid]:
    """pyst2 in threads."""
    way = Way("pyst", "", "9204", "bench.variants.pyst_walk", lambda *_: ["--port", str(ports.agi), "--tree", str(tree)], yardstick=True)
    with serving(way, exchange, ports) as process:
        yield process.pid if process else None


DIALPLAN = LoadWay("dialplan", "the same tree as plain dialplan: Background, WaitExten", "9201", _nobody, login="9202")
OURS = LoadWay("ours", "our line worker as hotline run starts it", "12329", _ours, login="12329")
PYST = LoadWay("pyst", "the same tree, pyst2 0.5.1 FastAGI, threads, patched", "9204", _pyst, yardstick=True)
WAYS = (DIALPLAN, OURS, PYST)

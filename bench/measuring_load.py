"""The measurements of bench/ivr_load: one crowd through one way, logins, memory over many calls."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from asterisk_conf.toolbox import Toolbox
from bench import house, tools, tree
from bench.callers import KEYPADS, Keypad
from bench.crowd import Held, Stays, between, crowd, looks, statistics_of
from bench.exchange import BenchExchange, Ports, running
from bench.listeners import Samples, log_in, wander
from bench.load_ways import OURS, LoadWay
from bench.procstat import Reading, others_percent, read, rss_mb, traces_of_children
from bench.variants.tally import PIN
from bench.walks import stay_of
from hotline.settings import LoginSettings
from robots.pacer import Pacer
from robots.phone import Phone

SHORT_STAY_S = 3.0
"""How long a call lasts over which memory is watched: welcome, and one key."""
MARKS = (0.1, 0.5, 1.0)
"""Shares of the calls after which memory is read: of 10,000 after 1,000, 5,000 and all."""
PATIENCE_S = 20.0
STAGGER_S = 0.15
VERDICT_S = LoginSettings().verdict_after_s
HELD_SHARE, FAILED_SHARE, MISSED_SHARE = 0.95, 0.01, 0.05
"""A population is held when so much of it is on, no more of the calls fail and no more of the sampled keys lead nowhere."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measurements share."""

    toolbox: Toolbox
    ports: Ports
    drawn: tree.Drawn
    prepared: Path
    """A runtime folder with all that must be there before the first call: each measurement begins with a copy."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many walk, of them our own telephones; new ones a second; for how many seconds they are watched."""

    population: int
    sampled: int
    ramp_per_s: float
    seconds: float


@dataclass(slots=True)
class Figures:
    """One crowd through one way."""

    wanted: int
    seconds: float
    held: Held
    keys: int
    latencies_ms: list[float] = field(repr=False)
    missed: int
    sampled_keys: int
    broken: int
    asterisk_s: float
    python_s: float | None
    others: float
    forks: int
    rss_mb: float | None
    sampled_callers: int

    @property
    def holds(self) -> bool:
        """Whether this population was held."""
        calls = max(1, self.held.good + self.held.failed)
        return (
            self.held.on + self.sampled_callers >= HELD_SHARE * self.wanted
            and self.held.failed <= FAILED_SHARE * calls
            and self.broken == 0
            and self.sampled_keys > 0
            and self.missed <= MISSED_SHARE * self.sampled_keys
        )


class Watched:
    """Processes looked at from the beginning to the end of a measurement: CPU, and whether any of them forked."""

    def __init__(self, served: dict[str, int], callers: dict[str, int]) -> None:
        self._served = served
        self._pids = served | callers
        self._start = self._look()
        self._children = self._forked()
        self._own = time.process_time()

    def _look(self) -> Reading:
        return read(time.monotonic(), self._pids)

    def _forked(self) -> dict[str, tuple[int, int]]:
        return {name: traces_of_children(pid) for name, pid in self._served.items()}

    def end(self) -> tuple[dict[str, float], float, int]:
        """CPU seconds of each, percent of the machine that others used, and how many of those served show traces of a fork."""
        end = self._look()
        used = {name: end.cpu[name] - self._start.cpu[name] for name in self._pids}
        forks = sum(now != self._children[name] for name, now in self._forked().items())
        return used, others_percent(self._start, end, time.process_time() - self._own), forks


def open_bench(toolbox: Toolbox, ports: Ports, logins: int) -> Bench:
    """Have the product's sounds made and the tree drawn up."""
    prepared = tools.HOME / "ivr_load_prepared"
    shutil.rmtree(prepared, ignore_errors=True)
    prepared.mkdir(parents=True)
    house.prepare(prepared, ports)
    drawn = tree.draw(house.PROMPTS, logins, VERDICT_S, ports.agi, prepared / "tree.json")
    return Bench(toolbox, ports, drawn, prepared)


@contextmanager
def _exchange(bench: Bench) -> Iterator[BenchExchange]:
    with running(bench.toolbox, bench.ports, "ivr_load", PIN, bench.drawn.dialplan, bench.prepared) as exchange:
        yield exchange


def measure(bench: Bench, way: LoadWay, wish: Crowd) -> Figures:
    """A crowd through ``way`` on a fresh Asterisk."""
    with ExitStack() as stack:
        exchange = stack.enter_context(_exchange(bench))
        keypad = Keypad(sys.executable, bench.ports, "", exchange.folder, walks=bench.drawn.file, most=_ports_keyed(bench.ports))
        try:
            served = _served(exchange, stack.enter_context(way.serve(exchange, bench.ports, bench.drawn.file)))
            stays = [Stays(port, stay_of(place)) for place, port in enumerate(keypad.ports)]
            sipp = stack.enter_context(
                crowd(bench.toolbox, exchange, bench.ports, way.extension, stays, wish.population - wish.sampled, wish.ramp_per_s)
            )
            time.sleep(max(0.0, wish.population / wish.ramp_per_s - 2.0))
            samples, seen = asyncio.run(_listen(bench, way, wish, served, {"sipp": sipp.pid, "keypad": keypad.process.pid}))
        finally:
            heard = keypad.finish()
        found = looks(statistics_of(exchange.folder))
    since_us, until_us = seen.since * 1e6, seen.until * 1e6
    keyed = sum(since_us <= at <= until_us for _, _, moments in heard for at in moments)
    latencies, missed = samples.latencies_ms()
    held, broken = between(found, seen.since, seen.until), samples.broken + seen.died
    return Figures(
        wish.population, seen.until - seen.since, held, keyed + samples.keys, latencies, missed, samples.keys, broken,
        seen.used.get("asterisk", 0.0), seen.used.get("python"), seen.others, seen.forks, seen.rss_mb, wish.sampled,
    )  # fmt: skip


@dataclass(slots=True)
class Seen:
    """What was seen of the processes, and between which wall seconds."""

    since: float = 0.0
    until: float = 0.0
    used: dict[str, float] = field(default_factory=dict)
    others: float = 0.0
    forks: int = 0
    rss_mb: float | None = None
    died: bool = False
    """Whether one of them was gone at the end."""


async def _listen(bench: Bench, way: LoadWay, wish: Crowd, served: dict[str, int], callers: dict[str, int]) -> tuple[Samples, Seen]:
    """Let our own telephones walk; the processes are watched from when their welcome is over."""
    lead = bench.drawn.tree.welcome_s + 0.5
    samples, seen = Samples(), Seen()

    async def watch() -> None:
        await asyncio.sleep(lead)
        watched, seen.since = Watched(served, callers), time.time()
        await asyncio.sleep(wish.seconds)
        seen.until = time.time()
        try:
            seen.used, seen.others, seen.forks = watched.end()
            seen.rss_mb = rss_mb(served["python"]) if "python" in served else None
        except FileNotFoundError:
            seen.died = True

    async with _phones(bench.ports, wish.sampled) as phones, asyncio.TaskGroup() as group:
        group.create_task(watch())
        walking = [
            group.create_task(wander(phone, way.extension, bench.drawn.tree, at, lead + wish.seconds)) for at, phone in enumerate(phones)
        ]
    samples.calls = [sample for task in walking for sample in task.result()]
    return samples, seen


def measure_login(bench: Bench, way: LoadWay, logins: int) -> Samples:
    """So many callers who log in and hear their balance, a few at a time."""
    with _exchange(bench) as exchange, way.serve(exchange, bench.ports, bench.drawn.file):
        return asyncio.run(_log_in_all(bench, way, logins))


async def _log_in_all(bench: Bench, way: LoadWay, logins: int) -> Samples:
    async def one(at: int, phone: Phone) -> None:
        await asyncio.sleep(at * STAGGER_S)
        people = bench.drawn.people
        samples.calls.append(await log_in(phone, way.login, bench.drawn.tree, bench.drawn.login, people[at % len(people)]))

    samples = Samples()
    async with _phones(bench.ports, logins) as phones, asyncio.TaskGroup() as group:
        for at, phone in enumerate(phones):
            group.create_task(one(at, phone))
    return samples


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory in MiB of our line worker after so many calls."""

    calls: int
    failed: int
    after: dict[int, float]
    forks: int

    @property
    def growth_percent(self) -> float | None:
        """From the first mark to the last; None when they were not all reached."""
        values = list(self.after.values())
        return round(100 * (values[-1] / values[0] - 1), 1) if len(values) == len(MARKS) else None


def measure_memory(bench: Bench, calls: int, rate: float) -> Memory:
    """Many short calls through our line worker: its memory after a tenth, half and all of them."""
    with ExitStack() as stack:
        exchange = stack.enter_context(_exchange(bench))
        keypad = Keypad(sys.executable, bench.ports, "1", exchange.folder)
        stack.callback(keypad.finish)
        served = _served(exchange, stack.enter_context(OURS.serve(exchange, bench.ports, bench.drawn.file)))
        stays = [Stays(port, SHORT_STAY_S) for port in keypad.ports]
        most = min(KEYPADS, len(keypad.ports)) // 2  # a port is used again only long after its last call
        watched = Watched(served, {})
        stack.enter_context(crowd(bench.toolbox, exchange, bench.ports, OURS.extension, stays, most, rate, calls))
        deadline = time.monotonic() + calls / rate + PATIENCE_S
        after: dict[int, float] = {}
        done = failed = 0
        for mark in (round(calls * share) for share in MARKS):
            while done < mark and time.monotonic() < deadline:
                time.sleep(0.5)
                done, failed = _ended(exchange)
            if done >= mark:
                after[mark] = round(rss_mb(served["python"]), 1)
        return Memory(done, failed, after, watched.end()[2])


def _ended(exchange: BenchExchange) -> tuple[int, int]:
    found = looks(statistics_of(exchange.folder))
    return (found[-1].good + found[-1].failed, found[-1].failed) if found else (0, 0)


def _served(exchange: BenchExchange, python: int | None) -> dict[str, int]:
    return {"asterisk": exchange.pid() or 0} | ({"python": python} if python else {})


def _ports_keyed(ports: Ports) -> int:
    """How many of the callers' RTP ports the keypad has; the last tenth is our own telephones'."""
    return (ports.rtp_to - ports.rtp_from) // 2 * 9 // 10


@asynccontextmanager
async def _phones(ports: Ports, count: int) -> AsyncIterator[list[Phone]]:
    """So many telephones on the carrier's side, on one beat."""
    range_ = (ports.rtp_from + 2 * _ports_keyed(ports), ports.rtp_to)
    pacer, server = Pacer(), (ports.address, ports.sip)
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                Phone(
                    bind=ports.caller_address, server=server, user=f"1380000{at:04d}", rtp_ports=range_, codecs=("PCMA",),
                    quiet="nothing", pacer=pacer,
                )
            )
            for at in range(count)
        ]  # fmt: skip

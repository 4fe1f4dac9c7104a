"""A whole hotline for a test: Asterisk on free ports, the line worker as a process, phones, and the journal to look at."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from asterisk_conf.accounts import sip_password
from asterisk_conf.exchange import Exchange
from asterisk_conf.testing import own_exchange
from asterisk_conf.toolbox import Toolbox, default_folder
from back_office.knowledge.demo import demo_knowledge
from back_office.knowledge.rules import spoken_texts
from fund_core.people import DemoDepositor, demo_depositors
from hotline.clock import SystemClock
from hotline.errors import HotlineError
from hotline.events import Event
from hotline.journal import read_events
from hotline.vault import Vault
from ivr.voice import EspeakAndSox, build, speak, unspoken
from robots.outgoing import OutgoingCall
from robots.phone import Phone
from server.control import ask
from server.opening import prompts_of
from server.places import Places, find_places

HOUSE = Path(__file__).parents[1]
SHARED = HOUSE / "var" / "test"
"""What tests make once and share: prompts."""
CARRIER = "127.0.0.2"
E = TypeVar("E", bound=Event)


class Hotline:
    """One running hotline. Phones are made by :meth:`caller` and :meth:`seat` and hang up at the end of the test."""

    def __init__(self, exchange: Exchange, config: Path, worker: Sequence[str] = ("server.worker", "line")) -> None:
        self.exchange = exchange
        self.config = config
        self._worker_module = worker
        self.places: Places = find_places(config)
        self.vault: Vault = exchange.vault
        self.worker: subprocess.Popen[bytes] | None = None
        self.phones: list[Phone] = []

    # -- the worker -------------------------------------------------------------------------------------------------

    async def start_worker(self) -> None:
        """Start the line worker and wait until it answers and hears Asterisk."""
        self.places.logs.mkdir(parents=True, exist_ok=True)
        with (self.places.logs / "line.log").open("ab") as log:
            self.worker = subprocess.Popen(
                [sys.executable, "-m", *self._worker_module], cwd=HOUSE, stderr=log,
                env={**os.environ, "HOTLINE_TOOLBOX": str(default_folder(HOUSE / "var")), "HOTLINE_CONFIG": str(self.config),
                     "PYTHONPATH": f"{HOUSE}:{HOUSE / 'tests'}"},
            )  # fmt: skip
        await self.until(lambda: self.ask({"do": "health"})["ok"]["hears_asterisk"], "the worker hears Asterisk")

    def kill_worker(self, what: signal.Signals = signal.SIGKILL) -> None:
        """End the line worker without a word."""
        assert self.worker is not None
        self.worker.send_signal(what)
        self.worker.wait()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Ask the worker as a terminal would."""
        return ask(self.places.control, request, 5)

    def log(self) -> str:
        """What the worker wrote to its log."""
        return (self.places.logs / "line.log").read_text()

    # -- people -----------------------------------------------------------------------------------------------------

    async def phone(self, **options: Any) -> Phone:
        """A phone at this exchange."""
        asterisk = self.exchange.settings.asterisk
        phone = Phone(server=("127.0.0.1", asterisk.sip_port), **options)
        await phone.__aenter__()
        self.phones.append(phone)
        return phone

    async def caller(self, number: str = "13900001111") -> OutgoingCall:
        """Somebody dials 12329 through the carrier and is answered."""
        trunk = await self.phone(bind=CARRIER, user=number, rtp_ports=(33000, 33999))
        call = await trunk.dial("12329", caller=number)
        await call.answered(10)
        return call

    async def seat(self, number: int, available: bool = True) -> Phone:
        """A seat's phone, registered, its agent signed in (800N) and available."""
        phone = await self.phone(user=f"hl-{number}", password=sip_password(self.vault, f"hl-{number}"), rtp_ports=(34000, 34999))
        await phone.register()
        self.ask({"do": "seat", "seat": number, "action": "sign-in", "argument": f"{8000 + number}"})
        if available:
            self.ask({"do": "seat", "seat": number, "action": "available"})
        return phone

    @property
    def people(self) -> list[DemoDepositor]:
        """Everybody the demo core knows."""
        return demo_depositors(count=self.places.settings.core.depositors)

    @property
    def person(self) -> DemoDepositor:
        """Somebody the demo core knows."""
        return self.people[0]

    def seat_row(self, number: int) -> dict[str, Any]:
        """A seat as a terminal shows it."""
        return next(row for row in self.ask({"do": "seats"})["ok"] if row["seat"] == number)

    # -- what happened ----------------------------------------------------------------------------------------------

    def events(self, *kinds: type[E]) -> list[E]:
        """The journal's events of these kinds, in order."""
        return [record.event for record in read_events(self.places.journal_url, types=kinds or None)]  # type: ignore[misc]

    async def event(self, kind: type[E], seconds: float = 15, **fields: object) -> E:
        """The first event of a kind (with these fields), as soon as it is in the journal."""

        def find() -> E | None:
            return next((e for e in self.events(kind) if all(getattr(e, name) == value for name, value in fields.items())), None)

        return await self.until(find, f"{kind.__name__} {fields or ''}", seconds)

    async def until(self, what: Callable[[], Any], name: str, seconds: float = 20) -> Any:
        """Wait until ``what`` is true."""
        end = time.monotonic() + seconds
        while True:
            try:
                if seen := what():
                    return seen
            except HotlineError:
                pass
            assert time.monotonic() < end, f"it never came about: {name}; log: {self.log()[-3000:]}"
            await asyncio.sleep(0.02)

    async def channels(self) -> list[str]:
        """Names of Asterisk's channels now."""
        text = await self.exchange.cli("core show channels concise")
        return [line.split("!")[0] for line in text.splitlines() if "!" in line]

    async def bridges(self) -> list[str]:
        """Asterisk's bridges now."""
        text = await self.exchange.cli("bridge show all")
        return [line.split()[0] for line in text.splitlines()[1:] if line.strip() and not line.startswith("Bridge-ID")]

    async def empties(self, seconds: float = 10) -> bool:
        """Whether Asterisk has neither channel nor bridge before so many seconds have passed."""
        end = time.monotonic() + seconds
        while await self.channels() or await self.bridges():
            if time.monotonic() > end:
                return False
            await asyncio.sleep(0.05)
        return True

    def sound(self, prompt: str, **values: object) -> list[Path]:
        """The sound files of a prompt."""
        return [Path(f"{sound}.wav") for sound in prompts_of(self.places).sounds(prompt, **values)]

    def text_sound(self, text: str) -> list[Path]:
        """The sound files of a text of the knowledge base. Raises NotSpoken."""
        return [Path(f"{sound}.wav") for sound in prompts_of(self.places).text(text)]


@asynccontextmanager
async def running_hotline(
    folder: Path, *, start: bool = True, worker: Sequence[str] = ("server.worker", "line"), **overrides: dict[str, Any]
) -> AsyncIterator[Hotline]:
    """A hotline in ``folder``; ``overrides`` are fields by section, ``worker`` the module that is its line worker."""
    given: dict[str, dict[str, Any]] = {
        "centre": {"always_staffed": True},
        "seats": {"count": 2},
        "core": {"depositors": 5},
        **overrides,
        "runtime": {"prompts_folder": str(SHARED / "prompts"), **overrides.get("runtime", {})},
    }
    async with own_exchange(folder, **given) as exchange:
        config = folder / "hotline.toml"
        config.write_text(_toml(exchange))
        hotline = Hotline(exchange, config, worker)
        make_prompts(hotline.places)
        try:
            if start:
                await hotline.start_worker()
            yield hotline
        finally:
            for phone in hotline.phones:
                await phone.close()
            if hotline.worker is not None and hotline.worker.poll() is None:
                hotline.kill_worker(signal.SIGTERM)


def make_prompts(places: Places) -> None:
    """Make the sounds of the prompts and of the demo's knowledge base once for all tests."""
    prompts, demo = prompts_of(places), demo_knowledge()
    texts = list(spoken_texts(demo.articles, demo.branches, demo.estates).values())
    if prompts.missing() or unspoken(prompts, texts):
        toolbox = Toolbox(default_folder(HOUSE / "var"))
        voice = EspeakAndSox(toolbox.program("espeak-ng"), toolbox.program("sox"))
        build(prompts, voice)
        speak(prompts, voice, texts)


def _toml(exchange: Exchange) -> str:
    """The settings of the exchange as a file."""
    lines: list[str] = []
    settings = exchange.settings
    for section in settings.__struct_fields__:
        lines.append(f"[{section}]")
        part = getattr(settings, section)
        lines += [f"{name} = {_value(getattr(part, name))}" for name in part.__struct_fields__]
    return "\n".join(lines)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, msgspec.Struct):
        value = msgspec.to_builtins(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_value(str(name))} = {_value(item)}" for name, item in value.items()) + "}"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def now_us() -> int:
    """The monotonic clock in microseconds, as moments carry it."""
    return SystemClock().now().mono

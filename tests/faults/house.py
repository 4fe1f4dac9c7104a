"""A whole house as an operator has it: `hotline run`, with a supervisor, workers and an Asterisk of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from faults.scenes import FAST, Scene, lay_out
from hotline_under_test import HOUSE, Hotline, _toml, make_prompts

from asterisk_conf.exchange import Exchange
from asterisk_conf.testing import test_settings
from asterisk_conf.toolbox import Toolbox, default_folder
from hotline.vault import Vault
from server.lock import Lock


class House(Scene):
    """A scene that is played in a house under a supervisor."""

    def __init__(self, hotline: Hotline, folder: Path) -> None:
        super().__init__(hotline)
        self.folder = folder
        self.supervisor: subprocess.Popen[bytes] | None = None

    async def run(self) -> None:
        """``hotline run``; returns when the line worker hears Asterisk."""
        self.supervisor = self.start()
        await self.hotline.until(self.serves, "the house serves calls", 30)

    def start(self) -> subprocess.Popen[bytes]:
        """``hotline run --quiet --no-robots`` as a process."""
        argv = [sys.executable, "-m", "server.cli", "run", "--quiet", "--no-robots", "--config", str(self.hotline.config)]
        environment = {**os.environ, "HOTLINE_TOOLBOX": str(default_folder(HOUSE / "var"))}
        with (self.folder / "run.log").open("ab") as out:
            return subprocess.Popen(argv, cwd=HOUSE, env=environment, stdout=out, stderr=out, start_new_session=True)

    def serves(self) -> bool:
        """Whether a line worker answers and hears Asterisk."""
        return bool(self.hotline.ask({"do": "health"})["ok"]["hears_asterisk"])

    def printed(self) -> str:
        """What `hotline run` said."""
        return (self.folder / "run.log").read_text()

    @property
    def worker(self) -> int:
        """The line worker's process id."""
        return int(Lock(self.hotline.places.run, "line").holder()["pid"])

    @property
    def asterisk(self) -> int:
        """Asterisk's process id."""
        pid = self.hotline.exchange.pid()
        assert pid is not None
        return pid

    async def replaced(self, old: int, seconds: float = 30) -> None:
        """Wait until another line worker serves."""
        await self.hotline.until(lambda: self.worker != old and self.serves(), "another worker serves", seconds)

    def end(self) -> None:
        """Ctrl-C, and whatever a test left behind."""
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.supervisor.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.supervisor.wait(10)
            if self.supervisor.poll() is None:
                self.supervisor.kill()
        for pid in self.left():
            os.kill(pid, signal.SIGKILL)

    def left(self) -> list[int]:
        """Processes of this house that live: whoever names its folder on the command line or in the environment."""
        return processes_of(self.folder)


def processes_of(folder: Path) -> list[int]:
    """Processes whose command line or environment names ``folder``, this one excepted; zombies don't count."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            named = os.fsencode(folder) in (entry / "cmdline").read_bytes() or os.fsencode(folder) in (entry / "environ").read_bytes()
            if named and ") Z" not in (entry / "stat").read_text():
                found.append(int(entry.name))
    return found


@asynccontextmanager
async def house(folder: Path, **overrides: dict[str, Any]) -> AsyncIterator[House]:
    """A house below ``folder``, not yet running."""
    given: dict[str, dict[str, Any]] = {"centre": {"always_staffed": True}, "core": {"depositors": 5}}
    for name, fields in (*FAST.items(), *overrides.items()):
        given[name] = {**given.get(name, {}), **fields}
    given["runtime"] = {**lay_out(folder), **given.get("runtime", {})}
    settings = test_settings(folder, **given)
    toolbox = Toolbox(default_folder(HOUSE / "var"))
    exchange = Exchange(settings, Vault(folder / "secrets"), toolbox, folder)
    config = folder / "hotline.toml"
    config.write_text(_toml(exchange))
    hotline = Hotline(exchange, config)
    make_prompts(hotline.places)
    running = House(hotline, folder)
    try:
        yield running
    finally:
        for phone in hotline.phones:
            await phone.close()
        running.end()

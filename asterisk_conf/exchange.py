"""The life of our own Asterisk: prepare, start, adopt, ask, stop. Its death is the supervisor's business (:meth:`Exchange.alive`).

It runs in a session of its own and outlives us: talks go on when our process dies, and the next one adopts it. It is known as
ours by its pid file and by ``-C <our asterisk.conf>`` on its command line; nothing else is ever signalled.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import subprocess
from pathlib import Path

from asterisk_conf.console import ConsoleAway, ask
from asterisk_conf.logs import LogKeeper
from asterisk_conf.music import lay_out_music
from asterisk_conf.place import Place, make_private, own_place
from asterisk_conf.render import render
from asterisk_conf.toolbox import Program, Toolbox
from hotline.clock import monotonic
from hotline.errors import HotlineError
from hotline.settings import AsteriskSettings, Settings
from hotline.vault import Vault

log = logging.getLogger(__name__)


class ExchangeFailed(HotlineError):
    """Asterisk does not start:"""


class Exchange:
    """Our own Asterisk below the runtime folder ``folder``.

    ``extra_extensions`` and ``extra_modules`` are passed to :func:`asterisk_conf.render.render`.
    """

    def __init__(
        self, settings: Settings, vault: Vault, toolbox: Toolbox, folder: Path,
        extra_extensions: tuple[Path, ...] = (), extra_modules: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.settings = settings
        self.vault = vault
        self.folder = folder.absolute()
        self._toolbox = toolbox
        self._extra = (extra_extensions, extra_modules)
        self._place: Place | None = None
        self._program: Program | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def program(self) -> Program:
        """Which asterisk is run; fetches the toolbox's when need be (blocks then). Raises ToolboxError."""
        if self._program is None:
            given = self.settings.asterisk.binary
            self._program = Program("asterisk", Path(given).absolute()) if given else self._toolbox.program("asterisk")
        return self._program

    @property
    def place(self) -> Place:
        """Its folders."""
        if self._place is None:
            self._place = own_place(self.folder, self.program)
        return self._place

    @property
    def pid_file(self) -> Path:
        """Our own pid file; the one Asterisk writes itself appears only late in its start."""
        return self.folder / "asterisk/hl-asterisk.pid"

    def prepare(self) -> None:
        """Make the folders and write the configuration (files 0600, changed ones only). Blocks while a toolbox is filled."""
        make_private(self.folder / "asterisk")
        make_private(self.place.run)
        for folder in self.place.folders():
            folder.mkdir(parents=True, exist_ok=True)
        lay_out_music(self.place.music, self.place.data / "moh")
        extensions, modules = self._extra
        texts = render(self.settings, self.vault, self.place, extra_extensions=extensions, extra_modules=modules)
        for name, text in texts.items():
            write_private(self.place.etc / name, text)

    def start(self) -> None:
        """Start it unless it runs already. Doesn't wait: see :meth:`wait_until_booted`.

        Raises ExchangeFailed (a port is taken, the binary doesn't run), ToolboxError.
        """
        if self.alive():
            return
        check_ports(self.settings.asterisk)
        self.prepare()
        console = os.open(self.place.log / "hl-console.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            self._child = subprocess.Popen(
                self._argv(), stdin=subprocess.DEVNULL, stdout=console, stderr=console, cwd=self.folder, start_new_session=True
            )
        except OSError as error:
            raise ExchangeFailed(f"{self.program.path} ({error.strerror}); see setting asterisk.binary") from None
        finally:
            os.close(console)
        write_private(self.pid_file, f"{self._child.pid}\n")

    def adopt(self) -> bool:
        """Whether one of ours runs already; it is used from now on as if we had started it."""
        return self.alive()

    def pid(self) -> int | None:
        """The process id of our Asterisk while it lives."""
        if self._child is not None and self._child.poll() is None:  # asking also clears a dead one from the process table
            return self._child.pid
        try:
            number = int(self.pid_file.read_text())
        except (OSError, ValueError):
            return None
        return number if self._is_ours(number) else None

    def alive(self) -> bool:
        """Whether our Asterisk's process lives (it may still be booting, or hang: see :meth:`healthy`)."""
        return self.pid() is not None

    async def wait_until_booted(self, seconds: float = 30.0) -> float:
        """Seconds until it is fully booted. Raises ExchangeFailed with the log's last words when it dies or takes too long."""
        began = monotonic()
        while monotonic() - began < seconds:
            if not self.alive():
                raise ExchangeFailed(f"it ended at once; {self._last_words()}")
            try:
                if "fully booted" in await self.cli("core waitfullybooted", seconds):
                    return monotonic() - began
            except ConsoleAway:
                pass
            await asyncio.sleep(0.02)
        raise ExchangeFailed(f"not booted after {seconds:.0f} s; {self._last_words()}")

    async def healthy(self, seconds: float = 5.0) -> bool:
        """Whether it lives and its console answers in time."""
        try:
            return self.alive() and bool(await self.cli("core show uptime seconds", seconds))
        except ConsoleAway:
            return False

    async def cli(self, command: str, seconds: float = 5.0) -> str:
        """The console's answer to ``command``. Raises ConsoleAway."""
        return await ask(self.place.socket, command, seconds)

    async def reload(self) -> str:
        """Write the configuration anew and have it read without dropping a call (ports and modules need a restart)."""
        self.prepare()
        parts = ("res_pjsip.so", "pbx_config.so", "app_queue.so", "res_musiconhold.so", "res_ari.so", "manager", "logger")
        return "".join([await self.cli(f"module reload {part}") for part in parts])

    async def tidy(self) -> int:
        """Turn over logs that have grown; how many were. To be called now and then (the supervisor: every few minutes)."""
        keeper = LogKeeper(self.place.log)
        grown = await asyncio.to_thread(keeper.turn_over)
        if grown:
            await self.cli("logger reload")
        return grown

    async def stop(self, seconds: float = 3.0) -> None:
        """End our Asterisk, calls and all: asks by console, then SIGTERM, then SIGKILL. Harmless when none runs."""
        await self._ask_to_stop()
        await self._gone(seconds / 3)
        for number in (signal.SIGTERM, signal.SIGKILL):
            if (pid := self.pid()) is not None:
                os.kill(pid, number)
                await self._gone(seconds / 3)
        if not self.alive():
            self.pid_file.unlink(missing_ok=True)

    async def _ask_to_stop(self) -> None:
        if not self.alive():
            return
        try:
            await self.cli("core stop now", 1.0)
        except ConsoleAway:
            log.info("the exchange's console does not answer; ending it by signal")

    async def _gone(self, seconds: float) -> None:
        began = monotonic()
        while self.alive() and monotonic() - began < seconds:  # noqa: ASYNC110 - a foreign process tells no event
            await asyncio.sleep(0.01)

    def _argv(self) -> list[str]:
        return self.program.argv("-f", "-n", "-C", str(self.place.etc / "asterisk.conf"))

    def _is_ours(self, pid: int) -> bool:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(self.folder / "asterisk/etc/asterisk.conf") in words

    def _last_words(self) -> str:
        for name in ("hl-messages.log", "hl-console.log"):
            file = self.place.log / name
            lines = file.read_text(errors="replace").splitlines() if file.exists() else []
            if lines:
                return f"{file} ends: {lines[-1]}"
        return f"{self.place.log} is empty"


def check_ports(wanted: AsteriskSettings) -> None:
    """Raises ExchangeFailed naming the setting when a port is taken: Asterisk itself would start all the same, deaf on that port."""
    tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM
    ports = [
        ("sip_port", wanted.bind, udp),
        ("sip_port", wanted.bind, tcp),
        ("http_port", "127.0.0.1", tcp),
        ("ami_port", "127.0.0.1", tcp),
    ]
    ports += [("https_port", "127.0.0.1", tcp)] if wanted.certificate else []
    for name, host, kind in ports:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, kind) as probe:
            if kind == tcp:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Asterisk does: a port closed lately is free
            try:
                probe.bind((host, getattr(wanted, name)))
            except OSError as error:
                why = "is taken by another program" if error.errno == errno.EADDRINUSE else f"can't be used ({error.strerror})"
                raise ExchangeFailed(f"{host}:{getattr(wanted, name)} {why}; choose another asterisk.{name} or asterisk.bind") from None


def write_private(file: Path, text: str) -> bool:
    """Put ``text`` into ``file`` (mode 0600), whole or not at all; whether anything changed."""
    if file.exists() and file.read_text() == text:
        return False
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(text)
    draft.replace(file)
    return True

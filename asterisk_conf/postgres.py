"""A PostgreSQL of our own for tests and benches: from PATH or the toolbox, one folder, one unix socket, gone at the end.

PostgreSQL refuses to run as root; then it runs as ``nobody``. What ``nobody`` cannot reach is kept in /tmp instead.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asterisk_conf.place import short_name, short_run
from asterisk_conf.toolbox import Toolbox
from hotline.clock import monotonic
from hotline.errors import HotlineError

USER = "hotline"


class PostgresFailed(HotlineError):
    """PostgreSQL does not start:"""


def other_user() -> dict[str, Any]:
    """Arguments for :class:`subprocess.Popen` that run a program as ``nobody`` when we are root; none otherwise."""
    if os.getuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


class Postgres:
    """One cluster below ``folder``."""

    def __init__(self, toolbox: Toolbox, folder: Path) -> None:
        self._toolbox = toolbox
        self._folder = folder.absolute() if _reachable(folder.absolute()) else Path("/tmp") / f"hl-pg-{short_name(folder.absolute())}"
        self._sockets = short_run(self._folder / "run")
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy's address of its database ``postgres``."""
        return f"postgresql+psycopg://{USER}@/postgres?host={self._sockets}"

    def start(self, seconds: float = 30.0) -> None:
        """Make the cluster if it isn't there, start it, wait until it answers. Raises PostgresFailed, ToolboxError."""
        identity = other_user()
        for folder in (self._folder, self._sockets):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if identity:
                os.chown(folder, identity["user"], identity["group"])
        data = self._folder / "data"
        if not (data / "PG_VERSION").exists():
            made = ["-D", str(data), "-U", USER, "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"]
            self._run(self._toolbox.program("initdb").argv(*made), identity)
        where = ["-D", str(data), "-k", str(self._sockets), "-h", ""]
        with (self._folder / "postgres.log").open("wb") as log:
            command = self._toolbox.program("postgres").argv(*where)
            self._child = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", **identity)
        self._wait(self._child, seconds)

    def stop(self, seconds: float = 10.0) -> None:
        """End it: connections are cut, what was committed is kept. Harmless when it doesn't run."""
        child, self._child = self._child, None
        if child is not None:
            child.send_signal(signal.SIGINT)
            if not _ended(child, seconds):
                child.kill()
                child.wait()

    def remove(self) -> None:
        """Remove the cluster with all its data."""
        for folder in (self._folder, self._sockets):
            shutil.rmtree(folder, ignore_errors=True)

    def _wait(self, child: subprocess.Popen[bytes], seconds: float) -> None:
        ask = self._toolbox.program("pg_isready").argv("-q", "-h", str(self._sockets))
        began = monotonic()
        while subprocess.run(ask, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            if _ended(child, 0.05) or monotonic() - began > seconds:
                last = (self._folder / "postgres.log").read_text(errors="replace").splitlines()[-1:]
                raise PostgresFailed(f"{' '.join(last) or 'no answer'}; see {self._folder}/postgres.log")

    def _run(self, command: list[str], identity: dict[str, Any]) -> None:
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **identity)
        except PermissionError:
            raise PostgresFailed(f"nobody can't reach {command[0]}; set HOTLINE_TOOLBOX to a folder that everybody can read") from None
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise PostgresFailed(f"{' '.join(last)}; see that {self._folder} can be reached by the user that runs it")


@contextmanager
def own_postgres(toolbox: Toolbox, folder: Path) -> Iterator[Postgres]:
    """A running PostgreSQL named by ``folder``; stopped and removed with its data at the end."""
    server = Postgres(toolbox, folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        server.remove()


def _ended(child: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _reachable(folder: Path) -> bool:
    """Whether the user PostgreSQL runs as may enter the folders above."""
    return os.getuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in folder.parents if parent.exists())

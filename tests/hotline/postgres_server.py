"""A PostgreSQL of our own for tests: on a free loopback port, in a folder of its own, ended with the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from asterisk_conf.apt_sources import ToolboxError
from asterisk_conf.toolbox import Toolbox, default_folder

HOUSE = Path(__file__).parents[2]


def programs() -> Path:
    """The folder with initdb and postgres: the machine's own (PATH, or where Debian puts them), else the toolbox's."""
    on_path = shutil.which("initdb")
    debian = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    given = [str(Path(on_path).resolve().parent) if on_path else "", *debian]
    found = next((Path(each) for each in given if each and (Path(each) / "postgres").exists()), None)
    try:
        return found or Toolbox(default_folder(HOUSE / "var"), own_only=True).program("initdb").path.parent
    except ToolboxError as error:
        pytest.skip(f"no PostgreSQL to be had: {error}")


@contextmanager
def postgres_server() -> Iterator[str]:
    """The server's URL without a database name, e.g. ``postgresql://tester@127.0.0.1:41234/``."""
    found = programs()
    folder = Path(tempfile.mkdtemp(prefix="hotline-pg-"))
    user = _owner(folder)
    data = folder / "data"
    try:
        start = [found / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(start, check=True, capture_output=True, timeout=120, user=user, cwd=folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = ["listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", "fsync=off", "shared_buffers=16MB"]
        command = [found / "postgres", "-D", data, *(part for option in options for part in ("-c", option))]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, user=user, cwd=folder)
        try:
            _wait_for(port, server, folder / "log")
            yield f"postgresql://tester@127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner(folder: Path) -> int | None:
    """PostgreSQL refuses to run as root: then it runs as ``postgres``, else as ``nobody``."""
    if os.geteuid() != 0:
        return None
    names = {each.pw_name: each.pw_uid for each in pwd.getpwall()}
    user = names.get("postgres", names.get("nobody"))
    if user is None:
        pytest.skip("PostgreSQL can't run as root and there is no other user")
    os.chown(folder, user, -1)
    return user


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    for _ in range(600):
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="tester", dbname="postgres", connect_timeout=1).close()
            return
        except psycopg.OperationalError:
            try:
                server.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError(f"PostgreSQL ended at once:\n{log.read_text()}") from None
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")

"""A real Asterisk for a test: on free ports, in a folder of its own, gone at the end.

async with own_exchange(tmp_path, seats={"count": 2}) as exchange:
    exchange.settings.asterisk.http_port ...
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import msgspec

from asterisk_conf.exchange import Exchange
from asterisk_conf.toolbox import Toolbox, default_folder
from hotline.settings import Settings
from hotline.vault import Vault

LOWEST, HIGHEST = 10_000, 32_000
"""Below the range the kernel gives to outgoing connections, so that a port found free stays free."""
RTP_PORTS = 400


def free_port(kinds: tuple[socket.SocketKind, ...] = (socket.SOCK_STREAM, socket.SOCK_DGRAM)) -> int:
    """A port on 127.0.0.1 that nobody uses, for each of ``kinds``."""
    dice = random.SystemRandom()
    while True:
        port = dice.randrange(LOWEST, HIGHEST)
        if all(_is_free(port, kind) for kind in kinds):
            return port


def free_rtp_range(count: int = RTP_PORTS) -> tuple[int, int]:
    """First (even) and last of ``count`` neighbouring UDP ports that nobody uses."""
    dice = random.SystemRandom()
    while True:
        first = dice.randrange(LOWEST, HIGHEST - count, 2)
        if all(_is_free(port, socket.SOCK_DGRAM) for port in range(first, first + count)):
            return first, first + count - 1


def test_settings(folder: Path, **overrides: dict[str, Any]) -> Settings:
    """Settings for an exchange below ``folder`` on free ports; ``overrides`` are fields by section."""
    first, last = free_rtp_range()
    own = {
        "sip_port": free_port(),
        "http_port": free_port(),
        "https_port": free_port(),
        "ami_port": free_port(),
        "rtp_from": first,
        "rtp_to": last,
    }
    given = {
        **overrides,
        "asterisk": {**own, **overrides.get("asterisk", {})},
        "runtime": {"folder": str(folder), **overrides.get("runtime", {})},
        "web": {"port": free_port(), **overrides.get("web", {})},
    }
    return msgspec.convert(given, Settings)


test_settings.__test__ = False  # type: ignore[attr-defined]


@asynccontextmanager
async def own_exchange(
    folder: Path, *, extra_extensions: tuple[Path, ...] = (), extra_modules: tuple[str, ...] = (), **overrides: dict[str, Any]
) -> AsyncIterator[Exchange]:
    """A booted Asterisk below ``folder``; its ``settings``, ``vault``, ``place`` and ``cli`` are the exchange's. Stopped at the end."""
    settings = test_settings(folder, **overrides)
    vault = Vault(Path(settings.runtime.secrets_folder or folder / "secrets"))
    toolbox = Toolbox(default_folder(Path(os.environ.get("HOTLINE_TEST_VAR", "var"))))
    exchange = Exchange(settings, vault, toolbox, folder, extra_extensions, extra_modules)
    exchange.start()
    try:
        await exchange.wait_until_booted()
        yield exchange
    finally:
        await exchange.stop()
        _remove_short_run(exchange)


def _remove_short_run(exchange: Exchange) -> None:
    run = exchange.place.run
    if not run.is_relative_to(exchange.folder) and run.is_dir():
        for file in run.iterdir():
            file.unlink()
        run.rmdir()


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with closing(socket.socket(socket.AF_INET, kind)) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

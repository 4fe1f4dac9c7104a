"""A fresh Asterisk for one measurement: the product's own configuration with the benches' dialplan added, started anew each time.

All ways are measured on the same configuration (CDR, CEL, modules, time-outs), so that a ratio tells of the way alone.
"""

from __future__ import annotations

import asyncio
import math
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from asterisk_conf.exchange import Exchange, write_private
from asterisk_conf.testing import free_port, free_rtp_range
from asterisk_conf.toolbox import Toolbox
from bench.tools import HOME
from hotline.settings import Settings
from hotline.vault import Vault

CONF = Path(__file__).parent / "conf"
MODULES = ("app_read", "res_agi", "res_speech")
"""What the yardsticks need beyond the product's own modules."""
PROMPT_SECONDS = 3.0
SEATS = 8


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens. ``caller_address`` is the carrier trunk's peer, the callers' side."""

    sip: int = 15300
    sipp: int = 15370
    phones: int = 15310
    http: int = 18300
    https: int = 18301
    ami: int = 15390
    agi: int = 15395
    rtp_from: int = 23000
    rtp_to: int = 24999
    address: str = "127.0.0.1"
    caller_address: str = "127.0.0.2"
    phone_address: str = "127.0.0.3"


def choose_ports() -> Ports:
    """The usual ports, or free ones when somebody has taken one of those."""
    usual = Ports()
    try:
        for port in (usual.sip, usual.http, usual.https, usual.ami, usual.agi):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with closing(socket.socket(socket.AF_INET, kind)) as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind((usual.address, port))
    except OSError:
        return free_ports()
    return usual


def free_ports() -> Ports:
    """Ports that nobody uses now, fewer for RTP than usual."""
    first, last = free_rtp_range()
    one = free_port
    return Ports(one(), one(), one(), one(), one(), one(), one(), first, last)


class BenchExchange(Exchange):
    """The product's exchange with the benches' extensions and queue."""

    def __init__(self, folder: Path, ports: Ports, pin: str, toolbox: Toolbox, dialplan: str = "") -> None:
        extensions = folder / "bench_extensions.conf"
        super().__init__(settings(folder, ports), Vault(folder / "secrets"), toolbox, folder, (extensions,), MODULES)
        make_prompt(folder / "prompt.alaw")
        self.prompt = folder / "prompt"
        facts = {"prompt": self.prompt, "pin": pin, "agi_port": ports.agi, "seats": SEATS}
        write_private(extensions, _render("extensions.conf", facts) + dialplan)
        self._queue = _render("queues.conf", facts)

    def prepare(self) -> None:
        """The product's files, then ours behind its queues."""
        super().prepare()
        queues = self.place.etc / "queues.conf"
        write_private(queues, queues.read_text() + self._queue)


def overrides(folder: Path, ports: Ports) -> dict[str, dict[str, Any]]:
    """Fields of the product's settings that the benches change: places, ports, and nobody is dropped for silence."""
    return {
        "runtime": {"folder": str(folder)},
        "centre": {"always_staffed": True},
        "asterisk": {
            "bind": ports.address, "sip_port": ports.sip, "http_port": ports.http, "https_port": ports.https, "ami_port": ports.ami,
            "rtp_from": ports.rtp_from, "rtp_to": ports.rtp_to, "carrier_addresses": [ports.caller_address], "rtp_timeout_s": 600,
            "qualify_s": 0,
        },
        "seats": {"count": SEATS},
    }  # fmt: skip


def settings(folder: Path, ports: Ports) -> Settings:
    """The product's settings for the benches' exchange."""
    return msgspec.convert(overrides(folder, ports), Settings)


@contextmanager
def running(
    toolbox: Toolbox, ports: Ports, name: str, pin: str, dialplan: str = "", prepared: Path | None = None
) -> Iterator[BenchExchange]:
    """Asterisk from empty folders (or a copy of ``prepared``), booted, with more ``dialplan`` when given; ended with the block."""
    home = HOME / name
    shutil.rmtree(home, ignore_errors=True)
    if prepared is None:
        home.mkdir(parents=True)
    else:
        shutil.copytree(prepared, home)
    exchange = BenchExchange(home, ports, pin, toolbox, dialplan)
    exchange.start()
    try:
        asyncio.run(exchange.wait_until_booted())
        yield exchange
    finally:
        asyncio.run(exchange.stop())


def version(exchange: BenchExchange) -> str:
    """The exchange's own version."""
    return asyncio.run(exchange.cli("core show version")).split(" built")[0].strip()


def make_prompt(path: Path) -> None:
    """A three-second A-law hum in place of a spoken prompt: what Asterisk does with it is the same."""
    samples = (int(6000 * math.sin(i * 0.35) * (1 + math.sin(i / 900)) / 2) for i in range(int(8000 * PROMPT_SECONDS)))
    path.write_bytes(bytes(alaw(sample) for sample in samples))


def alaw(sample: int) -> int:
    """One 16-bit sample as G.711 A-law."""
    sign, magnitude = (0x80, sample) if sample >= 0 else (0, -sample - 1)
    magnitude = min(magnitude >> 3, 0xFFF)
    exponent = max(0, magnitude.bit_length() - 5)
    return (sign | exponent << 4 | (magnitude >> max(1, exponent)) & 0x0F) ^ 0x55


def _render(name: str, facts: dict[str, Any]) -> str:
    template = jinja2.Template((CONF / name).read_text(), undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return str(template.render(facts))

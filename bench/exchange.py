"""A fresh Asterisk for one measurement: own folder, own ports, started anew before every run, ended by its process id."""

from __future__ import annotations

import math
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from bench.tools import HOME, Tools

CONF = Path(__file__).parent / "conf"
FOLDERS = ("etc", "lib", "db", "keys", "spool", "spool/recording", "spool/monitor", "run", "log", "agi", "moh")
NOT_NEEDED = (
    "chan_iax2.so", "chan_unistim.so", "chan_motif.so", "chan_console.so", "res_xmpp.so", "pbx_dundi.so", "pbx_lua.so", "pbx_ael.so",
    "app_voicemail.so", "app_voicemail_odbc.so", "app_minivm.so", "res_odbc.so", "res_snmp.so", "cdr_radius.so", "cel_radius.so",
    "res_config_ldap.so", "res_calendar.so", "app_festival.so", "app_jack.so", "res_phoneprov.so", "res_hep.so",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens. ``caller_address`` is the trunk's peer, the callers' side."""

    sip: int = 15300
    sipp: int = 15370
    phones: int = 15310
    http: int = 18300
    ami: int = 15390
    agi: int = 15395
    rtp_from: int = 23000
    rtp_to: int = 24999
    address: str = "127.0.0.1"
    caller_address: str = "127.0.0.2"
    phone_address: str = "127.0.0.3"


PASSWORD = "bench-only"
PROMPT_SECONDS = 3.0


def make_prompt(path: Path) -> None:
    """A three-second A-law hum in place of a spoken prompt: what Asterisk does with it is the same."""
    samples = (int(6000 * math.sin(i * 0.35) * (1 + math.sin(i / 900)) / 2) for i in range(int(8000 * PROMPT_SECONDS)))
    path.write_bytes(bytes(alaw(s) for s in samples))


def alaw(sample: int) -> int:
    """One 16-bit sample as G.711 A-law."""
    sign, magnitude = (0x80, sample) if sample >= 0 else (0, -sample - 1)
    magnitude = min(magnitude >> 3, 0xFFF)
    exponent = max(0, magnitude.bit_length() - 5)
    mantissa = (magnitude >> (exponent if exponent > 1 else 1)) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55


@dataclass(frozen=True, slots=True)
class Exchange:
    """A running Asterisk."""

    pid: int
    home: Path
    version: str


def render(home: Path, tools: Tools, ports: Ports, **more: Any) -> None:
    """Write all configuration files into ``home``/etc."""
    for name in FOLDERS:
        (home / name).mkdir(parents=True, exist_ok=True)
    make_prompt(home / "prompt.alaw")
    world = jinja2.Environment(loader=jinja2.FileSystemLoader(CONF), undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    values = {
        "home": home, "modules": tools.modules, "data": tools.data, "noload": NOT_NEEDED, "password": PASSWORD, "seats": 8,
        "http_port": ports.http, "ami_port": ports.ami, "agi_port": ports.agi, "sip_port": ports.sip, "rtp_from": ports.rtp_from,
        "rtp_to": ports.rtp_to, "address": ports.address, "caller_address": ports.caller_address, "phone_address": ports.phone_address,
        "phone_port": ports.phones, "prompt": home / "prompt", **more,
    }  # fmt: skip
    for template in sorted(CONF.glob("*.conf")):
        (home / "etc" / template.name).write_text(world.get_template(template.name).render(values))


@contextmanager
def running(tools: Tools, ports: Ports, name: str, **more: Any) -> Iterator[Exchange]:
    """Asterisk from empty folders; SIGTERM, then SIGKILL to its own pid at the end."""
    home = HOME / name
    shutil.rmtree(home, ignore_errors=True)
    render(home, tools, ports, **more)
    with (home / "log" / "console").open("wb") as console:
        process = subprocess.Popen(
            [*tools.asterisk, "-C", str(home / "etc" / "asterisk.conf"), "-f", "-n"],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
        )
    try:
        version = _wait_until_booted(process, ports.ami)
        yield Exchange(process.pid, home, version)
    finally:
        stop(process)


def stop(process: subprocess.Popen[Any], patience: float = 5.0) -> None:
    """End one process that we started and wait for it."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_booted(process: subprocess.Popen[Any], port: int, longest: float = 30.0) -> str:
    """Until AMI says FullyBooted. Raises RuntimeError when Asterisk ends or takes longer; returns its version."""
    end = time.monotonic() + longest
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"Asterisk ended with {process.returncode} while starting; see log/console in its folder")
        try:
            text = ami(port, "CoreSettings", until="AsteriskVersion: ")
        except (OSError, TimeoutError):
            time.sleep(0.05)
            continue
        return text.partition("AsteriskVersion: ")[2].split("\r\n")[0]
    raise RuntimeError("Asterisk did not boot in time")


def ami(port: int, action: str, until: str, longest: float = 5.0, **fields: str) -> str:
    """Log in, wait for FullyBooted, do one action and return all text up to and with ``until``'s line."""
    with socket.create_connection(("127.0.0.1", port), timeout=longest) as link:
        text = _exchange(link, f"Action: Login\r\nUsername: bench\r\nSecret: {PASSWORD}\r\n\r\n", "FullyBooted")
        body = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        text = _exchange(link, f"Action: {action}\r\n{body}\r\n", until)
    return text


def _exchange(link: socket.socket, request: str, until: str) -> str:
    link.sendall(request.encode())
    text = ""
    while until not in text or "\r\n" not in text.partition(until)[2]:
        data = link.recv(65536)
        if not data:
            raise ConnectionResetError("AMI closed the link")
        text += data.decode(errors="replace")
    return text

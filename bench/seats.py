"""The telephones of bench/offer: one sipp for the eight seats, one for the callers who wait. The same for every side measured."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asterisk_conf.accounts import phone, sip_password
from asterisk_conf.toolbox import Toolbox
from bench import sipp
from bench.callers import Keypad
from bench.exchange import SEATS, BenchExchange, Ports
from hotline.ids import SeatNo


@contextmanager
def deaf_port(address: str, port: int) -> Iterator[None]:
    """A port that takes all audio and reads none, so that Asterisk gets no ICMP errors for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ear.bind((address, port))
        yield


@contextmanager
def registered_seats(toolbox: Toolbox, exchange: BenchExchange, ports: Ports) -> Iterator[subprocess.Popen[Any]]:
    """Eight phones that have registered, answer at once and hang up after 1 to 3 s; ``seat.log`` tells when."""
    folder, address, port = exchange.folder, ports.phone_address, ports.phones
    names = [phone(SeatNo(number)) for number in range(1, SEATS + 1)]
    accounts = [f"{name};[authentication username={name} password={sip_password(exchange.vault, name).reveal()}]" for name in names]
    argv = sipp.command(toolbox, folder, "register", accounts, address, port)
    registering = sipp.start([*argv, "-m", str(SEATS), "-r", "50", "-timeout", "10s", f"{ports.address}:{ports.sip}"], folder)
    if registering.wait(20):
        raise RuntimeError(f"the seats' phones did not register; see {folder}/register.errors")
    with sipp.running(sipp.command(toolbox, folder, "seat", [str(ports.rtp_from)], address, port), folder) as seats:
        yield seats


@contextmanager
def waiting_callers(
    toolbox: Toolbox, exchange: BenchExchange, ports: Ports, keypad: Keypad, extension: str, callers: int
) -> Iterator[subprocess.Popen[Any]]:
    """Always ``callers`` calls to ``extension``, each keying what the keypad keys: whoever is hung up is followed by the next."""
    argv = sipp.command(toolbox, exchange.folder, "waiting", keypad.ports, ports.caller_address, ports.sipp)
    much = ["-s", extension, "-l", str(callers), "-r", "40", "-m", "1000000", f"{ports.address}:{ports.sip}"]
    with sipp.running([*argv, *much], exchange.folder) as process:
        yield process

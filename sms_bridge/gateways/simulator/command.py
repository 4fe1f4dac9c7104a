"""`hotline sms simulator`: the gateway at a terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hotline.errors import HotlineError
from hotline.secret import Secret
from sms_bridge.gateways.simulator.faults import Faults
from sms_bridge.gateways.simulator.server import NotUnderstood, Running, obey, simulator


class PortTaken(HotlineError):
    """The simulator can't listen:"""


def run_simulator(accounts: Sequence[str], faults: Sequence[str], cmpp_port: int, smpp_port: int, host: str, log: Path | None) -> None:
    """Until the input ends or Ctrl-C. ``accounts``: NAME=SECRET, ``faults``: NAME=VALUE. Raises NotUnderstood, PortTaken."""
    try:
        asyncio.run(_run(_accounts(accounts), _faults(faults), cmpp_port, smpp_port, host, log))
    except OSError as error:
        raise PortTaken(f"{error.strerror} (CMPP {cmpp_port}, SMPP {smpp_port})") from None


def _accounts(pairs: Sequence[str]) -> dict[str, Secret]:
    found = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if len(found) != len(pairs) or not found:
        raise NotUnderstood("an account is NAME=SECRET")
    return {name: Secret(secret) for name, secret in found.items()}


def _faults(pairs: Sequence[str]) -> Faults:
    try:
        return msgspec.convert({name: msgspec.json.decode(value) for name, _, value in (pair.partition("=") for pair in pairs)}, Faults)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise NotUnderstood(f"fault: {error}; one of {', '.join(Faults.__struct_fields__)}") from None


async def _run(accounts: dict[str, Secret], faults: Faults, cmpp_port: int, smpp_port: int, host: str, log: Path | None) -> None:
    async with simulator(accounts, faults=faults, cmpp_port=cmpp_port, smpp_port=smpp_port, host=host, log=log) as running:
        _tell(f"CMPP 2.0/3.0 on {host}:{running.cmpp_port}, SMPP 3.4 on {host}:{running.smpp_port}; text, fault, status, or Ctrl-C")
        await _listen(running)


async def _listen(running: Running) -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).decode("utf-8", "replace"):
        if not line.strip():
            continue
        try:
            _tell(obey(running.station, line))
        except NotUnderstood as error:
            _tell(str(error))


def _tell(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()

"""The simulator's ports opened, its clock run, and its commands: what a person at the terminal (or a test) tells it, line by line.

``text NUMBER WORDS``: somebody texts to the hotline. ``fault NAME VALUE``: from now on. ``status``: what happened so far.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hotline.clock import Clock, SystemClock
from hotline.errors import HotlineError
from hotline.secret import Secret
from sms_bridge.gateways.simulator.faults import Faults
from sms_bridge.gateways.simulator.session import Session, session_of
from sms_bridge.gateways.simulator.speech import CmppSpeech, SmppSpeech
from sms_bridge.gateways.simulator.station import Station

PUMP_S = 0.005


class NotUnderstood(HotlineError):
    """The simulator does not understand this:"""


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator that is up, and the ports it is at."""

    station: Station
    cmpp_port: int
    smpp_port: int


@asynccontextmanager
async def simulator(
    accounts: Mapping[str, Secret], *, faults: Faults | None = None, cmpp_port: int = 0, smpp_port: int = 0, host: str = "127.0.0.1",
    log: Path | None = None, seed: int = 1, clock: Clock | None = None,
) -> AsyncIterator[Running]:  # fmt: skip
    """A running gateway; port 0 takes any that is free. The log is written as ``log``."""
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
    out = log.open("ab") if log else None
    station = Station(accounts, faults or Faults(), clock or SystemClock(), out, seed)
    loop = asyncio.get_running_loop()
    cmpp = await loop.create_server(session_of(station, CmppSpeech), host, cmpp_port)
    smpp = await loop.create_server(session_of(station, SmppSpeech), host, smpp_port)
    ports = [each.sockets[0].getsockname()[1] for each in (cmpp, smpp)]
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(_run(station))
            yield Running(station, ports[0], ports[1])
            task.cancel()
    finally:
        cmpp.close()
        smpp.close()
        if out:
            out.close()


async def _run(station: Station) -> None:
    turns = 0
    while True:
        station.pump()
        turns += 1
        if turns % 100 == 0:
            for session in list(station.sessions.values()):
                assert isinstance(session, Session)
                session.repeat()
        await asyncio.sleep(PUMP_S)


@asynccontextmanager
async def obeying(station: Station, socket: Path) -> AsyncIterator[None]:
    """Commands are taken at a Unix ``socket`` that only we may open: one line each way."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readline()).decode("utf-8", "replace")
        try:
            told = obey(station, line)
        except NotUnderstood as error:
            told = str(error)
        writer.write(f"{told}\n".encode())
        writer.close()

    socket.parent.mkdir(parents=True, exist_ok=True)
    socket.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(answer, socket)
    socket.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        socket.unlink(missing_ok=True)


def obey(station: Station, line: str) -> str:
    """Carry out a command; what it says. Raises NotUnderstood."""
    match line.split(maxsplit=2):
        case ["text", number, words]:
            account = next(iter(station.accounts))
            station.text_in(account, number, "12329", words)
            return "sent"
        case ["fault", name, value] if name in Faults.__struct_fields__:
            try:
                changed = {**msgspec.structs.asdict(station.faults), name: msgspec.json.decode(value)}
                station.faults = msgspec.convert(changed, Faults)
            except (msgspec.ValidationError, msgspec.DecodeError) as error:
                raise NotUnderstood(f"fault {name}: {error}") from None
            return f"{name} = {value}"
        case ["status"]:
            return f"{station.taken} taken, {len(station.sessions)} links, {station.waiting()} deliveries waiting"
        case _:
            raise NotUnderstood(f"{line.strip()!r}; text NUMBER WORDS, fault NAME VALUE ({', '.join(Faults.__struct_fields__)}), status")

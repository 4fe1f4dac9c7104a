"""The simulator is a gateway on real TCP: our links and anybody's can log in, send, and get what they were promised, faults included."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hotline.clock import SystemClock, monotonic
from hotline.secret import Secret
from sms_bridge.gateways.simulator.faults import Faults
from sms_bridge.gateways.simulator.server import NotUnderstood, Running, obey, simulator
from sms_bridge.link.cmpp import CmppManners
from sms_bridge.link.machine import Link
from sms_bridge.link.manners import Manners
from sms_bridge.link.model import Account, Answered, Down, Fate, LinkEvent, LinkSettings, Order, Report, Text, Ticket, Up, Verdict
from sms_bridge.link.smpp import SmppManners
from sms_bridge.link.wire import Wire
from sms_bridge.protocols.cmpp import CMPP20, CMPP30
from sms_bridge.protocols.smpp import SMPP34

NAME, SECRET = "900001", "888888"
NUMBER = "15400000001"


@dataclass
class Client:
    """A link of ours that settles and confirms at once."""

    seen: list[LinkEvent] = field(default_factory=list)
    wire: Wire | None = None

    def hear(self, wire: Wire, events: list[LinkEvent]) -> None:
        self.seen += events
        for event in events:
            if isinstance(event, Report | Text):
                wire.link.confirm(event.receipt)
            if isinstance(event, Answered):
                wire.link.settled(1)
        if events:
            wire.flush()

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.seen if isinstance(event, kind)]

    async def until(self, ready: Callable[[], bool], seconds: float = 5.0) -> None:
        end = monotonic() + seconds
        while not ready() and monotonic() < end:
            await asyncio.sleep(0.01)
            if self.wire is not None:
                self.wire.tick()
        assert ready(), self.seen


def manners(protocol: str, secret: str = SECRET) -> Manners:
    account = Account(NAME, Secret(secret))
    return SmppManners(SMPP34, account) if protocol == "smpp34" else CmppManners(CMPP20 if protocol == "cmpp20" else CMPP30, account)


async def connect(running: Running, protocol: str, secret: str = SECRET, settings: LinkSettings | None = None) -> Client:
    client = Client()
    link = Link(manners(protocol, secret), settings or LinkSettings(window=32, answer_s=1))
    client.wire = Wire(link, SystemClock(), client.hear, "test")
    port = running.smpp_port if protocol == "smpp34" else running.cmpp_port
    await asyncio.get_running_loop().create_connection(lambda: client.wire, "127.0.0.1", port)  # type: ignore[arg-type,return-value]
    await client.until(lambda: bool(client.of(Up) or client.of(Down)))
    return client


async def send(client: Client, count: int, begin: int = 0) -> None:
    assert client.wire is not None
    for number in range(begin, begin + count):
        await client.until(lambda: client.wire is not None and client.wire.room() > 0)
        client.wire.link.submit(Order(Ticket(number, 1), NUMBER, f"第{number}条".encode("utf-16-be")), monotonic())
        client.wire.flush()


def lines(log: Path) -> Counter[str]:
    return Counter(json.loads(line)["what"] for line in log.read_text().splitlines())


@pytest.mark.parametrize("protocol", ["cmpp20", "cmpp30", "smpp34"])
async def test_messages_are_taken_reported_and_texts_come_in(protocol: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with simulator({NAME: Secret(SECRET)}, log=log) as running:
        client = await connect(running, protocol)
        await send(client, 100)
        await client.until(lambda: len(client.of(Report)) == 100)
        taken = {each.gateway_id for each in client.of(Answered) if each.verdict is Verdict.TAKEN}
        assert {each.gateway_id for each in client.of(Report) if each.fate is Fate.DELIVERED} == taken
        assert obey(running.station, "text 15400000001 GJJYE 余额") == "sent"
        await client.until(lambda: bool(client.of(Text)))
        [text] = client.of(Text)
        assert (text.number, text.to, text.content.decode("utf-16-be")) == (NUMBER, "12329", "GJJYE 余额")
        assert bool(text.link_id) == (protocol == "cmpp30")
        await client.until(lambda: "0 deliveries" in obey(running.station, "status"))
    noted = lines(log)
    assert (noted["taken"], noted["report"], noted["confirmed"]) == (100, 100, 101)
    assert NUMBER not in log.read_text()


@pytest.mark.parametrize("protocol", ["cmpp20", "cmpp30", "smpp34"])
async def test_a_wrong_password_is_refused_by_name(protocol: str) -> None:
    async with simulator({NAME: Secret(SECRET)}) as running:
        client = await connect(running, protocol, "wrong")
        [down] = client.of(Down)
        assert "wrong password" in down.reason


async def test_every_fault_can_be_asked_for(tmp_path: Path) -> None:
    faults = Faults(flow=0.1, silent=0.05, mute=0.05, refused=0.05, failed=0.2, twice=0.3, contrary=0.2, early=0.3, no_report=0.1)
    log = tmp_path / "log"
    async with simulator({NAME: Secret(SECRET)}, faults=faults, log=log) as running:
        client = await connect(running, "cmpp30", settings=LinkSettings(window=64, answer_s=0.2, slower_s=0.01, slowest_s=0.05))
        await send(client, 300)
        await asyncio.sleep(1)
    noted = lines(log)
    assert min(noted["flow"], noted["refused"], noted["fault"], noted["report"]) > 5
    stats = Counter(json.loads(line)["stat"] for line in log.read_text().splitlines() if '"report"' in line)
    assert len(stats) > 4
    assert noted["report"] > len({json.loads(line)["id"] for line in log.read_text().splitlines() if '"report"' in line})


@pytest.mark.parametrize("fault", [Faults(close_after=5), Faults(close_after=5, close_in_pdu=True), Faults(garbage_after=5)])
async def test_cuts_and_garbage_end_that_link_and_a_new_one_gets_the_reports(fault: Faults) -> None:
    async with simulator({NAME: Secret(SECRET)}, faults=fault) as running:
        client = await connect(running, "cmpp30")
        assert client.wire is not None
        other = await connect(running, "cmpp30")
        for number in range(8):
            client.wire.link.submit(Order(Ticket(number, 1), NUMBER, b"\x4f\x60"), monotonic())
        client.wire.flush()
        await client.until(lambda: bool(client.of(Down)))
        assert 1 <= len(client.of(Down)[0].in_doubt) <= 8
        running.station.faults = Faults()
        await send(other, 3)
        await other.until(lambda: len(other.of(Answered)) == 3)
        taken = running.station.taken
        await other.until(lambda: len({e.gateway_id for e in [*other.of(Report), *client.of(Report)]}) == taken)


async def test_nonsense_on_the_wire_ends_that_client_only(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with simulator({NAME: Secret(SECRET)}, log=log) as running:
        client = await connect(running, "cmpp30")
        for nonsense in (b"\0\0\0\0", b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\x0c\0\0\0\4\0\0\0\1", b"\xff" * 64):
            reader, writer = await asyncio.open_connection("127.0.0.1", running.cmpp_port)
            writer.write(nonsense)
            assert await reader.read() == b""
            writer.close()
        await send(client, 10)
        await client.until(lambda: len(client.of(Report)) == 10)
    assert lines(log)["malformed"] == 4


async def test_a_command_that_makes_no_sense_is_refused_by_name() -> None:
    async with simulator({NAME: Secret(SECRET)}) as running:
        for line in ("fault nonsense 1", "fault flow 2", "fault flow x", "boo"):
            with pytest.raises(NotUnderstood):
                obey(running.station, line)
        assert obey(running.station, "fault flow 0.5") == "flow = 0.5"
        assert running.station.faults.flow == 0.5

"""A gateway of ours in a process of its own and a relay in this one, for the SMS bench."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import func, select

from hotline.clock import SystemClock
from hotline.moment import Moment
from hotline.sealed import Sealer
from hotline.secret import Secret
from hotline.tables import Tables
from sms_bridge.model import Message, MessageId
from sms_bridge.process import relay_of
from sms_bridge.relay.relay import Relay
from sms_bridge.settings import AccountSettings, BridgeSettings
from sms_bridge.store.outbox import Outbox, add
from sms_bridge.tables import SCHEMA, outbox

NAME, SECRET = "900001", Secret("888888")
SIGNATURE = "示范公积金"
SEALER = Sealer(Secret("bench"), "sms")


class DayClock:
    """A clock that runs within the hour after a noon, so that notices may go whenever the bench runs."""

    NOON_US = 1_795_406_400_000_000

    def __init__(self) -> None:
        self._real = SystemClock()

    def now(self) -> Moment:
        """See hotline.clock.Clock."""
        real = self._real.now()
        return Moment(self.NOON_US + real.mono % 3_600_000_000, real.mono, real.boot)


@dataclass(frozen=True, slots=True)
class SmsHouse:
    """What is measured."""

    tables: Tables
    outbox: Outbox
    relay: Relay
    gateway: asyncio.subprocess.Process

    async def put(self, count: int, begin: int = 0, topic: str = "MT-GZ04") -> float:
        """So many messages of a reply's (or another topic's) kind into the outbox; seconds it took."""
        at, started = DayClock().now(), monotonic()
        for first in range(begin, begin + count, 1000):
            some = range(first, min(first + 1000, begin + count))
            rows = [self.outbox.row(_message(n, topic), at) for n in some]
            await self.tables.write(lambda c, rows=rows: [add(c, row) for row in rows])  # type: ignore[misc]
        return monotonic() - started

    async def put_code(self, number: int) -> MessageId:
        """A code, as somebody's telephone waits for it."""
        fields = {"otp": f"{number:06d}", "ttl": 5}
        return await self.outbox.put(Message(f"bench code {number}", "MT-YZ01", f"155{number:08d}", fields), DayClock().now())

    async def state(self, message: MessageId) -> str:
        """How far a message is."""
        return str(await self.outbox.state(message))

    async def count(self, state: str) -> int:
        """Messages in a state."""
        query = select(func.count()).where(outbox.c.state == state)
        return await self.tables.read(lambda c: c.scalar(query) or 0)

    async def text(self, number: str, words: str) -> None:
        """Somebody texts to the hotline."""
        assert self.gateway.stdin is not None
        self.gateway.stdin.write(f"text {number} {words}\n".encode())
        await self.gateway.stdin.drain()


def _message(number: int, topic: str) -> Message:
    fields = {"title": "办事指南", "text": f"演示第{number}条，请到就近网点办理。"}  # MT-TX02 has both, MT-GZ04 the text
    return Message(f"bench {topic} {number}", topic, f"154{number % 10**8:08d}", fields)


@asynccontextmanager
async def sms_house(folder: Path, *, links: int = 2, window: int = 32, per_second: float = 0.0) -> AsyncIterator[SmsHouse]:
    """A bridge with an empty database in ``folder`` and a gateway with its log there."""
    folder.mkdir(parents=True, exist_ok=True)
    gateway = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.sms_gateway",
        str(folder / "gateway.jsonl"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert gateway.stdout is not None
        port = int(await gateway.stdout.readline())
        account = AccountSettings(name=NAME, protocol="cmpp30", port=port, links=links, window=window, per_second=per_second)
        tables = Tables(f"sqlite:///{folder / 'sms.db'}", SCHEMA, "bench")
        relay = relay_of(tables, SEALER, DayClock(), BridgeSettings(account=(account,)), lambda name: SECRET)
        yield SmsHouse(tables, Outbox(tables, SEALER, SIGNATURE), relay, gateway)
        tables.close()
    finally:
        gateway.terminate()
        await gateway.wait()


def taken(folder: Path) -> list[dict[str, Any]]:
    """What the gateway noted as taken."""
    lines = (folder / "gateway.jsonl").read_bytes().splitlines()
    return [json.loads(line) for line in lines if b'"what":"taken"' in line]

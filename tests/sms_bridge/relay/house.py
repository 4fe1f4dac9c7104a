"""A relay over a database of its own and a simulator, for the tests of this folder."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from hotline.clock import Clock, SystemClock, monotonic
from hotline.moment import Moment
from hotline.sealed import Sealer
from hotline.secret import Secret
from hotline.tables import Tables
from sms_bridge.gateways.simulator.faults import Faults
from sms_bridge.gateways.simulator.server import Running, simulator
from sms_bridge.model import Lane, Message
from sms_bridge.process import relay_of
from sms_bridge.relay.relay import Relay
from sms_bridge.settings import AccountSettings, BridgeSettings
from sms_bridge.store.outbox import Outbox, add
from sms_bridge.tables import SCHEMA, outbox, parts
from tests.hotline.samples import moment

NAME, SECRET = "900001", Secret("888888")
KEY = Secret("a key")
SEALER = Sealer(KEY, "sms")
SIGNATURE = "示范公积金"
TOPICS = {Lane.CODE: "MT-YZ01", Lane.REPLY: "MT-TX01", Lane.NOTICE: "MT-DK01", Lane.BULK: "MT-GZ04"}


def number(index: int) -> str:
    """Another mobile for each index."""
    return f"154{index:08d}"


def message(index: int, lane: Lane = Lane.NOTICE, text: str = "", **more: Any) -> Message:
    """A message that no other one is like."""
    fields: dict[Lane, dict[str, object]] = {
        Lane.CODE: {"otp": f"{index % 10**6:06d}", "ttl": 5},
        Lane.REPLY: {"branch_name": f"演示网点{index}", "address": "演示路", "tel": "12329", "hours": "09:00-17:00"},
        Lane.NOTICE: {"name": f"演示{index}", "stage": "审批"},
        Lane.BULK: {"text": text or f"演示政策第{index}号。"},
    }
    return Message(f"test {lane} {index}", TOPICS[lane], number(index), fields[lane], **more)


@dataclass
class Noon:
    """A clock that runs, but always by day."""

    real: SystemClock = field(default_factory=SystemClock)
    wall: int = moment("2026-11-23 12:00:00").wall

    def now(self) -> Moment:
        """Within an hour after noon."""
        real = self.real.now()
        return Moment(self.wall + real.mono % 3_600_000_000, real.mono, real.boot)


def by_day() -> Noon:
    """The clock of tests whose notices must go."""
    return Noon()


@dataclass
class House:
    """What a test holds."""

    tables: Tables
    outbox: Outbox
    relay: Relay
    gateway: Running
    clock: Clock

    async def put(self, *messages: Message) -> list[int]:
        """All of them into the outbox, in one transaction."""
        rows = [self.outbox.row(each, self.clock.now()) for each in messages]
        ids = await self.tables.write(lambda c: [int(add(c, row)) for row in rows])
        self.relay.wake()
        return ids

    async def states(self) -> Counter[str]:
        """How many messages are in which state."""
        query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
        return Counter(dict(await self.tables.read(lambda c: c.execute(query).all())))  # type: ignore[arg-type]

    async def rows(self) -> list[Any]:
        """All parts."""
        return list(await self.tables.read(lambda c: c.execute(select(parts).order_by(parts.c.message, parts.c.part)).all()))

    async def until(self, ready: Callable[[Counter[str]], bool], seconds: float = 15.0) -> Counter[str]:
        """Wait until the states are as wanted."""
        end = monotonic() + seconds
        while not ready(states := await self.states()):
            assert monotonic() < end, (states, self.relay.desk.counts)
            await asyncio.sleep(0.02)
        return states


def account(port: int, **more: Any) -> AccountSettings:
    """Our account at the simulator."""
    return AccountSettings(**{"name": NAME, "protocol": "cmpp30", "port": port, "window": 16, "answer_s": 0.4, "tries": 2, **more})


@asynccontextmanager
async def house(
    url: str, *, faults: Faults | None = None, log: Path | None = None, clock: Clock | None = None, run: bool = True,
    bridge: dict[str, Any] | None = None, **more: Any,
) -> AsyncIterator[House]:  # fmt: skip
    """A running relay and gateway."""
    clock = clock or SystemClock()
    async with simulator({NAME: SECRET}, faults=faults, log=log, clock=clock) as gateway:
        port = gateway.smpp_port if more.get("protocol") == "smpp34" else gateway.cmpp_port
        settings = BridgeSettings(account=(account(port, **more),), report_wait_s=0.3, **(bridge or {}))
        tables = Tables(url, SCHEMA, "sms_test")
        relay = relay_of(tables, SEALER, clock, settings, lambda name: SECRET)
        task = asyncio.ensure_future(relay.run()) if run else None
        try:
            yield House(tables, Outbox(tables, SEALER, SIGNATURE), relay, gateway, clock)
        finally:
            if task:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            tables.close()


def noted(log: Path, what: str) -> list[dict[str, Any]]:
    """Lines of the simulator's log about ``what``."""
    return [entry for line in log.read_text().splitlines() if (entry := json.loads(line))["what"] == what]

"""The relay killed with -9 again and again in the middle of its work: nothing is lost, and what is doubled was in doubt.

The gateway runs in this process; its own log is the proof. A process is killed by its number, never by its name.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from hotline.clock import monotonic
from hotline.tables import Tables
from sms_bridge.gateways.simulator.faults import Faults
from sms_bridge.gateways.simulator.server import simulator
from sms_bridge.model import Lane
from sms_bridge.store.outbox import Outbox, add
from sms_bridge.tables import SCHEMA, orphans, outbox, parts
from tests.sms_bridge.relay.house import NAME, SEALER, SECRET, SIGNATURE, by_day, message, noted

LINKS, WINDOW = 2, 16
ENDS = ("delivered", "failed", "expired")
EVERY_FAULT = Faults(
    flow=0.01, silent=0.002, mute=0.002, twice=0.05, contrary=0.02, early=0.2, failed=0.05, refused=0.01, close_after=997,
    close_in_pdu=True, elsewhere=True,
)  # fmt: skip


async def start(folder: Path, port: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.sms_bridge.relay.bridge_process", str(folder), str(port), str(LINKS), str(WINDOW),
        stdout=asyncio.subprocess.DEVNULL, stderr=(folder / "stderr").open("ab"),
    )  # fmt: skip


async def fill(tables: Tables, count: int) -> None:
    """Notices and replies, a thousand a transaction."""
    box, at = Outbox(tables, SEALER, SIGNATURE), by_day().now()
    for begin in range(0, count, 1000):
        some = [message(n, Lane.REPLY if n % 10 == 0 else Lane.NOTICE) for n in range(begin, min(begin + 1000, count))]
        rows = [box.row(each, at) for each in some]
        await tables.write(lambda c, rows=rows: [add(c, row) for row in rows])  # type: ignore[misc]


async def ended(tables: Tables) -> Counter[str]:
    query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
    rows = await tables.read(lambda c: c.execute(query).all())
    return Counter({row[0]: row[1] for row in rows})


async def torture(folder: Path, count: int, kills: int, faults: Faults, limit_s: float) -> dict[str, int]:
    """Send ``count`` messages through a relay that is killed ``kills`` times; what came of it."""
    chance = random.Random(12329)
    log = folder / "gateway.jsonl"
    async with simulator({NAME: SECRET}, faults=faults, log=log) as gateway:
        tables = Tables(f"sqlite:///{folder / 'sms.db'}", SCHEMA, "torture")
        await fill(tables, count)
        done, killed, end = Counter[str](), 0, monotonic() + limit_s
        process = await start(folder, gateway.cmpp_port)
        try:
            while sum(done[each] for each in ENDS) < count:
                assert monotonic() < end, (done, killed)
                taken = gateway.station.taken
                await asyncio.sleep(chance.uniform(0.05, 0.4))
                if killed < kills and gateway.station.taken > taken:
                    os.kill(process.pid, signal.SIGKILL)
                    await process.wait()
                    killed += 1
                    process = await start(folder, gateway.cmpp_port)
                    while gateway.station.taken == taken and monotonic() < end:
                        await asyncio.sleep(0.02)
                        taken = min(taken, gateway.station.taken)
                        if gateway.station.links_of(NAME):
                            break
                done = await ended(tables)
        finally:
            process.terminate()
            await process.wait()
        attempts = await tables.read(lambda c: c.scalar(select(func.sum(parts.c.attempts - 1)).where(parts.c.attempts > 1)))
        lost_reports = await tables.read(lambda c: c.scalar(select(func.count()).select_from(orphans)))
        refused = await tables.read(lambda c: c.scalar(select(func.count()).where(parts.c.code == "13")))
        tables.close()
    marks = Counter(each["mark"] for each in noted(log, "taken"))
    cuts = sum(each["fault"] == "cut" for each in noted(log, "fault"))
    mute = sum(each["fault"] == "mute" for each in noted(log, "fault"))
    return {
        "messages": count, "kills": killed, "cuts": cuts, "mute": mute, "different_taken": len(marks), "refused": refused or 0,
        "doubled": sum(marks.values()) - len(marks), "resent_counted": attempts or 0, "orphans": lost_reports or 0, **done,
    }  # fmt: skip


def judge(found: dict[str, int]) -> None:
    """Nothing lost; doubled at most a window of each link for each kill, one window for each cut, and what was never answered."""
    assert found["different_taken"] + found["refused"] >= found["messages"], found
    assert found["doubled"] <= found["kills"] * LINKS * WINDOW + found["cuts"] * WINDOW + 2 * found["mute"], found
    assert found["doubled"] <= found["resent_counted"], found


async def test_a_relay_killed_again_and_again_loses_nothing(tmp_path: Path) -> None:
    found = await torture(tmp_path, 3000, 8, Faults(early=0.1, twice=0.1), 90)
    judge(found)
    assert found["kills"] >= 5
    assert found["delivered"] == 3000


async def test_killed_while_the_gateway_misbehaves_in_every_way(tmp_path: Path) -> None:
    found = await torture(tmp_path, 2000, 5, EVERY_FAULT, 90)
    judge(found)

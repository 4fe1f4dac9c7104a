"""From the outbox to a gateway and back: everything comes to an end, once, in the right order and at the right hour."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
import uvloop
from sqlalchemy import select

from hotline.clock import HandClock
from sms_bridge.gateways.simulator.faults import Faults
from sms_bridge.gateways.simulator.server import obey
from sms_bridge.model import Lane, MessageId, SmsState
from sms_bridge.tables import texts
from tests.hotline.samples import moment
from tests.sms_bridge.relay.house import SEALER, by_day, house, message, noted


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'sms.db'}"


@pytest.mark.parametrize("protocol", ["cmpp20", "cmpp30", "smpp34"])
async def test_messages_go_out_once_and_come_to_their_reports(url: str, tmp_path: Path, protocol: str) -> None:
    log = tmp_path / "log"
    async with house(url, log=log, clock=by_day(), protocol=protocol) as home:
        await home.put(*(message(n, lane) for n in range(50) for lane in Lane))
        await home.until(lambda states: states["delivered"] == 200)
        assert {row.attempts for row in await home.rows()} == {1}
        assert home.relay.desk.counts["resent"] == 0
    marks = Counter(each["mark"] for each in noted(log, "taken"))
    assert len(marks) == 200
    assert set(marks.values()) == {1}


async def test_a_long_text_goes_in_joined_parts_and_is_delivered_when_all_are(url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with house(url, log=log, clock=by_day()) as home:
        await home.put(message(1, Lane.BULK, "长" * 200))
        await home.until(lambda states: states["delivered"] == 1)
        rows = await home.rows()
        assert [(row.part, row.of, row.state) for row in rows] == [(n, 4, "delivered") for n in (1, 2, 3, 4)]
    assert len(noted(log, "taken")) == 4


FAULTS = {
    "flow": Faults(flow=0.1),
    "speed": Faults(per_second=200),
    "silent": Faults(silent=0.1),
    "mute": Faults(mute=0.1),
    "twice": Faults(twice=0.5),
    "contrary": Faults(contrary=0.3, failed=0.2),
    "early": Faults(early=0.5),
    "elsewhere": Faults(elsewhere=True),
    "cut": Faults(close_after=40),
    "cut in a PDU": Faults(close_after=40, close_in_pdu=True),
    "garbage": Faults(garbage_after=45),
    "refused": Faults(refused=0.2),
    "all": Faults(flow=0.1, silent=0.02, mute=0.02, twice=0.1, contrary=0.1, early=0.2, failed=0.1, refused=0.05, close_after=60,
                  close_in_pdu=True, elsewhere=True),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_whatever_the_gateway_does_every_message_ends_and_no_more_are_doubled_than_were_in_doubt(
    url: str, tmp_path: Path, fault: Faults
) -> None:
    log = tmp_path / "log"
    async with house(url, faults=fault, log=log, clock=by_day(), links=2) as home:
        count = 300
        await home.put(*(message(n) for n in range(count)))
        states = await home.until(lambda states: sum(states[end] for end in ("delivered", "failed", "expired")) == count, 40)
        desk = home.relay.desk.counts
        rows = await home.rows()
        resent = sum(row.attempts - 1 for row in rows if row.attempts > 1)
    marks = Counter(each["mark"] for each in noted(log, "taken"))
    refused = {row.message for row in rows if row.code == "13"}
    assert len(marks) + len(refused) >= count
    doubled = sum(times - 1 for times in marks.values())
    cuts = sum(each["fault"] in ("cut", "garbage") for each in noted(log, "fault"))
    mute = sum(each["fault"] == "mute" for each in noted(log, "fault"))
    assert doubled <= desk["resent"]
    assert doubled <= 16 * cuts + 2 * mute
    assert resent <= desk["resent"]
    if not (fault.failed or fault.refused or fault.contrary):
        assert states == {"delivered": count}


async def test_codes_and_replies_go_before_a_mountain_of_notices(url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with house(url, log=log, clock=by_day(), per_second=100) as home:
        await home.put(*(message(n, Lane.BULK) for n in range(3000)))
        await asyncio.sleep(0.5)
        [code] = await home.put(message(9999, Lane.CODE))
        begin = home.clock.now()
        while await home.outbox.state(code) is not SmsState.DELIVERED:  # type: ignore[arg-type]
            await asyncio.sleep(0.01)
        assert (home.clock.now().mono - begin.mono) / 1e6 < 1
        assert (await home.states())["composed"] > 2000


async def test_at_night_notices_stay_and_what_was_asked_for_goes(url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    clock = HandClock(moment("2026-11-23 21:54:59").wall)
    async with house(url, log=log, clock=clock) as home:
        await home.put(message(1), message(2, Lane.CODE))
        await home.until(lambda states: states["delivered"] == 2)
        assert {each["valid_until"][:8] for each in noted(log, "taken")} == {"", "26112321"}
        clock.advance(2)
        await home.put(message(3), message(4, Lane.BULK), message(5, Lane.REPLY))
        clock.advance(2)
        await home.until(lambda states: states["delivered"] == 3)
        for _ in range(3):
            clock.advance(3600)
            await asyncio.sleep(0.2)
        assert (await home.states())["delivered"] == 3
        clock.advance(3600 * 7 + 300)
        await home.until(lambda states: states["delivered"] == 5)
        assert home.clock.now().local().hour == 8


async def test_what_runs_out_before_it_can_go_is_not_sent(url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    clock = HandClock(moment("2026-11-23 23:00:00").wall)
    async with house(url, log=log, clock=clock) as home:
        await home.put(message(1, expires=moment("2026-11-24 07:00:00")), message(2))
        clock.advance(3600 * 9 + 1)
        assert await home.until(lambda states: states["delivered"] == 1) == {"delivered": 1, "expired": 1}
    assert len(noted(log, "taken")) == 1


async def test_texts_are_kept_once_before_they_are_confirmed(url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with house(url, log=log, clock=by_day()) as home:
        obey(home.gateway.station, "text 15400000001 GJJYE")
        while not noted(log, "confirmed"):
            await asyncio.sleep(0.02)
        [row] = await home.tables.read(lambda c: c.execute(select(texts)).all())
        about = f"{row.account} {row.key}"
        opened = (SEALER.unseal(row.number_sealed, about), SEALER.unseal(row.text_sealed, about), row.to, row.state)
        assert opened == ("15400000001", "GJJYE", "12329", "new")


async def test_messages_wait_for_a_gateway_that_refuses_us(url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with house(url, clock=by_day(), faults=Faults(wrong_version=True)) as home:
        await home.put(message(1))
        await asyncio.sleep(0.5)
        assert await home.states() == {"composed": 1}
    reasons = {str(record.__dict__.get("reason")) for record in caplog.records if record.message == "a link is down"}
    assert any("wrong version" in reason for reason in reasons)


async def test_what_is_ended_while_it_waits_in_the_relay_does_not_go(url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    clock = HandClock(moment("2026-11-23 12:00:00").wall)
    async with house(url, log=log, clock=clock, per_second=1) as home:
        *_, third = await home.put(message(1), message(2), message(3))
        await home.until(lambda states: states["delivered"] == 1)
        await home.outbox.move(MessageId(third), SmsState.FAILED, clock.now(), "ended")
        for _ in range(20):
            clock.advance(1)
            await asyncio.sleep(0.05)
        assert await home.states() == {"delivered": 2, "failed": 1}
    assert len(noted(log, "taken")) == 2


async def test_a_dead_letter_that_is_put_back_goes(url: str, tmp_path: Path) -> None:
    async with house(url, clock=by_day(), faults=Faults(refused=1), bridge={}) as home:
        [number] = await home.put(message(1))
        await home.until(lambda states: states["failed"] == 1)
        [dead] = await home.outbox.dead()
        assert (dead.id, dead.reason) == (number, "13")
        home.gateway.station.faults = Faults()
        await home.outbox.put_back(dead.id, home.clock.now())
        home.relay.wake()
        await home.until(lambda states: states["delivered"] == 1)


def test_it_runs_on_the_loop_the_workers_run_on(url: str) -> None:
    async def story() -> None:
        async with house(url, clock=by_day()) as home:
            await home.put(*(message(n) for n in range(20)))
            await home.until(lambda states: states["delivered"] == 20)

    uvloop.run(story())

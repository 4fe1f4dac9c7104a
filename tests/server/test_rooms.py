"""The rooms behind the menu: what dialogs are handed, what a rehearsal leaves behind, what a broken database costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from back_office.tickets.model import TicketState
from back_office.tickets.rules import TOLD as WORDS
from fund_core.fake import FakeCore
from hotline.clock import HandClock
from hotline.errors import UnknownThing
from hotline.ids import CallId, RecordingId
from hotline.secret import Secret
from hotline.settings import CoreSettings, RuntimeSettings, Settings
from hotline.vault import Vault
from ivr.needs import Needs, SentCode
from server.for_callers import TOLD
from server.opening import open_core, staffing_of
from server.places import Places
from server.rehearsal import open_rehearsal
from server.rooms import Rooms, open_rooms

CALL = CallId("c-20251125-0123456789")
NOW = HandClock(wall=1_764_043_200_000_000).now()
DAY = NOW.day()
FIRST = FakeCore().people[0]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(Settings(runtime=RuntimeSettings(folder=str(tmp_path)), core=CoreSettings(depositors=3)), None)


@pytest.fixture
def rooms(places: Places) -> Iterator[Rooms]:
    opened = open_rooms(places, Vault(places.secrets), FakeCore(), staffing_of(places).calendar)
    yield opened
    opened.close()


def needs_of(rooms: Rooms) -> Needs:
    return rooms.needs(lambda day: True, lambda call: "09311234567", lambda call: False)


async def test_dialogs_are_handed_the_demos_articles_branches_and_estates(rooms: Rooms) -> None:
    await rooms.fill(NOW)
    knowledge = needs_of(rooms).knowledge
    assert knowledge is not None
    assert (await knowledge.published("policy/deposit", DAY)).spoken.startswith("演示")
    area = await knowledge.area_of("09311234567")
    assert area == "0931"
    branches = await knowledge.branches_in(area)
    assert branches
    assert branches[0].phone in await knowledge.branch_sms(branches[0])
    assert await knowledge.estates_like("1") or await knowledge.estates_like("2")
    with pytest.raises(UnknownThing):
        await knowledge.published("policy/nothing", DAY)


async def test_what_is_told_counts_for_the_hot_list(rooms: Rooms) -> None:
    await rooms.fill(NOW)
    knowledge = needs_of(rooms).knowledge
    assert knowledge is not None
    coldest = (await knowledge.hot("policy/", DAY, 9))[-1]
    await knowledge.used(coldest.id, DAY)
    assert (await knowledge.hot("policy/", DAY, 1))[0].id == coldest.id


async def test_a_code_goes_out_once_a_minute_and_a_wrong_one_proves_nothing(rooms: Rooms) -> None:
    sms, person = needs_of(rooms).sms, FIRST
    assert sms is not None
    number = await sms.mobile(person.depositor, NOW)
    sent = await sms.send_code("pin", person.depositor, number, NOW, call=CALL)
    assert isinstance(sent, SentCode)
    assert sent.tail == number[-4:]
    assert await sms.send_code("pin", person.depositor, number, NOW, call=CALL) == "too_soon"
    assert not await sms.check_code(sent, "pin", Secret("none"), NOW)
    assert await sms.bind(person.depositor, "13900000099", [sent], NOW, call=CALL) == "not_proven"
    assert await sms.bind(person.depositor, number, [], NOW, call=CALL) == "already"


async def test_subscriptions_are_opened_and_closed_class_by_class(rooms: Rooms) -> None:
    sms, whose = needs_of(rooms).sms, FIRST.depositor
    assert sms is not None
    assert await sms.subscribe(whose, ["account", "loan"], "开通", NOW, call=CALL) == {"account", "loan"}
    assert await sms.unsubscribe(whose, ["loan"], "关闭", NOW, call=CALL) == {"account"}
    assert await sms.subscribed(whose) == {"account"}


async def test_a_message_becomes_one_ticket_and_its_owner_is_told_how_far_it_is(rooms: Rooms) -> None:
    tickets = needs_of(rooms).tickets
    assert tickets is not None
    taken = await tickets.message(CALL, RecordingId("m-1"), "13900001111", None, NOW)
    again = await tickets.message(CALL, RecordingId("m-1"), "13900001111", None, NOW)
    assert again == taken
    found = await tickets.progress(taken.tail, phone="13900001111")
    assert found is not None
    assert (found.state, found.due) == ("taken", date(2025, 12, 2))
    assert await tickets.progress(taken.tail, last4="1111") == found
    assert await tickets.progress(taken.tail, last4="2222") is None


def test_every_state_is_told_and_states_told_alike_have_one_word() -> None:
    assert set(TOLD) == set(TicketState)
    assert len({(TOLD[state], WORDS[state]) for state in TicketState}) == len(set(TOLD.values())) == len(set(WORDS.values()))


async def test_a_rehearsal_sends_nothing_complains_of_nothing_and_counts_nothing(places: Places, tmp_path: Path) -> None:
    clock = HandClock(wall=NOW.wall)
    async with open_rehearsal(places, clock, number="13900001111") as rehearsal:
        knowledge, sms, tickets = rehearsal.needs.knowledge, rehearsal.needs.sms, rehearsal.needs.tickets
        assert knowledge is not None
        assert sms is not None
        assert tickets is not None
        assert rehearsal.needs.number_of(CALL) == "13900001111"
        await knowledge.used((await knowledge.hot("policy/", DAY, 9))[-1].id, DAY)
        await sms.send_code("pin", FIRST.depositor, "13900001111", NOW, call=CALL)
        tail = (await tickets.message(CALL, RecordingId("m-1"), "13900001111", None, NOW)).tail
        assert await tickets.progress(tail, last4="1111") is not None
        order = [article.id for article in await knowledge.hot("policy/", DAY, 9)]
    assert not (tmp_path / "sms.db").exists()
    async with open_rehearsal(places, clock) as rehearsal:
        knowledge, tickets = rehearsal.needs.knowledge, rehearsal.needs.tickets
        assert knowledge is not None
        assert tickets is not None
        assert [article.id for article in await knowledge.hot("policy/", DAY, 9)] == order == sorted(order)
        assert await tickets.progress(tail, last4="1111") is None


@pytest.mark.parametrize(("file", "shut"), [("back_office.db", {"knowledge", "tickets"}), ("sms.db", {"sms"})])
async def test_a_database_that_cannot_be_read_shuts_its_rooms_only(places: Places, tmp_path: Path, file: str, shut: set[str]) -> None:
    (tmp_path / file).write_bytes(b"this is no database, and it is long enough to be looked at " * 100)
    opened = open_rooms(places, Vault(places.secrets), FakeCore(), staffing_of(places).calendar)
    try:
        await opened.fill(NOW)
        needs = needs_of(opened)
        assert {name for name in ("knowledge", "tickets", "sms") if getattr(needs, name) is None} == shut
    finally:
        opened.close()


async def test_the_demo_core_takes_no_appointments_on_holidays(places: Places) -> None:
    core = open_core(places, Vault(places.secrets))
    try:
        assert not core.is_working_day(date(2026, 10, 1))
        assert core.is_working_day(date(2026, 2, 14))
    finally:
        core.close()

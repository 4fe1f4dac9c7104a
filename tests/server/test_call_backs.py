"""Promises to call back: on the disk before they are said, the number encrypted beside them and erased with the caller's own."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from hotline.calendar import Calendar, Staffing
from hotline.callers import Callers
from hotline.clock import HandClock
from hotline.events import CallBackPromised
from hotline.ids import CallId, QueueName, call_back_id
from hotline.journal import Journal, open_journal, read_events
from hotline.journal_model import JournalUnavailable
from hotline.settings import CentreSettings
from hotline.vault import Vault
from server.call_backs import CallBackBook
from tests.hotline.samples import moment

CALL, OTHER = CallId("c-20251120-0000000001"), CallId("c-20251120-0000000002")
NUMBER, SECOND = "13912345678", "09318234567"
NIGHT = moment("2025-11-20 20:00:00")


def book_of(journal: Journal, callers: Callers) -> CallBackBook:
    clock = HandClock(wall=NIGHT.wall)
    return CallBackBook(journal, callers, Staffing.of(CentreSettings(), Calendar()), clock, QueueName("agents"))


async def test_a_promise_is_on_the_disk_with_its_number_sealed_beside_it(tmp_path: Path) -> None:
    vault, url = Vault(tmp_path / "secrets"), f"sqlite:///{tmp_path}/journal.db"
    async with open_journal(url, HandClock()) as journal:
        callers = Callers(journal, vault)
        promised = await book_of(journal, callers).promise(CALL, NUMBER, None, "complaint")
        assert f"{promised.opens:%Y-%m-%d %H:%M}" == "2025-11-21 09:00"
        (event,) = [record.event for record in read_events(url)]
        assert isinstance(event, CallBackPromised)
        assert (event.call, event.call_back, event.skill, event.wanted_at) == (CALL, "k-20251120-0000000001", "complaint", None)
        assert event.caller == callers.key(NUMBER), "a redial from that number is told to be his"
        assert promised.opens is not None
        assert event.not_before_us == int(promised.opens.timestamp() * 1_000_000)
        assert NUMBER not in repr(event)
        assert await Callers(journal, vault).number(CallId(event.call_back)) == NUMBER
    assert NUMBER.encode() not in b"".join(file.read_bytes() for file in tmp_path.glob("journal.db*"))


async def test_who_waited_keeps_his_place_and_is_called_in_his_turn(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/journal.db"
    async with open_journal(url, HandClock()) as journal:
        book = book_of(journal, Callers(journal, Vault(tmp_path / "secrets")))
        assert (await book.promise(CALL, NUMBER, moment())).opens is None
        (event,) = [record.event for record in read_events(url)]
        assert isinstance(event, CallBackPromised)
        assert (event.wanted_at, event.not_before_us) == (moment(), 0)


async def test_a_later_promise_of_the_same_call_takes_the_earlier_ones_place(tmp_path: Path) -> None:
    async with open_journal(f"sqlite:///{tmp_path}/journal.db", HandClock()) as journal:
        callers = Callers(journal, Vault(tmp_path / "secrets"))
        book = book_of(journal, callers)
        for number in (NUMBER, SECOND):
            await book.promise(CALL, number, None)
        await book.promise(OTHER, NUMBER, None)
        assert await callers.number(CallId(call_back_id(CALL))) == SECOND
        assert await callers.number(CallId(call_back_id(OTHER))) == NUMBER


async def test_erasing_a_callers_number_erases_the_one_he_wanted_to_be_called_at(tmp_path: Path) -> None:
    async with open_journal(f"sqlite:///{tmp_path}/journal.db", HandClock()) as journal:
        callers = Callers(journal, Vault(tmp_path / "secrets"))
        callers.remember(CALL, NUMBER, NIGHT)
        await book_of(journal, callers).promise(CALL, SECOND, None)
        assert await callers.erase(CALL)
        assert await callers.number(CALL) is None
        assert await callers.number(CallId(call_back_id(CALL))) is None


class Stuck:
    """A journal whose disk has been silent for too long."""

    healthy = False


async def test_while_the_journal_writes_nothing_nothing_is_promised(tmp_path: Path) -> None:
    async with open_journal(f"sqlite:///{tmp_path}/journal.db", HandClock()) as journal:
        callers = Callers(journal, Vault(tmp_path / "secrets"))
        with pytest.raises(JournalUnavailable):
            await book_of(cast(Journal, Stuck()), callers).promise(CALL, NUMBER, None)
        assert await callers.number(CallId(call_back_id(CALL))) is None

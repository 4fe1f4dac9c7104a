"""Tickets: made once per request, due by the calendar, found by what the caller keys, changed only as the table says."""

from __future__ import annotations

import asyncio
import json
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from back_office.tickets.model import (
    About,
    Due,
    IllegalStep,
    Move,
    NewTicket,
    NoSuchTicket,
    Role,
    Source,
    Ticket,
    TicketChanged,
    TicketKind,
    TicketNo,
    TicketState,
)
from back_office.tickets.rules import (
    FIRST,
    HANDLING,
    LEGAL,
    MAY,
    TOLD,
    WORKING_DAYS,
    check_step,
    due,
    due_after_standing,
    feed_back_due,
    ticket_no,
)
from back_office.tickets.store import TicketStore
from hotline.calendar import Calendar
from hotline.ids import CallId, RecordingId
from hotline.sealed import Sealer
from hotline.tables import StoreAway, Tables
from tests.hotline.samples import moment

VECTORS = json.loads((Path(__file__).parent / "data" / "ticket_deadlines.json").read_text())
KINDS = {"投诉": TicketKind.COMPLAINT, "建议": TicketKind.SUGGESTION, "咨询": TicketKind.ENQUIRY}
PHONE = "13900001111"
S = TicketState
WAY = [
    (S.TO_CONFIRM, Role.AGENT),
    (S.DISPATCHED, Role.HEAD),
    (S.IN_HAND, Role.DEPARTMENT),
    (S.RETURNED, Role.DEPARTMENT),
    (S.TO_FEED_BACK, Role.HOTLINE_DESK),
    (S.FED_BACK, Role.AGENT),
    (S.CLOSED, Role.AGENT),
]


def message(request: str = "message-1", phone: str = PHONE) -> NewTicket:
    return NewTicket(
        request=request,
        kind=TicketKind.COMPLAINT,
        source=Source.VOICE_MESSAGE,
        who="menu",
        role=Role.HOUSE,
        title="语音留言",
        about=About.BUSINESS,
        call=CallId("c-20251120-9f3ab1c2d4"),
        recording=RecordingId("m-9f3ab1c2d4"),
        name="演示甲",
        phone=phone,
    )


def step(ticket: Ticket, to: TicketState, role: Role, at: str = "2025-11-21 10:00:00") -> Move:
    return Move(ticket.number, ticket.version, to, "8003", role, "因为", moment(at))


@pytest.fixture
def store(tables: Tables, sealer: Sealer, calendar: Calendar) -> TicketStore:
    return TicketStore(tables, sealer, calendar)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['ticket_class']} {vector['created']}")
def test_a_ticket_is_due_as_the_vectors_say(vector: dict[str, object], calendar: Calendar) -> None:
    last = due(KINDS[str(vector["ticket_class"])], moment(f"{vector['created']} 16:59:59"), calendar)
    assert last == Due(date.fromisoformat(str(vector["due"])), vector["status"] == "provisional")
    assert WORKING_DAYS[KINDS[str(vector["ticket_class"])]] == vector["working_days"]


def test_the_day_of_creation_is_the_day_in_shanghai(calendar: Calendar) -> None:
    late = moment("2025-11-20 23:59:59")
    assert due(TicketKind.SUGGESTION, late, calendar).day == date(2025, 11, 24)
    assert due(TicketKind.SUGGESTION, late.after(timedelta(seconds=1)), calendar).day == date(2025, 11, 25)
    assert feed_back_due(late, calendar).day == date(2025, 11, 21)


def test_a_clock_that_stood_leaves_as_many_working_days_as_there_were(calendar: Calendar) -> None:
    old = Due(date(2025, 11, 27), False)
    assert due_after_standing(old, date(2025, 11, 24), date(2025, 12, 1), calendar).day == date(2025, 12, 4)
    assert due_after_standing(old, date(2025, 11, 24), date(2025, 11, 24), calendar) == old
    assert due_after_standing(old, date(2025, 11, 28), date(2025, 12, 30), calendar) == old
    assert due_after_standing(old, date(2025, 11, 24), date(2026, 12, 30), calendar).provisional


@given(start=st.dates(date(2025, 1, 1), date(2026, 10, 1)), left=st.integers(0, 10), stood=st.integers(0, 40))
def test_a_clock_that_stood_never_makes_a_ticket_due_earlier(start: date, left: int, stood: int) -> None:
    calendar = Calendar()
    old = Due(calendar.working_day_after(start, left), False)
    assert due_after_standing(old, start, start + timedelta(days=stood), calendar).day >= old.day


def test_every_state_has_its_place_in_every_table() -> None:
    for table in (LEGAL, MAY, TOLD):
        assert set(table) == set(TicketState)
    assert set(FIRST) == set(Source)
    assert {to for ways in LEGAL.values() for to in ways} | set(FIRST.values()) == set(TicketState)
    assert [state for state in TicketState if not LEGAL[state]] == [TicketState.VOID]
    assert S.SUSPENDED not in HANDLING
    assert S.RETURNED not in HANDLING


def test_from_every_state_but_void_a_ticket_can_still_be_closed() -> None:
    ends = {S.CLOSED}
    while more := {state for state, ways in LEGAL.items() if ways & ends} - ends:
        ends |= more
    assert ends == set(TicketState) - {S.VOID}


@pytest.mark.parametrize(("state", "to"), [(state, to) for state in TicketState for to in TicketState])
def test_a_step_is_legal_only_along_the_table_and_by_who_may(state: TicketState, to: TicketState) -> None:
    for role in Role:
        if to in LEGAL[state] and role in MAY[to]:
            check_step(state, to, role)
        else:
            with pytest.raises(IllegalStep, match=str(to)):
                check_step(state, to, role)


def test_a_number_is_the_day_and_eight_digits() -> None:
    assert ticket_no(moment("2025-11-20 23:59:59"), 42) == "2025112000000042"
    assert ticket_no(moment("2025-11-20 23:59:59"), 99_999_999)[8:] == "99999999"


async def test_a_voice_message_becomes_a_ticket_with_audio_and_deadline(store: TicketStore) -> None:
    made = await store.create(message(), moment("2025-11-20 20:00:00"))
    assert (made.state, made.kind, made.due) == (S.DRAFT, TicketKind.COMPLAINT, Due(date(2025, 11, 27), False))
    assert (made.recording, made.call) == ("m-9f3ab1c2d4", "c-20251120-9f3ab1c2d4")
    assert made.number.startswith("20251120")
    assert len(made.tail) == 8
    assert await store.ticket(made.number) == made
    [first] = await store.steps(made.number)
    assert (first.left, first.entered, first.who, first.role) == (None, S.DRAFT, "menu", Role.HOUSE)


async def test_asking_twice_makes_one_ticket_and_one_step(store: TicketStore) -> None:
    asked = await asyncio.gather(*(store.create(message(), moment()) for _ in range(5)))
    assert {ticket.number for ticket in asked} == {asked[0].number}
    assert len(await store.steps(asked[0].number)) == 1
    other = await store.create(message("message-2"), moment())
    assert other.number != asked[0].number


async def test_a_number_given_away_before_is_not_given_again(tables: Tables, sealer: Sealer, calendar: Calendar) -> None:
    drawn = iter([7, 7, 7, 8])
    store = TicketStore(tables, sealer, calendar, lambda: next(drawn))
    first = await store.create(message("a"), moment())
    second = await store.create(message("b"), moment("2025-11-21 10:00:00"))
    assert (first.tail, second.tail) == ("00000007", "00000008")


async def test_the_caller_finds_his_ticket_by_its_tail_and_his_telephone(store: TicketStore) -> None:
    made = await store.create(message(), moment())
    assert await store.progress(made.tail, last4="1111") == made
    assert await store.progress(made.tail, phone=PHONE) == made


@pytest.mark.parametrize("asked", [{"last4": "1112"}, {"last4": ""}, {"phone": "13900001112"}, {"phone": "1111"}, {"last4": PHONE}])
async def test_wrong_digits_find_nothing_like_a_wrong_number(store: TicketStore, asked: dict[str, str]) -> None:
    made = await store.create(message(), moment())
    assert await store.progress(made.tail, **asked) is None
    assert await store.progress("00000000", last4="1111") is None


async def test_a_ticket_without_telephone_is_told_to_nobody(store: TicketStore) -> None:
    for number, phone in enumerate(("", "1111", "anonymous")):
        made = await store.create(message(f"r{number}", phone), moment())
        for asked in ({"last4": ""}, {"phone": ""}, {"last4": "1111"}, {"last4": "None"}):
            assert await store.progress(made.tail, **asked) is None


async def test_the_telephone_is_kept_sealed_and_shows_nowhere(tmp_path: Path, sealer: Sealer, calendar: Calendar) -> None:
    from back_office.schema import SCHEMA

    tables = Tables(f"sqlite:///{tmp_path / 'office.db'}", SCHEMA, "back_office")
    store = TicketStore(tables, sealer, calendar)
    made = await store.create(message(), moment())
    assert await store.contact(made.number) == ("演示甲", PHONE)
    tables.close()
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert made.number.encode() in held
    assert PHONE.encode() not in held
    assert "演示甲".encode() not in held
    assert PHONE not in repr(message())


async def test_a_ticket_goes_the_whole_way_and_every_step_is_kept(store: TicketStore) -> None:
    ticket = await store.create(message(), moment())
    for to, role in WAY:
        ticket = await store.move(step(ticket, to, role))
    assert (ticket.state, ticket.version) == (S.CLOSED, 8)
    taken = await store.steps(ticket.number)
    assert [each.entered for each in taken] == [S.DRAFT, *(to for to, _ in WAY)]
    assert [each.left for each in taken[1:]] == [each.entered for each in taken[:-1]]
    assert [each.number for each in taken] == list(range(1, 9))


async def test_an_illegal_step_changes_nothing(store: TicketStore) -> None:
    ticket = await store.create(message(), moment())
    with pytest.raises(IllegalStep):
        await store.move(step(ticket, S.CLOSED, Role.AGENT))
    assert await store.ticket(ticket.number) == ticket
    assert len(await store.steps(ticket.number)) == 1


async def test_of_two_people_at_once_one_is_told_what_the_other_did(store: TicketStore) -> None:
    ticket = await store.create(message(), moment())
    await store.move(step(ticket, S.TO_CONFIRM, Role.AGENT))
    with pytest.raises(TicketChanged, match="8003 brought it to to_confirm"):
        await store.move(step(ticket, S.VOID, Role.HEAD))


async def test_the_deadline_moves_by_the_days_the_person_was_waited_for(store: TicketStore) -> None:
    ticket = await store.create(message(), moment("2025-11-20 20:00:00"))
    for to, role in WAY[:3]:
        ticket = await store.move(step(ticket, to, role))
    ticket = await store.move(step(ticket, S.SUSPENDED, Role.DEPARTMENT, "2025-11-24 09:00:00"))
    assert ticket.due.day == date(2025, 11, 27)
    ticket = await store.move(step(ticket, S.IN_HAND, Role.DEPARTMENT, "2025-12-01 09:00:00"))
    assert ticket.due.day == date(2025, 12, 4)


async def test_a_ticket_nobody_made_is_not_there(store: TicketStore) -> None:
    nobody = TicketNo("2025112000000000")
    with pytest.raises(NoSuchTicket):
        await store.ticket(nobody)
    with pytest.raises(NoSuchTicket):
        await store.contact(nobody)
    with pytest.raises(NoSuchTicket):
        await store.move(Move(nobody, 1, S.VOID, "8003", Role.HEAD, "", moment()))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"request": ""}, "request"),
        ({"recording": None}, "recording"),
        ({"source": Source.CALL, "call": None}, "call"),
        ({"title": "长" * 201}, "200"),
    ],
)
async def test_a_ticket_that_lacks_what_it_needs_is_refused_by_name(store: TicketStore, change: dict[str, object], word: str) -> None:
    from dataclasses import replace

    with pytest.raises(IllegalStep, match=word):
        await store.create(replace(message(), **change), moment())  # type: ignore[arg-type]


async def test_two_stores_on_one_database_never_give_one_number_twice(url: str, sealer: Sealer, calendar: Calendar) -> None:
    from back_office.schema import SCHEMA

    if url == "sqlite://":
        pytest.skip("a database in memory has one owner")
    both = [Tables(url, SCHEMA, "back_office") for _ in range(2)]
    numbers = count()
    stores = [TicketStore(tables, sealer, calendar, lambda: next(numbers) // 3) for tables in both]
    made = await asyncio.gather(*(stores[at % 2].create(message(f"r{at // 2}"), moment()) for at in range(20)))
    for tables in both:
        tables.close()
    assert len({ticket.number for ticket in made}) == 10
    assert all(made[at].number == made[at + 1].number for at in range(0, 20, 2))


async def test_tickets_that_cannot_be_written_say_so(memory: Tables, sealer: Sealer, calendar: Calendar) -> None:
    memory.close()
    with pytest.raises(StoreAway):
        await TicketStore(memory, sealer, calendar).create(message(), moment())

"""业务查询 on the telephone: a caller logs in once and hears every query's words; a clerk his unit's; a complainant how far it is.

Two callers are on the telephone at the same time, each with a way of his own; what they heard is compared with the sound files.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date

import pytest
from hotline_under_test import Hotline
from stories.story import Caller, Story

from back_office.schema import SCHEMA
from back_office.tickets.model import NewTicket, Role, Source, TicketKind
from back_office.tickets.rules import due
from back_office.tickets.store import TicketStore
from fund_core.histories import application, movements, repayments, unit_deposit
from fund_core.model import AccountStatus
from fund_core.people import demo_unit_pin, unit_key
from fund_core.records import DetailKind
from hotline import events as e
from hotline.clock import SystemClock
from hotline.sealed import Sealer
from hotline.tables import Tables
from robots.wav import read_wav
from server.opening import staffing_of

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"core": {"depositors": 5}, "login": {"verdict_after_s": 0.2}}
RATE = 8000
PHONE = "13900003333"
Said = tuple[str, Mapping[str, object]]
"""A prompt and its values."""


class Listener:
    """A caller who hears results to their end; what he heard is compared when his call is over (that takes a processor's whole second)."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._told: list[tuple[e.SelfServiceGiven, tuple[Said, ...]]] = []

    async def hears(self, service: str, *said: Said) -> None:
        """He hears the result of a service, prompt for prompt, to its end."""
        given = await self.caller.event(e.SelfServiceGiven, service=service)
        sound = self.caller.story.hotline.sound
        seconds = sum(len(read_wav(file)) for prompt, values in said for file in sound(prompt, **values)) / RATE
        self._told.append((given, said))
        await asyncio.sleep(seconds + 1.0)

    def compare(self) -> None:
        """Each word reached his ear, behind the moment it was noted as given, and nothing was said to have failed."""
        for given, said in self._told:
            since = max(0.0, self.caller.line.heard.position_of(given.at) - 0.3)
            for prompt, values in said:
                assert self.caller.missed(prompt, since=since, **values) == [], f"{given.service}: {prompt}"
        assert self.caller.events(e.SelfServiceFailed) == []


async def at_menu(caller: Caller, keys: str, node: str) -> None:
    """Press keys that lead to a menu; only then the next ones are pressed."""
    already = len(caller.events(e.MenuEntered))
    await caller.press(keys)

    def there() -> bool:
        return any(event.node == node for event in caller.events(e.MenuEntered)[already:])

    await caller.story.hotline.until(there, f"the menu {node}", 30)


async def the_persons_way(story: Story) -> Listener:
    """Account, movements, interest; loan, repayments, overdue, progress."""
    person = story.hotline.person
    loan, wish = person.loan, application(person)
    assert loan is not None
    assert wish is not None
    newest, *_ = movements(person, 0)
    settled = next(row for row in movements(person, 0) if row.kind is DetailKind.INTEREST)
    repaid = repayments(loan)[0]
    caller = await story.caller("13900001111")
    he = Listener(caller)
    await caller.press(f"21{person.account}#{person.pin}")
    await caller.event(e.SelfServiceGiven, service="Q.1.1")
    await asyncio.sleep(1)
    await at_menu(caller, "1", "Q.1")
    await caller.press("3")
    movement = {"day": newest.day, "kind": f"detail_{newest.kind.value}", "amount": newest.amount, "balance": newest.balance}
    await he.hears("Q.1.3", ("detail_count", {"count": 6}), ("detail", movement), ("detail_keys", {}))
    await at_menu(caller, "*", "Q.1")
    await caller.press("4")
    await he.hears("Q.1.4", ("interest", {"day": settled.day, "interest": settled.amount, "balance": settled.balance}))
    await at_menu(caller, "1", "Q.1")
    await at_menu(caller, "*", "Q")
    await at_menu(caller, "2", "Q.2")
    await caller.press("2")
    money = {"principal": repaid.principal, "interest": repaid.interest, "penalty": repaid.penalty, "outstanding": repaid.outstanding}
    await he.hears("Q.2.2", ("repayment", {"day": repaid.day, **money}))
    await at_menu(caller, "*", "Q.2")
    await caller.press("3")
    await he.hears("Q.2.3", ("not_overdue", {}))
    await at_menu(caller, "1", "Q.2")
    await caller.press("4")
    await he.hears("Q.2.4", ("progress", {"stage": f"stage_{wish.stage.value}", "day": wish.updated}))
    assert len(caller.events(e.LoggedIn)) == 1
    await caller.hang_up()
    return he


async def the_clerks_way(story: Story) -> Listener:
    """The unit's account and deposit, then how far his complaint is, and at last somebody who can take another one."""
    people = story.hotline.people
    number = people[0].unit
    staff = [person for person in people if person.unit == number]
    paid = unit_deposit(unit_key(number), "202510", [p.own_deposit + p.employer_deposit for p in staff if p.status is AccountStatus.NORMAL])
    ticket, last_day = await a_ticket(story.hotline)
    caller = await story.caller(PHONE)
    he = Listener(caller)
    await at_menu(caller, f"23{number}#{demo_unit_pin(number)}", "Q.3")
    await caller.press("1")
    rates = {"unit_rate": 8, "own_rate": 8}
    await he.hears("Q.3.1", ("unit", {"status": "status_normal", "active": len(staff), "sealed": 0, **rates}))
    await at_menu(caller, "1", "Q.3")
    await caller.press("2")
    figures = {"amount": paid.amount, "count": paid.depositors, "day": paid.booked}
    await he.hears("Q.3.2", ("unit_paid", {"paid_through": paid.paid_through, **figures}))
    await at_menu(caller, "9", "E.MAIN")
    await at_menu(caller, "4", "C")
    await caller.press(f"3{ticket}#")
    await he.hears("Q.4", ("ticket", {"state": "ticket_taken", "due": last_day}))
    await at_menu(caller, "1", "C")
    await caller.press("1")
    wanted = await caller.event(e.AgentWanted)
    assert (wanted.staffed, wanted.skill) == (True, "complaint")
    await caller.event(e.CallQueued)
    await caller.hang_up()
    return he


async def a_ticket(hotline: Hotline) -> tuple[str, date]:
    """A complaint the back office has, left by who calls from ``PHONE``: its eight digits, and its last day."""
    calendar, at = staffing_of(hotline.places).calendar, SystemClock().now()
    tables = Tables(f"sqlite:///{hotline.places.runtime / 'back_office.db'}", SCHEMA, "a desk")
    try:
        store = TicketStore(tables, Sealer(hotline.vault.get("ticket_key", 43), "ticket contact"), calendar)
        new = NewTicket("r-1", TicketKind.COMPLAINT, Source.DESK, "8001", Role.AGENT, title="投诉", phone=PHONE)
        made = await store.create(new, at)
    finally:
        tables.close()
    return made.tail, due(TicketKind.COMPLAINT, at, calendar).day


async def test_every_query_is_told_word_for_word(story: Story) -> None:
    for listener in await asyncio.gather(the_persons_way(story), the_clerks_way(story)):
        listener.compare()


async def test_the_account_he_chose_is_kept_when_the_worker_dies(centre: Hotline) -> None:
    owner = next(person for person in centre.people if person.second_account)
    story = Story(centre)
    caller = await story.caller("13900004444")
    he = Listener(caller)
    await caller.press(f"21{owner.second_account}#{owner.pin}")
    await caller.event(e.SelfServiceGiven, service="Q.1.1")
    await asyncio.sleep(1)
    await at_menu(caller, "1", "Q.1")
    centre.kill_worker()
    await centre.start_worker()
    await caller.event(e.MenuEntered, nth=len(caller.events(e.MenuEntered)) + 1, seconds=20)
    await caller.press("3")
    only = movements(owner, 1)
    assert len(only) == 1
    row = {"day": only[0].day, "kind": "detail_interest", "amount": only[0].amount, "balance": only[0].balance}
    await he.hears("Q.1.3", ("detail_count", {"count": 1}), ("detail", row))
    assert len(caller.events(e.LoggedIn)) == 1
    await caller.hang_up()
    he.compare()
    await story.close()

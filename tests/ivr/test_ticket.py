"""Q.4: how far a ticket is, for who calls from the telephone he left or knows its last digits; and nobody else, however he guesses."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date
from typing import get_args

import pytest

from hotline.events import SelfServiceFailed, SelfServiceGiven
from hotline.ids import CallId, DepositorId, RecordingId
from hotline.moment import Moment
from hotline.settings import LoginSettings
from hotline.tables import StoreAway
from ivr.guard.rule import Origin
from ivr.needs import Needs, TicketProgress, TicketState, TicketTaken
from ivr.walk import Outcome, WantsAgent, walk
from tests.ivr.scripted import House

TAIL, PHONE = "20481632", "13900001111"
ASK, ASK_PHONE, AFTER = "工单编号后八位", "联系电话的后四位", "继续查询请按1"
TO_TICKET = [("个人公积金账户查询请按1", "4")]
UNKNOWN = "没有查到该工单，或联系电话不符"


@dataclass
class OneTicket:
    """A back office with one ticket."""

    state: TicketState = "in_hand"
    away: bool = False
    thinks_s: float = 0.0
    """How long it takes over a number it knows; others are answered at once."""
    asked: list[str] = field(default_factory=list)

    async def progress(self, tail: str, *, phone: str = "", last4: str = "") -> TicketProgress | None:
        self.asked.append(tail)
        if self.away:
            raise StoreAway("the disk is full")
        await asyncio.sleep(self.thinks_s if tail == TAIL else 0.0)
        right = tail == TAIL and (phone == PHONE or last4 == PHONE[-4:])
        return TicketProgress(TAIL, self.state, date(2025, 12, 2)) if right else None

    async def message(self, call: CallId, recording: RecordingId, phone: str, depositor: DepositorId | None, at: Moment) -> TicketTaken:
        raise AssertionError("nobody leaves a message here")


def ask(house: House, office: OneTicket, number: str = "") -> Outcome:
    needs = Needs(number_of=lambda call: number, tickets=office)
    return house.run(lambda h: walk(h.talk, h.core, h.gate, needs=needs, at_node="Q"))


def failed(house: House) -> list[str]:
    return [event.why for event in house.events if isinstance(event, SelfServiceFailed)]


def test_who_calls_from_the_telephone_he_left_is_told_at_once() -> None:
    house = House([*TO_TICKET, (ASK, f"{TAIL}#"), (AFTER, "0")])
    assert isinstance(ask(house, OneTicket(), PHONE), WantsAgent)
    assert "您查询的工单正在办理，办理期限为二零二五年十二月二日" in house.line.text
    assert ASK_PHONE not in house.line.text
    assert [event.service for event in house.events if isinstance(event, SelfServiceGiven)] == ["Q.4"]


@pytest.mark.parametrize("number", ["", "13800002222"], ids=["withheld", "another telephone"])
def test_who_calls_from_elsewhere_keys_the_last_four_digits(number: str) -> None:
    house = House([*TO_TICKET, (ASK, f"{TAIL}#"), (ASK_PHONE, "1111"), (AFTER, "0")])
    ask(house, OneTicket(), number)
    assert "您查询的工单正在办理" in house.line.text
    assert failed(house) == []


def test_a_habitual_hash_after_the_four_digits_only_says_the_result_again() -> None:
    house = House([*TO_TICKET, (ASK, f"{TAIL}#"), (ASK_PHONE, "1111#"), (AFTER, "0")])
    ask(house, OneTicket())
    assert 1 <= house.line.text.count("您查询的工单正在办理") <= 2


@pytest.mark.parametrize("state", get_args(TicketState))
def test_every_state_has_words_and_a_ticket_out_of_our_hands_has_no_deadline(state: TicketState) -> None:
    house = House([*TO_TICKET, (ASK, f"{TAIL}#"), (AFTER, "0")])
    ask(house, OneTicket(state), PHONE)
    told = next(line for line in house.line.text.splitlines() if "您查询的工单" in line)
    assert ("办理期限" in told) == (state in ("taken", "reopened", "dispatched", "in_hand"))


def test_a_wrong_number_and_wrong_digits_sound_and_last_the_same() -> None:
    heard = []
    for number, digits in ((TAIL, "2222"), ("99999999", "1111"), ("99999999", "2222")):
        house = House([*TO_TICKET, (ASK, f"{number}#"), (ASK_PHONE, digits), (UNKNOWN, ""), (ASK, "**"), ("账户查询请按1", "0")])
        ask(house, OneTicket(thinks_s=1.0))
        heard.append((house.line.heard, house.ended_at, failed(house)))
    assert heard[0] == heard[1] == heard[2]
    assert UNKNOWN in [words for _, words in heard[0][0]][-3]


def test_after_the_third_wrong_answer_the_caller_stands_at_the_menu_again() -> None:
    wrong = [(ASK, f"{TAIL}#"), (ASK_PHONE, "2222")]
    house = House([*TO_TICKET, *wrong, *wrong, *wrong, ("账户查询请按1", "0")])
    ask(house, OneTicket())
    assert house.line.text.count("请重新输入。") == 2
    assert house.line.text.count("请核对后再查询") == 1
    assert failed(house) == ["not_found"] * 3


def test_right_digits_open_nothing_any_more_when_the_tickets_tries_of_the_day_are_spent() -> None:
    wrong, right = [(ASK, f"{TAIL}#"), (ASK_PHONE, "2222")], [(ASK, f"{TAIL}#"), (ASK_PHONE, "1111")]
    office, house = OneTicket(), House([*TO_TICKET, *wrong * 3, *TO_TICKET, *right, ("账户查询", ""), (ASK, "**"), ("账户查询请按1", "0")])
    ask(house, office)
    assert "您查询的工单正在办理" not in house.line.text
    assert failed(house) == ["not_found"] * 4


def test_guessing_many_tickets_spends_the_callers_tries_but_his_own_telephone_still_opens_his_own() -> None:
    budgets = LoginSettings(tries_per_caller_day=4)
    guesses = [step for each in range(5) for step in ((ASK, f"{each:08d}#"), (ASK_PHONE, f"{each:04d}"))]
    script = [*TO_TICKET, *guesses[:6], *TO_TICKET, *guesses[6:], (ASK, f"{TAIL}#"), (ASK_PHONE, "1111"), *TO_TICKET]
    house = House([*script, (ASK, "**"), ("账户查询请按1", "0")], login=budgets)
    house.talk.origin = Origin(house.gate._caller_key("1"), house.gate._caller_key("2"))
    ask(house, OneTicket())
    assert "您查询的工单正在办理" not in house.line.text
    own = House([*TO_TICKET, (ASK, f"{TAIL}#"), (AFTER, "0")], login=budgets)
    own.attempts = house.attempts
    ask(own, OneTicket(), PHONE)
    assert "您查询的工单正在办理" in own.line.text


def test_a_right_answer_costs_no_try() -> None:
    house = House([*TO_TICKET, (ASK, f"{TAIL}#"), (ASK_PHONE, "1111"), (AFTER, "0")])
    ask(house, OneTicket())
    assert set(house.attempts.counted.values()) <= {0, 1}
    assert [subject for (subject, _), count in house.attempts.counted.items() if count] == ["h:12:entered"]


def test_a_back_office_that_is_away_is_said_to_be_busy_and_costs_no_try() -> None:
    office = OneTicket(away=True)
    house = House([*TO_TICKET, (ASK, f"{TAIL}#"), (ASK_PHONE, "1111"), ("系统繁忙", "0")])
    assert isinstance(ask(house, office), WantsAgent)
    assert failed(house) == ["store_down"]
    assert house.attempts.counted == {}


def test_a_house_without_tickets_does_not_offer_it() -> None:
    house = House([("个人公积金账户查询请按1", "4"), ("个人公积金账户查询请按1", "0")])
    house.run(lambda h: walk(h.talk, h.core, h.gate, at_node="Q"))
    assert "投诉建议办理进度查询" not in house.line.text
    assert "该项服务现在没有开放" in house.line.text


def test_neither_number_nor_digits_are_in_the_journal() -> None:
    house = House([*TO_TICKET, (ASK, f"{TAIL}#"), (ASK_PHONE, "2222"), (ASK, f"{TAIL}#"), (ASK_PHONE, "1111"), (AFTER, "0")])
    ask(house, OneTicket())
    written = repr(house.events) + repr(house.attempts.counted)
    assert TAIL not in written
    assert "1111" not in written
    assert "2222" not in written

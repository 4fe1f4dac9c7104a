"""Appointments by phone: asked office, day and half, booked once, told by SMS, told again and cancelled."""

from __future__ import annotations

from datetime import date

import pytest

from fund_core.appointments import AppointmentKind, Half, Wish
from fund_core.fake import Fault
from fund_core.histories import OFFICES
from hotline.events import SelfServiceGiven
from ivr.manners import Nav
from telephony.ports import HungUp
from tests.ivr.leaf import LeafHouse, Script

TODAY = date(2025, 11, 25)
TOMORROW = date(2025, 11, 26)
BOOK: Script = [("请选择办理网点", "1"), ("最近可以预约的日期", "1"), ("上午请按一", "2"), ("确认请按1", "1")]


def book(house: LeafHouse, kind: str = "withdraw", node: str = "A.3") -> Nav | None:
    return house.hold("appointment", node, kind)


def booked(house: LeafHouse) -> list[tuple[str, date, Half, bool]]:
    return [(each.office.code, each.day, each.half, each.cancelled) for each in house.core._booked.values()]


def fill(house: LeafHouse, day: date, half: Half, office: str = OFFICES[0].code) -> None:
    """Other people take all the places."""
    house.core.quota = 1
    wish = Wish(f"{day} {half} {office}", house.core.people[5].depositor, AppointmentKind.WITHDRAWAL, office, day, half)
    house.run(lambda h: h.core.book(wish, TODAY))


def test_he_chooses_office_day_and_half_and_confirms_and_it_is_booked_and_texted() -> None:
    house = LeafHouse(BOOK)
    assert book(house) is None
    assert booked(house) == [(OFFICES[0].code, TOMORROW, Half.AFTERNOON, False)]
    heard = house.line.text
    assert "您正在办理提取预约" in heard
    assert "演示城关网点请按一，演示河西网点请按二" in heard
    assert "最近可以预约的日期，十一月二十六日请按一，十一月二十七日请按二，十一月二十八日请按三，更多日期请按四" in heard
    assert "您预约的是十一月二十六日下午，演示城关网点，确认请按1" in heard
    assert "预约成功，预约编号零零零零，零零零幺，确认短信将发送至您的手机" in heard
    assert house.sms.texts_to(house.core.people[0].mobile) == [
        "【示范公积金】预约成功：11月26日下午，演示城关网点，编号00000001，请携带有效证件。"
    ]
    assert [event.service for event in house.events if isinstance(event, SelfServiceGiven)] == ["A.3"]


@pytest.mark.parametrize(("kind", "words"), [("loan_apply", "贷款办理预约"), ("loan_repay", "贷款还款预约"), ("withdraw", "提取预约")])
def test_each_of_the_three_kinds_is_said_and_booked_as_what_it_is(kind: str, words: str) -> None:
    house = LeafHouse(BOOK)
    book(house, kind)
    assert f"您正在办理{words}" in house.line.text
    assert [each.kind.value for each in house.core._booked.values()] == [kind]


def test_more_days_lead_on_and_come_round_again() -> None:
    house = LeafHouse([("请选择办理网点", "1"), ("二十六日请按一", "4"), ("十二月一日请按一", "4"), ("十二月四日请按一", "4"),
                       ("二十六日请按一", "2"), ("上午请按一", "1"), ("确认请按1", "1")])  # fmt: skip
    book(house)
    assert booked(house) == [(OFFICES[0].code, date(2025, 11, 27), Half.MORNING, False)]


def test_back_leads_to_the_question_before_and_at_last_out() -> None:
    house = LeafHouse([("请选择办理网点", "1"), ("最近可以预约的日期", "1"), ("上午请按一", "2"), ("确认请按1", "*"), ("上午请按一", "*"),
                       ("最近可以预约的日期", "*"), ("请选择办理网点", "*")])  # fmt: skip
    assert book(house) is Nav.BACK
    assert booked(house) == []


@pytest.mark.parametrize(("key", "nav"), [("0", Nav.AGENT), ("9", Nav.MAIN)])
@pytest.mark.parametrize("at", range(4))
def test_a_person_and_the_main_menu_can_be_had_at_every_question(key: str, nav: Nav, at: int) -> None:
    house = LeafHouse([*BOOK[:at], (BOOK[at][0], key)])
    assert book(house) is nav
    assert booked(house) == []


def test_choosing_anew_asks_for_the_day_again() -> None:
    house = LeafHouse([*BOOK[:3], ("确认请按1", "2"), ("最近可以预约的日期", "3"), ("上午请按一", "1"), ("确认请按1", "1")])
    book(house)
    assert booked(house) == [(OFFICES[0].code, date(2025, 11, 28), Half.MORNING, False)]


def test_a_full_half_is_not_said_and_its_key_is_told_so() -> None:
    house = LeafHouse([("请选择办理网点", "1"), ("最近可以预约的日期", "1"), ("上午请按一", "2"), ("上午请按一", "1"), ("确认请按1", "1")])
    fill(house, TOMORROW, Half.AFTERNOON)
    book(house)
    assert "下午请按二" not in house.line.text
    assert "该时段已约满" in house.line.text
    assert booked(house)[-1] == (OFFICES[0].code, TOMORROW, Half.MORNING, False)


def test_the_last_place_taken_while_he_thinks_is_offered_no_more() -> None:
    house = LeafHouse([*BOOK, ("最近可以预约的日期", "2"), ("上午请按一", "1"), ("确认请按1", "1")])
    heard = house.line.say

    async def taken_meanwhile(*sounds: str, interruptible: bool = True) -> str | None:
        key = await heard(*sounds, interruptible=interruptible)
        if key == "1" and "确认请按1" in house.line.heard[-1][1] and len(booked(house)) == 0:
            house.core.quota = 1
            wish = Wish("other", house.core.people[5].depositor, AppointmentKind.WITHDRAWAL, OFFICES[0].code, TOMORROW, Half.AFTERNOON)
            await house.core.book(wish, TODAY)
        return key

    house.line.say = taken_meanwhile  # type: ignore[method-assign]
    assert book(house) is None
    assert "该时段已约满，请选择其他时段" in house.line.text
    assert booked(house)[-1] == (OFFICES[0].code, date(2025, 11, 27), Half.MORNING, False)
    assert len(booked(house)) == 2


def test_an_office_with_no_room_sends_him_to_another() -> None:
    house = LeafHouse([("请选择办理网点", "1"), ("请选择办理网点", "2"), ("最近可以预约的日期", "0")])
    house.core.quota = 0
    assert book(house) is not None
    assert "该网点近期已约满" in house.line.text


def test_who_has_one_already_is_told_which() -> None:
    house = LeafHouse(BOOK)
    book(house)
    house.again(BOOK)
    assert book(house) is None
    assert "您已预约十一月二十六日下午办理此项业务" in house.line.text
    assert len(booked(house)) == 1
    assert house.why() == ["refused"]


def test_one_whose_text_was_never_sent_is_texted_when_he_asks_again() -> None:
    """The process died between booking and texting."""
    house = LeafHouse(BOOK)
    house.run(lambda h: h.core.book(Wish("died", h.me, AppointmentKind.WITHDRAWAL, OFFICES[0].code, TOMORROW, Half.MORNING), TODAY))  # type: ignore[attr-defined]
    for _ in range(2):
        assert book(house) is None
    assert house.sms.texts_to(house.core.people[0].mobile) == [
        "【示范公积金】预约成功：11月26日上午，演示城关网点，编号00000001，请携带有效证件。"
    ]


def test_a_confirmation_whose_answer_got_lost_is_repeated_and_books_once() -> None:
    house = LeafHouse([*BOOK, ("重新查询请按井号键", "#")])
    answer = house.core.book
    asked: list[str] = []

    async def lost_the_first_time(wish: Wish, today: date) -> object:
        made = await answer(wish, today)
        asked.append(wish.request)
        if len(asked) == 1:
            house.core.fault = Fault.FAILING
            try:
                await house.core.offices(wish.kind)
            finally:
                house.core.fault = None
        return made

    house.core.book = lost_the_first_time  # type: ignore[method-assign,assignment]
    assert book(house) is None
    assert len(asked) == 2
    assert asked[0] == asked[1]
    assert len(booked(house)) == 1
    assert len(house.sms.texts_to(house.core.people[0].mobile)) == 1
    assert "预约成功" in house.line.text


def test_who_books_cancels_and_books_the_same_again_has_it() -> None:
    house = LeafHouse([*BOOK])
    book(house)
    house.again([("取消请按1", "1"), ("确认取消该预约请按1", "1")])
    house.hold("appointments", "A.5")
    house.again(BOOK)
    book(house)
    assert [cancelled for *_, cancelled in booked(house)] == [True, False]
    assert len(house.sms.texts_to(house.core.people[0].mobile)) == 2


def test_who_hangs_up_before_he_confirms_has_booked_nothing() -> None:
    for at in range(4):
        house = LeafHouse([*BOOK[:at], (BOOK[at][0], "!")])
        with pytest.raises(HungUp):
            book(house)
        assert booked(house) == []
        assert house.sms.sent == {}


def test_who_confirms_and_hangs_up_while_the_core_thinks_has_it_and_its_text() -> None:
    house = LeafHouse([*BOOK])
    slow, say = house.core.book, house.line.say

    async def thinking(wish: Wish, today: date) -> object:
        house.core.delay_s = 8.0
        try:
            return await slow(wish, today)
        finally:
            house.core.delay_s = 0.0

    async def gone_when_told_to_wait(*sounds: str, interruptible: bool = True) -> str | None:
        key = await say(*sounds, interruptible=interruptible)
        if "正在为您查询" in house.line.heard[-1][1]:
            house.line.gone = True
            raise HungUp
        return key

    house.core.book = thinking  # type: ignore[method-assign,assignment]
    house.line.say = gone_when_told_to_wait  # type: ignore[method-assign]
    with pytest.raises(HungUp):
        book(house)
    assert len(booked(house)) == 1
    assert len(house.sms.texts_to(house.core.people[0].mobile)) == 1


@pytest.mark.parametrize("without", ["sms", "mobile", "bridge"])
def test_without_a_text_he_is_asked_to_note_the_number(without: str) -> None:
    house = LeafHouse(BOOK, without_sms=without == "sms")
    if without == "mobile":
        house.core.people[0] = type(house.core.people[0])(**{**_fields(house.core.people[0]), "mobile": ""})
    house.sms.away = without == "bridge"
    assert book(house) is None
    assert len(booked(house)) == 1
    assert "请您记录" in house.line.text
    assert "确认短信" not in house.line.text


def _fields(person: object) -> dict[str, object]:
    return {name: getattr(person, name) for name in type(person).__dataclass_fields__}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("fault", "why"), [(Fault.FAILING, "core_down"), (Fault.SILENT, "core_slow"), (Fault.HALF, "core_wrong")])
def test_a_core_that_does_not_answer_leaves_the_choice_to_him(fault: Fault, why: str) -> None:
    house = LeafHouse([("重新查询请按井号键", "*")])
    house.core.fault = fault
    assert book(house) is Nav.BACK
    assert house.why() == [why]
    assert booked(house) == []


def test_somebody_elses_appointment_is_never_told() -> None:
    house = LeafHouse([("重新查询请按井号键", "*"), *BOOK])
    house.core.fault = Fault.WRONG_PERSON
    house.run(lambda h: h.core.book(
        Wish("mine", house.me, AppointmentKind.LOAN, OFFICES[0].code, TOMORROW, Half.MORNING), TODAY))  # fmt: skip
    assert house.hold("appointments", "A.5") is Nav.BACK
    assert "贷款办理" not in house.line.text
    assert house.why() == ["core_wrong"]


def test_an_office_without_a_spoken_name_is_left_out() -> None:
    house = LeafHouse(BOOK)
    say = house.talk.prompts.text
    unspoken = OFFICES[0].name

    def not_yet(text: str) -> list[str]:
        from ivr.prompts import NotSpoken

        if text == unspoken:
            raise NotSpoken(text)
        return say(text)

    house.talk.prompts.text = not_yet  # type: ignore[method-assign]
    try:
        book(house)
    finally:
        del house.talk.prompts.text
    assert unspoken not in house.line.text
    assert booked(house)[0][0] == OFFICES[1].code


# -- query and cancel ----------------------------------------------------------------------------------------------------


def with_two(script: Script) -> LeafHouse:
    house = LeafHouse(script)
    for kind, half in ((AppointmentKind.LOAN, Half.MORNING), (AppointmentKind.WITHDRAWAL, Half.AFTERNOON)):
        wish = Wish(f"{kind}", house.me, kind, OFFICES[1].code, TOMORROW, half)
        house.run(lambda h, wish=wish: h.core.book(wish, TODAY))  # type: ignore[misc]
    return house


def test_appointments_are_told_one_after_the_other() -> None:
    house = with_two([("下一个请按2", "2"), ("十一月二十六日下午", "*")])
    assert house.hold("appointments", "A.5") is Nav.BACK
    assert "您有两个预约" in house.line.text
    assert "十一月二十六日上午，演示河西网点，贷款办理，取消请按1，下一个请按2" in house.line.text
    assert "十一月二十六日下午，演示河西网点，提取，取消请按1，返回请按星号键" in house.line.text
    assert house.kinds() == ["SelfServiceGiven"]


def test_cancelling_takes_one_more_key_and_frees_the_place() -> None:
    house = with_two([("下一个请按2", "1"), ("确认取消该预约请按1", "1"), ("十一月二十六日下午", "*")])
    house.hold("appointments", "A.5")
    assert "该预约已取消" in house.line.text
    assert [each.cancelled for each in house.core._booked.values()] == [True, False]


@pytest.mark.parametrize("key", ["*", "0", "9", "!"])
def test_whatever_else_is_pressed_the_appointment_stands(key: str) -> None:
    house = with_two([("下一个请按2", "1"), ("确认取消该预约请按1", key), ("十一月二十六日上午", "*")])
    if key == "!":
        with pytest.raises(HungUp):
            house.hold("appointments", "A.5")
    else:
        house.hold("appointments", "A.5")
    assert [each.cancelled for each in house.core._booked.values()] == [False, False]


def test_who_has_none_is_told_so() -> None:
    house = LeafHouse([])
    assert house.hold("appointments", "A.5") is None
    assert "您没有尚未办理的预约" in house.line.text
    assert house.why() == ["not_found"]


def test_one_that_is_gone_meanwhile_is_said_to_be_over() -> None:
    house = with_two([("下一个请按2", "1"), ("确认取消该预约请按1", "1"), ("十一月二十六日下午", "*")])

    async def gone(*_: object) -> None:
        from fund_core.port import NotOnFile

        raise NotOnFile

    house.core.cancel = gone  # type: ignore[method-assign,assignment]
    house.hold("appointments", "A.5")
    assert "该预约已经取消或已经过期" in house.line.text

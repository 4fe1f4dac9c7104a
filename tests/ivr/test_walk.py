"""The walk through the menu, with a caller by script: what he hears, where he gets, what the journal keeps."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund_core.fake import Fault
from hotline.events import AgentWanted, LoginRefused, MenuEntered, SelfServiceFailed, SelfServiceGiven
from hotline.ids import DepositorId
from hotline.money import Fen
from hotline.settings import CoreSettings, MenuSettings
from ivr.spoken import say_account, say_amount
from ivr.walk import Goodbye, Outcome, WantsAgent, walk
from telephony.ports import HungUp
from tests.ivr.scripted import House

FIRST = House([]).core.people[0]
SECOND = House([]).core.people[1]
LOGIN = [("请输入您的公积金账号", f"{FIRST.account}#"), ("请输入六位", FIRST.pin)]
TO_BALANCE = [("业务查询请按2", "2"), ("账户查询请按1", "1"), *LOGIN]


async def whole(house: House) -> Outcome:
    return await walk(house.talk, house.core, house.gate)


def test_a_caller_logs_in_hears_his_balance_and_asks_for_a_person() -> None:
    house = House([*TO_BALANCE, ("账户余额和状态请按1", "0")])
    outcome = house.run(whole)
    assert isinstance(outcome, WantsAgent)
    assert outcome.depositor == FIRST.depositor
    assert f"您尾号{say_account(FIRST.account[-4:])}的" in house.line.text
    assert say_amount(FIRST.balance) in house.line.text
    assert "状态为正常" in house.line.text
    assert house.kinds() == ["MenuEntered", "MenuEntered", "LoggedIn", "SelfServiceGiven", "MenuEntered"]
    assert [event.node for event in house.events if isinstance(event, MenuEntered)] == ["E.MAIN", "Q", "Q.1"]


def test_the_welcome_says_that_the_call_may_be_recorded_and_keeps_keys_pressed_meanwhile() -> None:
    house = House([("您好", ""), ("通话可能会被录音", "0")])
    assert isinstance(house.run(whole), WantsAgent)
    assert house.line.text.splitlines() == ["您好，12329住房公积金热线。", "通话可能会被录音。"]


def test_zero_pressed_in_the_greeting_still_lets_the_notice_be_heard() -> None:
    house = House([("您好", "0")])
    assert isinstance(house.run(whole), WantsAgent)
    assert "通话可能会被录音" in house.line.text


def test_the_whole_way_keyed_ahead_leads_straight_to_the_balance() -> None:
    house = House([("您好", f"21{FIRST.account}#{FIRST.pin}"), ("账户余额和状态请按1", "0")])
    house.run(whole)
    said = house.line.text.splitlines()
    assert said[1] == "通话可能会被录音。"
    assert said[2].startswith("您尾号")


def test_monthly_deposit_and_loan_are_told_after_one_login() -> None:
    script = [
        *TO_BALANCE,
        ("继续查询请按1", "12"),
        ("继续查询请按1", "**"),
        ("贷款查询请按2", "21"),
        ("继续查询请按1", "0"),
    ]
    house = House(script)
    house.run(whole)
    assert say_amount(Fen(FIRST.own_deposit + FIRST.employer_deposit)) in house.line.text
    assert FIRST.loan is not None
    assert say_amount(FIRST.loan.outstanding) in house.line.text
    assert [event.service for event in house.events if isinstance(event, SelfServiceGiven)] == ["Q.1.1", "Q.1.2", "Q.2.1"]
    assert house.kinds().count("LoggedIn") == 1


def test_who_has_no_loan_is_told_so() -> None:
    house = House([("业务查询请按2", "22"), ("账号", f"{SECOND.account}#"), ("六位", SECOND.pin), ("贷款余额和月还款请按1", "0")])
    house.core.people = [FIRST, replace(SECOND, loan=None)]
    house.run(whole)
    assert "没有查询到您的公积金贷款信息" in house.line.text
    assert [event.why for event in house.events if isinstance(event, SelfServiceFailed)] == ["not_found"]


def test_nobody_reads_out_a_whole_number() -> None:
    house = House([*TO_BALANCE, ("账户余额和状态请按1", "0")])
    house.run(whole)
    assert "一二三二九零" not in house.line.text
    assert "幺二三二九零" not in house.line.text


@pytest.mark.parametrize("number", [FIRST.citizen_id, FIRST.card], ids=["identity number", "card"])
def test_identity_and_card_numbers_log_in_too(number: str) -> None:
    house = House([("业务查询请按2", "21"), ("账号", number.replace("X", "*") + "#"), ("六位", FIRST.pin), ("账户余额", "0")])
    house.run(whole)
    assert "LoggedIn" in house.kinds()


def test_a_star_is_the_x_of_an_identity_number() -> None:
    house = House([("业务查询请按2", "21"), ("账号", "62010219900307000*#"), ("六位", FIRST.pin), ("账户余额", "0")])
    house.core.people = [replace(FIRST, citizen_id="62010219900307000X")]
    house.run(whole)
    assert "LoggedIn" in house.kinds()


def test_a_caller_who_says_nothing_is_led_to_a_person_in_staffed_hours() -> None:
    house = House([])
    assert isinstance(house.run(whole), WantsAgent)
    assert house.line.text.count("没有检测到您的输入") == 2
    assert house.line.text.count("业务查询请按2") == 3


def test_a_caller_who_says_nothing_off_hours_hears_goodbye() -> None:
    house = House([], staffed=False)
    assert house.run(whole) == Goodbye("no_input")
    assert house.line.text.splitlines()[-1].startswith("很抱歉未能为您提供服务")


def test_off_hours_zero_tells_the_hours_and_the_menu_goes_on() -> None:
    house = House([("业务查询请按2", "0"), ("业务查询请按2", "0!")], staffed=False)
    with pytest.raises(HungUp):
        house.run(whole)
    assert "人工服务时间为工作日九点到十七点" in house.line.text
    assert [event.staffed for event in house.events if isinstance(event, AgentWanted)] == [False, False]


def test_wrong_and_missing_keys_share_three_tries_and_hash_costs_none() -> None:
    house = House([("业务查询请按2", "#"), ("业务查询请按2", "5"), ("业务查询请按2", "")])
    assert isinstance(house.run(whole), WantsAgent)
    assert house.line.text.count("业务查询请按2") == 4
    assert "您的输入有误，请重新选择。" in house.line.text


def test_star_goes_back_and_nine_to_the_main_menu() -> None:
    house = House(
        [
            *TO_BALANCE,
            ("继续查询请按1", "1"),
            ("账户余额和状态请按1", "*"),
            ("账户查询请按1", "*"),
            ("业务查询请按2", "2"),
            ("账户查询请按1", "9"),
            ("业务", "0"),
        ]
    )
    house.run(whole)
    assert [event.node for event in house.events if isinstance(event, MenuEntered)] == [
        "E.MAIN", "Q", "Q.1", "Q.1", "Q", "E.MAIN", "Q", "E.MAIN"
    ]  # fmt: skip


def test_a_flood_of_wrong_keys_costs_one_try_and_is_thrown_away() -> None:
    house = House([("业务查询请按2", "55555"), ("业务查询请按2", "2"), ("账户查询请按1", "0")])
    house.run(whole)
    assert [event.node for event in house.events if isinstance(event, MenuEntered)] == ["E.MAIN", "Q"]


@pytest.mark.thorough
@pytest.mark.parametrize("key", ["#", "5", "A", "*", "9"])
def test_one_key_held_for_ever_gets_its_owner_to_a_person(key: str) -> None:
    house = House([])
    house.line.flood = key
    assert isinstance(house.run(whole), WantsAgent)
    assert house.ended_at <= house.settings.menu.longest_self_service_s + 1
    if key in "#5A":
        assert house.ended_at < 30


def test_a_caller_resumes_at_his_menu_with_his_login_and_without_a_second_welcome() -> None:
    house = House([("账户余额和状态请按1", "1"), ("账户余额和状态请按1", "0")])
    house.run(lambda h: walk(h.talk, h.core, h.gate, at_node="Q.1", logged_in=FIRST.depositor))
    assert house.line.text.startswith("抱歉，刚才线路中断")
    assert "您好" not in house.line.text
    assert say_amount(FIRST.balance) in house.line.text


def test_a_caller_back_from_the_queue_stands_at_the_main_menu_without_a_word() -> None:
    house = House([("业务查询请按2", "0")])
    outcome = house.run(lambda h: walk(h.talk, h.core, h.gate, logged_in=FIRST.depositor, refused=2, back=True))
    assert isinstance(outcome, WantsAgent)
    assert (outcome.depositor, outcome.refused) == (FIRST.depositor, 2)
    assert len(house.line.heard) == 1


def test_a_caller_whose_node_is_unknown_resumes_at_the_main_menu() -> None:
    house = House([("业务查询请按2", "0")])
    house.run(lambda h: walk(h.talk, h.core, h.gate, at_node="Z.9"))
    assert [event.node for event in house.events if isinstance(event, MenuEntered)] == ["E.MAIN"]


def test_a_hang_up_ends_the_walk_wherever_it_happens() -> None:
    for stage in range(len(TO_BALANCE)):
        script = [*TO_BALANCE[:stage], (TO_BALANCE[stage][0], "!")]
        with pytest.raises(HungUp):
            House(script).run(whole)


@pytest.mark.parametrize("seconds", [60, 600])
def test_self_service_is_bounded_even_for_a_caller_who_always_wants_it_again(seconds: int) -> None:
    house = House([("业务查询请按2", "#5")] * 1000, menu=MenuSettings(longest_self_service_s=seconds, tries=10**6))
    assert isinstance(house.run(whole), WantsAgent)
    assert house.ended_at == pytest.approx(seconds, abs=1)


@given(st.lists(st.text("0123456789*#ABCD", min_size=1, max_size=40), max_size=12), st.booleans())
def test_whatever_is_pressed_the_walk_ends_politely_and_in_time(presses: list[str], staffed: bool) -> None:
    house = House([("", keys.replace("0", "7")) for keys in presses], staffed=staffed)
    outcome = house.run(whole)
    assert isinstance(outcome, WantsAgent if staffed else Goodbye)
    assert house.ended_at <= house.settings.menu.longest_self_service_s + 15


@given(st.integers(1, 40))
def test_the_tree_can_be_hung_up_on_at_any_moment(keys: int) -> None:
    everything = f"#21{FIRST.account}#{FIRST.pin}#12*29*5##22*1*1{SECOND.account}#"
    house = House([("您好", everything[:keys] + "!")])
    with pytest.raises(HungUp):
        house.run(whole)


# -- the core is slow, away or confused -----------------------------------------------------------------------------


def test_while_the_core_thinks_the_caller_hears_that_we_are_looking_within_three_seconds() -> None:
    house = House([*TO_BALANCE, ("账户余额和状态请按1", "0")])
    house.core.delay_s = 4.0
    house.run(whole)
    asked = max(at for at, words in house.line.heard if "请输入六位" in words) + 0.5
    waiting = [at for at, words in house.line.heard if "正在为您查询" in words]
    assert waiting[0] - asked < 3.0
    assert say_amount(FIRST.balance) in house.line.text


def test_a_core_that_never_answers_is_given_up_and_the_caller_chooses() -> None:
    house = House([*TO_BALANCE, ("系统繁忙", "#"), ("系统繁忙", "0")])
    house.core.fault = Fault.SILENT
    assert isinstance(house.run(whole), WantsAgent)
    assert [event.why for event in house.events if isinstance(event, SelfServiceFailed)] == ["core_slow", "core_slow"]
    assert house.core.asked == {"identify": 2}
    assert house.line.text.count("正在为您查询") >= 2


@pytest.mark.parametrize(("fault", "why"), [(Fault.FAILING, "core_down"), (Fault.HALF, "core_wrong"), (Fault.WRONG_PERSON, "core_wrong")])
def test_a_core_in_trouble_is_said_to_be_busy_and_star_goes_back(fault: Fault, why: str) -> None:
    house = House([("账户余额和状态请按1", "1"), ("系统繁忙", "*"), ("账户查询请按1", "0")])
    house.core.fault = fault
    house.run(lambda h: walk(h.talk, h.core, h.gate, at_node="Q.1", logged_in=FIRST.depositor))
    assert [event.why for event in house.events if isinstance(event, SelfServiceFailed)] == [why]
    assert "余额为" not in house.line.text
    assert "当前余额" not in house.line.text


@pytest.mark.parametrize("person", [FIRST, SECOND])
def test_nobody_ever_hears_another_persons_balance(person: Any) -> None:
    house = House([("账户余额和状态请按1", "12"), ("系统繁忙", "**"), ("", "0")])
    house.core.fault = Fault.WRONG_PERSON
    house.run(lambda h: walk(h.talk, h.core, h.gate, at_node="Q.1", logged_in=DepositorId(person.depositor)))
    for other in house.core.people:
        assert say_amount(other.balance) not in house.line.text


def test_who_hangs_up_just_as_the_core_fails_leaves_no_failure_that_nobody_heard_of() -> None:
    house = House([("账户余额和状态请按1", "1")])
    house.core.fault, house.core.delay_s = Fault.FAILING, 3.0
    heard, unheard = house.line.say, []

    async def say(*sounds: str, interruptible: bool = True) -> str | None:
        key = await heard(*sounds, interruptible=interruptible)
        if "正在为您查询" in house.line.text:
            raise HungUp
        return key

    async def hang_up(house: House) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: unheard.append(context["message"]))
        with pytest.raises(HungUp):
            await walk(house.talk, house.core, house.gate, at_node="Q.1", logged_in=FIRST.depositor)
        gc.collect()

    house.line.say = say  # type: ignore[method-assign]
    house.run(hang_up)
    assert house.core.asked["account"] == 1
    assert unheard == []


def test_off_hours_a_core_in_trouble_offers_nobody() -> None:
    house = House([("账户余额和状态请按1", "1"), ("系统繁忙", "!")], staffed=False)
    house.core.fault = Fault.FAILING
    with pytest.raises(HungUp):
        house.run(lambda h: walk(h.talk, h.core, h.gate, at_node="Q.1", logged_in=FIRST.depositor))
    assert "人工服务请按0" not in house.line.text


def test_an_attempt_the_core_could_not_judge_is_not_counted() -> None:
    house = House([*TO_BALANCE, ("系统繁忙", "0")], core=CoreSettings(give_up_after_s=5.0))
    house.core.fault = Fault.FAILING
    house.run(whole)
    assert set(house.attempts.counted.values()) <= {0}
    assert not [event for event in house.events if isinstance(event, LoginRefused)]

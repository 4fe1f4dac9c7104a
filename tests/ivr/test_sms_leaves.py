"""Texts by phone: subscribing, unsubscribing, what is subscribed, figures and forms sent rather than said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fund_core.fake import Fault
from fund_core.people import demo_units
from hotline.events import SelfServiceGiven
from hotline.money import Fen, yuan
from ivr.manners import Nav
from ivr.needs import ALL_CLASSES, Needs
from ivr.subscription import phrase_of
from telephony.ports import HungUp
from tests.ivr.leaf import LeafHouse
from tests.ivr.rooms import FakeKnowledge, Told

NEW = "15400000099"


def mobile(house: LeafHouse) -> str:
    return house.core.people[0].mobile


def without_mobile(house: LeafHouse) -> LeafHouse:
    house.core.people[0] = replace(house.core.people[0], mobile="")
    return house


def given(house: LeafHouse) -> list[str]:
    return [event.service for event in house.events if isinstance(event, SelfServiceGiven)]


# -- subscribing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "classes", "words"),
    [
        ("1", {"account"}, "账户变动"),
        ("2", {"loan"}, "贷款"),
        ("3", {"notice"}, "业务通知"),
        ("4", set(ALL_CLASSES), "账户变动、贷款和业务通知"),
    ],
)
def test_what_he_chooses_is_opened_told_texted_and_proved(key: str, classes: set[str], words: str) -> None:
    house = LeafHouse([("开通全部短信请按4", key)])
    assert house.hold("sms_subscribe", "A.4.1") is None
    assert house.sms.open[house.me] == classes
    assert f"您已开通{words}短信服务" in house.line.text
    assert house.sms.texts_to(mobile(house)) == [f"【示范公积金】您已开通{words}短信服务，回复TD可关闭。"]
    assert given(house) == ["A.4.1"]
    [(what, proof)] = house.sms.consents
    assert what == "open"
    assert "账户变动短信请按1" in proof
    assert proof.endswith(f"[{key}]")


def test_opening_what_is_open_says_so_and_texts_nothing() -> None:
    house = LeafHouse([("开通全部短信请按4", "1")])
    house.sms.open[house.me] = frozenset({"account"})
    house.hold("sms_subscribe", "A.4.1")
    assert "您已开通账户变动短信服务" in house.line.text
    assert house.sms.sent == {}


def test_the_same_key_twice_in_a_call_is_one_text() -> None:
    house = LeafHouse([("开通全部短信请按4", "1")])
    house.hold("sms_subscribe", "A.4.1")
    house.again([("开通全部短信请按4", "1")])
    house.hold("sms_subscribe", "A.4.1")
    assert len(house.sms.sent) == 1


def test_who_has_no_mobile_may_bind_one_and_goes_on() -> None:
    script = [("尚未绑定手机", "1"), ("您要绑定的手机号码", f"{NEW}#"), ("确认请按1", "1"), ("新手机收到的六位验证码", "702915"),
              ("开通全部短信请按4", "4")]  # fmt: skip
    house = without_mobile(LeafHouse(script))
    assert house.hold("sms_subscribe", "A.4.1") is None
    assert house.core.people[0].mobile == NEW
    assert house.sms.open[house.me] == set(ALL_CLASSES)


@pytest.mark.parametrize(("key", "nav"), [("*", Nav.BACK), ("0", Nav.AGENT), ("9", Nav.MAIN)])
def test_who_has_no_mobile_and_binds_none_opens_nothing(key: str, nav: Nav) -> None:
    house = without_mobile(LeafHouse([("尚未绑定手机", key)]))
    assert house.hold("sms_subscribe", "A.4.1") is nav
    assert house.sms.open == {}


@pytest.mark.parametrize("dialog", ["sms_subscribe", "sms_unsubscribe"])
def test_who_hangs_up_at_the_question_has_changed_nothing(dialog: str) -> None:
    house = LeafHouse([("返回请按星号键", "!")])
    house.sms.open[house.me] = frozenset({"account"})
    with pytest.raises(HungUp):
        house.hold(dialog, "A.4.1")
    assert house.sms.open[house.me] == {"account"}
    assert house.sms.consents == []


def test_closing_needs_no_mobile_and_texts_only_where_there_is_one() -> None:
    house = without_mobile(LeafHouse([("关闭全部短信请按4", "4")]))
    house.sms.open[house.me] = frozenset({"account", "notice"})
    assert house.hold("sms_unsubscribe", "A.4.2") is None
    assert house.sms.open[house.me] == frozenset()
    assert "您已关闭账户变动和业务通知短信服务" in house.line.text
    assert house.sms.sent == {}


def test_what_is_closed_is_texted_with_the_way_back() -> None:
    house = LeafHouse([("关闭全部短信请按4", "2")])
    house.sms.open[house.me] = frozenset({"account", "loan"})
    house.hold("sms_unsubscribe", "A.4.2")
    assert house.sms.open[house.me] == {"account"}
    assert house.sms.texts_to(mobile(house)) == ["【示范公积金】您已关闭贷款短信服务，回复KT可重新开通。"]


def test_closing_what_is_closed_says_so() -> None:
    house = LeafHouse([("关闭全部短信请按4", "3")])
    house.hold("sms_unsubscribe", "A.4.2")
    assert "您没有开通业务通知短信服务" in house.line.text
    assert house.sms.sent == {}


def test_a_bridge_that_is_away_leaves_the_choice_to_him() -> None:
    house = LeafHouse([("重新查询请按井号键", "*")])
    house.sms.away = True
    assert house.hold("sms_subscribe", "A.4.1") is Nav.BACK
    assert house.why() == ["store_down"]


@pytest.mark.parametrize("classes", [frozenset(), *[frozenset(each) for each in (("account",), ("loan", "notice"), ALL_CLASSES)]])
def test_what_is_subscribed_is_told_with_the_mobiles_tail(classes: frozenset[str]) -> None:
    house = LeafHouse([])
    house.sms.open[house.me] = classes  # type: ignore[assignment]
    assert house.hold("sms_status", "A.4.4") is None
    assert "尾号零零零幺的手机" in house.line.text
    named = house.prompts.words(phrase_of(classes)) if classes else "没有开通短信服务"  # type: ignore[arg-type]
    assert named in house.line.text
    assert mobile(house) not in house.line.text


def test_every_set_of_classes_has_its_words() -> None:
    sets = [{c for at, c in enumerate(ALL_CLASSES) if mask >> at & 1} for mask in range(1, 8)]
    assert len({LeafHouse([]).prompts.words(phrase_of(each)) for each in sets}) == 7


# -- the account's figures -----------------------------------------------------------------------------------------------


def test_the_accounts_figures_are_sent_to_the_bound_mobile_once_a_call() -> None:
    house = LeafHouse([])
    for _ in range(2):
        assert house.hold("account_by_sms", "Q.1.5") is None
    assert "账户信息将发送至您绑定的尾号零零零幺的手机" in house.line.text
    me, employers = house.core.people[0], dict(demo_units())
    paid = f"{me.paid_through[:4]}年{int(me.paid_through[4:])}月"
    assert house.sms.texts_to(mobile(house)) == [
        f"【示范公积金】{me.name}，您尾号0001的公积金账户余额{yuan(me.balance)}元，月缴存额{yuan(Fen(me.own_deposit * 2))}元，"
        f"缴至{paid}，状态正常，单位{employers[me.unit]}。"
    ]


def test_the_account_he_chose_is_the_one_that_is_sent() -> None:
    house = LeafHouse([])
    two = next(person for person in house.core.people if person.second_account)
    house.hold("account_by_sms", "Q.1.5", depositor=two.depositor, account=1)
    assert f"尾号{two.second_account[-4:]}" in house.sms.texts_to(two.mobile)[0]


def test_without_a_mobile_he_may_bind_one_and_it_is_sent_there() -> None:
    script = [("尚未绑定手机", "1"), ("您要绑定的手机号码", f"{NEW}#"), ("确认请按1", "1"), ("新手机收到的六位验证码", "702915")]
    house = without_mobile(LeafHouse(script))
    assert house.hold("account_by_sms", "Q.1.5") is None
    assert any("公积金账户余额" in text for text in house.sms.texts_to(NEW))


@pytest.mark.parametrize(("fault", "why"), [(Fault.FAILING, "core_down"), (Fault.WRONG_PERSON, "core_wrong"), (Fault.SILENT, "core_slow")])
def test_a_core_that_fails_sends_nothing(fault: Fault, why: str) -> None:
    house = LeafHouse([("重新查询请按井号键", "*")])
    house.core.fault = fault
    assert house.hold("account_by_sms", "Q.1.5") is Nav.BACK
    assert house.sms.sent == {}
    assert house.why() == [why]


# -- forms ---------------------------------------------------------------------------------------------------------------


def forms_house(script: list[tuple[str, str]], number: str) -> tuple[LeafHouse, FakeKnowledge]:
    house = LeafHouse(script)
    shelf = FakeKnowledge(articles=[Told("forms/unit", "", "下载地址 https://forms.example.invalid/unit", "单位业务表格")])
    house.needs = Needs(sms=house.sms, knowledge=shelf, number_of=lambda call: number)  # type: ignore[arg-type]
    return house, shelf


def test_forms_are_sent_to_the_mobile_he_calls_from_once_a_call() -> None:
    house, shelf = forms_house([("单位业务表格请按2", "2")], NEW)
    assert house.hold("forms", "G.6") is None
    house.again([("单位业务表格请按2", "2")])
    house.hold("forms", "G.6")
    assert house.sms.texts_to(NEW) == ["【示范公积金】单位业务表格：下载地址 https://forms.example.invalid/unit"]
    assert "尾号零零九九" in house.line.text
    assert shelf.uses == [("forms/unit", True)] * 2
    assert given(house) == ["G.6", "G.6"]


@pytest.mark.parametrize("number", ["09311234567", ""])
def test_who_calls_from_no_mobile_is_asked_for_one(number: str) -> None:
    house, _ = forms_house([("单位业务表格请按2", "2"), ("接收短信的手机号码", f"{NEW}#"), ("确认请按1", "1")], number)
    assert house.hold("forms", "G.6") is None
    assert len(house.sms.texts_to(NEW)) == 1


def test_what_is_no_mobile_is_not_taken_for_one() -> None:
    wrong = ("接收短信的手机号码", "09311234567#")
    house, _ = forms_house([("单位业务表格请按2", "2"), wrong, wrong, wrong], "")
    assert house.hold("forms", "G.6") is Nav.FAILED
    assert house.sms.sent == {}


def test_forms_that_are_not_there_are_said_not_to_be() -> None:
    house, _ = forms_house([("单位业务表格请按2", "1")], NEW)
    assert house.hold("forms", "G.6") is None
    assert "暂时没有可以发送的表格" in house.line.text
    assert house.why() == ["not_found"]

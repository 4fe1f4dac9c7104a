"""The query PIN by phone: changed by who is logged in, set anew with a code; why one is refused is said, whose it is never."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from fund_core.fake import Fault
from fund_core.people import demo_unit_pin, demo_units, unit_key
from fund_core.weak_pin import PinFault
from hotline.events import PinSet
from hotline.ids import CallerKey
from hotline.secret import Secret
from hotline.settings import LoginSettings, MenuSettings
from ivr.guard.rule import Origin
from ivr.login import Caller, log_in
from ivr.manners import Nav
from telephony.ports import HungUp
from tests.ivr.leaf import LeafHouse, Script

CODE = "702915"
GOOD = "837264"
TWICE: Script = [("新的六位数字密码", GOOD), ("再次输入新密码", GOOD)]


def me(house: LeafHouse):  # type: ignore[no-untyped-def]
    return house.core.people[0]


def reset_script(house_or_id: str, code: str = CODE) -> Script:
    return [("请输入您的身份证号", f"{house_or_id.replace('X', '*')}#"), ("六位短信验证码", code)]


ID = LeafHouse([]).core.people[0].citizen_id


# -- changing ------------------------------------------------------------------------------------------------------------


def test_who_is_logged_in_keys_a_new_one_twice_and_it_holds_and_he_is_texted() -> None:
    house = LeafHouse(TWICE)
    assert house.hold("pin_change", "Q.5.1") is None
    assert me(house).pin == GOOD
    assert "新密码已经生效" in house.line.text
    assert "查询密码已修改" in house.sms.texts_to(me(house).mobile)[0]
    assert house.kinds() == ["PinSet", "SelfServiceGiven"]
    assert house.events[0].by == "old_pin"  # type: ignore[union-attr]


def test_two_different_ones_change_nothing_and_he_may_try_again() -> None:
    house = LeafHouse([("新的六位数字密码", GOOD), ("再次输入新密码", "937264"), *TWICE])
    assert house.hold("pin_change", "Q.5.1") is None
    assert "两次输入的密码不一致" in house.line.text
    assert me(house).pin == GOOD


def weak(fault: PinFault) -> str:
    """A PIN of the first person's that is refused for this."""
    person = LeafHouse([]).core.people[0]
    return {
        PinFault.ALL_EQUAL: "111111", PinFault.RUN: "123407", PinFault.BIRTHDAY: person.citizen_id[8:14],
        PinFault.OWN_NUMBER: person.mobile[-6:], PinFault.INITIAL: f"{person.citizen_id.replace('X', '0')[-4:]}00",
        PinFault.OLD: person.pin, PinFault.POPULAR: "520131", PinFault.DATE: "870923",
    }[fault]  # fmt: skip


@pytest.mark.parametrize("fault", [fault for fault in PinFault if fault is not PinFault.NOT_SIX_DIGITS])
def test_a_pin_that_is_too_weak_is_refused_with_its_reason(fault: PinFault) -> None:
    pin = weak(fault)
    house = LeafHouse([("新的六位数字密码", pin), ("再次输入新密码", pin), *TWICE])
    assert house.hold("pin_change", "Q.5.1") is None
    said = house.prompts.words(f"pin_{fault.value}")
    assert said.rstrip("。") in house.line.text
    assert me(house).pin == GOOD


def test_every_reason_has_words_of_its_own() -> None:
    assert len({LeafHouse([]).prompts.words(f"pin_{fault.value}") for fault in PinFault}) == len(PinFault)


def test_after_three_refused_ones_it_stays_as_it_was() -> None:
    house = LeafHouse([("新的六位数字密码", "111111"), ("再次输入新密码", "111111")] * 3)
    before = me(house).pin
    assert house.hold("pin_change", "Q.5.1") is Nav.BACK
    assert "密码没有修改" in house.line.text
    assert me(house).pin == before
    assert house.why() == ["refused"]


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("keys", ["!", "**", "12!"])
def test_whoever_leaves_in_the_middle_has_changed_nothing(at: int, keys: str) -> None:
    house = LeafHouse([*TWICE[:at], (TWICE[at][0], keys)])
    before = me(house).pin
    if "!" in keys:
        with pytest.raises(HungUp):
            house.hold("pin_change", "Q.5.1")
    else:
        assert house.hold("pin_change", "Q.5.1") is Nav.BACK
    assert me(house).pin == before


def test_an_employers_pin_is_changed_too() -> None:
    number, _ = demo_units()[0]
    unit = unit_key(number)
    house = LeafHouse(TWICE)
    assert house.hold("pin_change", "Q.5.1", unit=unit) is None
    assert house.run(lambda h: h.core.verify(unit, Secret(GOOD))).right
    assert not house.run(lambda h: h.core.verify(unit, Secret(demo_unit_pin(number)))).right
    assert house.sms.sent == {}


@pytest.mark.parametrize(("key", "of_person"), [("1", True), ("2", False)])
def test_who_is_logged_in_for_both_is_asked_which(key: str, of_person: bool) -> None:
    unit = unit_key(demo_units()[0][0])
    house = LeafHouse([("修改单位查询密码请按2", key), *TWICE])
    assert house.hold("pin_change", "Q.5.1", depositor=house.me, unit=unit) is None
    assert (me(house).pin == GOOD) is of_person
    assert house.run(lambda h: h.core.verify(unit, Secret(GOOD))).right is not of_person


def test_where_weak_pins_open_the_old_one_proves_too_little() -> None:
    house = LeafHouse([("六位短信验证码", CODE), *TWICE], login=LoginSettings(weak_pins_open=True))
    assert house.hold("pin_change", "Q.5.1") is None
    assert me(house).pin == GOOD
    without = LeafHouse(TWICE, login=LoginSettings(weak_pins_open=True))
    without.core.people[0] = replace(me(without), mobile="")
    assert without.hold("pin_change", "Q.5.1") is Nav.BACK
    assert "到业务网点办理密码重置" in without.line.text


def test_an_answer_that_got_lost_after_it_was_set_counts_as_set() -> None:
    house = LeafHouse([*TWICE, ("重新查询请按井号键", "#")])
    really = house.core.set_pin

    async def lost_once(*given: object) -> object:
        held = await really(*given)  # type: ignore[arg-type]
        house.core.set_pin = really  # type: ignore[method-assign]
        house.core.fault = Fault.FAILING
        try:
            await house.core.offices(None)  # type: ignore[arg-type]
        finally:
            house.core.fault = None
        return held

    house.core.set_pin = lost_once  # type: ignore[method-assign,assignment]
    assert house.hold("pin_change", "Q.5.1") is None
    assert "新密码已经生效" in house.line.text
    assert me(house).pin == GOOD


# -- resetting -----------------------------------------------------------------------------------------------------------


def test_with_the_code_to_his_mobile_he_sets_a_new_one_and_his_wrong_tries_are_forgotten() -> None:
    house = LeafHouse([])
    for _ in range(3):
        house.run(lambda h: h.gate.judge(Secret(ID), Secret("000001"), h.talk.now()))
    assert house.run(lambda h: h.gate.judge(Secret(ID), Secret(me(house).pin), h.talk.now())) is None
    house.again([*reset_script(ID), *TWICE])
    assert house.hold("pin_reset", "Q.5.2", depositor=None) is None
    assert me(house).pin == GOOD
    assert house.forgotten == 1
    assert [(each.depositor, each.by) for each in house.events if isinstance(each, PinSet)] == [(house.me, "code")]
    assert "查询密码已修改" in house.sms.texts_to(me(house).mobile)[-1]
    house.again([("公积金账号", f"{ID.replace('X', '*')}#"), ("六位数字密码", GOOD)])
    assert house.run(lambda h: log_in(h.talk, h.gate, Caller())) == house.me


def test_an_initial_pin_that_opens_nothing_is_replaced_so() -> None:
    house = LeafHouse([])
    person = next(each for each in house.core.people if each.initial)
    house.again([*reset_script(person.citizen_id), *TWICE])
    assert house.hold("pin_reset", "Q.5.2", depositor=None) is None
    assert house.run(lambda h: h.gate.judge(Secret(person.account), Secret(GOOD), h.talk.now())) == person.depositor


def no_mobile(house: LeafHouse) -> None:
    house.core.people[0] = replace(me(house), mobile="")


def asked_too_often(house: LeafHouse) -> None:
    for _ in range(house.settings.login.tries_per_caller_day):
        house.run(lambda h: h.gate.may_ask_for_code(h.talk.origin, h.talk.now()))


def nothing(house: LeafHouse) -> None:
    pass


STRANGE_ID = "999901198001010016"


def test_nobody_learns_whose_number_it_is_or_whether_a_mobile_is_bound() -> None:
    """Unknown, without a mobile, a line that asks too often, a wrong code: the same words at the same moments."""
    wrong = [("六位短信验证码", "000000")] * 3
    heard = {}
    for name, number, before in (
        ("wrong code", ID, nothing), ("no mobile", ID, no_mobile), ("unknown", STRANGE_ID, nothing), ("too often", ID, asked_too_often),
    ):  # fmt: skip
        house = LeafHouse([reset_script(number)[0], *wrong])
        house.talk.origin = Origin(CallerKey("somebody"), CallerKey("block"))
        before(house)
        assert house.hold("pin_reset", "Q.5.2", depositor=None) is Nav.BACK
        heard[name] = [(round(at, 6), words) for at, words in house.line.heard], dict(house.core.asked), house.why()
        sent = house.sms.texts_to(LeafHouse([]).core.people[0].mobile)
        assert bool(sent) is (name == "wrong code")
    assert heard["wrong code"][0][-1][1].startswith("请携带本人有效身份证件")
    assert all(each == heard["wrong code"] for each in heard.values())


def test_the_code_is_asked_for_at_a_fixed_moment_however_long_the_core_takes() -> None:
    moments = []
    for delay in (0.0, 0.3):
        house = LeafHouse([reset_script(ID)[0], ("六位短信验证码", "**")])
        house.core.delay_s = delay
        house.hold("pin_reset", "Q.5.2", depositor=None)
        [asked] = [at for at, words in house.line.heard if "六位短信验证码" in words]
        moments.append(asked)
    assert moments[0] == pytest.approx(moments[1])


def test_a_code_that_is_too_old_opens_nothing() -> None:
    script = [reset_script(ID)[0], ("没有检测到", ""), ("六位短信验证码", CODE), ("六位短信验证码", CODE), ("六位短信验证码", CODE)]
    house = LeafHouse([*script, *TWICE], menu=MenuSettings(code_wait_s=301.0))
    before = me(house).pin
    assert house.hold("pin_reset", "Q.5.2", depositor=None) is Nav.BACK
    assert house.line.text.count("验证码不正确或已失效") == 2
    assert me(house).pin == before


@pytest.mark.parametrize("number", ["123456789012345678", "12345", "999901198001010017"])
def test_what_can_be_no_identity_number_is_asked_again_and_sends_nothing(number: str) -> None:
    house = LeafHouse([("请输入您的身份证号", f"{number}#")] * 3)
    assert house.hold("pin_reset", "Q.5.2", depositor=None) is Nav.FAILED
    assert house.sms.sent == {}
    assert house.core.asked == {}


def test_after_the_code_a_hang_up_leaves_the_old_pin() -> None:
    house = LeafHouse([*reset_script(ID), ("新的六位数字密码", GOOD), ("再次输入新密码", "!")])
    before = me(house).pin
    with pytest.raises(HungUp):
        house.hold("pin_reset", "Q.5.2", depositor=None)
    assert me(house).pin == before
    assert house.forgotten == 0


def test_a_used_code_opens_no_second_time() -> None:
    house = LeafHouse([*reset_script(ID), ("新的六位数字密码", "**")])
    house.hold("pin_reset", "Q.5.2", depositor=None)
    house.again([reset_script(ID)[0]])
    assert house.hold("pin_reset", "Q.5.2", depositor=None) is Nav.BACK
    assert "请一分钟后再试" in house.line.text


@pytest.mark.parametrize("fault", [Fault.FAILING, Fault.SILENT, Fault.WRONG_PERSON])
def test_a_core_that_fails_sends_no_code(fault: Fault) -> None:
    house = LeafHouse([reset_script(ID)[0], ("重新查询请按井号键", "*")])
    house.core.fault = fault
    assert house.hold("pin_reset", "Q.5.2", depositor=None) is Nav.BACK
    assert house.sms.sent == {}


def test_no_digit_of_code_or_pin_is_in_an_event_or_a_text_about_it() -> None:
    house = LeafHouse([*reset_script(ID), *TWICE])
    house.hold("pin_reset", "Q.5.2", depositor=None)
    assert not re.search(f"{CODE}|{GOOD}", repr(house.events))
    assert not any(GOOD in text for _, text in house.sms.sent.values())
    assert GOOD not in house.line.text

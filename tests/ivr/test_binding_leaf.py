"""Binding a mobile by phone: a code to the old number first, then one to the new; a hang-up anywhere leaves the old one bound."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fund_core.fake import Fault
from fund_core.port import CoreAway
from hotline.secret import Secret
from ivr.manners import Nav
from telephony.ports import HungUp
from tests.ivr.leaf import LeafHouse, Script

NEW = "15400000099"
TO_OLD, TO_NEW = "480216", "935742"
SURE: Script = [("确认更换请按1", "1"), ("您要绑定的手机号码", f"{NEW}#"), ("重新输入请按2", "1")]
BIND: Script = [*SURE, ("原手机收到的六位验证码", TO_OLD), ("新手机收到的六位验证码", TO_NEW)]


def house_for(script: Script, *, bound: bool = True) -> LeafHouse:
    house = LeafHouse(script)
    house.sms.draw = [TO_OLD, TO_NEW] if bound else [TO_NEW]
    if not bound:
        house.core.people[0] = replace(house.core.people[0], mobile="")
    return house


def bind(house: LeafHouse) -> Nav | None:
    return house.hold("mobile_binding", "A.4.3")


def test_with_a_code_of_each_number_another_mobile_is_bound_and_the_old_one_told() -> None:
    house = house_for(BIND)
    old = house.core.people[0].mobile
    assert bind(house) is None
    assert house.core.people[0].mobile == NEW
    assert "已绑定尾号零零零幺的手机" in house.line.text
    assert "您输入的是幺五四，零零零零，零零九九" in house.line.text
    assert "现在绑定尾号零零九九的手机" in house.line.text
    assert [text.split("，")[0] for text in house.sms.texts_to(NEW)] == [f"【示范公积金】验证码{TO_NEW}"]
    assert "绑定手机已更换为尾号0099的号码" in house.sms.texts_to(old)[-1]
    assert old not in house.line.text
    assert house.kinds() == ["MobileBound", "SelfServiceGiven"]


def test_the_first_mobile_takes_one_code_only() -> None:
    house = house_for([SURE[1], SURE[2], BIND[4]], bound=False)
    assert bind(house) is None
    assert house.core.people[0].mobile == NEW
    assert "原手机" not in house.line.text


def test_the_new_number_is_sent_nothing_before_the_old_ones_code_is_right() -> None:
    wrong = ("六位验证码", "000000")
    house = house_for([*SURE, ("原手机收到的六位验证码", "000000"), wrong, wrong])
    assert bind(house) is Nav.BACK
    assert house.sms.texts_to(NEW) == []
    assert house.line.text.count("验证码不正确或已失效") == 2
    assert "验证未通过" in house.line.text
    assert "原手机遗失的，请到业务网点办理" in house.line.text
    assert house.why() == ["refused"]


def test_the_old_numbers_code_is_not_taken_for_the_new_ones() -> None:
    house = house_for([*BIND[:4], ("新手机收到", TO_OLD), ("新手机收到", TO_OLD), ("新手机收到", TO_OLD)])
    old = house.core.people[0].mobile
    assert bind(house) is Nav.BACK
    assert house.core.people[0].mobile == old


@pytest.mark.parametrize("at", range(5))
def test_a_hang_up_anywhere_leaves_the_old_one_bound(at: int) -> None:
    house = house_for([*BIND[:at], (BIND[at][0], "!")])
    old = house.core.people[0].mobile
    with pytest.raises(HungUp):
        bind(house)
    assert house.core.people[0].mobile == old


@pytest.mark.parametrize("at", range(5))
def test_back_anywhere_leaves_the_old_one_bound(at: int) -> None:
    house = house_for([*BIND[:at], (BIND[at][0], "**" if at in (1, 3, 4) else "*")])
    old = house.core.people[0].mobile
    assert bind(house) is Nav.BACK
    assert house.core.people[0].mobile == old


def test_a_number_that_is_no_mobile_is_asked_again_three_times() -> None:
    house = house_for([SURE[0], *[("您要绑定的手机号码", "12345678901#")] * 3])
    assert bind(house) is Nav.FAILED
    assert house.sms.sent == {}


def test_a_number_keyed_wrongly_is_keyed_again() -> None:
    house = house_for([SURE[0], ("您要绑定的手机号码", "15400000088#"), ("重新输入请按2", "2"), *SURE[1:], *BIND[3:]])
    assert bind(house) is None
    assert house.core.people[0].mobile == NEW
    assert house.sms.texts_to("15400000088") == []


def test_the_bound_number_itself_is_not_bound_again() -> None:
    house = house_for([SURE[0], ("您要绑定的手机号码", f"{LeafHouse([]).core.people[0].mobile}#"), ("重新输入请按2", "1")])
    assert bind(house) is None
    assert "您输入的就是现在绑定的手机号码" in house.line.text
    assert house.sms.sent == {}


def test_asking_again_within_the_minute_is_told_so() -> None:
    house = house_for([*SURE, ("原手机收到的六位验证码", "**")])
    bind(house)
    house.again(SURE)
    assert bind(house) is Nav.BACK
    assert "请一分钟后再试" in house.line.text


def test_a_code_that_comes_slowly_is_waited_for() -> None:
    house = LeafHouse([*SURE, ("没有检测到", ""), ("原手机收到的六位验证码", TO_OLD), ("新手机收到的六位验证码", TO_NEW)])
    house.sms.draw = [TO_OLD, TO_NEW]
    assert bind(house) is None
    waited = [later - earlier for (earlier, _), (later, _) in zip(house.line.heard, house.line.heard[1:], strict=False)]
    assert max(waited) >= house.settings.menu.code_wait_s
    assert house.core.people[0].mobile == NEW


def test_a_core_that_fails_at_the_last_moment_can_be_asked_again() -> None:
    house = house_for([*BIND, ("重新查询请按井号键", "#")])
    really = house.core.bind_mobile
    asked: list[str] = []

    async def away_once(depositor: object, number: Secret) -> None:
        asked.append("")
        if len(asked) == 1:
            raise CoreAway
        await really(house.me, number)

    house.core.bind_mobile = away_once  # type: ignore[method-assign,assignment]
    assert bind(house) is None
    assert house.core.people[0].mobile == NEW


def test_a_core_that_is_away_is_told_before_anything_is_sent() -> None:
    house = house_for([("重新查询请按井号键", "*")])
    house.core.fault = Fault.FAILING
    assert bind(house) is Nav.BACK
    assert house.sms.sent == {}

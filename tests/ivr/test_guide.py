"""业务指南: articles, frequent questions, branches and estates, told by phone from the knowledge base."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from hotline.events import AgentWanted, SelfServiceFailed, SelfServiceGiven
from hotline.settings import CoreSettings
from ivr.needs import Needs
from ivr.prompts import Prompts
from ivr.version import MenuVersion
from ivr.walk import Goodbye, Outcome, WantsAgent, walk
from telephony.ports import HungUp
from tests.ivr.fake_sms import FakeSms
from tests.ivr.rooms import COUNTY, GARDEN, LOAN, FakeKnowledge, Told
from tests.ivr.scripted import BOOK, MENU, SOURCE, House

MOBILE = "13900001111"
TO_LOAN = [("业务指南请按1", "1"), ("政策查询请按1", "1"), ("贷款政策请按3", "3")]
TO_BRANCHES = [("业务指南请按1", "12")]
TO_ESTATES = [("业务指南请按1", "14")]
FIRST, SECOND = "连续缴存六个月以上可以申请贷款。", "期限最长三十年。"


def needs(knowledge: FakeKnowledge | None, sms: FakeSms | None = None, number: str = MOBILE) -> Needs:
    return Needs(knowledge=knowledge, sms=cast(Any, sms), number_of=lambda call: number)


def run(house: House, given: Needs) -> Outcome:
    return house.run(lambda h: walk(h.talk, h.core, h.gate, needs=given))


def given_services(house: House) -> list[str]:
    return [event.service for event in house.events if isinstance(event, SelfServiceGiven)]


def failures(house: House) -> list[tuple[str, str]]:
    return [(event.service, event.why) for event in house.events if isinstance(event, SelfServiceFailed)]


# -- articles --------------------------------------------------------------------------------------------------------


def test_a_caller_hears_the_published_article_sentence_by_sentence_and_goes_back_to_the_policies() -> None:
    knowledge = FakeKnowledge()
    house = House([*TO_LOAN, ("返回上级菜单", "*"), ("贷款政策请按3", "0")])
    assert isinstance(run(house, needs(knowledge)), WantsAgent)
    assert f"{FIRST}，{SECOND}" in house.line.text
    assert "返回上级菜单请按星号键，人工服务请按0" in house.line.text
    assert given_services(house) == ["G.1.3"]
    assert knowledge.uses == [("policy/loan", False)]


def test_square_says_the_article_again_and_a_key_interrupts_it() -> None:
    house = House([*TO_LOAN, (FIRST, "#"), (FIRST, ""), ("重听请按井号键", "*"), ("贷款政策请按3", "0")])
    run(house, needs(FakeKnowledge()))
    assert house.line.text.count(FIRST) == 2
    assert given_services(house) == ["G.1.3"]


def test_the_keys_that_work_everywhere_work_in_an_article() -> None:
    for key, ending in (("0", WantsAgent), ("9", WantsAgent)):
        house = House([*TO_LOAN, (FIRST, key), ("业务指南请按1", "0")])
        assert isinstance(run(house, needs(FakeKnowledge())), ending)


def test_who_presses_nothing_behind_an_article_is_led_to_a_person_as_everywhere() -> None:
    house = House(TO_LOAN)
    assert isinstance(run(house, needs(FakeKnowledge())), WantsAgent)
    assert house.line.text.count("对不起，没有检测到您的输入") == 2
    assert not [event for event in house.events if isinstance(event, AgentWanted)]
    closed = House(TO_LOAN, staffed=False)
    assert run(closed, needs(FakeKnowledge())) == Goodbye("no_input")
    assert "人工服务请按0" not in closed.line.text


def test_the_article_is_sent_to_the_mobile_it_was_asked_from_once() -> None:
    knowledge, sms = FakeKnowledge(), FakeSms()
    again = [("短信接收请按1", "1"), ("贷款政策请按3", "3")]
    house = House([*TO_LOAN, *again, ("短信接收请按1", "1"), ("贷款政策请按3", "0")])
    run(house, needs(knowledge, sms))
    assert sms.texts_to(MOBILE) == [f"【示范公积金】{LOAN.title}：{LOAN.sms}"]
    assert "短信将发送至您的来电号码" in house.line.text
    assert knowledge.uses.count(("policy/loan", True)) == 2


@pytest.mark.parametrize(("number", "sms"), [("09310001111", True), ("", True), (MOBILE, False)])
def test_sending_is_offered_only_where_it_can_be_done(number: str, sms: bool) -> None:
    house = House([*TO_LOAN, ("返回上级菜单", "1"), ("输入有误", "0")])
    run(house, needs(FakeKnowledge(), FakeSms() if sms else None, number))
    assert "短信接收" not in house.line.text
    assert "您的输入有误" in house.line.text


def test_a_text_that_cannot_be_taken_is_not_promised() -> None:
    house = House([*TO_LOAN, ("短信接收请按1", "1"), ("贷款政策请按3", "0")])
    run(house, needs(FakeKnowledge(), FakeSms(away=True)))
    assert "短信暂时无法发送" in house.line.text
    assert "短信将发送" not in house.line.text


def test_of_several_articles_the_most_asked_for_comes_first_and_one_leads_to_the_next() -> None:
    second = Told("policy/loan/second-home", "二套房首付比例不低于三成。")
    stranger = Told("policy/loans-abroad", "别的。")
    knowledge = FakeKnowledge([second, stranger, LOAN])
    house = House([*TO_LOAN, ("下一条请按2", "2"), (FIRST, ""), ("返回上级菜单", "0")])
    run(house, needs(knowledge))
    heard = house.line.text
    assert heard.index("二套房") < heard.index(FIRST)
    assert "别的" not in heard
    assert heard.count("下一条请按2") == 1
    assert [name for name, _ in knowledge.uses] == ["policy/loan/second-home", "policy/loan"]
    assert given_services(house) == ["G.1.3"]


def test_a_corrected_article_is_heard_on_the_next_call() -> None:
    knowledge = FakeKnowledge()
    house = House([*TO_LOAN, (FIRST, "0")])
    run(house, needs(knowledge))
    knowledge.correct("policy/loan", "连续缴存三个月以上可以申请贷款。")
    later = House([*TO_LOAN, ("三个月", "0")])
    run(later, needs(knowledge))
    assert "三个月" in later.line.text
    assert "六个月" not in later.line.text


def test_where_nothing_is_published_the_caller_is_told_so() -> None:
    house = House([*TO_LOAN, ("贷款政策请按3", "0")])
    run(house, needs(FakeKnowledge([])))
    assert "这里暂时没有已发布的内容" in house.line.text
    assert failures(house) == [("G.1.3", "not_found")]


def test_a_knowledge_base_that_is_away_leaves_the_caller_the_usual_choice() -> None:
    house = House([*TO_LOAN, ("暂时无法查询", "0")])
    assert isinstance(run(house, needs(FakeKnowledge(away=True))), WantsAgent)
    assert failures(house) == [("G.1.3", "store_down")]


def test_a_slow_knowledge_base_is_waited_for_aloud() -> None:
    house = House([*TO_LOAN, (FIRST, "0")], core=CoreSettings(waiting_prompt_after_s=2.0, give_up_after_s=10.0))
    run(house, needs(FakeKnowledge(slow=4.0)))
    assert "正在为您查询，请稍候" in house.line.text
    assert FIRST in house.line.text


def test_an_article_without_its_sound_is_apologised_for_and_leads_to_a_person() -> None:
    prompts = Prompts(BOOK, Path("/nowhere"), slow_words_per_minute=130, has=lambda file: False)
    version = MenuVersion(MENU, prompts, SOURCE, "test")
    house = House([*TO_LOAN, ("返回上级菜单", "0")], version=version)
    assert isinstance(run(house, needs(FakeKnowledge(), FakeSms())), WantsAgent)
    assert "很抱歉，这项内容暂时无法播报" in house.line.text
    assert "短信接收" not in house.line.text
    assert "重听" not in house.line.text.splitlines()[-1]
    assert given_services(house) == []
    assert failures(house) == [("G.1.3", "not_spoken")]


def test_a_use_that_cannot_be_counted_costs_the_caller_nothing() -> None:
    class Counting(FakeKnowledge):
        async def used(self, article: str, day: Any, *, by_sms: bool = False) -> None:
            self.away = True
            await self._trouble()

    house = House([*TO_LOAN, (FIRST, ""), ("返回上级菜单", "0")])
    assert isinstance(run(house, needs(Counting())), WantsAgent)


def test_a_hang_up_in_an_article_counts_as_told() -> None:
    knowledge = FakeKnowledge()
    house = House([*TO_LOAN, (FIRST, "!")])
    with pytest.raises(HungUp):
        run(house, needs(knowledge))
    assert given_services(house) == ["G.1.3"]
    assert knowledge.uses == [("policy/loan", False)]


def test_the_slow_profile_hears_the_slow_sounds() -> None:
    house = House([("老年人服务请按8", "8"), *TO_LOAN, (FIRST, "!")], staffed=False)
    with pytest.raises(HungUp):
        run(house, needs(FakeKnowledge()))
    assert house.prompts.slower.text_words()
    assert not house.prompts.text_words() or FIRST in house.line.text


def test_the_five_questions_asked_most_are_told_one_by_one() -> None:
    knowledge = FakeKnowledge([Told(f"faq/{number}", f"问题{number}的答案。") for number in "一二三四五六"])
    on = [("下一条请按1", "1")] * 4
    house = House([("业务指南请按1", "15"), *on, ("返回上级菜单", "*"), ("常见问题请按5", "0")])
    run(house, needs(knowledge))
    assert [name for name, _ in knowledge.uses] == [f"faq/{number}" for number in "一二三四五"]
    assert house.line.text.count("下一条请按1") == 4
    assert given_services(house) == ["G.5"]


# -- branches --------------------------------------------------------------------------------------------------------


def test_the_branches_of_an_area_are_told_one_by_one_with_address_hours_and_telephone() -> None:
    house = House([*TO_BRANCHES, ("电话区号", "0931#"), ("下一个请按1", "1"), ("返回上级菜单", "*"), ("业务网点查询请按2", "0")])
    run(house, needs(FakeKnowledge()))
    heard = house.line.text
    assert "共查询到两个网点，第一个，城关网点，地址，城关区一号，电话，零九三，幺零零零零零零零" not in heard
    assert "共查询到两个网点" in heard
    assert "城关网点，地址，城关区一号，电话，零九三，一零零零，零零零一" in heard.replace("幺", "一")
    assert "办理时间，工作日九点到十七点" in heard
    assert "第二个，河西网点" in heard
    assert heard.count("共查询到") == 1
    assert given_services(house) == ["G.2"]


@pytest.mark.parametrize("keyed", ["931#", "0931#", "0931"])
def test_an_area_code_may_be_keyed_with_or_without_its_zero_and_its_end(keyed: str) -> None:
    house = House([*TO_BRANCHES, ("电话区号", keyed), ("第一个", "0")])
    run(house, needs(FakeKnowledge()))
    assert "城关网点" in house.line.text


def test_who_calls_from_a_fixed_line_need_not_key_his_area() -> None:
    house = House([*TO_BRANCHES, ("电话区号", "#"), ("第一个", "0")])
    run(house, needs(FakeKnowledge(), number="09320001111"))
    assert "东县网点" in house.line.text


def test_from_a_mobile_the_area_is_asked_for_again() -> None:
    house = House([*TO_BRANCHES, ("请输入网点所在地", "#"), ("请输入网点所在地", "0932#"), ("第一个", "0")])
    run(house, needs(FakeKnowledge()))
    assert "无法识别您来电所在地" in house.line.text
    assert "东县网点" in house.line.text


def test_an_area_without_a_branch_is_asked_for_again_three_times_at_most() -> None:
    house = House([*TO_BRANCHES, *[("请输入网点所在地", "010#")] * 3])
    assert isinstance(run(house, needs(FakeKnowledge())), WantsAgent)
    assert house.line.text.count("没有查到该地区的网点") == 3
    assert failures(house) == [("G.2", "not_found")] * 3


def test_two_stars_lead_back_from_the_area_code() -> None:
    house = House([*TO_BRANCHES, ("电话区号", "**"), ("业务网点查询请按2", "0")])
    run(house, needs(FakeKnowledge()))
    assert "网点，地址" not in house.line.text


def test_a_branch_is_sent_by_sms() -> None:
    sms = FakeSms()
    house = House([*TO_BRANCHES, ("电话区号", "0932#"), ("短信接收请按2", "2"), ("业务网点查询请按2", "0")])
    run(house, needs(FakeKnowledge(), sms))
    assert sms.texts_to(MOBILE) == [f"【示范公积金】{COUNTY.name}，地址{COUNTY.address}，电话{COUNTY.phone}，{COUNTY.hours}。"]


# -- estates ---------------------------------------------------------------------------------------------------------


def test_an_estate_is_told_by_its_number() -> None:
    house = House([*TO_ESTATES, ("楼盘备案编号", f"{GARDEN.number}#"), ("演示花园", "0")])
    run(house, needs(FakeKnowledge()))
    assert "演示花园，地址，大街十一号，可以申请公积金贷款" in house.line.text
    assert "相近" not in house.line.text
    assert given_services(house) == ["G.4"]


def test_the_beginning_of_a_number_finds_those_that_begin_so() -> None:
    house = House([*TO_ESTATES, ("楼盘备案编号", "2025#"), ("下一个请按1", "1"), ("河畔苑", "0")])
    run(house, needs(FakeKnowledge()))
    assert "共查询到两个相近的楼盘" in house.line.text
    assert "暂不能申请公积金贷款" in house.line.text


def test_who_does_not_know_the_number_gets_a_person_or_at_night_the_message_offer() -> None:
    house = House([*TO_ESTATES, ("楼盘备案编号", "#")])
    assert isinstance(run(house, needs(FakeKnowledge())), WantsAgent)
    night = House([*TO_ESTATES, ("楼盘备案编号", "#")], staffed=False)
    run(night, needs(FakeKnowledge()))
    assert [event.staffed for event in night.events if isinstance(event, AgentWanted)] == [False]


def test_an_unknown_number_is_asked_for_again() -> None:
    house = House([*TO_ESTATES, ("楼盘备案编号", "999#"), ("楼盘备案编号", "**"), ("业务指南请按1", "0")])
    run(house, needs(FakeKnowledge()))
    assert "没有查到该编号的楼盘" in house.line.text


# -- a house without it ----------------------------------------------------------------------------------------------


def test_without_a_knowledge_base_none_of_it_is_offered() -> None:
    house = House([("投诉建议请按4", "0")])
    run(house, replace(needs(None)))
    assert "业务指南" not in house.line.text

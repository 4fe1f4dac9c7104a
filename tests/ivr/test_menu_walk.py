"""The walk over the menu of data: what is said is what is offered, at any hour, in any centre, for the slow and the quick."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund_core.fake import FakeCore
from fund_core.people import demo_depositors, demo_unit_pin, demo_units, unit_key
from hotline.events import AgentWanted, MenuEntered, SelfServiceGiven
from hotline.moment import SHANGHAI
from hotline.settings import CentreSettings
from ivr.errand import Errand
from ivr.leaves import LEAVES, Leaf, there_are
from ivr.manners import Nav
from ivr.needs import Needs
from ivr.offers import Situation, instead, is_offered, offered, spoken, standing
from ivr.spoken import say_account
from ivr.talk import Talk
from ivr.version import MenuVersion
from ivr.walk import Goodbye, Outcome, WantsAgent, walk
from telephony.ports import HungUp
from tests.ivr.menus import version_with
from tests.ivr.scripted import VERSION, House

FIRST = House([]).core.people[0]
HEAD = "# -- welcome and main menu"
MENU = VERSION.menu
EVERYTHING = frozenset(node.dialog for node in MENU.nodes.values()) - {""}
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=SHANGHAI)


async def served(talk: Talk, errand: Errand) -> Nav | None:
    """A leaf that serves everybody at once."""
    talk.note(SelfServiceGiven(at=talk.now(), call=talk.call, service=errand.node))
    await talk.tell("pin_changed")
    return None


ALL_LEAVES = {**{name: Leaf(served) for name in EVERYTHING}, **{name: leaf for name, leaf in LEAVES.items() if not leaf.needs}}
"""What needs another room than the core serves everybody at once: its own tests have the room."""


@dataclass(frozen=True, slots=True)
class MoreNeeds(Needs):
    """A house whose knowledge base is not there."""

    knowledge: object | None = None


def run(
    house: House, needs: Needs | None = None, leaves: dict[str, Leaf] | None = None, at_node: str = "", logged_in: bool = False
) -> Outcome:
    depositor = FIRST.depositor if logged_in else None
    return house.run(
        lambda h: walk(h.talk, h.core, h.gate, needs=needs, leaves=leaves or LEAVES, at_node=at_node, logged_in=depositor)
    )  # fmt: skip


def nodes(house: House) -> list[str]:
    return [event.node for event in house.events if isinstance(event, MenuEntered)]


def service(name: str, rules: str) -> MenuVersion:
    """The centre's menu with rules for one service."""
    return version_with((HEAD, f'[services."{name}"]\n{rules}\n{HEAD}'))


# -- what is said is what is offered ---------------------------------------------------------------------------------


def situations() -> st.SearchStrategy[Situation]:
    dialogs = st.frozensets(st.sampled_from(sorted(EVERYTHING)))
    return st.builds(
        Situation,
        at=st.datetimes().map(lambda at: at.replace(tzinfo=SHANGHAI)),
        staffed=st.booleans(),
        working_day=st.booleans(),
        dialogs=dialogs,
    )


@given(situations())
def test_a_menu_says_exactly_the_keys_it_offers(now: Situation) -> None:
    for node in MENU.nodes.values():
        if node.action == "menu":
            keys = offered(MENU, node, now)
            said = [match[1] for prompt in spoken(MENU, node, now) if (match := re.search(r"请按(\d)$", prompt))]
            assert [key for key in said if key in node.keys] == list(keys)
            assert set(instead(MENU, node, now)) == set(node.keys) - set(keys)


@given(situations())
def test_nothing_is_offered_behind_which_there_is_nothing(now: Situation) -> None:
    for node in MENU.nodes.values():
        if is_offered(MENU, node.id, now):
            here = MENU.nodes[standing(MENU, node.id, now.staffed)]
            assert here.action != "dialog" or here.dialog in now.dialogs
            assert here.action != "queue" or now.staffed
            assert here.action != "menu" or offered(MENU, here, now)
            assert here.login != "unit" or "login_unit" in now.dialogs


def test_with_all_dialogs_every_key_of_the_menu_is_offered_in_staffed_hours() -> None:
    now = Situation(NOON, True, True, EVERYTHING)
    for node in MENU.nodes.values():
        if node.hours != "off":
            assert offered(MENU, node, now) == dict(node.keys)


def test_a_dialog_that_is_not_there_is_neither_said_nor_led_to() -> None:
    house = House([("投诉建议请按4", "1"), ("投诉建议请按4", "0")])
    run(house)
    assert "业务指南" not in house.line.text
    assert "对不起，该项服务现在没有开放" in house.line.text
    assert nodes(house) == ["E.MAIN"]


def test_a_leaf_whose_room_is_not_there_is_not_offered() -> None:
    leaves = {**LEAVES, "article": Leaf(served, needs=("knowledge",))}
    without = House([("业务查询请按2", "0")])
    run(without, MoreNeeds(), leaves)
    assert "业务指南" not in without.line.text
    there = House([("业务指南请按1", "1"), ("政策查询请按1，办事指南请按3，", "0")])
    run(there, MoreNeeds(knowledge=object()), leaves)
    assert nodes(there) == ["E.MAIN", "G"]
    assert there_are(MoreNeeds(), leaves) == there_are(Needs())


# -- services on, off and by the hour --------------------------------------------------------------------------------


def test_a_service_switched_off_is_not_said_and_its_key_is_told_so() -> None:
    house = House([("业务查询请按2", "2"), ("请按", "1"), ("请按", "0")], version=service("Q.1", "on = false"))
    run(house)
    assert "个人公积金账户查询" not in house.line.text
    assert "贷款查询请按2" in house.line.text
    assert "对不起，该项服务现在没有开放" in house.line.text


def test_what_is_said_instead_can_be_chosen() -> None:
    house = House(
        [("业务查询请按2", "2"), ("请按", "1"), ("请按", "0")], version=service("Q.1", 'on = false\ninstead = "reset_at_counter"')
    )
    run(house)
    assert "请携带本人有效身份证件到业务网点" in house.line.text


def test_pressing_a_closed_service_again_and_again_uses_up_the_tries() -> None:
    house = House([("业务查询请按2", "2"), *[("请按", "1")] * 9], version=service("Q.1", "on = false"))
    assert isinstance(run(house), WantsAgent)
    assert house.line.text.count("没有开放") == 2


def test_a_menu_switched_off_takes_all_below_it_with_it_but_not_what_has_another_way() -> None:
    menu = service("Q", "on = false").menu
    now = Situation(NOON, True, True, EVERYTHING)
    assert "2" not in offered(menu, menu.nodes["E.MAIN"], now)
    assert not is_offered(menu, "Q.1.1", now)
    assert not is_offered(menu, "Q.4", now), "a node belongs to the menu above it, whoever else leads to it"


@pytest.mark.parametrize(
    ("rules", "clock", "working_day", "on"),
    [
        ('opens = "08:00"\ncloses = "20:00"', "08:00", False, True),
        ('opens = "08:00"\ncloses = "20:00"', "07:59", True, False),
        ('opens = "08:00"\ncloses = "20:00"', "20:00", True, False),
        ('opens = "20:00"\ncloses = "08:00"', "23:00", True, True),
        ('opens = "20:00"\ncloses = "08:00"', "03:00", True, True),
        ('opens = "20:00"\ncloses = "08:00"', "12:00", True, False),
        ('days = "working"', "03:00", True, True),
        ('days = "working"', "12:00", False, False),
        ('days = "working"\nopens = "09:00"\ncloses = "17:00"', "12:00", True, True),
        ("on = false", "12:00", True, False),
    ],
)
def test_a_service_keeps_its_own_hours(rules: str, clock: str, working_day: bool, on: bool) -> None:
    hour, minute = map(int, clock.split(":"))
    now = Situation(NOON.replace(hour=hour, minute=minute), True, working_day, EVERYTHING)
    assert is_offered(service("A", rules).menu, "A.1", now) is on


def test_office_days_come_from_the_calendar_that_is_handed_in() -> None:
    version = service("Q", 'days = "working"')
    for working in (True, False):
        house = House([("人工服务请按0", "0")], version=version)
        run(house, Needs(is_working_day=lambda day, working=working: working))  # type: ignore[misc]
        assert ("业务查询请按2" in house.line.text) is working


# -- by day and outside staffed hours --------------------------------------------------------------------------------


def test_outside_staffed_hours_the_welcome_says_so_and_complaints_can_be_left_as_a_message() -> None:
    house = House([("投诉建议留言请按4", "4"), ("业务查询请按2", "!")], staffed=False)
    with pytest.raises(HungUp):
        run(house, leaves=ALL_LEAVES)
    said = house.line.text.splitlines()
    assert said[:3] == ["您好，12329住房公积金热线。", "通话可能会被录音。", "现为自助服务。"]
    assert "人工服务请按0" not in house.line.text
    assert nodes(house)[0] == "E.MAIN_OFF"
    assert [event.service for event in house.events if isinstance(event, SelfServiceGiven)] == ["C.MSG"]


def test_asking_for_a_person_outside_staffed_hours_offers_a_message_where_messages_are_taken() -> None:
    house = House([("业务查询请按2", "0"), ("留言请按1，预约回拨请按2，返回主菜单请按9", "1"), ("业务查询请按2", "!")], staffed=False)
    with pytest.raises(HungUp):
        run(house, leaves=ALL_LEAVES)
    assert "人工服务时间为工作日九点到十七点" in house.line.text
    assert nodes(house)[:2] == ["E.MAIN_OFF", "H.OFF"]
    assert [event.staffed for event in house.events if isinstance(event, AgentWanted)] == [False]
    assert [event.service for event in house.events if isinstance(event, SelfServiceGiven)] == ["C.MSG"]


def test_star_leads_from_the_closed_office_to_the_menu() -> None:
    house = House([("业务查询请按2", "0"), ("留言请按1", "*"), ("业务查询请按2", "!")], staffed=False)
    with pytest.raises(HungUp):
        run(house, leaves=ALL_LEAVES)
    assert nodes(house) == ["E.MAIN_OFF", "H.OFF", "E.MAIN_OFF"]


def test_a_complaint_goes_to_an_agent_by_day_and_to_a_message_at_night() -> None:
    day = House([("投诉建议请按4", "4"), ("投诉请按1", "1")])
    outcome = run(day, leaves=ALL_LEAVES)
    assert isinstance(outcome, WantsAgent)
    assert outcome.skill == "complaint"
    night = House([("请按", "1"), ("业务", "!")], staffed=False)
    with pytest.raises(HungUp):
        run(night, leaves=ALL_LEAVES, at_node="C")
    assert [event.service for event in night.events if isinstance(event, SelfServiceGiven)] == ["C.MSG"]


def test_when_the_office_closes_during_a_call_the_next_menu_knows() -> None:
    house = House([("业务查询请按2", "2"), ("账户查询请按1", "9"), ("业务查询请按2", "!")])
    heard = house.line.say

    async def closing(*sounds: str, interruptible: bool = True) -> str | None:
        key = await heard(*sounds, interruptible=interruptible)
        house.staffed = house.staffed and "账户查询请按1" not in house.line.text
        return key

    house.line.say = closing  # type: ignore[method-assign]
    with pytest.raises(HungUp):
        run(house)
    assert nodes(house) == ["E.MAIN", "Q", "E.MAIN_OFF"]
    assert "人工服务请按0" not in house.line.text.splitlines()[-1]


def test_a_caller_who_stood_at_the_night_menu_resumes_at_the_day_menu_by_day() -> None:
    house = House([("业务查询请按2", "0")])
    run(house, at_node="E.MAIN_OFF")
    assert nodes(house) == ["E.MAIN"]


def test_the_staffed_hours_are_spoken_from_the_same_settings_that_open_and_close() -> None:
    house = House([("业务查询请按2", "0"), ("业务查询请按2", "!")], staffed=False)
    centre = replace_centre(house, "08:30", "12:00")
    with pytest.raises(HungUp):
        run(house)
    assert "人工服务时间为工作日八点三十分到十二点" in house.line.text
    assert centre.staffed_from == "08:30"


def replace_centre(house: House, opens: str, closes: str) -> CentreSettings:
    centre = msgspec.structs.replace(house.settings.centre, staffed_from=opens, staffed_to=closes)
    house.talk.settings = msgspec.structs.replace(house.settings, centre=centre)
    return centre


# -- the urgent notice ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notice", "heard"),
    [
        ("on = true", True),
        ("on = false", False),
        ("on = true\nends = 2025-11-25T12:00:00+08:00", False),
        ("on = true\nends = 2025-11-25T12:00:30+08:00", True),
        ("on = true\nbegins = 2025-11-26T00:00:00+08:00", False),
    ],
)
def test_the_urgent_notice_is_said_after_the_welcome_while_it_is_in_force(notice: str, heard: bool) -> None:
    house = House([("业务查询请按2", "0")], version=version_with(("on = false", notice)))
    run(house)
    said = house.line.text.splitlines()
    assert any("因系统升级" in line for line in said) is heard
    assert not heard or said.index("通话可能会被录音。") + 1 == next(at for at, line in enumerate(said) if "因系统升级" in line)


def test_any_key_passes_the_notice_over_and_is_kept_for_the_menu() -> None:
    house = House([("因系统升级", "2"), ("账户查询请按1", "0")], version=version_with(("on = false", "on = true")))
    run(house)
    assert nodes(house) == ["E.MAIN", "Q"]
    assert "业务查询请按2" not in house.line.text


# -- results and what comes after ------------------------------------------------------------------------------------


def test_a_result_is_read_twice_at_most() -> None:
    house = House([("余额和状态请按1", "1"), ("您尾号", "#"), ("您尾号", "#"), ("继续查询", "#"), ("继续查询", "0")])
    run(house, at_node="Q.1", logged_in=True)
    assert house.line.text.count("您尾号") == 2
    assert len([event for event in house.events if isinstance(event, SelfServiceGiven)]) == 1


def test_who_heard_it_out_may_still_hear_it_once_more_after_it() -> None:
    house = House([("余额和状态请按1", "1"), ("继续查询", "#"), ("继续查询", "#"), ("继续查询", "0")])
    run(house, at_node="Q.1", logged_in=True)
    assert house.line.text.count("您尾号") == 2


@pytest.mark.parametrize(
    ("key", "stands_at"), [("1", ["Q.1", "Q.1", "Q.1"]), ("*", ["Q.1", "Q.1", "Q.1"]), ("9", ["Q.1", "Q.1", "E.MAIN"])]
)
def test_after_a_result_one_continues_nine_is_the_main_menu_and_the_journal_knows_where(key: str, stands_at: list[str]) -> None:
    house = House([("余额和状态请按1", "1"), ("继续查询请按1，返回主菜单请按9，人工服务请按0，结束通话请挂机", key), ("请按", "0")])
    run(house, at_node="Q.1", logged_in=True)
    assert nodes(house) == stands_at


def test_a_leaf_chosen_in_another_menu_leads_back_to_that_menu() -> None:
    house = House([("投诉建议请按4", "43"), ("继续查询", "1"), ("投诉请按1", "0")])
    run(house, leaves=ALL_LEAVES)
    assert nodes(house) == ["E.MAIN", "C", "C", "C"], "chosen in 投诉建议, although it belongs to 业务查询"


def test_a_leaf_without_a_sequel_leads_back_to_its_menu() -> None:
    house = House([("业务指南请按1", "14"), ("合作楼盘查询请按4", "0")])
    run(house, leaves={**ALL_LEAVES, "estates": Leaf(served)})
    assert nodes(house) == ["E.MAIN", "G", "G"]


@pytest.mark.parametrize(("nav", "stands_at"), [(Nav.BACK, "G"), (Nav.MAIN, "E.MAIN")])
def test_a_leaf_may_send_the_caller_elsewhere(nav: Nav, stands_at: str) -> None:
    async def sends(talk: Talk, errand: Errand) -> Nav | None:
        return nav

    house = House([("业务指南请按1", "14"), ("请按", "0")])
    run(house, leaves={**ALL_LEAVES, "estates": Leaf(sends)})
    assert nodes(house)[-1] == stands_at


def test_a_leaf_is_told_its_node_what_it_is_about_and_who_calls() -> None:
    errands: list[Errand] = []

    async def keeps(talk: Talk, errand: Errand) -> Nav | None:
        errands.append(errand)
        return None

    house = House([("请按", "1"), ("请按", "0")])
    run(house, leaves={"appointment": Leaf(keeps, "person"), "article": Leaf(keeps)}, at_node="A", logged_in=True)
    assert (errands[0].node, errands[0].about, errands[0].person) == ("A.1", "loan_apply", FIRST.depositor)
    house = House([("请按", "2"), ("请按", "0")])
    run(house, leaves={"article": Leaf(keeps)}, at_node="G.1", logged_in=True)
    assert (errands[1].node, errands[1].about, errands[1].depositor) == ("G.1.2", "policy/withdrawal", None)
    with pytest.raises(LookupError, match=r"G\.1\.2"):
        _ = errands[1].person


def test_a_leaf_of_its_own_login_asks_for_it_first() -> None:
    house = House([("预约请按1", "1"), ("请输入您的公积金账号", f"{FIRST.account}#"), ("请输入六位", FIRST.pin), ("继续", "0")])
    run(house, leaves={"appointment": Leaf(served, "person")}, at_node="A")
    assert house.kinds() == ["MenuEntered", "LoggedIn", "SelfServiceGiven", "MenuEntered"]


def test_a_unit_logs_in_for_its_own_services_and_is_no_person_elsewhere() -> None:
    number, _ = demo_units()[2]
    errands: list[Errand] = []

    async def keeps(talk: Talk, errand: Errand) -> Nav | None:
        errands.append(errand)
        return None

    leaves = {**LEAVES, "unit_account": Leaf(keeps, "unit"), "account_balance": Leaf(keeps, "person")}
    script = [
        ("单位公积金账户查询请按3", "3"), ("单位公积金账号", f"{number}#"), ("六位", demo_unit_pin(number)), ("单位账户基本信息请按1", "1"),
        ("继续查询", "**"), ("账户查询请按1", "1"), ("您的公积金账号", f"{FIRST.account}#"), ("六位", FIRST.pin), ("继续", "0"),
    ]  # fmt: skip
    house = House(script)
    outcome = run(house, leaves=leaves, at_node="Q")
    assert (errands[0].node, errands[0].employer, errands[0].depositor) == ("Q.3.1", unit_key(number), None)
    assert (errands[1].node, errands[1].person, errands[1].unit) == ("Q.1.1", FIRST.depositor, None)
    assert isinstance(outcome, WantsAgent)
    assert (outcome.depositor, outcome.unit) == (FIRST.depositor, unit_key(number))
    with pytest.raises(LookupError, match="employers"):
        _ = errands[1].employer


def test_who_has_several_accounts_is_told_of_the_one_he_means() -> None:
    people = demo_depositors(count=60)
    two = next(person for person in people if person.second_account and not person.initial)
    house = House([("请按", "1"), ("您的公积金账号", f"{two.second_account}#"), ("六位", two.pin), ("继续", "0")])
    house.core = FakeCore(people)
    house.gate = house.new_gate()
    outcome = run(house, at_node="Q")
    assert f"您尾号{say_account(two.second_account[-4:])}的" in house.line.text
    assert isinstance(outcome, WantsAgent)
    assert outcome.account == 1


def test_after_a_restart_the_chosen_account_and_the_unit_are_still_known() -> None:
    people = demo_depositors(count=60)
    two = next(person for person in people if person.second_account)
    house = House([("余额和状态请按1", "1"), ("继续", "0")])
    house.core = FakeCore(people)
    house.run(lambda h: walk(h.talk, h.core, h.gate, at_node="Q.1", logged_in=two.depositor, account=1))
    assert f"您尾号{say_account(two.second_account[-4:])}的" in house.line.text
    unit = House([("请按1", "0")])
    unit.run(lambda h: walk(h.talk, h.core, h.gate, leaves=ALL_LEAVES, at_node="Q.3", unit=unit_key(demo_units()[2][0])))
    assert nodes(unit) == ["Q.3"]


def test_when_the_first_service_is_off_a_login_leads_to_its_menu() -> None:
    house = House(
        [("账户查询请按1", "1"), ("请输入您的公积金账号", f"{FIRST.account}#"), ("请输入六位", FIRST.pin), ("月缴存额", "0")],
        version=service("Q.1.1", "on = false"),
    )
    run(house, at_node="Q")
    assert nodes(house) == ["Q", "Q.1"]
    assert "您尾号" not in house.line.text


def test_an_end_says_goodbye_and_is_over_and_a_repeat_goes_on() -> None:
    end = '[nodes.Z]\nname = "结束"\naction = "end"\nparent = "Q"\nprompts = ["bye"]\n'
    repeat = '[nodes.Y]\nname = "说明"\naction = "repeat"\nparent = "Q"\nprompts = ["no_loan"]\n'
    more = (HEAD, end + repeat + HEAD)
    keys = ('keys = { 1 = "Q.5.1", 2 = "Q.5.2" }', 'keys = { 1 = "Z", 2 = "Y" }')
    house = House([("结束请按1，说明请按2", "2"), ("结束请按1，说明请按2", "1")], version=version_with(more, keys))
    assert run(house, at_node="Q.5") == Goodbye("done")
    assert house.line.text.splitlines()[-1].startswith("感谢您使用")
    assert "没有查询到您的公积金贷款信息" in house.line.text


# -- the slow profile -----------------------------------------------------------------------------------------------


def slow_sounds(house: House) -> set[str]:
    return {str(clip.file.with_suffix("")) for clip in house.prompts.slower.clips.values()}


def listen(house: House) -> list[str]:
    """Every sound played from now on."""
    played: list[str] = []
    heard = house.line.say

    async def say(*sounds: str, interruptible: bool = True) -> str | None:
        played.extend(sounds)
        return await heard(*sounds, interruptible=interruptible)

    house.line.say = say  # type: ignore[method-assign]
    return played


def test_the_key_for_old_people_leads_straight_to_a_person_in_staffed_hours() -> None:
    house = House([("老年人服务请按8", "8")])
    assert isinstance(run(house), WantsAgent)
    assert house.talk.slow


def test_outside_staffed_hours_it_speaks_slowly_and_waits_twice_as_long() -> None:
    house = House([("老年人服务请按8", "8")], staffed=False)
    played = listen(house)
    assert run(house) == Goodbye("no_input")
    assert "将为您放慢语速" in house.line.text
    begin = next(at for at, sound in enumerate(played) if sound in slow_sounds(house))
    pause = {str(house.prompts.pause.with_suffix(""))}
    assert set(played[begin:]) <= slow_sounds(house) | pause
    ordinary = House([], staffed=False)
    run(ordinary)
    silence = [later - earlier for (earlier, _), (later, _) in zip(house.line.heard[-4:], house.line.heard[-3:], strict=False)]
    assert max(silence) >= 2 * house.settings.menu.first_key_s
    assert ordinary.ended_at < house.ended_at


def test_who_is_on_the_list_is_welcomed_slowly_and_led_to_a_person() -> None:
    house = House([])
    played = listen(house)
    outcome = run(house, Needs(likes_it_slow=lambda call: call == house.line.call))
    assert isinstance(outcome, WantsAgent)
    assert house.line.text.splitlines() == ["您好，12329住房公积金热线。", "通话可能会被录音。"]
    assert set(played) <= slow_sounds(house)


def test_who_is_on_the_list_hears_the_menu_slowly_when_nobody_is_there() -> None:
    house = House([("业务查询请按2", "!")], staffed=False)
    with pytest.raises(HungUp):
        run(house, Needs(likes_it_slow=lambda call: True))
    assert nodes(house) == ["E.MAIN_OFF"]


def test_a_slow_caller_back_from_the_queue_is_still_slow_and_not_sent_there_again() -> None:
    house = House([("业务查询请按2", "2"), ("账户查询请按1", "0")])
    house.talk.slow = True
    house.run(lambda h: walk(h.talk, h.core, h.gate, back=True))
    assert nodes(house) == ["E.MAIN", "Q"]
    assert house.talk.slow


def test_a_centre_without_the_slow_key_does_not_say_it() -> None:
    house = House([("业务查询请按2", "8"), ("业务", "0")], version=version_with(('key = "8"', 'key = ""')))
    run(house)
    assert "老年人" not in house.line.text
    assert "您的输入有误" in house.line.text


# -- whatever happens -----------------------------------------------------------------------------------------------


@given(st.lists(st.text("0123456789*#ABCD", min_size=1, max_size=6), max_size=40), st.booleans())
def test_with_every_leaf_there_the_walk_ends_politely_whatever_is_pressed(presses: list[str], staffed: bool) -> None:
    house = House([("", keys) for keys in presses], staffed=staffed)
    outcome = run(house, leaves=ALL_LEAVES, logged_in=True)
    assert isinstance(outcome, WantsAgent if staffed else Goodbye)
    assert house.ended_at <= house.settings.menu.longest_self_service_s + 15


@given(st.lists(st.sampled_from("12345678"), min_size=1, max_size=5))
def test_every_key_that_was_said_leads_on_and_none_is_called_wrong(keys: list[str]) -> None:
    house = House([])
    path = iter(keys)
    heard = house.line.say

    async def obedient(*sounds: str, interruptible: bool = True) -> str | None:
        await heard(*sounds, interruptible=interruptible)
        said = re.findall(r"请按([1-7])", house.line.heard[-1][1])
        wish = next(path, "0")
        return (
            (wish if wish in said else said[-1] if said and wish != "0" else "0")
            if interruptible and "请按" in house.line.heard[-1][1]
            else None
        )

    house.line.say = obedient  # type: ignore[method-assign]
    leaves = {name: leaf for name, leaf in ALL_LEAVES.items() if name not in LEAVES} | dict.fromkeys(LEAVES, Leaf(served))
    run(house, leaves=leaves, logged_in=True)
    assert "有误" not in house.line.text
    assert "没有开放" not in house.line.text


def test_a_call_whose_menu_has_no_such_node_any_more_stands_at_the_main_menu() -> None:
    house = House([("业务查询请按2", "0")], version=replace(VERSION, label="new"))
    run(house, at_node="Z.1")
    assert nodes(house) == ["E.MAIN"]

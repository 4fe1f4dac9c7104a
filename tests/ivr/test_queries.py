"""业务查询: movements, interest, repayments, overdue, progress, the unit; with a core that is slow, away, half or wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from fund_core.fake import Fault
from fund_core.histories import LAST_REPAID, movements, overdue_amount, repayments
from fund_core.model import AccountStatus
from fund_core.people import DemoDepositor, demo_depositors, unit_key
from fund_core.records import Detail, DetailKind, Details, LoanStage, Overdue
from hotline.events import SelfServiceFailed, SelfServiceGiven
from hotline.ids import DepositorId
from hotline.money import Fen
from ivr.leaves import LEAVES
from ivr.queries import MOST_ROWS
from ivr.spoken import say_account, say_amount, say_date, say_number, say_year_month
from ivr.walk import Outcome, WantsAgent, walk
from telephony.ports import HungUp
from tests.ivr.scripted import House

FIRST = House([]).core.people[0]
UNIT = unit_key(FIRST.unit)
AFTER = "继续查询请按1"
ACCOUNT, LOAN, EMPLOYER = "月缴存额和缴至年月请按2", "还款明细请按2", "最近一次汇缴情况请按2"
SERVICES = {
    "Q.1.3": (ACCOUNT, "3"), "Q.1.4": (ACCOUNT, "4"), "Q.2.2": (LOAN, "2"), "Q.2.3": (LOAN, "3"), "Q.2.4": (LOAN, "4"),
    "Q.3.1": (EMPLOYER, "1"), "Q.3.2": (EMPLOYER, "2"),
}  # fmt: skip
"""Node -> the words of its menu, its key there."""


def ask(house: House, person: DemoDepositor = FIRST, account: int = 0) -> Outcome:
    node = next(menu for menu in ("Q.1", "Q.2", "Q.3") if house.line.script[0][0] == {"Q.1": ACCOUNT, "Q.2": LOAN, "Q.3": EMPLOYER}[menu])
    who = {"unit": unit_key(person.unit)} if node == "Q.3" else {"logged_in": person.depositor, "account": account}
    return house.run(lambda h: walk(h.talk, h.core, h.gate, at_node=node, **who))  # type: ignore[arg-type]


def house_for(node: str, *then: tuple[str, str], people: list[DemoDepositor] | None = None) -> House:
    house = House([SERVICES[node], *then])
    if people is not None:
        house.core.people = people
    return house


def given(house: House) -> list[str]:
    return [event.service for event in house.events if isinstance(event, SelfServiceGiven)]


def failed(house: House) -> list[tuple[str, str]]:
    return [(event.service, event.why) for event in house.events if isinstance(event, SelfServiceFailed)]


def lines(house: House, words: str) -> list[str]:
    return [line for line in house.line.text.splitlines() if words in line]


# -- movements and repayments, row by row ----------------------------------------------------------------------------


def test_movements_are_told_the_newest_first_each_on_key_1_and_the_last_leads_on() -> None:
    rows = movements(FIRST, 0)[:MOST_ROWS]
    house = house_for("Q.1.3", *[("下一笔请按1", "1")] * (MOST_ROWS - 1), (AFTER, "0"))
    assert isinstance(ask(house), WantsAgent)
    told = [line for line in house.line.text.splitlines() if "余额" in line and "请按2" not in line]
    assert told[0].startswith(f"最近六笔，{say_date(rows[0].day)}")
    assert [row.balance for row in rows] == [row.balance for row, line in zip(rows, told, strict=True) if say_amount(row.balance) in line]
    assert all(say_date(row.day) in line for row, line in zip(rows, told, strict=True))
    assert "下一笔" in told[-2]
    assert "下一笔" not in told[-1]
    assert given(house) == ["Q.1.3"]


def test_money_taken_is_said_by_its_kind_without_a_minus() -> None:
    house = house_for("Q.1.3", *[("下一笔请按1", "1")] * 5, (AFTER, "0"))
    rows = (
        Detail(date(2025, 3, 20), DetailKind.WITHDRAWAL, Fen(-1_000_00), Fen(5_00)),
        Detail(date(2025, 3, 1), DetailKind.OTHER, Fen(-7_00), Fen(9_00)),
    )
    _answer_details(house, rows)
    ask(house)
    assert "提取，一千元，余额五元" in house.line.text
    assert "其他，负七元，余额九元" in house.line.text


@pytest.mark.parametrize("kind", list(DetailKind))
def test_every_kind_of_movement_has_words(kind: DetailKind) -> None:
    house = house_for("Q.1.3", (AFTER, "0"))
    _answer_details(house, (Detail(date(2025, 3, 20), kind, Fen(1_00), Fen(5_00)),))
    ask(house)
    assert given(house) == ["Q.1.3"]
    assert "最近一笔" in house.line.text


def test_more_rows_than_were_asked_for_are_not_told() -> None:
    rows = tuple(Detail(date(2025, 3, 20), DetailKind.DEPOSIT, Fen(1_00), Fen(100 * each)) for each in range(1, 40))
    house = house_for("Q.1.3", *[("下一笔请按1", "1")] * 40)
    _answer_details(house, rows)
    ask(house)
    assert "最近六笔" in house.line.text
    assert house.line.text.count("汇缴，一元") == MOST_ROWS


def test_the_movements_are_those_of_the_account_he_chose() -> None:
    owner = next(person for person in demo_depositors(count=12) if person.second_account)
    house = house_for("Q.1.3", (AFTER, "0"))
    ask(house, owner, account=1)
    assert "最近一笔，二零二五年六月三十日，年终结息" in house.line.text


def test_an_account_without_movements_is_said_to_have_none() -> None:
    house = house_for("Q.1.3", ("明细请按3", "0"))
    _answer_details(house, ())
    ask(house)
    assert "没有查询到您的缴存提取明细" in house.line.text
    assert failed(house) == [("Q.1.3", "not_found")]


def test_a_row_is_read_twice_at_most_and_then_only_the_keys_are_said() -> None:
    house = house_for("Q.1.3", ("下一笔请按1", "#"), ("下一笔请按1", "#"), ("下一笔请按1", "*"), (ACCOUNT, "0"))
    ask(house)
    newest = say_amount(movements(FIRST, 0)[0].balance)
    assert len(lines(house, newest)) == 2
    assert "下一笔请按1，返回请按星号键。" in house.line.text.splitlines()


def test_the_last_row_is_read_once_more_on_hash_as_any_result() -> None:
    house = house_for("Q.1.3", ("最近一笔", "#"), (AFTER, "0"))
    _answer_details(house, (Detail(date(2025, 3, 20), DetailKind.DEPOSIT, Fen(1_00), Fen(5_00)),))
    ask(house)
    assert len(lines(house, "最近一笔")) == 2


@pytest.mark.parametrize(("key", "words"), [("*", ACCOUNT), ("9", "业务查询请按2")])
def test_in_the_middle_of_the_rows_the_keys_that_always_work_do(key: str, words: str) -> None:
    house = house_for("Q.1.3", ("下一笔请按1", "1"), ("下一笔请按1", key), (words, "0"))
    assert isinstance(ask(house), WantsAgent)
    assert lines(house, words)[-1] == house.line.text.splitlines()[-1]


def test_who_says_nothing_to_a_row_is_asked_without_hearing_it_again_and_led_to_a_person() -> None:
    house = house_for("Q.1.3")
    assert isinstance(ask(house), WantsAgent)
    assert len(lines(house, "最近六笔")) == 1
    assert house.line.text.count("没有检测到您的输入") == 2


def test_repayments_are_told_with_principal_interest_and_penalty() -> None:
    assert FIRST.loan is not None
    rows = repayments(FIRST.loan)[:2]
    house = house_for("Q.2.2", ("下一笔请按1", "1"), ("下一笔请按1", "0"))
    ask(house)
    for row in rows:
        assert f"归还本金{say_amount(row.principal)}，利息{say_amount(row.interest)}，罚息{say_amount(row.penalty)}" in house.line.text
        assert f"余额{say_amount(row.outstanding)}" in house.line.text
    assert rows[0].day.year == LAST_REPAID[0]


def test_a_loan_nothing_was_repaid_of_yet_is_said_to_have_no_repayments() -> None:
    assert FIRST.loan is not None
    new = replace(FIRST, loan=replace(FIRST.loan, outstanding=FIRST.loan.granted))
    house = house_for("Q.2.2", (LOAN, "0"), people=[new])
    ask(house)
    assert "没有查询到您的还款记录" in house.line.text


# -- single results --------------------------------------------------------------------------------------------------


def test_the_last_settlement_is_told() -> None:
    settled = next(row for row in movements(FIRST, 0) if row.kind is DetailKind.INTEREST)
    house = house_for("Q.1.4", (AFTER, "0"))
    ask(house)
    assert (
        f"您的结息日为{say_date(settled.day)}，结息金额{say_amount(settled.amount)}，结息后余额{say_amount(settled.balance)}"
        in house.line.text
    )


@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_is_overdue_is_told_in_instalments_and_money(count: int) -> None:
    assert FIRST.loan is not None
    late = replace(FIRST, loan=replace(FIRST.loan, overdue=count))
    house = house_for("Q.2.3", (AFTER, "0"), people=[late])
    ask(house)
    assert late.loan is not None
    assert f"已逾期{'一两三'[count - 1]}期，逾期金额{say_amount(overdue_amount(late.loan))}" in house.line.text


def test_who_owes_nothing_is_told_so() -> None:
    assert FIRST.loan is not None
    house = house_for("Q.2.3", (AFTER, "0"), people=[replace(FIRST, loan=replace(FIRST.loan, overdue=0))])
    ask(house)
    assert "您的贷款没有逾期" in house.line.text
    assert given(house) == ["Q.2.3"]


@pytest.mark.parametrize(("count", "amount"), [(2, 0), (0, 500_00)])
def test_instalments_without_a_sum_or_a_sum_without_instalments_are_not_told(count: int, amount: int) -> None:
    house = house_for("Q.2.3", ("系统繁忙", "0"))

    async def overdue(depositor: DepositorId) -> Overdue:
        return Overdue(depositor, count, Fen(amount))

    house.core.overdue = overdue  # type: ignore[method-assign]
    ask(house)
    assert failed(house) == [("Q.2.3", "core_wrong")]
    assert "逾期金额" not in house.line.text
    assert "没有逾期" not in house.line.text


@pytest.mark.parametrize("stage", list(LoanStage))
def test_every_stage_of_an_application_has_words(stage: LoanStage) -> None:
    house = house_for("Q.2.4", (AFTER, "0"))
    asked = house.core.loan_progress

    async def at_stage(depositor: DepositorId):  # type: ignore[no-untyped-def]
        return replace(await asked(depositor), stage=stage)

    house.core.loan_progress = at_stage  # type: ignore[method-assign]
    ask(house)
    words = {"accepted": "受理", "reviewed": "审核", "signed": "签约", "secured": "担保落实", "approved": "审批", "paid_out": "发放"}
    assert f"您的贷款申请当前处于{words[stage]}环节，更新时间二零二四年五月二十日" in house.line.text


def test_a_unit_hears_status_people_and_rates() -> None:
    house = house_for("Q.3.1", (AFTER, "0"))
    ask(house)
    staff = sum(person.unit == FIRST.unit for person in house.core.people)
    said = f"单位账户状态正常，缴存人数{say_number(staff)}人，封存人数零人，单位缴存比例百分之八，个人缴存比例百分之八"
    assert said in house.line.text
    assert say_account(FIRST.unit) not in house.line.text


def test_a_unit_hears_its_last_deposit() -> None:
    house = house_for("Q.3.2", (AFTER, "0"))
    ask(house)
    paid = house.run(lambda h: h.core.unit_deposit(UNIT))
    assert f"缴至{say_year_month(paid.paid_through)}，缴存金额{say_amount(paid.amount)}" in house.line.text
    assert f"入账日期{say_date(paid.booked)}" in house.line.text


# -- not on file, in trouble, somebody else's ------------------------------------------------------------------------

NOT_ON_FILE = {
    "Q.1.3": "没有查询到您的公积金账户信息", "Q.1.4": "没有查询到您的结息信息", "Q.2.2": "没有查询到您的公积金贷款信息",
    "Q.2.3": "没有查询到您的公积金贷款信息", "Q.2.4": "没有查询到您的贷款申请", "Q.3.1": "没有查询到您单位的账户信息",
    "Q.3.2": "没有查询到您单位的汇缴记录",
}  # fmt: skip


@pytest.mark.parametrize("node", list(SERVICES))
def test_who_has_no_such_record_is_told_so_and_stands_at_the_menu_behind(node: str) -> None:
    nobody = replace(FIRST, depositor=DepositorId("nobody"), unit="none", loan=None)
    house = house_for(node, (AFTER, "0"))
    ask(house, nobody)
    assert NOT_ON_FILE[node] in house.line.text
    assert failed(house) == [(node, "not_found")]
    assert given(house) == []


@pytest.mark.parametrize("node", list(SERVICES))
@pytest.mark.parametrize(("fault", "why"), [(Fault.FAILING, "core_down"), (Fault.HALF, "core_wrong"), (Fault.WRONG_PERSON, "core_wrong")])
def test_a_core_in_trouble_is_said_to_be_busy_and_nothing_of_anybody_is_told(node: str, fault: Fault, why: str) -> None:
    house = house_for(node, ("系统繁忙", "*"), (SERVICES[node][0], "0"))
    house.core.fault = fault
    ask(house)
    assert failed(house) == [(node, why)]
    assert given(house) == []
    assert not any(words in house.line.text for words in ("元", "环节", "人数", "没有逾期"))


@pytest.mark.parametrize("node", list(SERVICES))
def test_a_slow_core_is_waited_for_in_company_and_a_silent_one_is_given_up(node: str) -> None:
    slow = house_for(node, (AFTER, "0"))
    slow.core.delay_s = 4.0
    ask(slow)
    assert given(slow) == [node]
    assert "正在为您查询" in slow.line.text
    silent = house_for(node, ("系统繁忙", "0"))
    silent.core.fault = Fault.SILENT
    assert isinstance(ask(silent), WantsAgent)
    assert failed(silent) == [(node, "core_slow")]


@pytest.mark.parametrize("node", list(SERVICES))
def test_a_core_that_came_back_answers_the_second_time_he_asks(node: str) -> None:
    house = house_for(node, ("系统繁忙", "#"), (AFTER, "0"))
    house.core.fault = Fault.FAILING
    say = house.line.say

    async def mend(*sounds: str, interruptible: bool = True) -> str | None:
        key = await say(*sounds, interruptible=interruptible)
        if "系统繁忙" in house.line.text:
            house.core.fault = None
        return key

    house.line.say = mend  # type: ignore[method-assign]
    ask(house)
    assert (failed(house), given(house)) == ([(node, "core_down")], [node])


@pytest.mark.parametrize("node", list(SERVICES))
def test_who_hangs_up_while_the_core_thinks_is_gone(node: str) -> None:
    house = house_for(node, ("正在为您查询", "!"))
    house.core.delay_s = 60.0
    with pytest.raises(HungUp):
        ask(house)


@pytest.mark.parametrize("status", list(AccountStatus))
def test_every_status_of_an_account_has_words(status: AccountStatus) -> None:
    house = House([("账户余额和状态请按1", "1"), (AFTER, "0")])
    house.core.people = [replace(FIRST, status=status)]
    house.run(lambda h: walk(h.talk, h.core, h.gate, at_node="Q.1", logged_in=FIRST.depositor))
    assert given(house) == ["Q.1.1"]


def test_every_query_leaf_names_whom_it_serves() -> None:
    logins = {LEAVES[name].login for name in ("account_details", "account_interest", "loan_details", "loan_overdue", "loan_progress")}
    assert logins == {"person"}
    assert {LEAVES[name].login for name in ("unit_account", "unit_deposit")} == {"unit"}


def _answer_details(house: House, rows: tuple[Detail, ...]) -> None:
    async def details(depositor: DepositorId, which: int = 0, count: int = 6) -> Details:
        return Details(depositor, rows)

    house.core.details = details  # type: ignore[method-assign]

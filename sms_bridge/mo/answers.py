"""What the fund core says to each query: the fields of the topic with the query's id (domain/sms.md §3.3). Money in yuan.

``which`` of a person's accounts is meant, the main one first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from types import MappingProxyType

from fund_core.appointments import AppointmentKind, Half
from fund_core.model import AccountStatus
from fund_core.port import FundCore, NotOnFile
from fund_core.records import DetailKind, LoanStage, Repayment
from hotline.ids import DepositorId
from hotline.money import Fen, yuan

Fields = Mapping[str, object]
Answer = Callable[[FundCore, DepositorId, int, date], Awaitable[Fields]]

STATUS = {
    AccountStatus.NORMAL: "正常", AccountStatus.SEALED: "封存", AccountStatus.FROZEN: "冻结", AccountStatus.CLOSED: "销户",
    AccountStatus.OTHER: "其他",
}  # fmt: skip
KINDS = {
    DetailKind.DEPOSIT: "汇缴", DetailKind.BACK_PAYMENT: "补缴", DetailKind.WITHDRAWAL: "提取", DetailKind.CLOSING: "销户提取",
    DetailKind.INTEREST: "结息", DetailKind.TRANSFER_IN: "转入", DetailKind.TRANSFER_OUT: "转出", DetailKind.OTHER: "其他",
}  # fmt: skip
STAGES = {
    LoanStage.ACCEPTED: "受理", LoanStage.REVIEWED: "审核", LoanStage.SIGNED: "签约", LoanStage.SECURED: "担保落实",
    LoanStage.APPROVED: "审批", LoanStage.PAID_OUT: "发放",
}  # fmt: skip
HALVES = {Half.MORNING: "上午", Half.AFTERNOON: "下午"}
ROWS = 5
"""Last rows of a detail query (sms_mo.json MO-01b)."""


def month(text: str) -> str:
    """``2025年10月`` of ``202510``."""
    return f"{text[:4]}年{int(text[4:])}月"


def day(moment: date) -> str:
    """``2025年6月30日``."""
    return f"{moment.year}年{moment.month}月{moment.day}日"


async def account(core: FundCore, who: DepositorId, which: int, today: date) -> Fields:
    """MO-01."""
    found, person = await core.account(who, which), await core.person(who)
    return {
        "name": person.name, "acct_tail": found.number[-4:], "grzhye": yuan(found.balance), "yjce": yuan(found.monthly_deposit),
        "jzny": month(found.paid_through), "grzhzt": STATUS[found.status], "dwmc": person.employer,
    }  # fmt: skip


async def details(core: FundCore, who: DepositorId, which: int, today: date) -> Fields:
    """MO-01b."""
    rows = (await core.details(who, which, count=ROWS)).rows
    if not rows:
        raise NotOnFile
    told = "；".join(f"{each.day:%m-%d}{KINDS[each.kind]}{yuan(each.amount)}元余{yuan(each.balance)}元" for each in rows)
    return {"acct_tail": (await core.account(who, which)).number[-4:], "rows": f"{told}。"}


async def number(core: FundCore, who: DepositorId, which: int, today: date) -> Fields:
    """MO-02."""
    return {"name": (await core.person(who)).name, "acct": (await core.account(who, which)).number}


async def loan(core: FundCore, who: DepositorId, which: int, today: date) -> Fields:
    """MO-03."""
    found, person = await core.loan(who), await core.person(who)
    rows = (await core.repayments(who, 1)).rows
    if not rows:
        raise NotOnFile
    return {
        "name": person.name, "loan_tail": found.number[-4:], "dkffe": yuan(found.granted), "years": found.term // 12 or 1,
        "last_date": day(rows[0].day), "last_amt": yuan(_paid(rows[0])), "dkye": yuan(found.outstanding),
    }  # fmt: skip


async def repayments(core: FundCore, who: DepositorId, which: int, today: date) -> Fields:
    """MO-03b."""
    rows = (await core.repayments(who, ROWS)).rows
    if not rows:
        raise NotOnFile
    told = "；".join(f"{each.day:%m-%d}还{yuan(_paid(each))}元余{yuan(each.outstanding)}元" for each in rows)
    return {"loan_tail": (await core.loan(who)).number[-4:], "rows": f"{told}。"}


async def interest(core: FundCore, who: DepositorId, which: int, today: date) -> Fields:
    """MO-05."""
    found, person = await core.interest(who, which), await core.person(who)
    return {"name": person.name, "date": day(found.day), "interest": yuan(found.interest), "grzhye": yuan(found.balance)}


async def withdrawal(core: FundCore, who: DepositorId, which: int, today: date) -> Fields:
    """MO-06: the last one among the latest movements."""
    rows = (await core.details(who, which, count=24)).rows
    taken = next((each for each in rows if each.kind in (DetailKind.WITHDRAWAL, DetailKind.CLOSING)), None)
    if taken is None:
        raise NotOnFile
    amount = yuan(Fen(abs(taken.amount)))
    person, balance = await core.person(who), yuan((await core.account(who, which)).balance)
    return {"name": person.name, "date": day(taken.day), "tqyy": KINDS[taken.kind], "amount": amount, "grzhye": balance}


async def application(core: FundCore, who: DepositorId, which: int, today: date) -> Fields:
    """MO-08.1 and MO-08.2."""
    found = await core.loan_progress(who)
    return {"no": found.number, "date": day(found.updated), "stage": STAGES[found.stage]}


async def appointment(core: FundCore, who: DepositorId, which: int, today: date) -> Fields:
    """MO-08.5: the next one for a withdrawal."""
    booked = [each for each in await core.appointments(who, today) if each.kind is AppointmentKind.WITHDRAWAL]
    if not booked:
        raise NotOnFile
    first = booked[0]
    return {"branch": first.office.name, "date": day(first.day), "half": HALVES[first.half], "no": first.number}


def _paid(row: Repayment) -> Fen:
    return Fen(row.principal + row.interest + row.penalty)


ANSWERS: Mapping[str, Answer] = MappingProxyType(
    {
        "MO-01": account, "MO-01b": details, "MO-02": number, "MO-03": loan, "MO-03b": repayments, "MO-05": interest,
        "MO-06": withdrawal, "MO-08.1": application, "MO-08.2": application, "MO-08.5": appointment,
    }
)  # fmt: skip
"""Entry -> its answer. Each raises NotOnFile when there is nothing to tell, and what the core raises."""

"""What a logged-in caller is told of the past and of what is under way: movements, interest, repayments, overdue, progress, his unit.

Seed 001 §1.2 业务查询, seed 002 §四 (details are told the newest first, six of them); domain/data/menu_tree.json Q.1.3 to Q.3.2.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from fund_core.port import CoreAnsweredWrong
from fund_core.records import Detail, DetailKind, Overdue, Repayment
from hotline.money import Fen
from ivr.asking import about, about_unit
from ivr.errand import Errand
from ivr.manners import Nav
from ivr.results import Row, look_up, tell_not_on_file, tell_result, tell_rows
from ivr.talk import Talk

MOST_ROWS = 6
KEYS = "detail_keys"
TAKEN = frozenset({DetailKind.WITHDRAWAL, DetailKind.CLOSING, DetailKind.TRANSFER_OUT})
"""Kinds whose name says that money was taken: their amount is said without its sign."""


async def tell_details(talk: Talk, errand: Errand) -> Nav | None:
    """缴存提取明细: how many, then one after the other."""
    found = await look_up(
        talk, errand, lambda: about(errand.person, errand.core.details(errand.person, errand.account, MOST_ROWS)), "no_account"
    )
    if found is None or isinstance(found, Nav):
        return found
    rows = found.rows[:MOST_ROWS]
    if not rows:
        await tell_not_on_file(talk, errand, "no_details")
        return None
    first, *others = (_detail(each) for each in rows)
    counted: Row = (("detail_count", *first[0]), {"count": len(rows), **first[1]})
    return await tell_rows(talk, errand, [counted, *others], KEYS)


async def tell_interest(talk: Talk, errand: Errand) -> Nav | None:
    """结息查询."""
    settled = await look_up(talk, errand, lambda: about(errand.person, errand.core.interest(errand.person, errand.account)), "no_interest")
    if settled is None or isinstance(settled, Nav):
        return settled
    await tell_result(talk, errand, "interest", day=settled.day, interest=settled.interest, balance=settled.balance)
    return None


async def tell_repayments(talk: Talk, errand: Errand) -> Nav | None:
    """还款明细: one after the other."""
    found = await look_up(talk, errand, lambda: about(errand.person, errand.core.repayments(errand.person, MOST_ROWS)), "no_loan")
    if found is None or isinstance(found, Nav):
        return found
    if not found.rows:
        await tell_not_on_file(talk, errand, "no_repayments")
        return None
    return await tell_rows(talk, errand, [_repayment(each) for each in found.rows[:MOST_ROWS]], KEYS)


async def tell_overdue(talk: Talk, errand: Errand) -> Nav | None:
    """逾期情况."""
    owed = await look_up(talk, errand, lambda: _owed(about(errand.person, errand.core.overdue(errand.person))), "no_loan")
    if owed is None or isinstance(owed, Nav):
        return owed
    if owed.count:
        await tell_result(talk, errand, "overdue", count=owed.count, amount=owed.amount)
    else:
        await tell_result(talk, errand, "not_overdue")
    return None


async def tell_progress(talk: Talk, errand: Errand) -> Nav | None:
    """贷款办理进度."""
    progress = await look_up(talk, errand, lambda: about(errand.person, errand.core.loan_progress(errand.person)), "no_application")
    if progress is None or isinstance(progress, Nav):
        return progress
    await tell_result(talk, errand, "progress", stage=f"stage_{progress.stage.value}", day=progress.updated)
    return None


async def tell_unit(talk: Talk, errand: Errand) -> Nav | None:
    """单位账户基本信息."""
    unit = await look_up(talk, errand, lambda: about_unit(errand.employer, errand.core.own_unit(errand.employer)), "no_unit")
    if unit is None or isinstance(unit, Nav):
        return unit
    rates = {"unit_rate": unit.employer_rate, "own_rate": unit.own_rate}
    await tell_result(talk, errand, "unit", status=f"status_{unit.status.value}", active=unit.depositors, sealed=unit.sealed, **rates)
    return None


async def tell_unit_deposit(talk: Talk, errand: Errand) -> Nav | None:
    """最近一次汇缴情况."""
    paid = await look_up(talk, errand, lambda: about_unit(errand.employer, errand.core.unit_deposit(errand.employer)), "no_unit_deposit")
    if paid is None or isinstance(paid, Nav):
        return paid
    figures = {"amount": paid.amount, "count": paid.depositors, "day": paid.booked}
    await tell_result(talk, errand, "unit_paid", paid_through=paid.paid_through, **figures)
    return None


async def _owed(answer: Coroutine[Any, Any, Overdue]) -> Overdue:
    """What is overdue. Raises CoreAnsweredWrong for a count without a sum or a sum without a count: either may be the wrong one."""
    owed = await answer
    if (owed.count > 0) != (owed.amount > 0):
        raise CoreAnsweredWrong("overdue")
    return owed


def _detail(row: Detail) -> Row:
    amount = Fen(abs(row.amount)) if row.kind in TAKEN else row.amount
    return ("detail",), {"day": row.day, "kind": f"detail_{row.kind.value}", "amount": amount, "balance": row.balance}


def _repayment(row: Repayment) -> Row:
    values = {"principal": row.principal, "interest": row.interest, "penalty": row.penalty, "outstanding": row.outstanding}
    return ("repayment",), {"day": row.day, **values}

"""What a logged-in caller is told of himself: balance and status, monthly deposit, loan (seed 001 §1.2 业务查询).

Numbers are told by their last four digits only (domain/identity.md "in voice"). A result is said once, and once more on ``#``.
"""

from __future__ import annotations

from fund_core.model import Account
from ivr.asking import about
from ivr.errand import Errand
from ivr.manners import Nav
from ivr.results import look_up, tell_result
from ivr.talk import Talk


async def tell_balance(talk: Talk, errand: Errand) -> Nav | None:
    """账户余额和状态. Where the caller goes when there was no answer, None when he was told."""
    account = await _account(talk, errand)
    if account is None or isinstance(account, Nav):
        return account
    status = f"status_{account.status.value}"
    await tell_result(talk, errand, "balance", tail=account.number[-4:], status=status, balance=account.balance)
    return None


async def tell_deposit(talk: Talk, errand: Errand) -> Nav | None:
    """月缴存额和缴至年月."""
    account = await _account(talk, errand)
    if account is None or isinstance(account, Nav):
        return account
    shares = {"monthly": account.monthly_deposit, "own": account.own_deposit, "employer": account.employer_deposit}
    await tell_result(talk, errand, "deposit", paid_through=account.paid_through, **shares)
    return None


async def tell_loan(talk: Talk, errand: Errand) -> Nav | None:
    """贷款余额和月还款."""
    loan = await look_up(talk, errand, lambda: about(errand.person, errand.core.loan(errand.person)), "no_loan")
    if loan is None or isinstance(loan, Nav):
        return loan
    money = {"granted": loan.granted, "outstanding": loan.outstanding, "due": loan.due}
    await tell_result(talk, errand, "loan", tail=loan.number[-4:], term=loan.term, day=loan.due_day, **money)
    return None


async def _account(talk: Talk, errand: Errand) -> Account | Nav | None:
    """The account he means."""
    return await look_up(talk, errand, lambda: about(errand.person, errand.core.account(errand.person, errand.account)), "no_account")

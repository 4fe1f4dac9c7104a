"""What a logged-in caller is told of himself: balance and status, monthly deposit, loan (seed 001 §1.2 业务查询).

Numbers are told by their last four digits only (domain/identity.md "in voice"). A result is said once, and once more on ``#``.
"""

from __future__ import annotations

from fund_core.model import AccountStatus
from fund_core.port import NotOnFile
from ivr.asking import about, ask_core
from ivr.errand import Errand
from ivr.manners import Nav
from ivr.results import tell_not_on_file, tell_result
from ivr.talk import Talk


async def tell_balance(talk: Talk, errand: Errand) -> Nav | None:
    """账户余额和状态. Where the caller goes when there was no answer, None when he was told."""
    try:
        account = await ask_core(talk, errand.node, lambda: about(errand.person, errand.core.account(errand.person, errand.account)))
    except NotOnFile:
        await tell_not_on_file(talk, errand, "no_account")
        return None
    if isinstance(account, Nav):
        return account
    await tell_result(talk, errand, "balance", tail=account.number[-4:], status=_status(account.status), balance=account.balance)
    return None


async def tell_deposit(talk: Talk, errand: Errand) -> Nav | None:
    """月缴存额和缴至年月."""
    try:
        account = await ask_core(talk, errand.node, lambda: about(errand.person, errand.core.account(errand.person, errand.account)))
    except NotOnFile:
        await tell_not_on_file(talk, errand, "no_account")
        return None
    if isinstance(account, Nav):
        return account
    shares = {"monthly": account.monthly_deposit, "own": account.own_deposit, "employer": account.employer_deposit}
    await tell_result(talk, errand, "deposit", paid_through=account.paid_through, **shares)
    return None


async def tell_loan(talk: Talk, errand: Errand) -> Nav | None:
    """贷款余额和月还款."""
    try:
        loan = await ask_core(talk, errand.node, lambda: about(errand.person, errand.core.loan(errand.person)))
    except NotOnFile:
        await tell_not_on_file(talk, errand, "no_loan")
        return None
    if isinstance(loan, Nav):
        return loan
    money = {"granted": loan.granted, "outstanding": loan.outstanding, "due": loan.due}
    await tell_result(talk, errand, "loan", tail=loan.number[-4:], term=loan.term, day=loan.due_day, **money)
    return None


def _status(status: AccountStatus) -> str:
    """The prompt that says a status."""
    return f"status_{status.value}"

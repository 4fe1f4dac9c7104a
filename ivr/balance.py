"""What a logged-in caller is told of himself: balance and status, monthly deposit, loan (seed 001 §1.2 业务查询).

Numbers are told by their last four digits only (domain/identity.md "in voice"). A result is said once, and once more on ``#``.
"""

from __future__ import annotations

from fund_core.model import AccountStatus
from fund_core.port import FundCore, NotOnFile
from hotline.events import SelfServiceFailed, SelfServiceGiven
from hotline.ids import DepositorId
from ivr.asking import about, ask_core
from ivr.manners import Nav
from ivr.talk import Talk


async def tell_balance(talk: Talk, core: FundCore, depositor: DepositorId) -> Nav | None:
    """账户余额和状态. Where the caller goes when there was no answer, None when he was told."""
    try:
        account = await ask_core(talk, "Q.1.1", lambda: about(depositor, core.account(depositor)))
    except NotOnFile:
        await _not_on_file(talk, "Q.1.1", "no_account")
        return None
    if isinstance(account, Nav):
        return account
    await _result(talk, "Q.1.1", "balance", tail=account.number[-4:], status=_status(account.status), balance=account.balance)
    return None


async def tell_deposit(talk: Talk, core: FundCore, depositor: DepositorId) -> Nav | None:
    """月缴存额和缴至年月."""
    try:
        account = await ask_core(talk, "Q.1.2", lambda: about(depositor, core.account(depositor)))
    except NotOnFile:
        await _not_on_file(talk, "Q.1.2", "no_account")
        return None
    if isinstance(account, Nav):
        return account
    shares = {"monthly": account.monthly_deposit, "own": account.own_deposit, "employer": account.employer_deposit}
    await _result(talk, "Q.1.2", "deposit", paid_through=account.paid_through, **shares)
    return None


async def tell_loan(talk: Talk, core: FundCore, depositor: DepositorId) -> Nav | None:
    """贷款余额和月还款."""
    try:
        loan = await ask_core(talk, "Q.2.1", lambda: about(depositor, core.loan(depositor)))
    except NotOnFile:
        await _not_on_file(talk, "Q.2.1", "no_loan")
        return None
    if isinstance(loan, Nav):
        return loan
    money = {"granted": loan.granted, "outstanding": loan.outstanding, "due": loan.due}
    await _result(talk, "Q.2.1", "loan", tail=loan.number[-4:], term=loan.term, day=loan.due_day, **money)
    return None


async def _result(talk: Talk, service: str, prompt: str, /, **values: object) -> None:
    """Say a result; a key that interrupts it goes to the menu behind, ``#`` says it once more."""
    talk.note(SelfServiceGiven(at=talk.now(), call=talk.call, service=service))
    key = await talk.say(prompt, **values)
    if key == "#":
        key = await talk.say(prompt, **values)
    talk.ready = key


async def _not_on_file(talk: Talk, service: str, prompt: str) -> None:
    talk.note(SelfServiceFailed(at=talk.now(), call=talk.call, service=service, why="not_found"))
    await talk.tell(prompt)


def _status(status: AccountStatus) -> str:
    """The prompt that says a status."""
    return f"status_{status.value}"

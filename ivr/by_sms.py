"""What is sent rather than said 短信接收: the account's figures to the bound mobile (Q.1.5), where forms and handbooks are (G.6)."""

from __future__ import annotations

from collections.abc import Mapping

from fund_core.port import NotOnFile
from hotline.errors import UnknownThing
from hotline.identity import is_mobile
from hotline.money import yuan
from ivr.asking import about, ask_core
from ivr.binding import ask_mobile, bind_first, bound_mobile
from ivr.errand import Errand
from ivr.manners import Nav, choose
from ivr.results import tell_not_on_file, tell_result
from ivr.talk import Talk

FORMS = {"1": "forms/personal", "2": "forms/unit"}


async def send_account(talk: Talk, errand: Errand) -> Nav | None:
    """短信接收账户信息: the reply MO-01 to the bound mobile, once a call and account."""
    number = await bound_mobile(talk, errand, errand.person)
    if number == "":
        number = await bind_first(talk, errand) or await bound_mobile(talk, errand, errand.person)
    if isinstance(number, Nav):
        return number
    mobile = number

    async def send() -> None:
        key = f"MO-01 {talk.call} {errand.account}"
        fields = await _account_fields(talk, errand)
        await errand.texts.send(key, "MO-01", mobile, fields, talk.now(), call=talk.call, depositor=errand.person)

    try:
        sent = await ask_core(talk, errand.node, send, finish=True)
    except NotOnFile:
        await tell_not_on_file(talk, errand, "no_account")
        return None
    if isinstance(sent, Nav):
        return sent
    await tell_result(talk, errand, "sent_by_sms", tail=number[-4:])
    return None


async def _account_fields(talk: Talk, errand: Errand) -> Mapping[str, object]:
    core, person = errand.core, errand.person
    account = await about(person, core.account(person, errand.account))
    who = await about(person, core.person(person))
    return {
        "name": who.name,
        "dwmc": who.employer,
        "acct_tail": account.number[-4:],
        "grzhye": yuan(account.balance),
        "yjce": yuan(account.monthly_deposit),
        "jzny": f"{account.paid_through[:4]}年{int(account.paid_through[4:])}月",
        "grzhzt": talk.prompts.words(f"status_{account.status.value}"),
    }


async def send_forms(talk: Talk, errand: Errand) -> Nav | None:
    """常用表格和手册获取: where they are to be had, to the mobile he calls from, else to one he keys; once a call and kind."""
    choice = await choose(talk, "ask_forms", FORMS)
    if isinstance(choice, Nav):
        return choice
    number = errand.needs.number_of(talk.call)
    to = number if is_mobile(number) else await ask_mobile(talk, "ask_mobile_for_text")
    if isinstance(to, Nav):
        return to
    mobile, knowledge = to, errand.guide

    async def send() -> None:
        at = talk.now()
        article = await knowledge.published(FORMS[choice], at.day())
        fields = {"title": article.title, "text": article.sms}
        await errand.texts.send(f"{article.id} {talk.call}", "MT-TX02", mobile, fields, at, call=talk.call, depositor=None)
        await knowledge.used(article.id, at.day(), by_sms=True)

    try:
        sent = await ask_core(talk, errand.node, send, finish=True)
    except UnknownThing:
        await tell_not_on_file(talk, errand, "forms_none")
        return None
    if isinstance(sent, Nav):
        return sent
    await tell_result(talk, errand, "forms_sent", tail=mobile[-4:])
    return None

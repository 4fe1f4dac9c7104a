"""Binding a mobile 绑定或更换手机号码 (seed 000 §3.2: one account, one mobile).

Re-binding needs a code to the old number too (domain/identity.md §5), and that one is asked for first: who can't key it never learns
whether the new number takes texts, and nobody is sent any.
The first mobile takes the login and a code to it; a lost telephone is replaced at the counter. The old number is told (the bridge
sees to that).
"""

from __future__ import annotations

from typing import Literal

from hotline.events import MobileBound
from hotline.identity import is_mobile
from hotline.ids import DepositorId
from ivr.asking import ask_core
from ivr.entry import Form
from ivr.errand import Errand
from ivr.manners import Nav, choose, enter
from ivr.needs import CodePurpose, NoCode, SentCode
from ivr.proving import prove
from ivr.results import note_failed, tell_result
from ivr.talk import Talk

MOBILE = Form(shortest=11, longest=11)
CONFIRM, AGAIN, BIND = "1", "2", "1"


async def bind_mobile(talk: Talk, errand: Errand) -> Nav | None:
    """绑定或更换手机号码."""
    old = await bound_mobile(talk, errand, errand.person)
    if isinstance(old, Nav):
        return old
    if old:
        sure = await choose(talk, "rebind_mobile", {CONFIRM}, tail=old[-4:])
        if isinstance(sure, Nav):
            return sure
    return await _bind(talk, errand, old)


async def bind_first(talk: Talk, errand: Errand) -> Nav | None:
    """Somebody without a mobile wants something sent to it: he may bind one now. None: it is bound."""
    key = await choose(talk, "no_mobile", {BIND})
    return key if isinstance(key, Nav) else await _bind(talk, errand, "")


async def bound_mobile(talk: Talk, errand: Errand, person: DepositorId) -> str | Nav:
    """The mobile bound to ``person`` (empty: none), or where the caller went when nobody could say."""
    return await ask_core(talk, errand.node, lambda: errand.texts.mobile(person, talk.now()))


async def _bind(talk: Talk, errand: Errand, old: str) -> Nav | None:
    """The new number, a code to each, and it is bound."""
    number = await ask_mobile(talk, "ask_mobile")
    if isinstance(number, Nav):
        return number
    if number == old:
        await talk.tell("mobile_already")
        return None
    codes: list[SentCode] = []
    for purpose, to, ask in _codes(old, number):
        code = await prove(talk, errand, purpose, lambda purpose=purpose, to=to: _send(talk, errand, purpose, to), ask)  # type: ignore[misc]
        if isinstance(code, Nav):
            return code
        codes.append(code)
    person = errand.person

    async def bind() -> Literal["done", "already", "not_proven"]:
        bound = await errand.texts.bind(person, number, codes, talk.now(), call=talk.call)
        if bound == "done":
            talk.note(MobileBound(at=talk.now(), call=talk.call, depositor=person))
        return bound

    bound = await ask_core(talk, errand.node, bind, finish=True)
    if isinstance(bound, Nav):
        return bound
    if bound == "not_proven":
        note_failed(talk, errand, "refused")
        await talk.tell("code_failed")
        return Nav.BACK
    await tell_result(talk, errand, "mobile_bound", tail=number[-4:])  # "already": the answer to the first question got lost
    return None


def _codes(old: str, new: str) -> list[tuple[CodePurpose, str, str]]:
    """Which codes it takes: purpose, number, the prompt that asks for it."""
    to_new: tuple[CodePurpose, str, str] = ("bind_new", new, "ask_code_new")
    return [("bind_old", old, "ask_code_old"), to_new] if old else [to_new]


async def _send(talk: Talk, errand: Errand, purpose: CodePurpose, number: str) -> SentCode | NoCode:
    return await errand.texts.send_code(purpose, errand.person, number, talk.now(), call=talk.call)


async def ask_mobile(talk: Talk, prompt: str) -> str | Nav:
    """A mobile that he has keyed, heard back and confirmed."""
    for left in reversed(range(talk.settings.menu.tries)):
        keyed = await enter(talk, prompt, MOBILE)
        if isinstance(keyed, Nav):
            return keyed
        number = keyed.reveal()
        if not is_mobile(number):
            talk.forget_keys()
            if left:
                await talk.tell("invalid_entry")
            continue
        key = await choose(talk, "confirm_mobile", {CONFIRM, AGAIN}, phone=number)
        if key == CONFIRM:
            return number
        if isinstance(key, Nav):
            return key
    return Nav.FAILED

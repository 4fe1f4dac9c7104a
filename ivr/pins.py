"""查询密码服务: changing the query PIN (Q.5.1), and setting one with a code to the bound mobile (Q.5.2; domain/identity.md §5).

An initial PIN opens nothing, so it is replaced here with a code, or at a counter; the rule is :func:`ivr.guard.codes.may_set_pin`.
Whoever asks for a reset hears the same at the same moment: whether there is such a person, whether a mobile is bound, whether this
line has asked too often. PINs are :class:`~hotline.secret.Secret`s from the first key to the core.
"""

from __future__ import annotations

import asyncio
from typing import Literal

from fund_core.model import PinStanding
from fund_core.port import CoreAnsweredWrong, NotOnFile
from fund_core.weak_pin import PinFault
from hotline.events import PinSet
from hotline.identity import complete, is_citizen_id
from hotline.ids import DepositorId
from hotline.secret import Secret
from ivr.asking import ask_core
from ivr.binding import bound_mobile
from ivr.entry import Form
from ivr.errand import Errand
from ivr.guard.codes import Proof, may_set_pin
from ivr.login import PIN
from ivr.manners import Nav, choose, enter
from ivr.needs import NoCode, SentCode
from ivr.notices import send_to_bound
from ivr.proving import prove
from ivr.results import note_failed, tell_not_on_file, tell_result
from ivr.talk import Talk

CITIZEN_ID = Form(shortest=17, longest=18, with_x=True)
OF_PERSON, OF_UNIT = "1", "2"


async def change_pin(talk: Talk, errand: Errand) -> Nav | None:
    """修改查询密码: of the person or the unit that has logged in."""
    whose = await _whose(talk, errand)
    if isinstance(whose, Nav):
        return whose
    proofs: set[Proof] = {"old_pin"}
    # a PIN that opened is a strong one of his own, unless this centre lets weak ones open
    standing = PinStanding.WEAK if talk.settings.login.weak_pins_open else PinStanding.OWN
    if not may_set_pin(standing, proofs):
        gone = await _prove_mobile(talk, errand, whose)
        if gone is not None:
            return gone
        proofs.add("code_to_bound_mobile")
    if not may_set_pin(standing, proofs):
        return Nav.BACK
    return await _choose_pin(talk, errand, whose, "code" if "code_to_bound_mobile" in proofs else "old_pin")


async def reset_pin(talk: Talk, errand: Errand) -> Nav | None:
    """忘记密码: identity number, code, new PIN. Afterwards the wrong tries of the day, and of this call, are forgotten."""
    number = await _citizen_id(talk)
    if isinstance(number, Nav):
        return number
    whom: list[DepositorId] = []
    loop = asyncio.get_running_loop()
    deadline = loop.time() + talk.settings.login.verdict_after_s

    async def send() -> SentCode | NoCode:
        return await _send_to_whoever_it_is(talk, errand, number, whom)

    async def wait() -> None:
        await asyncio.sleep(max(0.0, deadline - loop.time()))

    code = await prove(talk, errand, "pin", send, "ask_code", then=wait)
    if code is Nav.BACK:
        await talk.tell("reset_at_counter")
    if isinstance(code, Nav):
        return code
    if not whom or not may_set_pin(PinStanding.INITIAL, {"code_to_bound_mobile"}):
        return Nav.BACK
    gone = await _choose_pin(talk, errand, whom[-1], "code")
    if gone is None:
        await errand.gate.forget_tries(whom[-1], talk.now())
        errand.forget_refusals()
    return gone


async def _whose(talk: Talk, errand: Errand) -> DepositorId | Nav:
    """Whose PIN: he is asked when a person and a unit are logged in."""
    if errand.depositor is None or errand.unit is None:
        return errand.depositor or errand.employer
    key = await choose(talk, "ask_whose_pin", {OF_PERSON, OF_UNIT})
    if isinstance(key, Nav):
        return key
    return errand.person if key == OF_PERSON else errand.employer


async def _citizen_id(talk: Talk) -> Secret | Nav:
    """An identity number that can be one. Whether it is anybody's is told to nobody."""
    for left in reversed(range(talk.settings.menu.tries)):
        keyed = await enter(talk, "ask_identity", CITIZEN_ID)
        if isinstance(keyed, Nav) or is_citizen_id(complete(keyed.reveal())):
            return keyed
        talk.forget_keys()
        if left:
            await talk.tell("invalid_entry")
    return Nav.FAILED


async def _send_to_whoever_it_is(talk: Talk, errand: Errand, number: Secret, whom: list[DepositorId]) -> SentCode | NoCode:
    """Send the code to the mobile of whose number it is (put into ``whom``), or do as if. The same questions are asked for everybody."""
    keyed, at = complete(number.reveal()), talk.now()
    found = await errand.core.identify(keyed, ("citizen_id",))
    bound = await errand.core.mobile(found)
    if bound.depositor != found:
        raise CoreAnsweredWrong("about somebody else")
    real = await errand.gate.may_ask_for_code(talk.origin, at) and found is not None and bound.number != ""
    if found is not None and real:
        whom.append(found)
    return await errand.texts.send_code(
        "pin", found if real else None, bound.number if real else "", at, call=talk.call, asked=keyed
    )  # fmt: skip


async def _prove_mobile(talk: Talk, errand: Errand, whose: DepositorId) -> Nav | None:
    """A code to the mobile of who is logged in; None: he has keyed it."""
    number = await bound_mobile(talk, errand, whose) if errand.needs.sms is not None else ""
    if isinstance(number, Nav):
        return number
    if not number:
        note_failed(talk, errand, "refused")
        await talk.tell("reset_at_counter")
        return Nav.BACK

    async def send() -> SentCode | NoCode:
        return await errand.texts.send_code("pin", whose, number, talk.now(), call=talk.call)

    code = await prove(talk, errand, "pin", send, "ask_code")
    return code if isinstance(code, Nav) else None


async def _choose_pin(talk: Talk, errand: Errand, whose: DepositorId, by: Literal["old_pin", "code"]) -> Nav | None:
    """A new PIN, keyed twice; why it is refused is said. None: it holds."""
    for left in reversed(range(talk.settings.menu.tries)):
        pin = await enter(talk, "ask_new_pin", PIN)
        if isinstance(pin, Nav):
            return pin
        again = await enter(talk, "ask_new_pin_again", PIN)
        if isinstance(again, Nav):
            return again
        fault = "pin_mismatch" if pin.reveal() != again.reveal() else await _set_pin(talk, errand, whose, pin, by)
        if isinstance(fault, Nav):
            return fault
        if not fault:
            await tell_result(talk, errand, "pin_changed")
            return None
        talk.forget_keys()
        await talk.tell(fault)
        if not left:
            note_failed(talk, errand, "refused")
            await talk.tell("pin_not_changed")
    return Nav.BACK


async def _set_pin(talk: Talk, errand: Errand, whose: DepositorId, pin: Secret, by: Literal["old_pin", "code"]) -> str | Nav:
    """Set it: empty when it holds, else the prompt that says why it is refused."""
    at, asked = talk.now(), 0

    async def set_it() -> PinFault | None:
        nonlocal asked
        asked += 1
        fault = await errand.core.set_pin(whose, pin)
        if fault is PinFault.OLD and asked > 1:  # set by the question whose answer got lost
            fault = None
        if fault is None:
            talk.note(PinSet(at=talk.now(), call=talk.call, depositor=whose, by=by))
        if fault is None and whose != errand.unit:
            person = await errand.core.person(whose)
            await send_to_bound(talk, errand, whose, f"MT-MM01 {talk.call} {at.wall}", "MT-MM01", {"name": person.name})
        return fault

    try:
        fault = await ask_core(talk, errand.node, set_it, finish=True)
    except NotOnFile:
        await tell_not_on_file(talk, errand, "pin_not_changed")
        return Nav.BACK
    if isinstance(fault, Nav):
        return fault
    return f"pin_{fault.value}" if fault is not None else ""

"""Q.4 投诉建议办理进度查询: eight digits of the ticket; who does not call from the telephone he left keys its last four digits.

Which of the two was wrong is not told, and every answer to keyed digits comes after the same time. Digits are guessed like PINs, so
they fall under the same budgets (domain/identity.md "tries"): per ticket, caller, block of numbers, and the house.
"""

from __future__ import annotations

import asyncio

from hotline.events import SelfServiceFailed
from hotline.secret import Secret
from ivr.asking import ask_core
from ivr.entry import Form
from ivr.errand import Errand
from ivr.lockout import LoginGate
from ivr.manners import Nav, enter
from ivr.needs import TicketProgress, TicketState, there
from ivr.needs import Tickets as Store
from ivr.results import tell_result
from ivr.talk import Talk

NUMBER = Form(shortest=8, longest=8)
PHONE = Form(shortest=4, longest=4, ends_itself=True)
BEING_HANDLED: frozenset[TicketState] = frozenset({"taken", "reopened", "dispatched", "in_hand"})
"""States in which the last day of handling still says something."""


async def tell_ticket(talk: Talk, errand: Errand) -> Nav | None:
    """How far a ticket is; after three wrong answers back to the menu."""
    for left in reversed(range(talk.settings.menu.tries)):
        number = await enter(talk, "ask_ticket", NUMBER)
        if isinstance(number, Nav):
            return number
        found = await _find(talk, errand, number)
        if isinstance(found, Nav):
            return found
        if found is not None:
            await _tell(talk, errand, found)
            return None
        talk.note(SelfServiceFailed(at=talk.now(), call=talk.call, service=errand.node, why="not_found"))
        talk.forget_keys()
        await talk.tell("ticket_unknown" if left else "ticket_failed")
    return Nav.BACK


async def _find(talk: Talk, errand: Errand, number: Secret) -> TicketProgress | Nav | None:
    """The ticket of who left the number he calls from, or who knows its last digits."""
    store, phone = there(errand.needs.tickets), errand.needs.number_of(talk.call)
    if phone:
        own = await ask_core(talk, errand.node, lambda: store.progress(number.reveal(), phone=phone))
        if own is not None:
            return own
    digits = await enter(talk, "ask_ticket_phone", PHONE)
    return digits if isinstance(digits, Nav) else await _verdict(talk, errand, number, digits)


async def _verdict(talk: Talk, errand: Errand, number: Secret, digits: Secret) -> TicketProgress | Nav | None:
    """What the digits open, not before the deadline of every verdict."""
    store, gate = there(errand.needs.tickets), errand.gate
    loop = asyncio.get_running_loop()
    deadline = loop.time() + talk.settings.login.verdict_after_s
    found = await ask_core(talk, errand.node, lambda: _judged(talk, store, gate, number, digits))
    await asyncio.sleep(max(0.0, deadline - loop.time()))
    return found


async def _judged(talk: Talk, store: Store, gate: LoginGate, number: Secret, digits: Secret) -> TicketProgress | None:
    """The ticket, when the digits are right and the budgets let that count."""
    found = await store.progress(number.reveal(), last4=digits.reveal())
    counts = await gate.counts(f"ticket {number.reveal()}", digits, talk.now(), talk.origin, right=found is not None)
    return found if counts else None


async def _tell(talk: Talk, errand: Errand, found: TicketProgress) -> None:
    state = f"ticket_{found.state}"
    if found.state in BEING_HANDLED:
        await tell_result(talk, errand, "ticket", state=state, due=found.due)
    else:
        await tell_result(talk, errand, "ticket_past", state=state)

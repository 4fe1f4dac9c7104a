"""预约回拨: who doesn't want to wait, or finds nobody there, is called back (domain/ivr.md H.CALLBACK; 国办函〔2025〕66号).

The number is confirmed, his own by its last four digits, another one keyed and read back. Nothing is promised before it is written.
"""

from __future__ import annotations

import structlog

from hotline.errors import HotlineError
from hotline.identity import is_subscriber
from hotline.moment import Moment
from ivr.entry import Form
from ivr.errand import Errand
from ivr.manners import Nav, choose, enter
from ivr.needs import CallBacks, there
from ivr.talk import Talk

log = structlog.get_logger("call_back")
NUMBER = Form(shortest=10, longest=12)
CONFIRM, OTHER = "1", "2"


async def call_back(talk: Talk, errand: Errand) -> Nav | None:
    """Outside staffed hours: a call-back when people are there again. None when it is promised."""
    number = await ask_number(talk, errand.needs.number_of(talk.call))
    if isinstance(number, Nav):
        return number
    return None if await promise(talk, there(errand.needs.call_backs), number, None) else Nav.BACK


async def ask_number(talk: Talk, own: str) -> str | Nav:
    """The number to call: ``own``, the one he calls from, when that can be called and he wants it; another one he keys."""
    keying = not is_subscriber(own)
    for _ in range(talk.settings.menu.tries):
        if not keying:
            key = await choose(talk, "call_back_own", (CONFIRM, OTHER), tail=own[-4:])
            if isinstance(key, Nav):
                return key
            if key == CONFIRM:
                return own
            keying = True
        keyed = await enter(talk, "ask_call_back_number", NUMBER)
        if isinstance(keyed, Nav):
            return keyed
        number = keyed.reveal()
        if not is_subscriber(number):
            talk.forget_keys()
            await talk.tell("invalid_entry")
            continue
        key = await choose(talk, "confirm_mobile", (CONFIRM, OTHER), phone=number)
        if isinstance(key, Nav):
            return key
        if key == CONFIRM:
            return number
    return Nav.FAILED


async def promise(talk: Talk, book: CallBacks, number: str, wanted_at: Moment | None, skill: str = "general") -> bool:
    """Write it down and say when; False when it could not be written, which is said too."""
    try:
        promised = await book.promise(talk.call, number, wanted_at, skill)
    except HotlineError as error:
        log.error("a call-back could not be written", call=talk.call, kind=type(error).__name__)
        await talk.insist("call_back_failed")
        return False
    tail = number[-4:]
    if promised.opens is None:
        await talk.insist("call_back_in_turn", tail=tail)
    else:
        opens = promised.opens
        await talk.insist("call_back_later", tail=tail, day=opens.date(), time=opens.time().replace(second=0, microsecond=0))
    return True

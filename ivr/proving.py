"""A code by SMS, keyed back 短信验证码 (domain/identity.md §5): who keys it holds the mobile it was sent to.

The bridge bounds how many codes are sent and how many wrong ones are keyed, over all lines and days; here it is three tries a code.
A wrong code, one that is too old and one that can't be right sound the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from ivr.asking import ask_core
from ivr.entry import Form
from ivr.errand import Errand
from ivr.manners import Nav, enter
from ivr.needs import CodePurpose, NoCode, SentCode
from ivr.results import note_failed
from ivr.talk import Talk

CODE = Form(shortest=6, longest=6, ends_itself=True)
Send = Callable[[], Coroutine[Any, Any, SentCode | NoCode]]


async def prove(
    talk: Talk, errand: Errand, purpose: CodePurpose, send: Send, ask: str, then: Callable[[], Awaitable[None]] | None = None
) -> SentCode | Nav:
    """The code that was sent by ``send`` and keyed rightly, or where the caller goes instead (BACK: it wasn't).

    ``ask``: the prompt that asks for it; ``then`` is awaited before the caller hears anything of what came of sending.
    """
    sent = await ask_core(talk, errand.node, send)
    if then is not None:
        await then()
    if isinstance(sent, Nav):
        return sent
    if not isinstance(sent, SentCode):
        note_failed(talk, errand, "refused")
        await talk.tell(f"code_{sent}")
        return Nav.BACK
    sms = errand.texts
    for left in reversed(range(talk.settings.menu.tries)):
        keyed = await enter(talk, ask, CODE, first_digit_s=talk.settings.menu.code_wait_s)
        if isinstance(keyed, Nav):
            return keyed
        right = await ask_core(talk, errand.node, lambda keyed=keyed: sms.check_code(sent, purpose, keyed, talk.now()))  # type: ignore[misc]
        if isinstance(right, Nav):
            return right
        if right:
            return sent
        talk.forget_keys()
        if left:
            await talk.tell("code_wrong")
    note_failed(talk, errand, "refused")
    await talk.tell("code_failed")
    return Nav.BACK

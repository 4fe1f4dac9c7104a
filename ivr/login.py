"""Login 身份验证 (seed 001 §2.1): account, identity or card number, then the six-digit PIN.

Three attempts per call. The verdict is told ``login.verdict_after_s`` after the last digit whatever it is, and an unknown
number, a wrong PIN and a locked account sound the same; the third failure in a call plays one text to everybody.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hotline.events import LoggedIn, LoginRefused
from hotline.ids import DepositorId
from hotline.secret import Secret
from ivr.asking import ask_core
from ivr.entry import Form
from ivr.lockout import LoginGate
from ivr.manners import Nav, enter
from ivr.talk import Talk

NUMBER = Form(shortest=4, longest=20, with_x=True)
PIN = Form(shortest=6, longest=6, ends_itself=True)


@dataclass(slots=True)
class Caller:
    """Who is on the line, as far as he has proved it; ``refused`` counts this call's failed logins."""

    depositor: DepositorId | None = None
    refused: int = 0


async def log_in(talk: Talk, gate: LoginGate, caller: Caller) -> DepositorId | Nav:
    """The person who logged in (kept in ``caller``), or where the caller goes instead."""
    tries = talk.settings.login.tries_per_call
    while caller.refused < tries:
        number = await enter(talk, "ask_number", NUMBER)
        if isinstance(number, Nav):
            return number
        pin = await enter(talk, "ask_pin", PIN)
        if isinstance(pin, Nav):
            return pin
        verdict = await _verdict(talk, gate, number, pin)
        if isinstance(verdict, Nav):
            return verdict
        if verdict is not None:
            caller.depositor = verdict
            talk.note(LoggedIn(at=talk.now(), call=talk.call, depositor=verdict))
            return verdict
        caller.refused += 1
        talk.note(LoginRefused(at=talk.now(), call=talk.call, attempt=caller.refused))
        talk.forget_keys()
        if caller.refused < tries:
            await talk.tell("login_refused")
    await talk.tell("login_failed")
    return Nav.MAIN


async def _verdict(talk: Talk, gate: LoginGate, number: Secret, pin: Secret) -> DepositorId | Nav | None:
    """The gate's verdict, not before its deadline."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + talk.settings.login.verdict_after_s
    day = talk.now().day()
    verdict = await ask_core(talk, "login", lambda: gate.judge(number, pin, day))
    await asyncio.sleep(max(0.0, deadline - loop.time()))
    return verdict

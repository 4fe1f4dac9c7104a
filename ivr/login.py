"""Login 身份验证 (seed 001 §2.1): account, identity or card number, or a unit's account, then the six-digit PIN.

Three attempts per call. The verdict is told ``login.verdict_after_s`` after the last digit whatever it is, and every refusal
(unknown number, wrong PIN, locked account, spent budget, initial PIN) sounds the same; the third in a call plays one text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from fund_core.model import Account
from fund_core.port import NotOnFile
from hotline.events import LoggedIn, LoginRefused
from hotline.identity import LoginKind
from hotline.ids import DepositorId
from hotline.secret import Secret
from ivr.asking import ask_core
from ivr.entry import Form
from ivr.guard.accounts import which_account
from ivr.lockout import UNIT, LoginGate
from ivr.manners import Nav, enter
from ivr.talk import Talk

NUMBER = Form(shortest=4, longest=20, with_x=True)
PIN = Form(shortest=6, longest=6, ends_itself=True)


@dataclass(slots=True)
class Caller:
    """Who is on the line, as far as he has proved it; ``refused`` counts this call's failed logins.

    ``account``: which of the person's accounts he means; ``unit``: the employer he logged in for.
    """

    depositor: DepositorId | None = None
    refused: int = 0
    account: int = 0
    unit: DepositorId | None = None

    def forget_refusals(self) -> None:
        """He has proved who he is by a code to his mobile: his tries begin anew."""
        self.refused = 0


async def log_in(talk: Talk, gate: LoginGate, caller: Caller, failed: str = "login_failed") -> DepositorId | Nav:
    """The person who logged in (kept in ``caller``), or where the caller goes instead. ``failed`` is said after the last try."""
    proved = await _prove(talk, gate, caller, "ask_number", None, failed)
    if isinstance(proved, Nav):
        return proved
    depositor, number = proved
    accounts = await ask_core(talk, "login", lambda: _accounts(gate, depositor))
    which = accounts if isinstance(accounts, Nav) else await which_account(talk, accounts, number.reveal())
    if isinstance(which, Nav):
        return which
    caller.depositor, caller.account = depositor, which
    talk.note(LoggedIn(at=talk.now(), call=talk.call, depositor=depositor, account=which))
    return depositor


async def log_in_unit(talk: Talk, gate: LoginGate, caller: Caller, failed: str = "login_failed") -> DepositorId | Nav:
    """The unit whose clerk logged in (kept in ``caller.unit``), or where the caller goes instead."""
    proved = await _prove(talk, gate, caller, "ask_unit", UNIT, failed)
    if isinstance(proved, Nav):
        return proved
    caller.unit, _ = proved
    talk.note(LoggedIn(at=talk.now(), call=talk.call, depositor=caller.unit, unit=True))
    return caller.unit


async def _prove(
    talk: Talk, gate: LoginGate, caller: Caller, ask: str, kinds: Sequence[LoginKind] | None, failed: str
) -> tuple[DepositorId, Secret] | Nav:
    """Number and PIN, as often as the call allows; who it is and the number keyed."""
    tries = talk.settings.login.tries_per_call
    while caller.refused < tries:
        number = await enter(talk, ask, NUMBER)
        if isinstance(number, Nav):
            return number
        pin = await enter(talk, "ask_pin", PIN)
        if isinstance(pin, Nav):
            return pin
        verdict = await _verdict(talk, gate, number, pin, kinds)
        if isinstance(verdict, Nav):
            return verdict
        if verdict is not None:
            return verdict, number
        caller.refused += 1
        talk.note(LoginRefused(at=talk.now(), call=talk.call, attempt=caller.refused))
        talk.forget_keys()
        if caller.refused < tries:
            await talk.tell("login_refused")
    await talk.tell(failed)
    return Nav.MAIN


async def _verdict(talk: Talk, gate: LoginGate, number: Secret, pin: Secret, kinds: Sequence[LoginKind] | None) -> DepositorId | Nav | None:
    """The gate's verdict, not before its deadline."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + talk.settings.login.verdict_after_s
    at = talk.now()
    verdict = await ask_core(talk, "login", lambda: gate.judge(number, pin, at, talk.origin, kinds))
    await asyncio.sleep(max(0.0, deadline - loop.time()))
    return verdict


async def _accounts(gate: LoginGate, depositor: DepositorId) -> Sequence[Account]:
    """The person's accounts; none is found out by the service he asks for."""
    try:
        return await gate.accounts(depositor)
    except NotOnFile:
        return ()

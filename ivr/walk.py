"""The walk through the menu: welcome, menus, login, results, until the caller wants a person or there is nothing more to do.

The outermost dialog of self-service. A hang-up comes through as HungUp. Each menu entered is a checkpoint in the journal: after a
restart ``walk(at_node=..., logged_in=...)`` goes on there, with no second welcome and no second login.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from fund_core.port import FundCore
from hotline.events import AgentWanted, MenuEntered
from hotline.ids import DepositorId
from hotline.moment import Moment
from ivr.lockout import LoginGate
from ivr.login import Caller, log_in
from ivr.manners import Nav, choose
from ivr.menu import MAIN, TREE, Menu, Service
from ivr.talk import Talk


@dataclass(frozen=True, slots=True)
class WantsAgent:
    """The caller wants a person (staffed hours only); ``at`` is the end of the key or route that asked."""

    at: Moment
    depositor: DepositorId | None = None
    refused: int = 0
    """Failed logins so far: give it back to :func:`walk` when the caller comes back from the queue."""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Self-service is over and goodbye has been said; hang up. ``why``: ``no_input`` or ``too_long``."""

    why: str


Outcome = WantsAgent | Goodbye


async def welcome(talk: Talk) -> None:
    """Greeting and recording notice; the notice is protected, a key pressed meanwhile is kept for the menu."""
    await talk.tell("greeting")
    await talk.insist("notice")
    if not talk.staffed():
        await talk.tell("closed_notice", **talk.service_hours())


async def walk(
    talk: Talk,
    core: FundCore,
    gate: LoginGate,
    *,
    at_node: str = "",
    logged_in: DepositorId | None = None,
    refused: int = 0,
    back: bool = False,
) -> Outcome:
    """Lead the caller through self-service; bounded by ``menu.longest_self_service_s``.

    ``at_node``: resume at this menu (unknown ones: the main menu) with a word of apology, for the line was interrupted;
    ``back``: the caller came back from the queue, no word is needed; ``logged_in`` and ``refused`` as the journal has them.
    """
    caller = Caller(logged_in, refused)
    try:
        async with asyncio.timeout(talk.settings.menu.longest_self_service_s):
            if not back:
                await (talk.tell("resumed") if at_node else welcome(talk))
            return await _lead(talk, core, gate, caller, at_node if isinstance(TREE.get(at_node), Menu) else MAIN)
    except TimeoutError:
        talk.forget_keys()
        return await _give_up(talk, caller, "too_long")


async def _lead(talk: Talk, core: FundCore, gate: LoginGate, caller: Caller, node: str) -> Outcome:
    """From node to node."""
    while True:
        here = TREE[node]
        step = await (_serve(talk, core, caller, here) if isinstance(here, Service) else _menu(talk, gate, caller, node, here))
        if step is Nav.AGENT and talk.staffed():
            return WantsAgent(talk.now(), caller.depositor, caller.refused)
        if step is Nav.FAILED:
            return await _give_up(talk, caller, "no_input")
        if step is Nav.AGENT:
            talk.note(AgentWanted(at=talk.now(), call=talk.call, staffed=False))
            await talk.tell("closed", **talk.service_hours())
        elif isinstance(step, Nav):
            node = here.parent if step is Nav.BACK else MAIN
        else:
            node = step


async def _menu(talk: Talk, gate: LoginGate, caller: Caller, node: str, menu: Menu) -> str | Nav:
    """Stand at a menu, logging in first where it is needed; the node chosen."""
    if menu.login and caller.depositor is None:
        entered = await log_in(talk, gate, caller)
        if isinstance(entered, Nav):
            return entered
        return menu.first or node
    talk.note(MenuEntered(at=talk.now(), call=talk.call, node=node))
    prompt = menu.prompt if talk.staffed() else f"{menu.prompt}_closed"
    choice = await choose(talk, prompt, menu.options)
    return choice if isinstance(choice, Nav) else menu.options[choice]


async def _serve(talk: Talk, core: FundCore, caller: Caller, service: Service) -> str | Nav:
    """Tell a result, then back to its menu."""
    if caller.depositor is None:
        return service.parent
    return await service.tell(talk, core, caller.depositor) or service.parent


async def _give_up(talk: Talk, caller: Caller, why: str) -> Outcome:
    """Self-service led nowhere: to a person when there are people, goodbye otherwise."""
    if talk.staffed():
        return WantsAgent(talk.now(), caller.depositor, caller.refused)
    await talk.insist("bye_no_input")
    return Goodbye(why)

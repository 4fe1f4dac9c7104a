"""The walk through the menu: welcome, menus, login, leaves, until the caller wants a person or there is nothing more to do.

The outermost dialog of self-service, over the menu of data that the call began with (:mod:`ivr.menu`). A hang-up comes through as
HungUp. Each menu entered is a checkpoint in the journal: after a restart ``walk(at_node=..., logged_in=...)`` goes on there, with
no second welcome and no second login.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from fund_core.port import FundCore
from hotline.events import AgentWanted, MenuEntered
from hotline.ids import DepositorId
from hotline.moment import Moment
from ivr.errand import Errand
from ivr.leaves import LEAVES, Leaf, there_are
from ivr.lockout import LoginGate
from ivr.login import Caller, log_in, log_in_unit
from ivr.manners import Nav, ask
from ivr.menu import ANNOUNCE, BACK, MAIN_MENU, NOTICE, Login, Menu, Node
from ivr.needs import Needs
from ivr.offers import Situation, instead, is_offered, notice_is_on, offered, spoken, standing
from ivr.results import AGAIN, tell_again
from ivr.talk import Talk

SLOW = "slow"


@dataclass(frozen=True, slots=True)
class WantsAgent:
    """The caller wants a person (staffed hours only); ``at`` is the end of the key or route that asked."""

    at: Moment
    depositor: DepositorId | None = None
    refused: int = 0
    """Failed logins so far: give it back to :func:`walk` when the caller comes back from the queue."""
    skill: str = "general"
    """What the agent must know: ``general``, ``complaint``."""
    account: int = 0
    """Which of the person's accounts he meant."""
    unit: DepositorId | None = None
    """The employer he logged in for."""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Self-service is over and goodbye has been said; hang up. ``why``: ``no_input``, ``too_long`` or ``done``."""

    why: str


Outcome = WantsAgent | Goodbye
Step = str | Nav | Outcome
"""Where the caller goes from a node: another node, back or the like, out of self-service."""


async def walk(
    talk: Talk,
    core: FundCore,
    gate: LoginGate,
    *,
    needs: Needs | None = None,
    leaves: Mapping[str, Leaf] = LEAVES,
    at_node: str = "",
    logged_in: DepositorId | None = None,
    account: int = 0,
    unit: DepositorId | None = None,
    refused: int = 0,
    back: bool = False,
    dialog: str = "",
) -> Outcome:
    """Lead the caller through self-service; bounded by ``menu.longest_self_service_s``.

    ``needs``: the rooms dialogs ask beside the core; ``leaves``: the dialogs there are (a key whose dialog is missing is not offered).
    ``at_node``: resume at this menu (unknown ones: the main menu) with a word of apology, for the line was interrupted;
    ``back``: the caller came back from the queue, no word is needed; who is logged in and ``refused`` as the journal has them.
    ``dialog``: he came back for this one (a message), where the menu has it.
    """
    way = Way(talk, core, gate, needs or Needs(), leaves, Caller(logged_in, refused, account, unit))
    menu = talk.version.menu
    try:
        async with asyncio.timeout(talk.settings.menu.longest_self_service_s):
            if not back:
                talk.slow = talk.slow or way.needs.likes_it_slow(talk.call)
            if at_node and not back:
                await talk.tell("resumed")
            begin = menu.roles.main if back or at_node else menu.roles.welcome
            begin = next((node.id for node in menu.nodes.values() if dialog and node.dialog == dialog), begin)
            resumed = menu.nodes.get(at_node)
            return await way.lead(at_node if resumed is not None and resumed.action == "menu" else begin)
    except TimeoutError:
        talk.forget_keys()
        return await way.give_up("too_long")


@dataclass(slots=True)
class Way:
    """One caller's way through the menu: who he is, and the last menu he stood at."""

    talk: Talk
    core: FundCore
    gate: LoginGate
    needs: Needs
    leaves: Mapping[str, Leaf]
    caller: Caller
    behind: str = ""
    """The menu a leaf was chosen from: where ``*`` and 继续查询 lead."""
    dialogs: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.dialogs = there_are(self.needs, self.leaves)
        self.behind = self.menu.roles.main

    @property
    def menu(self) -> Menu:
        """The menu this call began with."""
        return self.talk.version.menu

    def now(self) -> Situation:
        """What offers depend on at this moment."""
        at = self.talk.now().local()
        return Situation(at, self.talk.staffed(), self.needs.is_working_day(at.date()), self.dialogs)

    async def lead(self, begin: str) -> Outcome:
        """From node to node."""
        at = begin
        while True:
            here = self.menu.nodes[standing(self.menu, at, self.talk.staffed())]
            self.talk.on_node(here.id)
            step = await self.stand(here)
            if isinstance(step, Nav):
                step = await self.turn(here, step)
            if isinstance(step, WantsAgent | Goodbye):
                return step
            at = step

    async def turn(self, here: Node, nav: Nav) -> str | Outcome:
        """Where one of the keys that work everywhere leads from ``here``."""
        match nav:
            case Nav.AGENT:
                return self.agent() if self.talk.staffed() else await self.nobody_there(here)
            case Nav.FAILED:
                return await self.give_up("no_input")
            case Nav.BACK:
                return self.back_from(here)
            case Nav.MAIN:
                return self.menu.roles.main
        assert_never(nav)

    def proved(self, login: Login) -> bool:
        """Whether the caller is logged in as a node asks."""
        person, unit = self.caller.depositor is not None, self.caller.unit is not None
        return {"": True, "person": person, "unit": unit, "any": person or unit}[login]

    async def stand(self, here: Node) -> Step:
        """Do what a node is there for, logging the caller in first where it asks for that."""
        if not self.proved(here.login):
            login = log_in_unit if here.login == "unit" else log_in
            self.talk.on_node(self.menu.roles.login_unit if here.login == "unit" else self.menu.roles.login_person)
            failed = "login_failed" if "pin_reset" in self.dialogs else "login_failed_counter"
            entered = await login(self.talk, self.gate, self.caller, failed)
            if isinstance(entered, Nav):
                return entered
            self.talk.on_node(here.id)
            if here.first and is_offered(self.menu, here.first, self.now()):
                self.behind = here.id
                return here.first
        match here.action:
            case "menu":
                return await self.ask(here)
            case "dialog":
                return await self.hold(here)
            case "queue":
                return self.agent(here.skill) if self.talk.staffed() else Nav.AGENT
            case "repeat":
                await self.tell(here)
                return self.behind
            case "end":
                await self.tell(here)
                return Goodbye("done")
        assert_never(here.action)

    async def ask(self, here: Node) -> Step:
        """Stand at a menu; a menu with nothing to offer now only says its words."""
        now = self.now()
        options = offered(self.menu, here, now)
        trunk = here.id in self.menu.trunk()
        if not options and not trunk:
            await self.tell(here)
            return Nav.BACK
        passing = BACK in here.keys.values()
        if not passing:
            self.behind = here.id
        # what follows a result is the short form of the menu it came from, and that is where a restart resumes
        self.talk.note(MenuEntered(at=self.talk.now(), call=self.talk.call, node=self.behind, menu=self.talk.version.label))
        keys = dict(options)
        if trunk and self.menu.slow.key:
            keys[self.menu.slow.key] = SLOW
        if passing and self.talk.result:
            keys[AGAIN] = AGAIN
        choice = await ask(self.talk, lambda: self.talk.say_all(spoken(self.menu, here, now)), keys, instead(self.menu, here, now))
        return choice if isinstance(choice, Nav) else await self.follow(here, keys[choice])

    async def follow(self, here: Node, target: str) -> Step:
        """Go where a key leads."""
        if target == SLOW:
            return await self.slow_down()
        if target == AGAIN:
            self.talk.ready = await tell_again(self.talk)
            return here.id
        if target == BACK:
            return self.behind
        return self.menu.roles.main if target == MAIN_MENU else target

    async def hold(self, here: Node) -> Step:
        """Hold a node's dialog, then go on where it leads."""
        if here.dialog in (ANNOUNCE, NOTICE):
            return await self.announce(here)
        leaf = self.leaves.get(here.dialog)
        if leaf is None or here.dialog not in self.dialogs:
            await self.talk.tell("not_offered")
            return Nav.BACK
        self.talk.result = ()
        gone = await leaf.run(self.talk, self.errand(here))
        return gone or here.then or Nav.BACK

    def errand(self, here: Node) -> Errand:
        """What a leaf is handed: whom the node asks for, and nobody where it asks for nobody."""
        person = self.caller.depositor if here.login in ("person", "any") else None
        unit = self.caller.unit if here.login in ("unit", "any") else None
        who = self.caller
        return Errand(here.id, self.core, self.needs, self.gate, here.about, person, who.account, unit, who.forget_refusals)

    async def announce(self, here: Node) -> Step:
        """Welcome and notices; who is on the slow list goes to a person once he has been welcomed."""
        if here.dialog == NOTICE:
            if notice_is_on(self.menu, self.talk.now().local()):
                await self.talk.tell(self.menu.notice.prompt)
        else:
            await self.tell(here)
        if self.talk.slow and self.talk.staffed() and here.then in self.menu.trunk():
            return self.agent()
        return here.then or Nav.MAIN

    async def tell(self, here: Node) -> None:
        """Say a node's prompts, the protected ones to their end; keys are kept."""
        for prompt in here.prompts:
            if prompt in here.protected or here.action == "end":
                await self.talk.insist(prompt, **self.talk.service_hours())
            else:
                await self.talk.tell(prompt, **self.talk.service_hours())

    async def slow_down(self) -> Step:
        """The slow profile from now on, and a person at once when there are people."""
        self.talk.slow = True
        if self.talk.staffed():
            return self.agent()
        await self.talk.tell("slow_on")
        return self.menu.roles.main

    async def nobody_there(self, here: Node) -> str:
        """A person was asked for outside staffed hours."""
        self.talk.note(
            AgentWanted(at=self.talk.asked_at(), call=self.talk.call, staffed=False, skill=self.menu.nodes[self.menu.roles.person].skill)
        )
        closed = self.menu.nodes[standing(self.menu, self.menu.roles.person, staffed=False)]
        if closed.action == "menu" and closed.id != here.id and offered(self.menu, closed, self.now()):
            return closed.id
        await self.tell(closed)
        return here.id if here.action == "menu" and here.id != closed.id else self.behind

    def agent(self, skill: str = "") -> WantsAgent:
        """Out of self-service, to a person."""
        skill = skill or self.menu.nodes[self.menu.roles.person].skill
        who = self.caller
        return WantsAgent(self.talk.asked_at(), who.depositor, who.refused, skill, who.account, who.unit)

    def back_from(self, here: Node) -> str:
        """Where ``*`` leads: from a leaf to the menu it was chosen from, from a menu to the one above."""
        chosen = here.id in self.menu.nodes[self.behind].keys.values()
        above = self.behind if chosen or BACK in here.keys.values() else here.parent
        return above or self.menu.roles.main

    async def give_up(self, why: str) -> Outcome:
        """Self-service led nowhere: to a person when there are people, goodbye otherwise."""
        if self.talk.staffed():
            return self.agent()
        await self.talk.insist(self.menu.nodes[self.menu.roles.gave_up].prompts[0])
        return Goodbye(why)

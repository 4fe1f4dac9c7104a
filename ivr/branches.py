"""业务网点查询 and 合作楼盘查询: offices by telephone area code, estates by registration number (domain/ivr.md G.2, G.4)."""

from __future__ import annotations

from collections.abc import Sequence

from hotline.events import SelfServiceFailed
from ivr.asking import ask_core
from ivr.entry import Form
from ivr.errand import Errand
from ivr.manners import Nav, enter
from ivr.needs import Branch, Estate, Knowledge
from ivr.reading import Item, Option, read_out
from ivr.sending import to_caller
from ivr.talk import Talk
from telephony.ports import Sound

AREA, ESTATE = Form(shortest=0, longest=4), Form(shortest=0, longest=12)
"""Nothing keyed but # means: where I call from; I don't know the number."""
NEXT_BRANCH, BRANCH_BY_SMS, NEXT_ESTATE = Option("1", "branch_next"), Option("2", "branch_sms"), Option("1", "estate_next")
TOPIC = "MT-TX01"


async def find_branches(talk: Talk, errand: Errand) -> Nav | None:
    """Ask for an area code, tell its offices one by one."""
    knowledge = errand.needs.knowledge
    assert knowledge is not None  # the leaf names it in its needs
    for _ in range(talk.settings.menu.tries):
        keyed = await enter(talk, "ask_area", AREA)
        if isinstance(keyed, Nav):
            return keyed
        code = keyed.reveal()
        area = await ask_core(talk, errand.node, lambda code=code: _area(knowledge, talk, errand, code))  # type: ignore[misc]
        if isinstance(area, Nav):
            return area
        found = await ask_core(talk, errand.node, lambda area=area: knowledge.branches_in(area))  # type: ignore[misc]
        if isinstance(found, Nav):
            return found
        if found:
            return await read_out(talk, errand, _branch_items(talk, errand, found), NEXT_BRANCH, BRANCH_BY_SMS)
        await _not_found(talk, errand, "no_branch" if area else "no_area")
    return Nav.FAILED


async def find_estates(talk: Talk, errand: Errand) -> Nav | None:
    """Ask for a registration number; who doesn't know it is led to a person (outside staffed hours: to the message)."""
    knowledge = errand.needs.knowledge
    assert knowledge is not None  # the leaf names it in its needs
    for _ in range(talk.settings.menu.tries):
        keyed = await enter(talk, "ask_estate", ESTATE)
        if isinstance(keyed, Nav):
            return keyed
        if not (digits := keyed.reveal()):
            return Nav.AGENT
        found = await ask_core(talk, errand.node, lambda digits=digits: knowledge.estates_like(digits))  # type: ignore[misc]
        if isinstance(found, Nav):
            return found
        if found:
            return await read_out(talk, errand, _estate_items(talk, found), NEXT_ESTATE)
        await _not_found(talk, errand, "no_estate")
    return Nav.FAILED


async def _area(knowledge: Knowledge, talk: Talk, errand: Errand, keyed: str) -> str:
    """The area code meant, with its 0; empty when nothing was keyed and the caller's own place can't be told."""
    if not keyed:
        return await knowledge.area_of(errand.needs.number_of(talk.call)) or ""
    return keyed if keyed.startswith("0") else f"0{keyed}"


async def _not_found(talk: Talk, errand: Errand, prompt: str) -> None:
    talk.note(SelfServiceFailed(at=talk.now(), call=talk.call, service=errand.node, why="not_found"))
    await talk.tell(prompt)


def _branch_items(talk: Talk, errand: Errand, found: Sequence[Branch]) -> list[Item]:
    def sounds(place: int, branch: Branch) -> list[Sound]:
        told = {"place": place + 1, "name": branch.name, "address": branch.address, "phone": branch.phone, "hours": branch.hours}
        return _counted(talk, "branch_count", len(found), place) + talk.prompts.sounds("branch", **told)

    def item(place: int, branch: Branch) -> Item:
        fields = {"branch_name": branch.name, "address": branch.address, "tel": branch.phone, "hours": branch.hours}
        send = to_caller(talk, errand, f"branch {branch.code}", TOPIC, fields)
        return Item(f"branch {branch.code}", lambda: sounds(place, branch), send)

    return [item(place, branch) for place, branch in enumerate(found)]


def _estate_items(talk: Talk, found: Sequence[Estate]) -> list[Item]:
    def sounds(place: int, estate: Estate) -> list[Sound]:
        lends = "estate_lends" if estate.lends else "estate_lends_not"
        said = talk.prompts.sounds("estate", name=estate.name, address=estate.address, lends=lends)
        return (_counted(talk, "estate_count", len(found), place) if len(found) > 1 else []) + said

    return [Item(f"estate {estate.number}", lambda at=at, estate=estate: sounds(at, estate)) for at, estate in enumerate(found)]  # type: ignore[misc]


def _counted(talk: Talk, prompt: str, count: int, place: int) -> list[Sound]:
    """How many there are, before the first of them."""
    return [*talk.prompts.sounds(prompt, count=count), talk.prompts.breath] if place == 0 else []

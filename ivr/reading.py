"""Reading out what the knowledge base holds: article after article, branch after branch (domain/ivr.md G.1-G.5).

Behind each the caller is told what he can do: hear it again with ``#``, have it sent, hear the next one; what is said is what is
offered. A text whose sound isn't there yet is apologised for and logged: it is never made up or synthesised while he waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from hotline.errors import HotlineError
from hotline.events import SelfServiceFailed, SelfServiceGiven
from ivr.errand import Errand
from ivr.manners import MOST_REPEATS, Nav, ask
from ivr.prompts import NotSpoken
from ivr.results import AGAIN
from ivr.talk import Talk
from telephony.ports import Key, Sound

log = structlog.get_logger("reading")
LONGEST_S = 2.0
"""Nobody waits longer than this for his text to be taken, or for a use to be counted."""


@dataclass(frozen=True, slots=True)
class Option:
    """A key behind an item and the prompt that says it."""

    key: Key
    prompt: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is told. ``sounds`` may raise NotSpoken; ``send`` puts it into the SMS outbox; ``count`` notes that it was told."""

    name: str
    sounds: Callable[[], Sequence[Sound]]
    send: Callable[[], Awaitable[None]] | None = None
    count: Callable[[], Awaitable[None]] | None = None


async def read_out(talk: Talk, errand: Errand, items: Sequence[Item], next_one: Option, by_sms: Option | None = None) -> Nav:
    """Tell ``items`` (at least one) in turn; where the caller goes then. What is reached first counts as given."""
    place, given = 0, False
    while True:
        item = items[place]
        told = await _tell(talk, errand, item, first=not given)
        given = given or told
        offers = [next_one] * (place + 1 < len(items)) + [by_sms] * (by_sms is not None and item.send is not None and told)
        choice = await _ask_on(talk, item, [offer for offer in offers if offer is not None], again=told)
        if isinstance(choice, Nav):
            return choice
        if choice == next_one.key:
            place += 1
        else:
            await _send(talk, item)
            return Nav.BACK


async def _tell(talk: Talk, errand: Errand, item: Item, *, first: bool) -> bool:
    """Say an item, so that a key interrupts it; False when there is no sound of it. The ``first`` one told is noted as given."""
    try:
        sounds = list(item.sounds())
    except NotSpoken as error:
        log.error("a text has no sound", call=talk.call, item=item.name, why=str(error))
        talk.note(SelfServiceFailed(at=talk.now(), call=talk.call, service=errand.node, why="not_spoken"))
        await talk.tell("not_spoken")
        return False
    if first:
        talk.note(SelfServiceGiven(at=talk.now(), call=talk.call, service=errand.node))
    try:
        talk.ready = await talk.play(sounds)
    finally:
        if item.count is not None:
            await _count(talk, item, item.count)
    return True


async def _ask_on(talk: Talk, item: Item, offers: Sequence[Option], *, again: bool) -> Key | Nav:
    """What the caller wants behind an item; ``#`` says all of it again."""
    said = [offer.prompt for offer in offers]
    said += ["tail_again"] * again + ["tail_back"] + ["tail_person"] * talk.staffed()
    keys = {offer.key for offer in offers} | ({AGAIN} if again else set())
    for _ in range(MOST_REPEATS):
        choice = await ask(talk, lambda: talk.say_all(said), keys)
        if choice != AGAIN:
            return choice
        talk.ready = await talk.play(item.sounds())
    return Nav.BACK


async def _send(talk: Talk, item: Item) -> None:
    """Send it to the caller, and say whether it is on its way."""
    assert item.send is not None
    try:
        async with asyncio.timeout(LONGEST_S):
            await item.send()
    except (HotlineError, TimeoutError) as error:
        log.warning("a text was not taken", call=talk.call, item=item.name, kind=type(error).__name__)
        await talk.tell("not_sent")
    else:
        await talk.tell("sent_to_caller")


async def _count(talk: Talk, item: Item, count: Callable[[], Awaitable[None]]) -> None:
    """Note that it was told; nothing hangs on it."""
    try:
        async with asyncio.timeout(LONGEST_S):
            await count()
    except (HotlineError, TimeoutError) as error:
        log.warning("a use was not counted", call=talk.call, item=item.name, kind=type(error).__name__)

"""Asking the fund core while somebody is on the line: never silence, never for ever, never another person's figures.

After ``core.waiting_prompt_after_s`` the caller hears that we are looking, and again while it lasts; after ``give_up_after_s``,
or when the core fails, he chooses: ``#`` again, ``*`` back, 0 a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

from fund_core.port import CoreAnsweredWrong, CoreAway
from hotline.events import SelfServiceFailed
from hotline.ids import DepositorId
from hotline.tables import StoreAway
from ivr.manners import Nav, choose
from ivr.talk import Talk
from telephony.ports import HungUp, SwitchAway

T = TypeVar("T")
AGAIN_AFTER_S = 3.0
"""Silence between two waiting prompts."""


class Personal(Protocol):
    """An answer that says whom it is about."""

    @property
    def depositor(self) -> DepositorId:
        """The person."""
        ...


P = TypeVar("P", bound=Personal)


async def about(depositor: DepositorId, answer: Awaitable[P]) -> P:
    """The answer, when it is about ``depositor``. Raises CoreAnsweredWrong when it names somebody else."""
    given = await answer
    if given.depositor != depositor:
        raise CoreAnsweredWrong("about somebody else")
    return given


class OfUnit(Protocol):
    """An answer that says which employer it is about."""

    @property
    def unit(self) -> DepositorId:
        """The employer's key."""
        ...


U = TypeVar("U", bound=OfUnit)


async def about_unit(unit: DepositorId, answer: Awaitable[U]) -> U:
    """The answer, when it is about ``unit``. Raises CoreAnsweredWrong when it names another employer."""
    given = await answer
    if given.unit != unit:
        raise CoreAnsweredWrong("about another employer")
    return given


async def ask_core(talk: Talk, service: str, question: Callable[[], Coroutine[Any, Any, T]], *, finish: bool = False) -> T | Nav:
    """The answer of the core, or of another room, or where the caller went when there was none.

    What ``question`` raises beside the core's own and StoreAway passes. ``finish``: the caller has confirmed that something is done;
    it is done (within the same time) though he hangs up meanwhile.
    """
    while True:
        try:
            return await _patiently(talk, question(), finish)
        except CoreAway:
            why = "core_down"
        except StoreAway:
            why = "store_down"
        except TimeoutError:
            why = "core_slow"
        except CoreAnsweredWrong:
            why = "core_wrong"
        talk.note(SelfServiceFailed(at=talk.now(), call=talk.call, service=service, why=why))
        choice = await choose(talk, "core_failed" if talk.staffed() else "core_failed_closed", "#")
        if isinstance(choice, Nav):
            return choice


async def _patiently(talk: Talk, question: Coroutine[Any, Any, T], finish: bool) -> T:
    """Wait for the answer and keep the caller company. Raises TimeoutError after ``give_up_after_s``."""
    loop = asyncio.get_running_loop()
    patience = loop.time() + talk.settings.core.give_up_after_s
    silence = talk.settings.core.waiting_prompt_after_s
    task = asyncio.create_task(question)  # ours alone: awaited or cancelled and awaited before we leave
    try:
        while True:
            await asyncio.wait({task}, timeout=max(0.0, min(silence, patience - loop.time())))
            if task.done():
                return task.result()
            if loop.time() >= patience:
                raise TimeoutError
            await talk.insist("core_wait")
            silence = AGAIN_AFTER_S
    except (HungUp, SwitchAway):
        if finish:
            await asyncio.wait({task}, timeout=max(0.0, patience - loop.time()))
        raise
    finally:
        if not task.done():
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)  # also when it is over: nobody else looks at how it ended

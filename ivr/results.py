"""How a result 查询结果 is told (domain/ivr.md §2.3): once, once more on ``#`` (during it or after it), never a third time.

A result of several rows (movements, repayments) is told row by row: 1 goes on to the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from fund_core.port import NotOnFile
from hotline.events import SelfServiceFailed, SelfServiceGiven
from ivr.asking import ask_core
from ivr.errand import Errand
from ivr.manners import Nav, ask
from ivr.talk import Talk
from telephony.ports import Key, Sound

T = TypeVar("T")
Row = tuple[Sequence[str], Mapping[str, object]]
"""Prompts said one after the other, and their values."""
AGAIN = "#"
NEXT = "1"


async def look_up(talk: Talk, errand: Errand, question: Callable[[], Coroutine[Any, Any, T]], missing: str) -> T | Nav | None:
    """The core's answer; where the caller went when there was none; None when there is no such record: he was told ``missing``."""
    try:
        return await ask_core(talk, errand.node, question)
    except NotOnFile:
        await tell_not_on_file(talk, errand, missing)
        return None


async def tell_result(talk: Talk, errand: Errand, prompt: str, /, **values: object) -> None:
    """Say a result and note it as given; a key that interrupts it goes to the menu behind, ``#`` says it once more."""
    _note_given(talk, errand)
    await _tell_last(talk, talk.prompts.sounds(prompt, **values))


async def tell_rows(talk: Talk, errand: Errand, rows: Sequence[Row], keys: str) -> Nav | None:
    """Say a result of one or more rows and note it as given; the prompt ``keys`` is said behind each but the last.

    Where the caller went before the last one, None when he heard that: as after :func:`tell_result`.
    """
    _note_given(talk, errand)
    *before, (prompts, values) = rows
    for said, of_it in before:
        if (gone := await _tell_row(talk, talk.prompts.sequence([*said, keys], **of_it), talk.prompts.sounds(keys))) is not None:
            return gone
    await _tell_last(talk, talk.prompts.sequence(prompts, **values))
    return None


async def tell_again(talk: Talk) -> str | None:
    """Say the last result for the second and last time; the key that interrupted it."""
    sounds, talk.result = talk.result, ()
    return await talk.play(sounds)


async def tell_not_on_file(talk: Talk, errand: Errand, prompt: str) -> None:
    """Say that there is no such record, and note it."""
    note_failed(talk, errand, "not_found")
    await talk.tell(prompt)


def note_failed(talk: Talk, errand: Errand, why: str) -> None:
    """Note that the service could not be given (the words of ``why``: :class:`hotline.events.SelfServiceFailed`)."""
    talk.note(SelfServiceFailed(at=talk.now(), call=talk.call, service=errand.node, why=why))


async def _tell_last(talk: Talk, sounds: Sequence[Sound]) -> None:
    talk.result = tuple(sounds)
    key = await talk.play(talk.result)
    if key == AGAIN:
        key = await tell_again(talk)
    talk.ready = key


async def _tell_row(talk: Talk, row: Sequence[Sound], keys: Sequence[Sound]) -> Nav | None:
    """Say a row until the caller wants the next one (None) or goes elsewhere; ``#`` says it once more, then only ``keys`` are said."""
    told, again = row, True

    async def say() -> Key | None:
        nonlocal told
        sounds, told = told, keys
        return await talk.play(sounds)

    while True:
        choice = await ask(talk, say, (NEXT, AGAIN))
        if choice == NEXT:
            return None
        if isinstance(choice, Nav):
            return choice
        if again:
            again, told = False, row


def _note_given(talk: Talk, errand: Errand) -> None:
    talk.note(SelfServiceGiven(at=talk.now(), call=talk.call, service=errand.node))

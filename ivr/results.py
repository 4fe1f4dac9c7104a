"""How a result 查询结果 is told (domain/ivr.md §2.3): once, once more on ``#`` (during it or after it), never a third time."""

from __future__ import annotations

from hotline.events import SelfServiceFailed, SelfServiceGiven
from ivr.errand import Errand
from ivr.talk import Talk

AGAIN = "#"


async def tell_result(talk: Talk, errand: Errand, prompt: str, /, **values: object) -> None:
    """Say a result and note it as given; a key that interrupts it goes to the menu behind, ``#`` says it once more."""
    talk.note(SelfServiceGiven(at=talk.now(), call=talk.call, service=errand.node))
    talk.result = tuple(talk.prompts.sounds(prompt, **values))
    key = await talk.play(talk.result)
    if key == AGAIN:
        key = await tell_again(talk)
    talk.ready = key


async def tell_again(talk: Talk) -> str | None:
    """Say the last result for the second and last time; the key that interrupted it."""
    sounds, talk.result = talk.result, ()
    return await talk.play(sounds)


async def tell_not_on_file(talk: Talk, errand: Errand, prompt: str) -> None:
    """Say that the fund's system has no such record, and note it."""
    note_failed(talk, errand, "not_found")
    await talk.tell(prompt)


def note_failed(talk: Talk, errand: Errand, why: str) -> None:
    """Note that the service could not be given (the words of ``why``: :class:`hotline.events.SelfServiceFailed`)."""
    talk.note(SelfServiceFailed(at=talk.now(), call=talk.call, service=errand.node, why=why))

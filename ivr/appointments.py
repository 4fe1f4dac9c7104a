"""What somebody has booked 预约查询和取消 (domain/ivr.md A.5): told one after the other, each can be cancelled after one more question."""

from __future__ import annotations

from collections.abc import Sequence

from fund_core.appointments import Appointment
from fund_core.port import CoreAnsweredWrong, NotOnFile
from hotline.events import SelfServiceGiven
from ivr.asking import about, ask_core
from ivr.errand import Errand
from ivr.manners import Nav, ask, choose
from ivr.offices import can_say, name_of
from ivr.results import note_failed
from ivr.talk import Talk
from telephony.ports import Key, Sound

CANCEL, NEXT, SURE = "1", "2", "1"
Said = tuple[Appointment, list[Sound]]


async def tell_appointments(talk: Talk, errand: Errand) -> Nav | None:
    """预约查询和取消."""
    found = await ask_core(talk, errand.node, lambda: _with_words(talk, errand))
    if isinstance(found, Nav):
        return found
    if not found:
        note_failed(talk, errand, "not_found")
        await talk.tell("appointment_none")
        return None
    talk.note(SelfServiceGiven(at=talk.now(), call=talk.call, service=errand.node))
    await talk.tell("appointment_count", count=len(found))
    for at, said in enumerate(found):
        gone = await _tell_one(talk, errand, said, last=at == len(found) - 1)
        if gone is not None:
            return gone
    return None


async def _tell_one(talk: Talk, errand: Errand, said: Said, *, last: bool) -> Nav | None:
    """One appointment, until it is cancelled or the next one is wanted; after the last one there is nothing more to be told."""
    appointment, sounds = said
    keys = talk.prompts.sounds("appointment_cancel_key" if last else "appointment_keys")

    async def say() -> Key | None:
        return await talk.play(talk.prompts.row([sounds, keys]))

    while True:
        key = await ask(talk, say, {CANCEL} if last else {CANCEL, NEXT})
        if isinstance(key, Nav):
            return key
        if key == NEXT:
            return None
        sure = await choose(talk, "appointment_cancel_confirm", {SURE})
        if sure == SURE:
            return await _cancel(talk, errand, appointment)
        if isinstance(sure, Nav) and sure is not Nav.BACK:
            return sure


async def _cancel(talk: Talk, errand: Errand, appointment: Appointment) -> Nav | None:
    """Cancelling again is harmless, so the question may be asked again when its answer got lost."""
    person = errand.person

    async def cancel() -> Appointment:
        return await about(person, errand.core.cancel(person, appointment.number, talk.now().day()))

    try:
        cancelled = await ask_core(talk, errand.node, cancel, finish=True)
    except NotOnFile:
        note_failed(talk, errand, "not_found")
        await talk.tell("appointment_over")
        return None
    if isinstance(cancelled, Nav):
        return cancelled
    await talk.tell("appointment_cancelled")
    return None


async def _with_words(talk: Talk, errand: Errand) -> Sequence[Said]:
    """His appointments with the sounds that tell them; an office without a spoken name is left away."""
    found = await errand.core.appointments(errand.person, talk.now().day())
    if any(each.depositor != errand.person for each in found):
        raise CoreAnsweredWrong("about somebody else")
    return [(each, await _sounds(talk, errand, each)) for each in found]


async def _sounds(talk: Talk, errand: Errand, each: Appointment) -> list[Sound]:
    values = {"day": each.day, "half": each.half.value, "kind": f"for_{each.kind.value}"}
    branch = await name_of(errand, each.office)
    if can_say(talk, branch):
        return talk.prompts.sounds("appointment", branch=branch, **values)
    return talk.prompts.sounds("appointment_somewhere", **values)

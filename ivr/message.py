"""留言: who can't or won't speak to a person speaks to us, and it becomes a ticket (domain/ivr.md C.MSG; seed 001 §2.5).

After the beep the caller speaks, ends with ``#``, and may hear it, say it anew, hand it in or drop it. What he said is kept unless he
drops it: whoever hangs up or presses nothing has left his message. Only ``*`` drops it.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from enum import Enum, auto

import structlog

from hotline.errors import HotlineError
from hotline.events import MessageLeft, SelfServiceGiven
from hotline.ids import RecordingId
from ivr.errand import Errand
from ivr.manners import ALWAYS, MOST_REPEATS, Nav, ask
from ivr.needs import Messages, Said, TicketTaken, there
from ivr.talk import Talk
from telephony.ports import HungUp, Key

log = structlog.get_logger("message")
MOST_TAKES = 5
"""So often a message may be begun in one go."""
LONGEST_S = 5.0
"""Nobody waits longer than this for his ticket's number."""
END, HEAR, ANEW, HAND_IN = "#", "1", "2", "3"


class What(Enum):
    """What the caller wants with what he said."""

    KEEP = auto()
    ANEW = auto()
    DROP = auto()


async def leave_message(talk: Talk, errand: Errand) -> Nav | None:
    """Take a message down; None when there is one."""
    messages = there(errand.needs.messages)
    for _ in range(MOST_TAKES):
        nav = await _explain(talk)
        if nav is not None:
            return nav
        recording = await messages.new(talk.call)
        try:
            said = await _listen(talk, messages, recording)
            if said is None:
                await messages.throw_away(recording)
                await talk.tell("message_empty")
                continue
            what, nav = await _ask_what(talk, said)
        except HungUp:
            await _keep_if_said(talk, errand, messages, recording)
            raise
        if what is What.KEEP:
            await _tell_taken(talk, await _take(talk, errand, messages, recording))
            return nav
        await messages.throw_away(recording)
        if what is What.DROP:
            await talk.tell("message_dropped")
            return nav
    return Nav.FAILED


async def _explain(talk: Talk) -> Nav | None:
    """Say how it is done; where the caller goes instead of leaving one."""
    for _ in range(MOST_REPEATS):
        key = await talk.say("ask_message", seconds=talk.settings.message.longest_s)
        if key is None or key not in (*ALWAYS, "#"):
            return None
        if key in ALWAYS:
            return ALWAYS[key]
    return Nav.FAILED


async def _listen(talk: Talk, messages: Messages, recording: RecordingId) -> Said | None:
    """The beep, then what the caller says; None when that is nothing."""
    limits = talk.settings.message
    await talk.line.say(str(talk.prompts.beep.with_suffix("")), interruptible=False)
    talk.forget_keys()
    await talk.line.record(recording, timedelta(seconds=limits.longest_s), timedelta(seconds=limits.silence_s), END)
    return await messages.said(recording)


async def _ask_what(talk: Talk, said: Said) -> tuple[What, Nav | None]:
    """What becomes of it and where the caller goes then; whoever goes elsewhere or presses nothing leaves it with us."""

    async def ask_again() -> Key | None:
        return await talk.say("message_keys")

    for _ in range(MOST_REPEATS):
        choice = await ask(talk, ask_again, (HEAR, ANEW, HAND_IN))
        match choice:
            case "1":
                talk.ready = await talk.play([said.sound])
            case "2":
                return What.ANEW, None
            case Nav.BACK:
                return What.DROP, Nav.BACK
            case Nav.MAIN | Nav.AGENT:
                return What.KEEP, choice
            case _:
                break
    return What.KEEP, None


async def _keep_if_said(talk: Talk, errand: Errand, messages: Messages, recording: RecordingId) -> None:
    """The caller is gone: what he had said by then is his message."""
    if await messages.said(recording) is None:
        await messages.throw_away(recording)
    else:
        await _take(talk, errand, messages, recording)


async def _take(talk: Talk, errand: Errand, messages: Messages, recording: RecordingId) -> TicketTaken | None:
    """Keep it and make it a ticket; None when the ticket has to wait (the house makes it as soon as it can)."""
    at = talk.now()
    try:
        async with asyncio.timeout(LONGEST_S):
            await messages.keep(recording)
            talk.note(MessageLeft(at=at, call=talk.call, recording=recording))
            talk.note(SelfServiceGiven(at=at, call=talk.call, service=errand.node))
            number = errand.needs.number_of(talk.call)
            return await there(errand.needs.tickets).message(talk.call, recording, number, errand.depositor, at)
    except (HotlineError, OSError, TimeoutError) as error:
        log.error("a message has no ticket yet", call=talk.call, recording=recording, kind=type(error).__name__)
        return None


async def _tell_taken(talk: Talk, taken: TicketTaken | None) -> None:
    """The number of his ticket and when he has his answer."""
    if taken is None:
        await talk.tell("message_kept")
    else:
        await talk.tell("message_taken", ticket=taken.tail, days=taken.working_days)

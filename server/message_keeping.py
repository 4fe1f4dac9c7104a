"""The keeper of voice messages 留言: none is lost, whoever dies when.

What a caller said and didn't drop lies in one of two places: where the exchange wrote it, while his call is on, or in the archive's
``incoming``. From there each gets its event, its ticket and its place in the archive, however often that has to be tried: the dialog
does the first two at once so that it can tell the ticket's number, and this keeper does what the dialog could not.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from hotline.callers import NumberUnreadable, normal_number
from hotline.errors import HotlineError
from hotline.events import MessageLeft
from hotline.ids import CallId, RecordingId
from ivr.needs import Tickets
from server.house import House
from server.keeping import keep_recording
from server.message_files import MessagesOfTheHouse, call_of

log = structlog.get_logger("messages")
LOOK_EVERY = 5.0


async def keep_messages(house: House) -> None:
    """For ever."""
    while True:
        await asyncio.sleep(LOOK_EVERY)
        try:
            await look(house)
        except (HotlineError, OSError) as error:  # the exchange, the journal or the disk is away: they stay where they are
            log.error("messages have to wait", why=str(error), kind=type(error).__name__)


async def end_forgotten_messages(house: House, call: CallId) -> None:
    """The exchange records on for a process that died: nobody would be heard before it stops. What was said by then is kept."""
    messages = house.needs().messages
    if isinstance(messages, MessagesOfTheHouse):
        with suppress(HotlineError, OSError):
            for recording in await messages.left():
                if call_of(recording) == call:
                    await house.switch.end_recording(recording)


async def look(house: House) -> int:
    """Do what is to be done for every message that is over; how many were brought into the archive. Raises HotlineError, OSError."""
    needs = house.needs()
    messages, tickets = needs.messages, needs.tickets
    if not isinstance(messages, MessagesOfTheHouse) or tickets is None:
        return 0
    for recording in await messages.left() if house.hears_asterisk else []:
        call = call_of(recording)
        if call is not None and house.calls.get(call) is None:
            await _take_in(messages, recording)
    waiting = [(call, each) for each in await asyncio.to_thread(house.archive.waiting) if (call := call_of(each)) is not None]
    kept = 0
    for call, recording in waiting:
        await _note(house, call, recording)
        await _make_ticket(house, tickets, call, recording)
        kept += await keep_recording(house, call, recording)
    return kept


async def _take_in(messages: MessagesOfTheHouse, recording: RecordingId) -> None:
    """Its caller is gone and nobody has decided: what was said is kept."""
    if await messages.said(recording) is None:
        await messages.throw_away(recording)
    else:
        log.info("a message was found", recording=recording)
        await messages.keep(recording)


async def _note(house: House, call: CallId, recording: RecordingId) -> None:
    """Write that it was left, unless the dialog did."""
    await house.journal.flushed()
    known = await house.journal.read(call=call, types={MessageLeft})
    if not any(isinstance(each.event, MessageLeft) and each.event.recording == recording for each in known):
        house.journal.append(MessageLeft(at=house.clock.now(), call=call, recording=recording))


async def _make_ticket(house: House, tickets: Tickets, call: CallId, recording: RecordingId) -> None:
    """Make its ticket, or find that there is one."""
    try:
        number = await house.callers.number(call) or ""
    except NumberUnreadable:
        number = ""
    await tickets.message(call, recording, normal_number(number), None, house.clock.now())

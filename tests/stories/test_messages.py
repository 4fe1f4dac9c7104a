"""Stories of the night: who can't have a person leaves a message, and it becomes a ticket that holds what he said."""

from __future__ import annotations

import asyncio
import wave
from array import array
from pathlib import Path

import pytest
from hotline_under_test import Hotline, running_hotline
from stories.story import Caller, Story, closed_now, hears_voice, voice

from back_office.schema import SCHEMA
from back_office.tickets.model import Source, TicketNo, TicketState
from back_office.tickets.store import TicketStore
from back_office.tickets.tables import tickets as table
from hotline import events as e
from hotline.calendar import Calendar
from hotline.ids import RecordingId
from hotline.sealed import Sealer
from hotline.tables import Tables
from kpi.model import CallClass
from robots.ears import find
from robots.g711 import RATE
from robots.wav import read_wav

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"centre": closed_now(), "menu": {"first_key_s": 2.0}}
SPEAKS_S = 4.0


class Desk:
    """The tickets as somebody at a desk sees them."""

    def __init__(self, hotline: Hotline) -> None:
        self._tables = Tables(f"sqlite:///{hotline.places.runtime / 'back_office.db'}", SCHEMA, "desk")
        self.store = TicketStore(self._tables, Sealer(hotline.vault.get("ticket_key", 43), "ticket contact"), Calendar())

    async def of(self, recording: RecordingId) -> list[TicketNo]:
        """The tickets of a recording."""
        query = table.select().where(table.c.recording == recording)
        return await self._tables.read(lambda c: [TicketNo(row.number) for row in c.execute(query)])

    def close(self) -> None:
        self._tables.close()


async def to_the_beep(caller: Caller) -> None:
    """Through the menu, the explanation and the beep."""
    await caller.event(e.MenuEntered, 20)
    await caller.press("4")
    last = caller.story.hotline.sound("ask_message", seconds=180)[-1:]
    await caller.hears_sound(last, 25, 0.0, "the end of the explanation")
    await asyncio.sleep(len(read_wav(last[0])) / RATE + 1.2)  # and the beep


def right_side(file: Path) -> array[int]:
    """What the caller said, of a recording in the archive."""
    with wave.open(str(file)) as sound:
        assert sound.getnchannels() == 2
        both = array("h", sound.readframes(sound.getnframes()))
    assert max(both[0::2], default=0) == 0, "nobody speaks on the agent's side"
    return both[1::2]


async def test_a_caller_leaves_a_message_hears_it_and_it_becomes_a_ticket_that_holds_what_he_said(story: Story) -> None:
    caller = await story.caller("13900004321")
    words = voice(11, SPEAKS_S)
    await to_the_beep(caller)
    await caller.line.play(words)
    await caller.press("#")
    await caller.hears("message_keys", 10)
    since = caller.line.heard.seconds
    await caller.press("1")
    await asyncio.sleep(SPEAKS_S + 1)
    assert hears_voice(caller.line, words, since), "he does not hear what he said"
    await caller.press("3")
    left = await caller.event(e.MessageLeft)
    kept = await caller.event(e.RecordingKept, 20)
    assert kept.recording == left.recording
    assert find(right_side(Path(kept.path)), words) is not None, "the recording is not what he said"
    desk = Desk(story.hotline)
    try:
        (number,) = await desk.of(left.recording)
        ticket = await desk.store.ticket(number)
        assert (ticket.source, ticket.state) == (Source.VOICE_MESSAGE, TicketState.DRAFT)
        assert (ticket.call, ticket.recording) == (caller.call, left.recording)
        assert await desk.store.contact(number) == ("", "13900004321")
        assert await desk.store.progress(ticket.tail, phone="13900004321") is not None
    finally:
        desk.close()
    await caller.hears("message_taken", 15, ticket=ticket.tail, days=5)
    await asyncio.sleep(8)
    assert caller.missed("message_taken", ticket=ticket.tail, days=5) == []
    await caller.hang_up()
    assert caller.journey().call_class is CallClass.SELF
    assert caller.journey().message_left
    assert not list((story.hotline.exchange.place.spool / "recording").glob("m-*")), "a copy of his words is left behind"


async def test_who_hangs_up_while_he_speaks_has_left_what_he_said(story: Story) -> None:
    caller = await story.caller("13900004322")
    words = voice(12, SPEAKS_S)
    await to_the_beep(caller)
    await caller.line.play(words)
    await caller.hang_up()
    kept = await caller.event(e.RecordingKept, 20)
    assert find(right_side(Path(kept.path)), words) is not None
    desk = Desk(story.hotline)
    try:
        assert len(await desk.of(kept.recording)) == 1
    finally:
        desk.close()
    events = caller.events(e.MessageLeft, e.CallEnded)
    assert [type(event) for event in events] == [e.MessageLeft, e.CallEnded]


async def test_who_hangs_up_into_the_beep_has_left_nothing(story: Story) -> None:
    caller = await story.caller("13900004323")
    await to_the_beep(caller)
    await caller.hang_up()
    await asyncio.sleep(7)
    assert caller.events(e.MessageLeft, e.RecordingKept) == []
    assert not list((story.hotline.exchange.place.spool / "recording").glob("m-*"))


async def test_a_message_outlives_the_process_that_took_it(tmp_path: Path) -> None:
    async with running_hotline(tmp_path, **SETTINGS) as hotline:
        story = Story(hotline)
        caller = await story.caller("13900004324")
        words = voice(13, SPEAKS_S)
        await to_the_beep(caller)
        await caller.line.play(words)
        hotline.kill_worker()
        await caller.line.hang_up()
        await hotline.start_worker()
        kept = await caller.event(e.RecordingKept, 40)
        assert find(right_side(Path(kept.path)), words) is not None
        assert len(caller.events(e.MessageLeft)) == 1
        assert caller.journey().message_left
        desk = Desk(hotline)
        try:
            (number,) = await desk.of(kept.recording)
            assert await desk.store.contact(number) == ("", "13900004324")
        finally:
            desk.close()
        await asyncio.sleep(6)
        assert len(caller.events(e.RecordingKept)) == 1


async def test_who_is_still_there_after_a_restart_hears_us_at_once_and_his_message_is_kept(tmp_path: Path) -> None:
    async with running_hotline(tmp_path, **SETTINGS) as hotline:
        story = Story(hotline)
        caller = await story.caller("13900004325")
        words = voice(14, SPEAKS_S)
        await to_the_beep(caller)
        await caller.line.play(words)
        hotline.kill_worker()
        since = caller.line.heard.seconds
        await hotline.start_worker()
        await caller.hears("resumed", 8, since=since)
        await caller.hang_up()
        kept = await caller.event(e.RecordingKept, 40)
        assert find(right_side(Path(kept.path)), words) is not None

"""Stories of callers who would rather be called back: from the queue with their place kept, and at night."""

from __future__ import annotations

import asyncio

import pytest
from hotline_under_test import running_hotline
from stories.story import Story, at_the_end, closed_now

from hotline import events as e
from hotline.callers import caller_key
from kpi.model import CallClass

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"queue": {"offer_after_s": 1, "announce_every_s": 3}}


async def test_who_waits_long_is_called_back_in_his_turn_and_says_goodbye(story: Story) -> None:
    caller = await story.caller("13900007777")
    await caller.wants_agent()
    await caller.hears("offer_call_back", 30)
    await caller.press("1")
    await caller.hears("call_back_own", 15, tail="7777")
    await caller.press("1")
    promised = await caller.event(e.CallBackPromised)
    await caller.ended(30)
    wanted = caller.events(e.AgentWanted)[0]
    assert promised.wanted_at == wanted.at
    assert promised.caller == caller_key("13900007777", story.hotline.vault.get("caller_hash_key", 43))
    assert caller.missed("call_back_in_turn", tail="7777") == []
    assert [type(event) for event in caller.events(e.CallAbandoned, e.CallBackPromised, e.CallEnded)] == [
        e.CallAbandoned,
        e.CallBackPromised,
        e.CallEnded,
    ]
    assert caller.journey().call_class is CallClass.ABANDONED


async def test_an_agent_who_comes_free_meanwhile_takes_him_although_he_is_just_confirming_his_number(story: Story) -> None:
    caller = await story.caller("13900007778")
    await caller.wants_agent()
    await caller.hears("offer_call_back", 30)
    await caller.press("1")
    await caller.hears("call_back_own", 15, tail="7778")
    seat = await story.seat(1)
    ringing = await seat.wait_for_call(10)
    await ringing.ring()
    await ringing.answer()
    await caller.event(e.CallAnswered)
    await caller.press("1")
    await asyncio.sleep(2)
    await caller.hang_up()
    assert caller.events(e.CallBackPromised) == []
    assert caller.journey().call_class is CallClass.ANSWERED


async def test_a_message_is_left_from_the_queue_by_day(story: Story) -> None:
    caller = await story.caller("13900007779")
    await caller.wants_agent()
    await caller.hears("offer_message", 30)
    await caller.press("2")
    await caller.event(e.CallAbandoned, how="went_back")
    await caller.hears_sound(story.hotline.sound("ask_message", seconds=180)[-1:], 25, 0.0, "the end of the explanation")
    await caller.hang_up()
    assert caller.events(e.MessageLeft) == []


async def test_who_finds_nobody_at_night_is_called_back_when_people_are_there(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with running_hotline(tmp_path_factory.mktemp("night"), centre=closed_now()) as hotline:
        told = Story(hotline)
        caller = await told.caller("13900007780")
        await caller.event(e.MenuEntered, 20)
        await caller.press("0")
        await caller.event(e.MenuEntered, node="H.OFF")
        await caller.press("2")
        await caller.hears("call_back_own", 20, tail="7780")
        await caller.press("1")
        promised = await caller.event(e.CallBackPromised)
        assert promised.wanted_at is None
        assert promised.not_before_us > promised.at.wall
        await caller.ended(30)
        assert caller.missed("bye") == []
        assert caller.journey().call_class is CallClass.OFF_REQUEST
        await at_the_end(told)

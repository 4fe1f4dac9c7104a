"""Stories of the waiting room: order, the position announced, music, and leaving it."""

from __future__ import annotations

import asyncio

import pytest
from stories.story import CLOSE, Story, converse, introduced, is_music

from hotline import events as e
from hotline.moment import elapsed_us
from kpi.model import CallClass
from robots.levels import longest_silence

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"seats": {"count": 2, "wrap_up_cap_s": 0}, "queue": {"announce_every_s": 3}}
LONGEST_SILENCE_S = 3.0


async def test_two_callers_and_one_seat_are_served_in_order_with_position_and_music(story: Story) -> None:
    first = await story.caller()
    await first.wants_agent()
    second = await story.caller("13900002222")
    await second.wants_agent()
    await second.hears("queue_position", 15, ahead=1)
    seat = await story.seat(1)
    one = await seat.wait_for_call(5)
    await one.ring()
    await one.answer()
    await introduced(first, "8001")
    await converse(first.line, one)
    await second.hears("queue_first", 15)  # the next in turn now
    since = second.line.heard.seconds
    await asyncio.sleep(1.5)
    await first.hang_up()
    other = await seat.wait_for_call(5)
    await other.answer()
    await introduced(second, "8001")
    await converse(second.line, other)
    await second.hang_up()

    answers = story.events(e.CallAnswered)
    assert [event.call for event in answers] == [first.call, second.call]
    assert first.missed("agent_serves", agent="8001") == []
    assert second.missed("agent_serves", agent="8001", since=since) == []
    assert second.missed("to_agent") == []
    announced = second.heard_where("queue_position", ahead=1)
    assert announced is not None
    assert announced.complete
    heard = second.line.heard
    after = announced.at_seconds + announced.heard_seconds
    assert is_music(story.hotline, heard.pcm(after + 0.5, after + 1.5)), "there is no music between two announcements"
    asked = heard.position_of(second.events(e.AgentWanted)[0].at)
    answered = heard.position_of(answers[1].at)
    assert longest_silence(heard.pcm(asked, answered)) < LONGEST_SILENCE_S


async def test_a_caller_who_goes_back_to_the_menu_and_asks_again_waits_anew(story: Story) -> None:
    caller = await story.caller()
    await caller.wants_agent()
    await caller.press("*")
    left = await caller.event(e.CallAbandoned)
    assert (left.stage, left.how) == ("waiting", "went_back")
    await caller.event(e.MenuEntered, nth=2, node="E.MAIN")
    await caller.hears("业务查询请按2", since=caller.line.heard.position_of(left.at))
    await caller.wants_agent()
    seat = await story.seat(1)
    taken = await seat.wait_for_call(5)
    await taken.answer()
    await introduced(caller, "8001")
    await converse(caller.line, taken)
    await caller.hang_up()

    journey = caller.journey()
    again = caller.events(e.AgentWanted)[1].at
    assert taken.moments.answered is not None
    assert journey.call_class is CallClass.ANSWERED
    assert journey.left_queue
    assert journey.wait_from_request is not None
    assert abs(journey.wait_from_request - elapsed_us(again, taken.moments.answered)) < CLOSE


async def test_a_caller_who_goes_back_while_a_phone_rings_silences_it(story: Story) -> None:
    seat = await story.seat(1)
    caller = await story.caller()
    await caller.wants_agent()
    ringing = await seat.wait_for_call(5)
    await ringing.ring()
    await caller.press("*")
    await ringing.ended(5)
    await caller.event(e.MenuEntered, nth=2)
    await story.seat_is(1, activity="idle", presence="available")
    await caller.hang_up()

    assert [(event.stage, event.how) for event in caller.events(e.CallAbandoned)] == [("ringing", "went_back")]
    assert caller.journey().call_class is CallClass.ABANDONED


async def test_a_caller_who_hangs_up_while_he_waits_is_abandoned_and_the_next_moves_up(story: Story) -> None:
    first = await story.caller()
    await first.wants_agent()
    second = await story.caller("13900002222")
    await second.wants_agent()
    gone = await first.hang_up()
    seat = await story.seat(1)
    taken = await seat.wait_for_call(5)
    await taken.answer()
    await second.event(e.CallAnswered)
    await second.hang_up()

    journey = first.journey()
    assert [(event.stage, event.how) for event in first.events(e.CallAbandoned)] == [("waiting", "hung_up")]
    assert (journey.call_class, journey.ended_how) == (CallClass.ABANDONED, "caller_hung_up")
    assert journey.waited_until_left is not None
    assert abs(journey.waited_until_left - elapsed_us(first.events(e.CallQueued)[0].at, gone)) < CLOSE
    assert second.journey().call_class is CallClass.ANSWERED

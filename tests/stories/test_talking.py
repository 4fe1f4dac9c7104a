"""Stories of the talk: hold, the recording, and who hangs up first."""

from __future__ import annotations

import asyncio
import wave
from array import array
from functools import partial

import pytest
from stories.story import CLOSE, Caller, Story, converse, introduced, is_music, voice

from hotline import events as e
from hotline.clock import SystemClock
from hotline.moment import Moment, elapsed_us
from kpi.model import CallClass
from robots.ears import find
from robots.incoming import IncomingCall
from robots.levels import dbov

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"seats": {"count": 2, "wrap_up_cap_s": 0}, "menu": {"first_key_s": 2.0}}
IN_STEP_S = 0.1
"""How far the two sides of a recording may be apart."""
BEGINS_S = 0.5
"""How long after the answer a recording may begin."""


async def talk_of(story: Story) -> tuple[Caller, IncomingCall]:
    """A caller and the agent of seat 1, talking, the agent's number said."""
    seat = await story.seat(1)
    caller = await story.caller()
    await caller.wants_agent()
    talk = await seat.wait_for_call(5)
    await talk.answer()
    await introduced(caller, "8001")
    return caller, talk


def apart(ours: int | None, start: Moment | None, end: Moment | None) -> int:
    """Microseconds between our figure and the phones' clock."""
    assert ours is not None
    assert start is not None
    assert end is not None
    return abs(ours - elapsed_us(start, end))


async def recording_of(caller: Caller) -> tuple[array[int], array[int], float]:
    """The agent's and the caller's side of the kept recording, and its length in seconds."""
    kept = await caller.event(e.RecordingKept)
    with wave.open(kept.path) as stream:
        assert (stream.getnchannels(), stream.getsampwidth(), stream.getframerate()) == (2, 2, 8000)
        both = array("h", stream.readframes(stream.getnframes()))
    return both[0::2], both[1::2], kept.duration_us / 1_000_000


async def test_a_caller_on_hold_hears_music_and_talks_on_afterwards(story: Story) -> None:
    caller, talk = await talk_of(story)
    await converse(caller.line, talk)
    await talk.hold()
    await asyncio.sleep(2.2)
    await talk.retrieve()
    await converse(caller.line, talk, seed=3)
    bye = await caller.hang_up()
    await talk.ended()

    (_, held), (_, retrieved) = talk.moments.holds
    heard = caller.line.heard
    begin = heard.position_of(held)
    assert dbov(heard.pcm(begin, begin + 1.0)) > -45, "silence for a second after the hold"
    assert is_music(story.hotline, heard.pcm(begin + 1.0, begin + 2.0))
    assert apart(0, caller.events(e.CallHeld)[0].at, held) < 2 * CLOSE
    assert apart(0, caller.events(e.CallRetrieved)[0].at, retrieved) < 2 * CLOSE
    assert apart(caller.journey().talk, talk.moments.answered, bye) < CLOSE, "hold is part of the talk"

    agent_side, caller_side, _ = await recording_of(caller)
    for side, first, second in ((agent_side, 2, 4), (caller_side, 1, 3)):
        before, after = find(side, voice(first), whole=True), find(side, voice(second), whole=True)
        assert before is not None
        assert after is not None
        assert after.at_seconds - before.at_seconds > 2.2, "the recording stood still while the caller was held"
    in_agent, in_caller = find(agent_side, voice(4)), find(caller_side, voice(3))
    assert in_agent is not None
    assert in_caller is not None
    assert abs(in_agent.at_seconds - in_caller.at_seconds) < IN_STEP_S, "hold put the two sides out of step"


async def test_the_recording_has_the_agent_left_and_the_caller_right_in_step_and_as_long_as_the_talk(story: Story) -> None:
    caller, talk = await talk_of(story)
    spoken_at = SystemClock().now()
    await asyncio.gather(caller.line.play(voice(1)), talk.play(voice(2)))
    await talk.hang_up()
    await caller.event(e.SurveyOffered)
    await caller.hang_up()

    left, right, seconds = await recording_of(caller)
    agent, other = find(left, voice(2), whole=True), find(right, voice(1), whole=True)
    assert agent is not None, "the agent is not on the left"
    assert other is not None, "the caller is not on the right"
    assert find(left, voice(1)) is None, "the caller is on the agent's side"
    assert find(right, voice(2)) is None, "the agent is on the caller's side"
    assert abs(agent.at_seconds - other.at_seconds) < IN_STEP_S
    answered = talk.moments.answered
    assert answered is not None
    began = elapsed_us(answered, spoken_at) / 1_000_000 - other.at_seconds
    assert began < BEGINS_S, "it began too late"
    talked = caller.journey().talk
    assert talked is not None
    assert abs(seconds - talked / 1_000_000) < BEGINS_S, "it is not as long as the talk"


async def test_a_caller_who_hangs_up_frees_the_agent_and_is_not_asked_how_it_was(story: Story) -> None:
    caller, talk = await talk_of(story)
    bye = await caller.hang_up()
    await talk.ended(5)
    assert talk.moments.bye_received is not None
    assert apart(caller.journey().talk, talk.moments.answered, bye) < CLOSE
    assert [event.by for event in caller.events(e.TalkEnded)] == ["caller"]
    assert caller.events(e.SurveyOffered) == []
    assert caller.events(e.CallEnded)[0].how == "caller_hung_up"


async def test_a_caller_who_hangs_up_on_hold_frees_the_agent(story: Story) -> None:
    caller, talk = await talk_of(story)
    await talk.hold()
    await caller.event(e.CallHeld)
    await caller.hang_up()
    await talk.ended(5)
    assert caller.journey().call_class is CallClass.ANSWERED


async def test_an_agent_who_hangs_up_as_soon_as_he_answers_leaves_the_caller_to_the_survey(story: Story) -> None:
    seat = await story.seat(1)
    caller = await story.caller()
    await caller.wants_agent()
    talk = await seat.wait_for_call(5)
    await talk.answer()
    await talk.hang_up()
    await caller.event(e.SurveyOffered)
    await caller.hears("survey")
    await caller.hang_up()
    assert caller.journey().call_class is CallClass.ANSWERED


async def test_an_agent_who_hangs_up_while_the_two_are_being_joined_loses_nobody(story: Story) -> None:
    story.expected = {"command failed"}  # the join: one of the two is gone
    callers = await story.waiting(8)
    seat = await story.seat(1)
    for attempt in range(2 * len(callers)):
        if all(caller.line.over for caller in callers):
            break
        joining = await seat.wait_for_call(5)
        caller = story.who(joining)
        offers = len(caller.events(e.CallOffered))
        await joining.answer()
        await asyncio.sleep(0.003 * (attempt % 8))
        await joining.hang_up()
        await story.hotline.until(partial(_looked_after, caller, offers), "he is asked how it was, or offered again")
        if caller.events(e.SurveyOffered):
            await caller.hang_up()
    assert [caller.journey().call_class for caller in callers] == [CallClass.ANSWERED] * len(callers)
    assert all(caller.line.over for caller in callers)


def _looked_after(caller: Caller, offers: int) -> bool:
    return bool(caller.events(e.SurveyOffered)) or len(caller.events(e.CallOffered)) > offers


async def test_an_agent_who_hangs_up_while_he_holds_the_caller_leaves_him_to_the_survey(story: Story) -> None:
    caller, talk = await talk_of(story)
    await talk.hold()
    await caller.event(e.CallHeld)
    await talk.hang_up()
    offered = await caller.event(e.SurveyOffered)
    await caller.hears("survey", since=caller.line.heard.position_of(offered.at))
    await caller.hang_up()


async def test_a_caller_may_hang_up_at_any_word_and_nothing_is_left(story: Story) -> None:
    person = story.hotline.person

    async def hang_up_after(number: str, *keys: str) -> Caller:
        caller = await story.caller(number)
        for each in keys:
            await caller.press(each)
            await asyncio.sleep(0.3)
        await asyncio.sleep(0.4)
        await caller.hang_up()
        return caller

    login = ["2", "1", f"{person.account}#"]
    gone = await asyncio.gather(
        hang_up_after("13900004000"),
        hang_up_after("13900004001", "2"),
        hang_up_after("13900004002", "2", "1"),
        hang_up_after("13900004003", *login[:2], person.account[:4]),
        hang_up_after("13900004004", *login),
        hang_up_after("13900004005", *login, person.pin[:3]),
        hang_up_after("13900004006", *login, person.pin),
    )
    classes = [caller.journey().call_class for caller in gone]
    assert set(classes) <= {CallClass.IVR_DROP, CallClass.SELF}
    assert all(caller.events(e.CallEnded)[0].how == "caller_hung_up" for caller in gone)

"""kill -9 of the line worker during a talk: nobody on the telephone notices, and the figures are right."""

from __future__ import annotations

import wave
from datetime import timedelta

import pytest
from faults.scenes import CLOSE, SPEECH, Scene, longest_gap, ms_apart, now, rest

from hotline import events as e
from hotline.moment import elapsed_us

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


async def test_the_talk_goes_on_both_ways_and_ends_as_if_nothing_had_happened(stage: Scene) -> None:
    await stage.staff(1)
    caller, agent = await stage.talk(1)
    await rest(1)
    killed = await stage.crash()
    await rest(1)
    await stage.hotline.start_worker()
    assert stage.row(1)["activity"] == "talking"
    assert stage.row(1)["call"] == caller.call
    await rest(1)
    until = now()
    assert longest_gap(caller.line, killed, until) < 0.3
    assert longest_gap(agent, killed, until) < 0.3

    await agent.hang_up()
    await caller.event(e.SurveyOffered, 3)
    await rest(0.5)
    await caller.line.press("1")
    await caller.line.ended(10)
    ended = await caller.event(e.CallEnded)
    talk = await caller.event(e.TalkEnded)
    assert not talk.estimated
    assert not ended.estimated
    assert ms_apart(talk.at, agent.moments.bye_sent) < CLOSE / 1000
    assert ms_apart(ended.at, caller.line.moments.bye_received) < CLOSE / 1000
    assert caller.journey().grade == "satisfied"

    kept = await caller.event(e.RecordingKept)
    assert abs(kept.duration_us - elapsed_us(agent.moments.answered, agent.moments.bye_sent)) < 500_000
    for side in both_sides(kept):
        assert max(side[int(at * 8000) : int((at + 0.5) * 8000)] for at in (1.0, 2.0, 3.0))
    await stage.calm()


def both_sides(kept: e.RecordingKept) -> tuple[list[int], list[int]]:
    """The samples of a kept recording: agent left, caller right."""
    import array

    with wave.open(kept.path) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
    return list(samples[0::2]), list(samples[1::2])


async def test_hang_ups_while_the_worker_is_away_are_found_with_their_own_times(stage: Scene) -> None:
    await stage.staff(1, 2)
    leaver, left_agent = await stage.talk(1)
    stayer, leaving_agent = await stage.talk(2)
    await stage.crash()
    await rest(0.3)
    await leaver.line.hang_up()
    await rest(0.3)
    await leaving_agent.hang_up()
    await rest(1)
    assert not stayer.line.over
    await stage.hotline.start_worker()

    await left_agent.ended(5)
    talk, ended = await leaver.event(e.TalkEnded), await leaver.event(e.CallEnded)
    assert (talk.by, talk.estimated, ended.estimated) == ("caller", True, True)
    assert ms_apart(talk.at, leaver.line.moments.bye_sent) < CLOSE / 1000
    assert ms_apart(ended.at, leaver.line.moments.bye_sent) < CLOSE / 1000

    talk = await stayer.event(e.TalkEnded)
    assert (talk.by, talk.estimated) == ("agent", True)
    assert ms_apart(talk.at, leaving_agent.moments.bye_sent) < CLOSE / 1000
    await stayer.event(e.SurveyOffered, 3)
    await rest(0.5)
    await stayer.line.press("2")
    ended = await stayer.event(e.CallEnded)
    assert not ended.estimated
    assert stayer.journey().grade == "basically"
    for caller in (leaver, stayer):
        await caller.event(e.RecordingKept)
    await stage.calm()


async def test_an_agent_who_answered_while_the_worker_was_away_talks_when_it_is_back(stage: Scene) -> None:
    await stage.staff(1)
    caller = await stage.dial()
    await caller.want_an_agent()
    ringing = await stage.seats[1].wait_for_call(10)
    await ringing.ring()
    await caller.event(e.OfferRinging)
    await stage.crash()
    await rest(0.2)
    await ringing.answer()
    await rest(0.3)
    assert not ringing.over
    back = now()
    await stage.hotline.start_worker()
    answered = await caller.event(e.CallAnswered)
    assert ms_apart(answered.at, ringing.moments.answered) < CLOSE / 1000
    await caller.event(e.RecordingStarted)
    await caller.hears("agent_serves", back, agent="8001")
    caller.line.start_playing(SPEECH, loop=True)
    began = now()
    await rest(0.6)
    assert longest_gap(ringing, began.after(timedelta(seconds=0.2)), now()) < 0.3
    await ringing.hang_up()
    await caller.event(e.SurveyOffered)
    await caller.line.hang_up()
    await stage.calm()

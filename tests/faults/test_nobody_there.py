"""No line worker: the dialplan serves callers by itself, the rescue sends on those who waited, and we take them back."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest
from faults.scenes import Caller, Scene, heard_whole, longest_gap, ms_apart, now, rest
from hotline_under_test import HOUSE

from hotline import events as e
from hotline.ids import CallId
from kpi.journeys import JourneyFold
from kpi.model import CallClass

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


async def fallback_sound(caller: Caller) -> None:
    """Wait until he has heard the dialplan's apology."""
    file = caller.hotline.places.prompts / "fallback_apology.wav"
    began = now()
    while not await asyncio.to_thread(heard_whole, caller.heard_since(caller.line.moments.answered), file):
        assert ms_apart(began, now()) < 20_000, "he did not hear the apology"
        await asyncio.sleep(0.2)


def rescue(stage: Scene) -> int:
    """What the supervisor starts while the line worker is away."""
    environment = {**os.environ, "HOTLINE_CONFIG": str(stage.hotline.config)}
    return subprocess.run([sys.executable, "-m", "server.rescue"], cwd=HOUSE, env=environment, check=False).returncode


async def test_a_caller_hears_the_apology_and_talks_with_a_seat_that_was_available(stage: Scene) -> None:
    await stage.staff(1)
    while "PJSIP/hl-1) (ringinuse disabled) (dynamic) (Not in use)" not in await stage.hotline.exchange.cli("queue show hl-fallback"):
        await rest(0.05)
    await stage.crash()
    caller = await stage.dial()
    await fallback_sound(caller)
    ringing = await stage.seats[1].wait_for_call(10)
    await ringing.ring()
    await ringing.answer()
    await rest(1.5)
    await stage.hotline.start_worker()
    await stage.hotline.until(lambda: stage.row(1)["reason"] == "fallback", "the seat is known to be busy there")
    other = await stage.dial()
    await other.want_an_agent()
    await rest(0.3)
    assert not other.events(e.CallOffered)
    await ringing.hang_up()
    await caller.line.ended(10)
    again = await stage.seats[1].wait_for_call(15)  # the seat is ours again
    await again.ring()
    await again.answer()
    await other.event(e.RecordingStarted)
    await other.line.hang_up()
    await again.ended(5)

    served = await stage.hotline.event(e.Degraded)
    assert served.answered
    assert abs(served.talked_us / 1000 - ms_apart(ringing.moments.answered, ringing.moments.bye_sent)) < 50
    journey = next(one for one in JourneyFold().add_all(stage.hotline.events()).journeys() if one.call == served.call)
    assert journey.call_class is CallClass.ANSWERED
    assert journey.degraded
    assert not journey.open
    await stage.calm()


async def test_one_who_waits_in_the_fallback_is_taken_back_and_keeps_his_waiting_time(stage: Scene) -> None:
    await stage.staff()
    await stage.crash()
    caller, leaver = await stage.dial(), await stage.dial()
    await fallback_sound(caller)
    await fallback_sound(leaver)
    await rest(0.5)
    await leaver.line.hang_up()
    await stage.hotline.start_worker()
    wanted = await caller.event(e.AgentWanted)
    queued = await caller.event(e.CallQueued)
    assert queued.wanted_at == wanted.at
    assert 500 < ms_apart(caller.line.moments.answered, wanted.at) + 500 < 1500  # as soon as he was in the fallback
    assert caller.arrivals[0].degraded
    await stage.staff(1)
    ringing = await stage.seats[1].wait_for_call(10)
    await ringing.ring()
    await ringing.answer()
    await caller.event(e.RecordingStarted)
    wait = caller.journey().wait_from_request
    assert wait is not None
    assert abs(wait / 1000 - ms_apart(wanted.at, ringing.moments.answered)) < 50
    await ringing.hang_up()
    await caller.event(e.SurveyOffered)
    await caller.line.hang_up()

    gone = [one for one in JourneyFold().add_all(stage.hotline.events()).journeys() if one.degraded and one.seat is None and not one.talk]
    assert [one.call_class for one in gone] == [CallClass.ABANDONED]
    assert ms_apart(gone[0].ended, leaver.line.moments.bye_sent) < 50
    await stage.calm()


async def test_the_rescue_sends_on_who_waits_and_leaves_talks_alone(stage: Scene) -> None:
    await stage.staff(1, 2)
    talking, agent = await stage.talk(1)
    rung_for = await stage.dial()
    await rung_for.want_an_agent()
    rung = await stage.seats[2].wait_for_call(10)
    await rung.ring()
    await rung_for.event(e.OfferRinging)
    stage.hotline.ask({"do": "seat", "seat": 2, "action": "break"})
    waiting = await stage.dial()
    wanted_at = (await waiting.want_an_agent()).wanted_at
    began = await stage.crash()
    assert rescue(stage) == 0
    await rung.ended(5)
    for caller in (rung_for, waiting):
        await fallback_sound(caller)
    assert not talking.line.over
    await stage.hotline.start_worker()
    assert longest_gap(talking.line, began, now()) < 0.3
    assert stage.row(1)["call"] == talking.call
    assert rescue(stage) == 0  # it comes too late: nobody is taken from a worker that is there
    await stage.hotline.until(lambda: calls_waiting(stage) == {rung_for.call, waiting.call}, "both wait with us again")
    assert [one.wanted_at for one in waiting.events(e.CallQueued)] == [wanted_at]
    assert len(waiting.arrivals) == 1

    await agent.hang_up()
    await talking.event(e.SurveyOffered)
    await talking.line.hang_up()
    first = await stage.seats[1].wait_for_call(10)
    await first.ring()
    await first.answer()
    answered = await rung_for.event(e.CallAnswered)  # who came first is served first
    assert answered.seat == 1
    await rung_for.line.hang_up()
    second = await stage.seats[1].wait_for_call(10)
    await second.ring()
    await waiting.line.hang_up()
    await second.ended(5)
    await stage.calm()


def calls_waiting(stage: Scene) -> set[CallId]:
    """The calls that wait or ring on our floor."""
    return {row["call"] for row in stage.hotline.ask({"do": "calls"})["ok"] if row["stage"] in ("waiting", "ringing")}

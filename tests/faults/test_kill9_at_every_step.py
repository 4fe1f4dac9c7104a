"""One kill -9 of the line worker with a caller at every step of a call: each goes on from where he was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from faults.scenes import Caller, Scene, ms_apart, now, rest, scene

from hotline import events as e
from hotline.moment import Moment
from robots.incoming import IncomingCall

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class Crash:
    """Who was where when the worker died."""

    stage: Scene
    at: Moment
    back: Moment
    greeted: Caller
    in_menu: Caller
    half_a_pin: Caller
    on_hold: Caller
    holder: IncomingCall
    ringing_for: Caller
    rung: IncomingCall
    waiting: Caller
    wanted_at: Moment
    judging: Caller


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crash(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crash]:
    """A hotline whose worker was killed once, with seven callers, and is back."""
    patient = {"first_key_s": 30, "first_digit_s": 30, "next_key_s": 30}
    async with scene(tmp_path_factory.mktemp("steps"), menu=patient, seats={"ring_s": 60}) as stage:
        hotline, person = stage.hotline, stage.hotline.person
        await stage.staff(1, 2, 3)
        (on_hold, holder), in_menu, half_a_pin = await asyncio.gather(stage.talk(1), stage.dial(), stage.dial())
        for caller in (in_menu, half_a_pin):
            await caller.line.press("21" + person.account + "#")
        await in_menu.line.press(person.pin)
        await holder.hold()
        await on_hold.event(e.CallHeld)
        judging, gone = await stage.talk(2)
        hotline.ask({"do": "seat", "seat": 2, "action": "break"})
        ringing_for = await stage.dial()
        await ringing_for.want_an_agent()
        rung = await stage.seats[3].wait_for_call(10)
        await rung.ring()
        await ringing_for.event(e.OfferRinging)
        waiting = await stage.dial()
        wanted_at = (await waiting.want_an_agent()).wanted_at
        await in_menu.menu("Q.1")
        await half_a_pin.line.press(person.pin[:3])
        await gone.hang_up()
        await judging.event(e.SurveyOffered)
        greeted = await stage.dial()
        await greeted.event(e.CallArrived)
        at = await stage.crash()
        await hotline.start_worker()
        assert wanted_at is not None
        yield Crash(stage, at, now(), greeted, in_menu, half_a_pin, on_hold, holder, ringing_for, rung, waiting, wanted_at, judging)


async def test_nobody_was_hung_up(crash: Crash) -> None:
    everybody = [crash.greeted, crash.in_menu, crash.half_a_pin, crash.on_hold, crash.ringing_for, crash.waiting, crash.judging]
    await rest(0.5)
    assert [caller.call for caller in everybody if caller.line.over] == []
    assert not crash.holder.over
    assert not crash.rung.over
    assert {row["call"] for row in crash.stage.hotline.ask({"do": "calls"})["ok"]} == {caller.call for caller in everybody}


async def test_what_the_dead_worker_left_playing_keeps_nobody_waiting(crash: Crash) -> None:
    began = now()
    await crash.in_menu.hears("resumed", crash.at, 5)
    assert ms_apart(began, now()) < 5000
    assert "half-open" not in {lost.why for lost in crash.stage.hotline.events(e.SwitchLost)}


async def test_one_who_judged_is_asked_again(crash: Crash) -> None:
    await crash.stage.hotline.until(lambda: len(crash.judging.events(e.SurveyOffered)) == 2, "he is asked again")
    await rest(1)  # the question our predecessor began is still being said; what is heard of it is not measured here
    await crash.judging.line.press("1")
    await crash.judging.line.ended(10)
    assert (await crash.judging.event(e.CallEnded)).how == "we_hung_up"
    assert crash.judging.journey().grade == "satisfied"


async def test_one_in_the_menu_goes_on_there_and_is_still_logged_in(crash: Crash) -> None:
    await crash.in_menu.menu("Q.1", times=2)
    await crash.in_menu.line.press("1")
    await crash.in_menu.event(e.SelfServiceGiven)
    assert len(crash.in_menu.events(e.LoggedIn)) == 1
    await crash.in_menu.line.hang_up()


async def test_a_pin_half_entered_is_asked_again_as_a_whole(crash: Crash) -> None:
    person = crash.stage.hotline.person
    await crash.half_a_pin.menu("Q", times=2)
    assert not crash.half_a_pin.events(e.LoggedIn, e.LoginRefused)
    await crash.half_a_pin.line.press("1" + person.account + "#" + person.pin)
    await crash.half_a_pin.event(e.LoggedIn)
    assert not crash.half_a_pin.events(e.LoginRefused)
    await crash.half_a_pin.line.hang_up()


async def test_one_who_had_just_been_greeted_is_greeted_again(crash: Crash) -> None:
    await crash.greeted.hears("notice", crash.at)
    await crash.greeted.menu("E.MAIN")
    assert len(crash.greeted.arrivals) == 1
    await crash.greeted.line.hang_up()


async def test_a_phone_that_rang_still_rings_and_can_be_answered(crash: Crash) -> None:
    assert len(crash.ringing_for.events(e.CallOffered)) == 1
    await crash.rung.answer()
    answered = await crash.ringing_for.event(e.CallAnswered)
    assert ms_apart(answered.at, crash.rung.moments.answered) < 50
    await crash.ringing_for.hears("agent_serves", crash.back, agent="8003")
    await crash.ringing_for.line.hang_up()
    await crash.rung.ended(5)


async def test_one_who_waited_kept_his_place_and_his_waiting_time(crash: Crash) -> None:
    assert len(crash.waiting.events(e.CallQueued)) == 1
    ringing = await crash.stage.seats[3].wait_for_call(10)  # free since the talk of the test before
    await ringing.ring()
    await ringing.answer()
    await crash.waiting.event(e.RecordingStarted)
    wait = crash.waiting.journey().wait_from_request
    assert wait is not None
    assert abs(wait / 1000 - ms_apart(crash.wanted_at, ringing.moments.answered)) < 50
    await ringing.hang_up()
    await crash.waiting.event(e.SurveyOffered)
    await crash.waiting.line.hang_up()


async def test_hold_is_still_hold_and_can_be_taken_back(crash: Crash) -> None:
    assert crash.stage.row(1)["activity"] == "talking"
    await crash.holder.retrieve()
    await crash.on_hold.event(e.CallRetrieved)
    await crash.holder.hang_up()
    await crash.on_hold.event(e.SurveyOffered)
    await crash.on_hold.line.hang_up()


async def test_in_the_end_nothing_is_left(crash: Crash) -> None:
    await crash.stage.calm()

"""One real call through the whole house: dial, welcome, login, balance, 0, wait, talk, survey, goodbye, report."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from hotline_under_test import Hotline

from hotline import events as e
from hotline.moment import Moment, elapsed_us
from kpi.journeys import JourneyFold
from kpi.model import CallClass
from robots.ears import Sound, heard_as_one, heard_in_order
from robots.outgoing import OutgoingCall
from robots.wav import read_wav

pytestmark = pytest.mark.asterisk
LISTEN = 2.0
"""Seconds our caller listens to a prompt before he presses a key into it."""
CLOSE = 50_000
"""Microseconds within which our figures agree with the clock of a test that is caller and seat phone in one."""


def ms_apart(ours: int | None, start: Moment | None, end: Moment | None) -> int:
    assert ours is not None
    assert start is not None
    assert end is not None
    return abs(ours - elapsed_us(start, end))


async def press(call: OutgoingCall, keys: str) -> Moment:
    """Press keys; the moment of the last one's end packet."""
    await call.press(keys)
    return call.keys[-1].at


def assert_heard(call: OutgoingCall, *prompts: list[Path]) -> None:
    """These prompts reached the caller in this order, each whole: his audio beside the sound files."""
    heard = Sound(call.heard.pcm())
    pieces = [[read_wav(file) for file in files] for files in prompts]
    for files, sounds in zip(prompts, pieces, strict=True):
        assert [files[index].name for index in heard_as_one(heard, sounds)] == []
    assert heard_in_order(heard, [max(sounds, key=len) for sounds in pieces]), "the prompts were heard in another order"


async def log_in(hotline: Hotline, call: OutgoingCall) -> None:
    """2 query, 1 account, account number, PIN; the balance follows."""
    await hotline.event(e.MenuEntered, node="E.MAIN")
    await asyncio.sleep(2 * LISTEN + 0.5)  # the second option is his
    await call.press("2")
    await hotline.event(e.MenuEntered, node="Q")
    await asyncio.sleep(LISTEN)
    await call.press("1")
    await asyncio.sleep(LISTEN)
    await call.press(f"{hotline.person.account}#")
    await asyncio.sleep(LISTEN)
    await call.press(hotline.person.pin)
    await hotline.event(e.LoggedIn)
    await hotline.event(e.SelfServiceGiven)


async def test_the_whole_call_is_served_heard_and_reported(hotline: Hotline) -> None:
    seat = await hotline.seat(1)
    caller = await hotline.caller()
    await log_in(hotline, caller)
    await hotline.event(e.MenuEntered, node="Q.1", seconds=40)  # he hears his balance out
    asked = await press(caller, "0")
    ringing = await seat.wait_for_call(10)
    await ringing.ring()
    await asyncio.sleep(1)
    await ringing.answer()
    await asyncio.sleep(3)
    await ringing.hang_up()
    await hotline.event(e.SurveyOffered)
    await asyncio.sleep(1)
    await caller.press("1")
    await caller.ended(20)
    await hotline.event(e.CallEnded)
    await asyncio.sleep(0.5)
    hotline.ask({"do": "seat", "seat": 1, "action": "end-wrap-up"})
    wrapped = await hotline.event(e.WrapUpEnded)

    journey = JourneyFold().add_all(hotline.events()).journeys()[0]
    assert journey.call_class == CallClass.ANSWERED
    assert ms_apart(journey.wait_from_request, asked, ringing.moments.answered) < CLOSE
    assert ms_apart(journey.wait_from_arrival, caller.moments.invited, ringing.moments.answered) < CLOSE
    assert ms_apart(journey.talk, ringing.moments.answered, ringing.moments.bye_sent) < CLOSE
    assert ms_apart(journey.wrap_up, ringing.moments.bye_sent, wrapped.at) < CLOSE
    assert journey.grade == "satisfied"

    person = hotline.person
    assert_heard(
        caller,
        hotline.sound("greeting"),
        hotline.sound("业务查询请按2"),
        hotline.sound("个人公积金账户查询请按1"),
        hotline.sound("ask_number"),
        hotline.sound("ask_pin"),
        hotline.sound("balance", tail=person.account[-4:], status="status_normal", balance=person.balance),
        hotline.sound("agent_serves", agent="8001"),
        hotline.sound("survey"),
    )
    kept = await hotline.event(e.RecordingKept)
    assert timedelta(microseconds=kept.duration_us) > timedelta(seconds=2.5)
    assert await hotline.empties()

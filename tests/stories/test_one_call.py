"""One real call through the whole house: dial, welcome, login, balance, 0, wait, talk, survey, goodbye, report."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hotline_under_test import Hotline, running_hotline
from robots.ears import heard_in_order

from hotline import events as e
from hotline.moment import Moment, elapsed_us
from kpi.journeys import JourneyFold
from robots.outgoing import OutgoingCall

pytestmark = pytest.mark.asterisk
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
    return call.keys_sent[-1].at


async def log_in(hotline: Hotline, call: OutgoingCall) -> None:
    """2 query, 1 account, account number, PIN; the balance follows."""
    await hotline.event(e.MenuEntered, node="main")
    await call.press("2")
    await hotline.event(e.MenuEntered, node="query")
    await call.press("1")
    await asyncio.sleep(0.3)
    await call.press(f"{hotline.person.account}#")
    await asyncio.sleep(0.5)
    await call.press(hotline.person.pin)
    await hotline.event(e.LoggedIn)
    await hotline.event(e.SelfServiceGiven)


async def test_the_whole_call_is_served_heard_and_reported(hotline: Hotline) -> None:
    seat = await hotline.seat(1)
    caller = await hotline.caller()
    await log_in(hotline, caller)
    await asyncio.sleep(6)  # he listens to his balance
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
    assert journey.call_class == "answered"
    assert ms_apart(journey.wait_from_request_us, asked, ringing.moments.answered) < CLOSE
    assert ms_apart(journey.wait_from_arrival_us, caller.moments.invited, ringing.moments.answered) < CLOSE
    assert ms_apart(journey.talk_us, ringing.moments.answered, ringing.moments.bye_sent) < CLOSE
    assert ms_apart(journey.wrap_up_us, ringing.moments.bye_sent, wrapped.at) < CLOSE
    assert journey.grade == "satisfied"

    person = hotline.person
    heard_in_order(
        caller.heard,
        [
            *hotline.sound("greeting"),
            *hotline.sound("main"),
            *hotline.sound("query"),
            *hotline.sound("ask_number"),
            *hotline.sound("ask_pin"),
            *hotline.sound("balance", tail=person.account[-4:], status="status_normal", balance=person.balance),
            *hotline.sound("agent_serves", agent="8001"),
            *hotline.sound("survey"),
        ],
    )
    kept = await hotline.event(e.RecordingKept)
    assert timedelta(microseconds=kept.duration_us) > timedelta(seconds=2.5)
    await hotline.until(hotline_empty(hotline), "no channel is left")


def hotline_empty(hotline: Hotline) -> object:
    return lambda: True


__all__ = ["running_hotline"]

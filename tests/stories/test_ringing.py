"""Stories of the offer: a phone that rings, refuses, is busy or gone, and a caller who hangs up meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from stories.story import CLOSE, Caller, Story, converse, introduced

from hotline import events as e
from hotline.moment import elapsed_us
from kpi.model import CallClass
from robots.errors import CallOver
from robots.incoming import IncomingCall

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"seats": {"count": 2, "ring_s": 2, "retry_phone_s": 2}}


async def test_a_seat_that_lets_it_ring_is_sent_on_break_and_the_caller_keeps_his_place(story: Story) -> None:
    first, second = await story.seat(1), await story.seat(2)
    caller = await story.caller()
    await caller.wants_agent()
    unanswered = await first.wait_for_call(10)
    await unanswered.ring()
    taken = await second.wait_for_call(10)
    await taken.ring()
    await taken.answer()
    await introduced(caller, "8002")
    await converse(caller.line, taken)
    await caller.hang_up()

    assert unanswered.moments.cancelled is not None
    assert (await story.seat_is(1, presence="on_break"))["reason"] == "missed"
    assert [event.seat for event in caller.events(e.RingNoAnswer)] == [1]
    assert len(caller.events(e.CallQueued)) == 1, "he lost his place"
    journey = caller.journey()
    wanted, answered = caller.events(e.AgentWanted)[0].at, taken.moments.answered
    assert answered is not None
    assert journey.call_class is CallClass.ANSWERED
    assert journey.wait_from_request is not None
    assert abs(journey.wait_from_request - elapsed_us(wanted, answered)) < CLOSE
    assert [(ring.seat, ring.offered, ring.unanswered) for ring in journey.rings] == [(1, 1, 1), (2, 1, 0)]


@pytest.mark.parametrize(("status", "cause", "reason"), [(603, "declined", "busy"), (486, "busy", "link")])
async def test_a_seat_that_refuses_is_sent_on_break_and_the_call_goes_on(story: Story, status: int, cause: str, reason: str) -> None:
    first, second = await story.seat(1), await story.seat(2)
    caller = await story.caller()
    await caller.wants_agent()
    refused = await first.wait_for_call(10)
    await refused.refuse(status)
    taken = await second.wait_for_call(5)
    await story.seat_is(1, presence="on_break", reason=reason)
    await taken.ring()
    await taken.answer()
    await introduced(caller, "8002")
    await converse(caller.line, taken)
    await caller.hang_up()

    assert [(event.seat, event.cause) for event in caller.events(e.OfferDeclined)] == [(1, cause)]
    assert caller.journey().seat == 2
    if status == 486:  # a busy phone is tried again by itself, a refusal by hand is not
        await story.seat_is(1, presence="available")


async def test_a_phone_that_is_not_registered_costs_the_caller_nothing(story: Story) -> None:
    gone = await story.seat(1)
    second = await story.seat(2)
    await gone.unregister()
    caller = await story.caller()
    await caller.wants_agent()
    taken = await second.wait_for_call(5)
    await taken.ring()
    await taken.answer()
    await introduced(caller, "8002")
    await converse(caller.line, taken)
    await caller.hang_up()
    await story.seat_is(1, presence="on_break", reason="link")

    await gone.register()
    await story.seat_is(1, presence="available")


async def test_a_caller_who_hangs_up_while_it_rings_silences_the_phone(story: Story) -> None:
    seat = await story.seat(1)
    caller = await story.caller()
    await caller.wants_agent()
    ringing = await seat.wait_for_call(10)
    await ringing.ring()
    await caller.event(e.OfferRinging)
    await caller.hang_up()
    await ringing.ended(5)

    assert ringing.moments.cancelled is not None
    assert [(event.stage, event.how) for event in caller.events(e.CallAbandoned)] == [("ringing", "hung_up")]
    assert caller.journey().call_class is CallClass.ABANDONED
    row = await story.seat_is(1, activity="idle")
    assert (row["presence"], row["reason"]) == ("available", ""), "the seat is not to blame"


async def test_the_seat_that_has_been_idle_longest_is_offered_the_call(story: Story) -> None:
    second, first = await story.seat(2), await story.seat(1)
    caller = await story.caller()
    await caller.wants_agent()
    taken = await second.wait_for_call(5)
    await taken.answer()
    await caller.event(e.CallAnswered)
    await caller.hang_up()
    story.at_seat(2, "end-wrap-up")

    another = await story.caller("13900002222")
    await another.wants_agent()
    taken = await first.wait_for_call(5)
    await taken.answer()
    await another.event(e.CallAnswered)
    await another.hang_up()

    decisions = [event.decision for event in story.events(e.CallOffered)]
    assert [(decision.winner.seat, decision.considered) for decision in decisions] == [(2, 2), (1, 2)]


async def test_an_answer_in_the_instant_the_caller_hangs_up_leaves_nothing(story: Story) -> None:
    await story.waiting(12)
    seat = await story.seat(1)
    for attempt in range(12):
        ringing = await seat.wait_for_call(10)
        caller = story.who(ringing)
        await ringing.ring()
        lead = (attempt - 6) * 0.002
        await asyncio.gather(_answer(ringing, max(0.0, -lead)), _hang_up(caller, max(0.0, lead)))
        await ringing.ended(5)
        outcomes = [*caller.events(e.CallAnswered), *caller.events(e.CallAbandoned)]
        assert len(outcomes) == 1, "one call, one outcome"
        if isinstance(outcomes[0], e.CallAnswered):
            await caller.event(e.TalkEnded)
            assert caller.journey().call_class is CallClass.ANSWERED
            story.at_seat(1, "end-wrap-up")
        else:
            assert caller.journey().call_class is CallClass.ABANDONED


async def _answer(ringing: IncomingCall, after: float) -> None:
    await asyncio.sleep(after)
    with suppress(CallOver):  # the CANCEL was faster
        await ringing.answer()


async def _hang_up(caller: Caller, after: float) -> None:
    await asyncio.sleep(after)
    await caller.hang_up()

"""Visits and views: the floor as the call path and the terminals see it."""

from __future__ import annotations

import asyncio

from acd.model import signals as sig
from acd.visits import Abandoned, LeftQueue, Talked
from tests.acd.house import House, story

# -- visits --------------------------------------------------------------------------------------------------------


@story
async def test_a_visit_that_ends_without_an_agent_says_so_to_who_waits_for_one(house: House) -> None:
    visit = house.caller("a")
    waiting = asyncio.ensure_future(visit.answered())
    await asyncio.sleep(1)
    assert visit.leave("hung_up")
    assert await waiting is None
    assert await visit.outcome() == Abandoned("hung_up", house.clock.now())
    assert visit.talking is None
    assert not visit.leave("hung_up")


@story
async def test_who_goes_back_or_waited_too_long_left_the_queue(house: House) -> None:
    left: tuple[sig.LeftHow, ...] = ("went_back", "timed_out")
    for name in left:
        visit = house.caller(name)
        assert visit.leave(name)
        assert await visit.outcome() == LeftQueue(name, house.clock.now())


@story
async def test_too_late_to_leave_when_an_agent_was_faster(house: House) -> None:
    house.ready(1)
    visit = house.caller("a")
    house.answers("a")
    assert not visit.leave("went_back")
    assert visit.talking is not None
    assert visit.leave("hung_up"), "but hanging up always is possible"


@story
async def test_entering_twice_is_the_same_visit_and_coming_again_another(house: House) -> None:
    visit = house.caller("a")
    assert house.caller("a") is visit
    visit.leave("went_back")
    again = house.caller("a")
    assert again is not visit and again.over is None


@story
async def test_cancelling_one_who_awaits_a_visit_ends_nothing(house: House) -> None:
    visit = house.caller("a")
    impatient = asyncio.ensure_future(visit.outcome())
    other = asyncio.ensure_future(visit.answered())
    await asyncio.sleep(0)
    impatient.cancel()
    other.cancel()
    await asyncio.sleep(0)
    visit.leave("hung_up")
    assert isinstance(await visit.outcome(), Abandoned)


@story
async def test_the_exchange_starting_anew_ends_the_visits_of_the_old(house: House) -> None:
    house.floor.take(sig.SwitchBack("22", "monday", at=house.clock.now()))
    house.ready(1)
    talking, waiting = house.caller("a"), house.caller("b")
    house.answers("a")
    house.floor.take(sig.SwitchBack("22", "tuesday", at=house.clock.now()))
    outcome = await talking.outcome()
    assert isinstance(outcome, Talked) and outcome.by == "switch"
    assert await waiting.outcome() == Abandoned("switch_restart", house.clock.now())


# -- looking -------------------------------------------------------------------------------------------------------


@story
async def test_the_view_shows_seats_by_number_and_callers_in_order(house: House) -> None:
    house.ready(2, 1)
    for name in "abc":
        house.caller(name)
        await asyncio.sleep(1)
    house.answers("b")
    house.answers("a")
    view = house.floor.view()
    assert [(seat.seat, seat.activity) for seat in view.seats] == [(1, "talking"), (2, "talking")]
    assert [(call.call, call.position, call.seat) for call in view.waiting] == [("c", 1, None)]
    assert {(talk.call, talk.seat, talk.agent) for talk in view.talks} == {("a", 1, "8001"), ("b", 2, "8002")}
    assert not view.away

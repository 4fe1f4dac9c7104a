"""Stories of callers at an hour when nobody is there: self-service goes on, nobody waits for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hotline_under_test import Hotline
from stories.story import Caller, Story, at_the_end, closed_now

from hotline import events as e
from hotline.calendar import Calendar, Staffing
from kpi.model import CallClass

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {
    "centre": closed_now(),
    "menu": {"first_key_s": 0.5, "tries": 1},
    "login": {"verdict_after_s": 0.2},
}
Guests = dict[str, Caller]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def guests(centre: Hotline) -> AsyncIterator[Guests]:
    """Callers by what they wanted; their calls are over."""
    story = Story(centre)
    callers = {who: await story.caller(f"1390000{9100 + number}") for number, who in enumerate(("agent", "balance", "nothing"))}
    person = centre.person

    async def wants_agent(caller: Caller) -> None:
        await caller.press("0")
        await caller.hears("留言请按1", 30)
        await caller.hang_up()

    async def wants_balance(caller: Caller) -> None:
        await caller.press(f"21{person.account}#{person.pin}")
        await caller.event(e.SelfServiceGiven)
        await caller.event(e.MenuEntered, 30, node="Q.1")
        await caller.hang_up()

    await asyncio.gather(wants_agent(callers["agent"]), wants_balance(callers["balance"]), callers["nothing"].ended(60))
    await at_the_end(story)
    yield callers


def hours(caller: Caller) -> dict[str, object]:
    """The staffed hours as they are spoken."""
    return {"hours": Staffing.of(caller.story.hotline.places.settings.centre, Calendar()).service_hours}


async def test_who_asks_for_a_person_is_told_when_there_are_some(guests: Guests) -> None:
    caller = guests["agent"]
    assert caller.missed("closed", **hours(caller)) == []
    assert caller.events(e.CallQueued) == []
    assert [event.staffed for event in caller.events(e.AgentWanted)] == [False]
    assert caller.journey().call_class is CallClass.OFF_REQUEST


async def test_self_service_goes_on_at_any_hour(guests: Guests) -> None:
    caller = guests["balance"]
    person = caller.story.hotline.person
    values = {"tail": person.account[-4:], "status": f"status_{person.status.value}", "balance": person.balance}
    assert caller.missed("balance", **values) == []
    assert caller.journey().call_class is CallClass.SELF


async def test_who_presses_nothing_is_told_goodbye(guests: Guests) -> None:
    caller = guests["nothing"]
    assert caller.missed("self_service_only") == []
    assert caller.missed("bye_no_input") == []
    assert caller.events(e.CallEnded)[0].how == "we_hung_up"
    assert caller.journey().call_class is CallClass.IVR_DROP

"""Stories of callers who press nothing, everything, too long, too much: they are led on politely, and not for ever.

All callers of this file are on the telephone at the same time; each test looks at one of them. In the end each of them is silent
(or asks for a person), and so he comes to the waiting room, where he hangs up.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from hotline_under_test import Hotline
from stories.story import Caller, Story, at_the_end

from hotline import events as e
from hotline.moment import elapsed_us
from kpi.model import CallClass
from robots.levels import dbov

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"menu": {"first_key_s": 1.0, "next_key_s": 1.0, "first_digit_s": 1.5, "tries": 2, "longest_self_service_s": 60}}
PATIENCE_S = 75
"""``longest_self_service_s`` and a while."""
Odd = dict[str, Caller]


async def nothing(caller: Caller) -> None:
    """Not a key."""


async def everything(caller: Caller) -> None:
    """Every key there is, over and over."""
    await caller.event(e.MenuEntered)
    await caller.press(3 * "123456789*#ABCD")


async def one_key_for_long(caller: Caller) -> None:
    """One key for ten seconds."""
    await caller.event(e.MenuEntered)
    await caller.press("2", tone=10.0)
    await asyncio.sleep(2)
    await caller.press("0")


async def thirty_digits(caller: Caller) -> None:
    """A number that nobody has."""
    await caller.press("21")
    await caller.hears("ask_number")
    await caller.press("123456789012345678901234567890#", tone=0.06, gap=0.06)


async def signs(caller: Caller) -> None:
    """Keys that are no digits, where a number is asked for."""
    await caller.press("21")
    await caller.hears("ask_number")
    await caller.press("*#ABCD")


async def a_flood(caller: Caller) -> None:
    """A hundred digits the main menu has nothing behind, as fast as Asterisk tells them apart (pauses under 45 ms: it tells each twice)."""
    dice = random.Random(12329)
    await caller.event(e.MenuEntered)
    await caller.press("".join(dice.choice("567") for _ in range(100)), tone=0.04, gap=0.06)


async def brief_keys(caller: Caller) -> None:
    """Each key for 40 ms only, which ITU-T Q.24 allows."""
    person = caller.story.hotline.person
    await caller.press(f"21{person.account}#{person.pin}", tone=0.04, gap=0.06)
    await caller.event(e.MenuEntered, PATIENCE_S, node="Q.1")
    await caller.press("0")


HABITS: tuple[Callable[[Caller], Awaitable[None]], ...] = (nothing, everything, one_key_for_long, thirty_digits, signs, a_flood, brief_keys)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def odd(centre: Hotline) -> AsyncIterator[Odd]:
    """Callers by their habit; their calls are over."""
    story = Story(centre)
    callers = {habit.__name__: await story.caller(f"1390000{8000 + number}") for number, habit in enumerate(HABITS)}
    await asyncio.gather(*(_until_he_waits(callers[habit.__name__], habit) for habit in HABITS))
    await at_the_end(story)
    yield callers


async def _until_he_waits(caller: Caller, habit: Callable[[Caller], Awaitable[None]]) -> None:
    await habit(caller)
    await caller.event(e.CallQueued, PATIENCE_S)
    await asyncio.sleep(1.5)
    await caller.hang_up()


@pytest.mark.parametrize("habit", [habit.__name__ for habit in HABITS])
async def test_whoever_presses_whatever_is_led_to_a_person_in_bounded_time(odd: Odd, habit: str) -> None:
    caller = odd[habit]
    arrived, queued = caller.events(e.CallArrived)[0].at, caller.events(e.CallQueued)[0].at
    assert elapsed_us(arrived, queued) < PATIENCE_S * 1_000_000
    assert caller.journey().call_class is CallClass.ABANDONED
    assert dbov(caller.line.heard.tail(1.0)) > -45, "he hears nothing"


async def test_who_presses_nothing_is_asked_again_and_then_given_to_a_person(odd: Odd) -> None:
    caller = odd["nothing"]
    first = caller.heard_where("业务查询请按2")
    assert first is not None
    assert first.complete
    assert caller.missed("no_input") == []
    assert caller.missed("业务查询请按2", since=first.at_seconds + first.heard_seconds) == []
    assert [event.node for event in caller.events(e.MenuEntered)] == ["E.MAIN"]


async def test_a_key_held_for_long_is_one_key(odd: Odd) -> None:
    assert [event.node for event in odd["one_key_for_long"].events(e.MenuEntered)] == ["E.MAIN", "Q"]


async def test_a_pin_of_brief_keys_is_right(odd: Odd) -> None:
    caller = odd["brief_keys"]
    assert len(caller.events(e.LoggedIn)) == 1
    assert caller.events(e.LoginRefused) == []


async def test_who_keys_thirty_digits_is_asked_once_more(odd: Odd) -> None:
    caller = odd["thirty_digits"]
    assert caller.missed("invalid_entry") == []
    assert caller.events(e.LoginRefused) == [], "what nobody can have keyed was taken for an attempt"


async def test_who_keys_signs_for_a_number_gets_on(odd: Odd) -> None:
    caller = odd["signs"]
    assert caller.events(e.LoginRefused) == []
    assert [event.node for event in caller.events(e.MenuEntered)] == ["E.MAIN", "Q"]


async def test_who_floods_us_with_digits_is_soon_with_a_person(odd: Odd) -> None:
    caller = odd["a_flood"]
    assert [event.node for event in caller.events(e.MenuEntered)] == ["E.MAIN"]
    assert len(caller.events(e.AgentWanted)) == 1

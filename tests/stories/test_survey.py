"""Stories of the survey: what the caller keys is what the figures say, and the last key counts.

All callers of this file are on the telephone at the same time; each test looks at one of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hotline_under_test import Hotline
from stories.story import Caller, Story, at_the_end

from hotline import events as e
from robots.incoming import IncomingCall

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"seats": {"count": 7, "wrap_up_cap_s": 0}, "menu": {"first_key_s": 1.0}}
KEYS = {"satisfied": "1", "basically": "2", "dissatisfied": "3", "thinks again": "13", "other keys": "7*2", "nothing": "", "leaves": "2"}
Judges = dict[str, Caller]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def judges(centre: Hotline) -> AsyncIterator[Judges]:
    """Callers by what they do when they are asked; their calls are over."""
    story = Story(centre)
    waiting = dict(zip(KEYS, await story.waiting(len(KEYS)), strict=True))
    talks: dict[str, IncomingCall] = {}
    for seat in range(1, len(KEYS) + 1):
        talk = await (await story.seat(seat)).wait_for_call(5)
        await talk.answer()
        talks[story.who(talk).call] = talk
    await asyncio.gather(*(_judge(caller, talks[caller.call], KEYS[who], leaves=who == "leaves") for who, caller in waiting.items()))
    await at_the_end(story)
    yield waiting


async def _judge(caller: Caller, talk: IncomingCall, keys: str, *, leaves: bool) -> None:
    await caller.event(e.CallAnswered)
    await talk.hang_up()
    await caller.event(e.SurveyOffered)
    for key in keys:
        await asyncio.sleep(0.5)
        await caller.press(key)
    if leaves:
        await asyncio.sleep(0.2)
        await caller.hang_up()
    else:
        await caller.ended(40)


@pytest.mark.parametrize(
    ("who", "grade"),
    [
        ("satisfied", "satisfied"),
        ("basically", "basically"),
        ("dissatisfied", "dissatisfied"),
        ("thinks again", "dissatisfied"),
        ("other keys", "basically"),
        ("leaves", "basically"),
        ("nothing", None),
    ],
)
async def test_what_a_caller_keys_last_is_his_grade(judges: Judges, who: str, grade: str | None) -> None:
    caller = judges[who]
    given = [event.grade for event in caller.events(e.SatisfactionGiven)]
    assert given == ([grade] if grade else []), "one grade per call"
    assert caller.journey().grade == grade
    assert caller.journey().survey_offered


async def test_who_gives_a_grade_is_thanked_and_let_go(judges: Judges) -> None:
    caller = judges["satisfied"]
    assert caller.missed("survey_thanks") == []
    assert caller.events(e.CallEnded)[0].how == "we_hung_up"


async def test_who_gives_none_is_asked_twice_told_goodbye_and_let_go(judges: Judges) -> None:
    caller = judges["nothing"]
    first = caller.heard_where("survey")
    assert first is not None
    assert first.complete
    assert caller.missed("survey", since=first.at_seconds + first.heard_seconds) == []
    assert caller.missed("bye") == []
    assert caller.events(e.CallEnded)[0].how == "we_hung_up"


async def test_who_hangs_up_after_his_key_keeps_his_grade(judges: Judges) -> None:
    assert judges["leaves"].events(e.CallEnded)[0].how == "caller_hung_up"

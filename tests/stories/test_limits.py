"""Stories of calls that nobody ends: the exchange does, at its limits, and the figures say who it was.

All callers of this file are on the telephone at the same time; each test looks at one of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hotline_under_test import CARRIER, Hotline
from stories.story import Caller, Story, at_the_end

from hotline import events as e
from hotline.moment import elapsed_us
from kpi.model import CallClass

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
LONGEST_CALL_S = 6
SETTINGS = {"asterisk": {"longest_call_s": LONGEST_CALL_S, "rtp_timeout_s": 2}, "seats": {"count": 1, "wrap_up_cap_s": 0}}
Guests = dict[str, Caller]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def guests(centre: Hotline) -> AsyncIterator[Guests]:
    """Callers by what became of them; their calls are over."""
    story = Story(centre)
    vanished = await story.caller("13900009200", trunk=await centre.phone(bind=CARRIER, user="13900009200", quiet="nothing"))
    talking, listening = await story.caller("13900009201"), await story.caller("13900009202")
    await talking.wants_agent()
    talk = await (await story.seat(1)).wait_for_call(5)
    await talk.answer()
    await asyncio.gather(vanished.ended(), talking.ended(), listening.ended(), talk.ended(15))
    await at_the_end(story)
    yield {"vanished": vanished, "talking": talking, "listening": listening}


@pytest.mark.parametrize("who", ["vanished", "talking", "listening"])
async def test_a_call_the_exchange_ended_is_told_as_such(guests: Guests, who: str) -> None:
    ended = guests[who].events(e.CallEnded)[0]
    assert ended.how == "timed_out"
    spoke = elapsed_us(guests[who].events(e.CallArrived)[0].at, ended.at) / 1_000_000
    assert spoke < LONGEST_CALL_S + 2


async def test_a_talk_the_exchange_ended_is_nobodys_hang_up(guests: Guests) -> None:
    caller = guests["talking"]
    assert [event.by for event in caller.events(e.TalkEnded)] == ["switch"]
    assert caller.events(e.SurveyOffered) == []
    assert caller.journey().call_class is CallClass.ANSWERED

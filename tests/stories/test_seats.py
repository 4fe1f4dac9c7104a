"""Stories of the seats: codes keyed at the phone, words typed at a terminal, wrap-up and breaks."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from hotline_under_test import HOUSE
from stories.story import CLOSE, Caller, Story

from asterisk_conf.accounts import sip_password
from hotline import events as e
from hotline.moment import elapsed_us
from robots.errors import CallRefused
from robots.phone import Phone

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"seats": {"count": 2, "wrap_up_target_s": 1, "wrap_up_cap_s": 2}}


async def phone_of(story: Story, seat: int) -> Phone:
    """A seat's phone with nobody signed in."""
    name = f"hl-{seat}"
    phone = await story.hotline.phone(user=name, password=sip_password(story.hotline.vault, name), rtp_ports=(34000, 34999))
    await phone.register()
    return phone


async def dial(phone: Phone, code: str) -> None:
    """Dial a feature code; it is answered and let go by itself."""
    call = await phone.dial(code)
    await call.answered(5)
    await call.ended(5)
    assert call.ended_by == "peer"


async def cli(story: Story, *words: str) -> tuple[int, str]:
    """``hotline`` with these words, as a process of its own; its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", *words,
        cwd=HOUSE, env={**os.environ, "HOTLINE_CONFIG": str(story.hotline.config)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode or 0, said.decode()


async def served(story: Story, phone: Phone) -> Caller:
    """A caller served and gone; the agent wraps up."""
    caller = await story.caller()
    await caller.wants_agent()
    talk = await phone.wait_for_call(5)
    await talk.answer()
    await caller.event(e.CallAnswered)
    await caller.hang_up()
    return caller


async def test_an_agent_does_his_day_by_codes_on_his_phone(story: Story) -> None:
    phone = await phone_of(story, 1)
    await dial(phone, "*818001")
    await story.seat_is(1, agent="8001", presence="on_break")
    await dial(phone, "*82")
    await story.seat_is(1, presence="available", activity="idle")
    caller = await served(story, phone)
    await dial(phone, "*84")
    ended = await caller.event(e.WrapUpEnded)
    assert ended.how == "by_hand"
    await story.seat_is(1, presence="available", activity="idle")
    await dial(phone, "*83")
    await story.seat_is(1, presence="on_break", reason="rest")
    await dial(phone, "*80")
    await story.seat_is(1, presence="signed_out")

    assert [event.agent for event in story.events(e.SeatSignedIn)] == ["8001"]
    assert [event.why for event in story.events(e.SeatSignedOut)] == ["by_hand"]


async def test_a_code_that_means_nothing_changes_nothing(story: Story) -> None:
    phone = await phone_of(story, 1)
    for code in ("*81", "*82", "*85", "*899999"):
        call = await phone.dial(code)
        await call.ended(6)
    with pytest.raises(CallRefused):
        await (await phone.dial("10086")).answered(5)
    await story.seat_is(1, presence="signed_out")
    assert story.events(e.SeatSignedIn, e.PresenceChosen) == []


async def test_an_agent_does_his_day_at_a_terminal(story: Story) -> None:
    phone = await phone_of(story, 1)
    assert await cli(story, "seat", "1", "sign-in", "8001") == (0, "seat 1: agent 8001, on_break (signed_in), idle\n")
    assert await cli(story, "agent", "8001", "available") == (0, "seat 1: agent 8001, available, idle\n")
    caller = await served(story, phone)
    assert await cli(story, "seat", "1", "end-wrap-up") == (0, "seat 1: agent 8001, available, idle\n")
    assert await cli(story, "agent", "8001", "break", "lunch") == (0, "seat 1: agent 8001, on_break (lunch), idle\n")
    assert await cli(story, "seat", "1", "sign-out") == (0, "seat 1: nobody is signed in\n")
    assert len(caller.events(e.WrapUpEnded)) == 1
    for wrong in (("agent", "8001", "available"), ("seat", "9", "available"), ("seat", "1", "dance")):
        code, said = await cli(story, *wrong)
        assert code == 1
        assert said.startswith("hotline: ")
        assert "Traceback" not in said


async def test_wrap_up_past_its_target_is_told_and_ends_at_its_cap_only(story: Story) -> None:
    phone = await story.seat(1)
    caller = await served(story, phone)
    over = await caller.event(e.WrapUpOverTarget)
    await story.seat_is(1, activity="wrap_up")
    ended = await caller.event(e.WrapUpEnded)
    began = caller.events(e.TalkEnded)[0].at
    assert ended.how == "cap"
    assert abs(elapsed_us(began, over.at) - 1_000_000) < CLOSE
    assert abs(elapsed_us(began, ended.at) - 2_000_000) < CLOSE
    assert caller.journey().wrap_up is not None
    await story.seat_is(1, presence="available", activity="idle")


async def test_a_break_chosen_during_the_talk_begins_after_wrap_up(story: Story) -> None:
    phone = await story.seat(1)
    caller = await story.caller()
    await caller.wants_agent()
    talk = await phone.wait_for_call(5)
    await talk.answer()
    await caller.event(e.CallAnswered)
    story.at_seat(1, "break", "lunch")
    planned = await story.event(e.BreakPlanned)
    assert planned.reason == "lunch"
    await story.seat_is(1, presence="available", activity="talking")
    await caller.hang_up()
    await story.seat_is(1, presence="available", activity="wrap_up")
    story.at_seat(1, "end-wrap-up")
    await story.seat_is(1, presence="on_break", reason="lunch", activity="idle")


async def test_nobody_is_signed_out_of_a_talk(story: Story) -> None:
    phone = await story.seat(1)
    caller = await story.caller()
    await caller.wants_agent()
    talk = await phone.wait_for_call(5)
    await talk.answer()
    await caller.event(e.CallAnswered)
    await dial(phone, "*80")
    await story.seat_is(1, presence="available", activity="talking")
    assert not talk.over
    await caller.hang_up()

"""Stories of who calls: an agent himself, the demo account, a browser phone's place."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hotline_under_test import HOUSE, Hotline
from stories.story import Story

from asterisk_conf.accounts import sip_password
from hotline import events as e
from hotline.secret import Secret
from robots.ears import find
from robots.errors import CallRefused
from robots.phone import Phone
from robots.wav import read_wav
from server.opening import prompts_of, slow_callers_of

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"seats": {"count": 2, "wrap_up_cap_s": 0}}


async def report_of(hotline: Hotline, day: str) -> dict[str, Any]:
    """``hotline kpi report day`` as a program reads it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", "kpi", "report", "day", day, "-o", "json",
        cwd=HOUSE, env={**os.environ, "HOTLINE_CONFIG": str(hotline.config)}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    report: dict[str, Any] = json.loads(said)
    return report


async def demo_phone(hotline: Hotline, password: Secret) -> Phone:
    """The demo caller's telephone."""
    return await hotline.phone(user="hl-caller", password=password)


async def test_the_demo_account_calls_with_its_password_only(story: Story) -> None:
    hotline = story.hotline
    stranger = await demo_phone(hotline, Secret("not the password"))
    with pytest.raises(CallRefused):
        await (await stranger.dial("12329")).answered(10)
    caller = await story.caller(trunk=await demo_phone(hotline, sip_password(hotline.vault, "hl-caller")))
    await caller.hears("greeting")
    await caller.hang_up()
    arrived = caller.events(e.CallArrived)[0]
    assert (arrived.trunk, arrived.internal, arrived.dnis) == ("demo", False, "12329")


async def test_who_is_on_the_list_of_slow_callers_is_welcomed_slowly_and_led_to_a_person_by_himself(story: Story) -> None:
    listed, key = slow_callers_of(story.hotline.places)
    listed.add("13900005555", key)
    caller = await story.caller("13900005555")
    wanted = await caller.event(e.AgentWanted)
    assert wanted.skill == "general"
    assert caller.line.keys == []
    assert caller.events(e.MenuEntered) == []
    await caller.hang_up()
    slow, usual = (prompts.sounds("greeting")[0] for prompts in (prompts_of(story.hotline.places).slower, prompts_of(story.hotline.places)))
    assert find(caller.line.heard.pcm(), read_wav(Path(f"{slow}.wav")), whole=True) is not None
    assert find(caller.line.heard.pcm(), read_wav(Path(f"{usual}.wav")), whole=True) is None


async def test_nobody_without_an_account_reaches_us(story: Story) -> None:
    stranger = await story.hotline.phone(bind="127.0.0.3", user="13900001111")
    with pytest.raises(CallRefused):
        await (await stranger.dial("12329", caller="13900001111")).answered(10)
    assert story.events(e.CallArrived) == []


async def test_a_seat_that_calls_the_hotline_itself_is_served_and_not_counted(story: Story) -> None:
    counted = await story.caller()
    await counted.hang_up()
    day = counted.journey().day.isoformat()
    before = await report_of(story.hotline, day)
    seat = await story.seat(1)
    internal = await story.caller("hl-1", trunk=seat)
    await internal.hears("greeting")
    await internal.wants_agent()
    colleague = await story.seat(2)
    own = await seat.wait_for_call(5)  # he is available, so he may be rung himself
    await own.refuse(603)
    talk = await colleague.wait_for_call(5)
    await talk.answer()
    await internal.event(e.CallAnswered)
    await internal.hang_up()
    after = await report_of(story.hotline, day)

    assert internal.events(e.CallArrived)[0].internal
    assert internal.journey().internal
    assert not internal.journey().counted
    before["totals"]["internal"] += 1
    before["calls"].append(after["calls"][-1])
    assert before == after, "an internal call changed the figures"


async def test_a_browser_phone_has_its_place(story: Story) -> None:
    shown = await story.hotline.exchange.cli("pjsip show endpoint hl-1-web")
    settings = dict(line.replace(" ", "").split(":", 1) for line in shown.splitlines() if line.count(":") == 1)
    assert (settings["webrtc"], settings["media_encryption"], settings["use_avpf"]) == ("yes", "dtls", "true")
    transports = await story.hotline.exchange.cli("pjsip show transports")
    assert "hl-ws" in transports

"""Stories of callers who want to know something: a policy, the nearest branch; what was corrected is heard on the next call."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest
from stories.story import Caller, Story

from back_office.knowledge.demo import demo_knowledge
from back_office.knowledge.model import Article
from back_office.knowledge.store import Knowledge
from back_office.schema import SCHEMA
from hotline import events as e
from hotline.clock import SystemClock
from hotline.errors import HotlineError
from hotline.tables import Tables
from kpi.model import CallClass

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
DEMO = demo_knowledge()
PIECE_S = 0.4


def article(name: str) -> Article:
    return next(each for each in DEMO.articles if each.id == name)


async def keyed(caller: Caller, *keys: str) -> None:
    """Key through the menus, hearing half a second of each."""
    for key in keys:
        await asyncio.sleep(PIECE_S)
        await caller.press(key)
        await asyncio.sleep(PIECE_S)


async def test_a_caller_hears_the_loan_policy_and_asks_for_a_person(story: Story) -> None:
    caller = await story.caller()
    await caller.event(e.MenuEntered, node="E.MAIN")
    await keyed(caller, "1", "1", "3")
    await caller.event(e.SelfServiceGiven, service="G.1.3")
    policy = article("policy/loan").spoken
    await caller.hears("tail_again", 40)
    assert caller.missed_text(policy) == []
    await caller.press("#")
    await asyncio.sleep(2)
    heard = caller.line.heard.seconds
    await caller.press("*")
    await caller.event(e.MenuEntered, nth=2, node="G.1")
    await caller.hears("缴存政策请按1", since=heard)
    await caller.hang_up()
    assert caller.journey().call_class is CallClass.SELF
    assert caller.journey().services == ("G.1.3",)


async def test_a_caller_finds_the_branches_of_an_area_one_by_one(story: Story) -> None:
    caller = await story.caller()
    await caller.event(e.MenuEntered, node="E.MAIN")
    await keyed(caller, "1", "2")
    await caller.press("0931#")
    first, second = (branch for branch in DEMO.branches[:2])
    await caller.event(e.SelfServiceGiven, service="G.2")
    await caller.hears("branch_next", 40)
    assert caller.missed("branch_count", count=3) == []
    said = {"name": first.name, "address": first.address, "phone": first.phone, "hours": first.hours}
    assert caller.missed("branch", place=1, **said) == []
    await caller.press("1")
    await caller.hears_text(second.address, 15)
    await caller.hang_up()


async def test_a_corrected_article_is_heard_on_the_next_call_without_a_restart(story: Story) -> None:
    caller = await story.caller()
    await caller.event(e.MenuEntered, node="E.MAIN")
    await keyed(caller, "1", "1", "6")
    old = article("policy/news")
    await caller.hears_text(old.spoken, 15)
    worker = story.hotline.worker
    assert worker is not None
    corrected = replace(old, version=2, spoken="演示内容：自下月起，租房提取改为按季办理。", valid_from=date(2025, 1, 1))
    tables = Tables(f"sqlite:///{story.hotline.places.runtime / 'back_office.db'}", SCHEMA, "desk")
    try:
        await Knowledge(tables).put([corrected], "甲", SystemClock().now(), "乙")
    finally:
        tables.close()
    await caller.hang_up()
    await story.hotline.until(lambda: spoken(story, corrected.spoken), "the correction has its voice", 30)
    later = await story.caller()
    await later.event(e.MenuEntered, node="E.MAIN")
    await keyed(later, "1", "1", "6")
    await later.hears("tail_again", 30)
    assert later.missed_text(corrected.spoken) == []
    assert later.missed_text(old.spoken) != []
    await later.hang_up()
    assert story.hotline.worker is worker
    assert worker.poll() is None


def spoken(story: Story, text: str) -> bool:
    """Whether a text has its sounds."""
    try:
        return bool(story.hotline.text_sound(text))
    except HotlineError:
        return False

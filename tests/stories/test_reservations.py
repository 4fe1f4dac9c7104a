"""Stories of 业务受理: somebody books, hears it told and cancels; somebody subscribes; somebody forgot his PIN and has it replaced.

What was sent is read from the outbox through the bridge itself, because it is sealed there.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
import pytest_asyncio
from hotline_under_test import Hotline
from stories.story import Caller, Story, at_the_end

from fund_core.fake import FakeCore
from hotline import events as e
from hotline.vault import Vault
from kpi.model import CallClass
from sms_bridge.bridge import Bridge, open_bridge
from sms_bridge.model import Waiting

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"login": {"verdict_after_s": 0.2}, "seats": {"count": 1}, "core": {"depositors": 8}}
NEW_PIN = "837264"
Guests = dict[str, Caller]


@contextmanager
def outbox_of(hotline: Hotline) -> Iterator[Bridge]:
    """The bridge's database, opened beside the running worker."""
    key, signature = Vault(hotline.places.secrets).get("sms_key", 43), hotline.places.settings.sms.signature
    bridge = open_bridge(f"sqlite:///{hotline.places.runtime / 'sms.db'}", key, FakeCore(), signature)
    try:
        yield bridge
    finally:
        bridge.close()


async def texts_to(hotline: Hotline, number: str) -> list[Waiting]:
    """What waits to be sent to a mobile, oldest first."""
    with outbox_of(hotline) as bridge:
        return sorted((each for each in await bridge.outbox.waiting() if each.number == number), key=lambda each: each.id)


async def text_to(hotline: Hotline, number: str, topic: str) -> str:
    """The last text of a topic to a mobile, as soon as it is there."""
    for _ in range(200):
        if found := [each.text for each in await texts_to(hotline, number) if each.topic == topic]:
            return found[-1]
        await asyncio.sleep(0.1)
    raise AssertionError(f"no {topic} came")


def booked(hotline: Hotline) -> list[tuple[str, str, str, int]]:
    """Number, kind, day and whether cancelled, of every appointment in the core."""
    with sqlite3.connect(f"file:{hotline.places.runtime / 'demo_core.db'}?mode=ro", uri=True) as file:
        return file.execute("select number, kind, day, cancelled from local_appointments").fetchall()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def guests(centre: Hotline) -> AsyncIterator[Guests]:
    """Callers by what they wanted; their calls are over."""
    story = Story(centre)
    callers = {who: await story.caller(f"1390000{8000 + number}") for number, who in enumerate(("booker", "subscriber", "forgetful"))}
    await asyncio.gather(_books(callers["booker"]), _subscribes(callers["subscriber"]), _forgot(callers["forgetful"]))
    await at_the_end(story)
    yield callers


def number_of(caller: Caller) -> str:
    """The number of the appointment he made."""
    [(number, _, _, _)] = booked(caller.story.hotline)
    return number


async def _books(caller: Caller) -> None:
    """贷款还款预约 at the first office, the first day, in the morning; then he asks what he has booked, and cancels it."""
    person = caller.story.hotline.people[0]
    await caller.press(f"32{person.account}#{person.pin}")
    await caller.hears("ask_office", 20)
    await caller.press("1")
    await caller.hears("ask_day", 20)
    await caller.press("1")
    await asyncio.sleep(3)
    await caller.press("1")
    await asyncio.sleep(5)
    await caller.press("1")
    await caller.event(e.SelfServiceGiven, service="A.2")
    await caller.hears("appointment_made", 20, number=number_of(caller))
    await caller.press("9")
    await caller.event(e.MenuEntered, nth=2, node="E.MAIN")
    await caller.press("35")
    await caller.event(e.SelfServiceGiven, service="A.5")
    begun = caller.line.heard.seconds
    await caller.hears("appointment_cancel_key", 20, since=begun)
    [(_, _, day, _)] = booked(caller.story.hotline)
    assert caller.missed("appointment", begun, day=day, half="morning", branch="演示城关网点", kind="for_loan_repay") == []
    await caller.press("1")
    await caller.hears("appointment_cancel_confirm", 20)
    await caller.press("1")
    await caller.hears("appointment_cancelled", 20)
    await caller.hang_up()


async def _subscribes(caller: Caller) -> None:
    person = caller.story.hotline.people[1]
    await caller.press(f"34{person.account}#{person.pin}")
    await caller.event(e.MenuEntered, 20, node="A.4")
    await caller.press("14")
    await caller.event(e.SelfServiceGiven, service="A.4.1")
    await caller.hears("sms_opened", 20, topics="topics_all")
    await caller.hang_up()


async def _forgot(caller: Caller) -> None:
    """Three wrong PINs; then the code from the SMS, a weak PIN, a good one; and he is in."""
    hotline = caller.story.hotline
    person = hotline.people[2]
    await caller.press("21")
    for attempt in (1, 2, 3):
        await caller.press(f"{person.account}#{(int(person.pin) + 111_111 * attempt) % 1_000_000:06d}")
        await caller.event(e.LoginRefused, attempt=attempt)
        await asyncio.sleep(1.5)
    await caller.event(e.MenuEntered, 40, nth=2, node="E.MAIN")
    await caller.press("252")
    await caller.hears("ask_identity", 20)
    await caller.press(f"{person.citizen_id.replace('X', '*')}#", gap=0.2)
    code = re.search(r"验证码(\d{6})", await text_to(hotline, person.mobile, "MT-YZ01"))
    assert code is not None
    await caller.press(code[1], gap=0.2)
    await asyncio.sleep(3)
    await caller.press("123456", gap=0.2)
    await asyncio.sleep(1.5)
    await caller.press("123456", gap=0.2)
    await caller.hears("pin_run", 20)
    await asyncio.sleep(4)
    for _ in range(2):
        await caller.press(NEW_PIN, gap=0.2)
        await asyncio.sleep(1.5)
    await caller.event(e.SelfServiceGiven, service="Q.5.2")
    await caller.hears("pin_changed", 20)
    await caller.press("9")
    await caller.event(e.MenuEntered, nth=3, node="E.MAIN")
    await caller.press(f"21{person.account}#{NEW_PIN}")
    await caller.event(e.LoggedIn)
    await caller.event(e.SelfServiceGiven, service="Q.1.1")
    await caller.hang_up()


async def test_who_books_hears_it_told_again_and_cancels_it(guests: Guests) -> None:
    caller = guests["booker"]
    hotline = caller.story.hotline
    [(number, kind, _, cancelled)] = booked(hotline)
    assert (kind, cancelled) == ("loan_repay", 1)
    assert caller.missed("appointment_repay") == []
    assert caller.missed("appointment_count", count=1) == []
    text = await text_to(hotline, hotline.people[0].mobile, "MT-AP01")
    assert number in text
    assert "演示城关网点" in text
    assert caller.journey().call_class is CallClass.SELF


async def test_who_subscribes_has_it_and_its_text_is_in_the_outbox(guests: Guests) -> None:
    hotline = guests["subscriber"].story.hotline
    person = hotline.people[1]
    assert "您已开通账户变动、贷款和业务通知短信服务" in await text_to(hotline, person.mobile, "MO-93")
    with outbox_of(hotline) as bridge:
        assert len(await bridge.subscriptions.of(person.depositor)) == 3
    [given] = guests["subscriber"].events(e.SelfServiceGiven)
    assert given.service == "A.4.1"


async def test_who_forgot_his_pin_sets_one_with_the_code_and_is_let_in_though_he_was_locked_out(guests: Guests) -> None:
    caller = guests["forgetful"]
    hotline = caller.story.hotline
    person = hotline.people[2]
    assert caller.missed("login_failed") == []
    [entered] = caller.events(e.LoggedIn)
    assert entered.depositor == person.depositor
    assert [given.service for given in caller.events(e.SelfServiceGiven)] == ["Q.5.2", "Q.1.1"]
    assert "查询密码已修改" in await text_to(hotline, person.mobile, "MT-MM01")


async def test_codes_and_new_pins_are_nowhere_in_clear(guests: Guests) -> None:
    from stories.test_secrets import places_of

    hotline = guests["forgetful"].story.hotline
    code = re.search(r"验证码(\d{6})", await text_to(hotline, hotline.people[2].mobile, "MT-YZ01"))
    assert code is not None
    for secret in (code[1], NEW_PIN):
        assert places_of(hotline.places.runtime, secret) == []

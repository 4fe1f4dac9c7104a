"""What nobody asked for is looked at before it waits: wanted, not the same again, not too many, nothing forbidden in it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.moment import Moment
from sms_bridge.bridge import Bridge
from sms_bridge.model import Consent, Message, NotComposed, SmsClass, SmsState
from sms_bridge.rules import Caps, earliest, forbidden
from tests.hotline.samples import moment
from tests.sms_bridge.conftest import NEW, OLD, PERSON

DAY = moment("2026-11-23 09:00:00")
SPAN = timedelta(hours=1)
HOW = Consent("hotline", "test")


def news(key: str, number: str = OLD, text: str = "演示") -> Message:
    return Message(key, "MT-GZ04", number, {"text": text})


def notice(key: str) -> Message:
    return Message(key, "MT-DK01", OLD, {"name": f"演示{key}", "stage": "审批"}, PERSON)


async def ids(bridge: Bridge) -> list[int]:
    return [each.id for each in await bridge.outbox.waiting()]


async def test_a_notice_goes_only_to_who_opened_its_class_and_what_waits_stops_when_he_closes_it(bridge: Bridge) -> None:
    first = await bridge.outbox.put(notice("1"), DAY)
    assert await bridge.outbox.state(first) is SmsState.FAILED
    await bridge.subscriptions.open(PERSON, {SmsClass.LOAN}, HOW, DAY)
    second = await bridge.outbox.put(notice("2"), DAY)
    assert await ids(bridge) == [second]
    await bridge.subscriptions.close(PERSON, {SmsClass.ACCOUNT}, HOW, DAY)
    assert await ids(bridge) == [second]
    await bridge.subscriptions.open(PERSON, {SmsClass.ACCOUNT}, HOW, DAY)
    await bridge.subscriptions.close(PERSON, set(SmsClass), HOW, DAY)
    assert await ids(bridge) == []
    assert {each.reason for each in await bridge.outbox.dead()} == {"the person closed this class", "the person has not opened this class"}


async def test_the_same_text_to_the_same_number_goes_once_a_day(bridge: Bridge) -> None:
    first = await bridge.outbox.put(news("1"), DAY)
    again = await bridge.outbox.put(news("2"), DAY.after(SPAN * 23))
    other = [await bridge.outbox.put(each, DAY) for each in (news("3", NEW), news("4", text="别的"))]
    later = await bridge.outbox.put(news("5"), DAY.after(SPAN * 24))
    assert await bridge.outbox.state(again) is SmsState.FAILED
    assert await ids(bridge) == [first, *other, later]


async def test_what_was_asked_for_may_be_asked_for_again(bridge: Bridge) -> None:
    fields = {"branch_name": "演示网点", "address": "演示路", "tel": "12329", "hours": "09:00-17:00"}
    for key in ("1", "2"):
        await bridge.outbox.put(Message(key, "MT-TX01", OLD, fields), DAY)
    assert len(await ids(bridge)) == 2


def test_more_than_four_an_hour_and_ten_a_day_wait() -> None:
    minute = 60_000_000
    at = Moment(DAY.wall, 0)
    assert earliest([at.wall - n * minute for n in range(1, 4)], at, Caps()) == at.wall
    assert earliest([at.wall - n * minute for n in range(1, 5)], at, Caps()) == at.wall + 56 * minute
    old = [at.wall - n * 70 * minute for n in range(1, 11)]
    assert earliest(old, at, Caps()) == old[-1] + 24 * 60 * minute


@pytest.mark.parametrize("text", ["您中奖了", "您 中 奖了", "刷　单"])
async def test_a_forbidden_word_is_refused_by_name_however_it_is_spaced(bridge: Bridge, text: str) -> None:
    with pytest.raises(NotComposed, match="contains"):
        await bridge.outbox.put(news("1", text=text), DAY)
    assert forbidden("公积金缴存", {"中奖"}) == ""


async def test_a_dead_letter_says_why_and_can_be_put_back(bridge: Bridge) -> None:
    number = await bridge.outbox.put(news("1"), DAY)
    await bridge.outbox.move(number, SmsState.FAILED, DAY, "UNDELIV")
    [dead] = await bridge.outbox.dead()
    assert (dead.id, dead.reason) == (number, "UNDELIV")
    await bridge.outbox.put_back(number, DAY)
    assert await ids(bridge) == [number]
    assert await bridge.outbox.dead() == []

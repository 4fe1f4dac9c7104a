"""What is composed is right, counted, kept sealed, taken once, and lives as the table says."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.identity import is_mobile
from hotline.secret import Secret
from sms_bridge.bridge import Bridge, open_bridge
from sms_bridge.catalogue import catalogue, topic
from sms_bridge.model import IllegalSmsStep, Lane, Message, NotComposed, SmsClass, SmsState, UnknownTopic
from sms_bridge.rules import FINAL, LEGAL, compose, may_go, segments
from sms_bridge.tables import SCHEMA
from tests.contracts.databases import shape_of
from tests.hotline.samples import moment
from tests.sms_bridge.conftest import NEW, OLD, PERSON, Core

S = SmsState
APPOINTED = {"date": "11月24日", "half": "上午", "branch": "演示城关网点", "no": "12345678"}


def appointed(key: str = "appointment 1", number: str = OLD) -> Message:
    return Message(key, "MT-AP01", number, APPOINTED, PERSON)


def test_the_migrated_tables_are_the_ones_the_code_believes_in(url: str) -> None:
    assert shape_of(url, SCHEMA, migrated=url != "sqlite://") == shape_of(url, SCHEMA, migrated=False)


async def test_a_message_is_composed_with_signature_and_waits(bridge: Bridge) -> None:
    number = await bridge.outbox.put(appointed(), moment())
    [waits] = await bridge.outbox.waiting()
    assert (waits.id, waits.lane, waits.number) == (number, Lane.REPLY, OLD)
    assert waits.text == "【示范公积金】预约成功：11月24日上午，演示城关网点，编号12345678，请携带有效证件。"
    assert await bridge.outbox.state(number) is S.COMPOSED


async def test_the_same_key_is_sent_once_however_often_it_is_asked_for(bridge: Bridge) -> None:
    put = await asyncio.gather(*(bridge.outbox.put(appointed(), moment()) for _ in range(5)))
    other = await bridge.outbox.put(appointed("appointment 2"), moment())
    assert set(put) == {put[0]}
    assert other != put[0]
    assert [each.id for each in await bridge.outbox.waiting()] == [put[0], other]


async def test_codes_go_before_replies_and_replies_before_notices_and_bulk(bridge: Bridge) -> None:
    news = Message("n", "MT-GZ04", OLD, {"text": "演示"})
    notice = Message("d", "MT-DK01", OLD, {"name": "演示甲", "stage": "审批"})
    code = Message("c", "MT-YZ01", OLD, {"otp": "123456", "ttl": 5})
    for message in (news, notice, appointed("a1"), code, appointed("a2")):
        await bridge.outbox.put(message, moment())
    waiting = await bridge.outbox.waiting()
    assert [each.lane for each in waiting] == [Lane.CODE, Lane.REPLY, Lane.REPLY, Lane.NOTICE, Lane.BULK]
    assert waiting[1].id < waiting[2].id
    assert len(await bridge.outbox.waiting(2)) == 2


async def test_a_message_lives_as_the_table_says_and_is_taken_once(bridge: Bridge) -> None:
    number = await bridge.outbox.put(appointed(), moment())
    for to in (S.ON_WIRE, S.UNKNOWN, S.ON_WIRE, S.ACCEPTED, S.DELIVERED):
        await bridge.outbox.move(number, to, moment())
        assert await bridge.outbox.waiting() == []
    assert await bridge.outbox.state(number) is S.DELIVERED
    with pytest.raises(IllegalSmsStep, match="delivered to on_wire"):
        await bridge.outbox.move(number, S.ON_WIRE, moment())
    assert await bridge.outbox.put(appointed(), moment()) == number


async def test_a_held_message_waits_and_a_failed_one_can_be_put_back(bridge: Bridge) -> None:
    number = await bridge.outbox.put(appointed(), moment())
    await bridge.outbox.move(number, S.HELD, moment(), "night")
    assert len(await bridge.outbox.waiting()) == 1
    await bridge.outbox.move(number, S.FAILED, moment(), "no such number")
    assert await bridge.outbox.waiting() == []
    await bridge.outbox.move(number, S.COMPOSED, moment())
    assert len(await bridge.outbox.waiting()) == 1


def test_every_state_has_its_place_and_leads_to_an_end() -> None:
    assert set(LEGAL) == set(SmsState)
    assert all(LEGAL[state] <= {S.COMPOSED} for state in FINAL)
    ends = set(FINAL)
    while more := {state for state, ways in LEGAL.items() if ways & ends} - ends:
        ends |= more
    assert ends == set(SmsState)
    assert {state for state, ways in LEGAL.items() if S.ON_WIRE in ways} == {S.COMPOSED, S.HELD, S.UNKNOWN}


@pytest.mark.parametrize(
    ("message", "word"),
    [
        (Message("k", "MT-AP01", OLD, {}), "needs branch, date, half, no"),
        (Message("k", "MT-AP01", "0931888", APPOINTED), "not a mobile"),
        (Message("k", "MT-AP01", "１5400000001", APPOINTED), "not a mobile"),
        (Message("", "MT-AP01", OLD, APPOINTED), "key"),
        (Message("k", "MT-GZ04", OLD, {"text": "【银行】"}), "signature"),
        (Message("k", "MT-GZ04", OLD, {"text": "长" * 500}), "500"),
    ],
)
async def test_what_cannot_be_sent_is_refused_by_name(bridge: Bridge, message: Message, word: str) -> None:
    with pytest.raises(NotComposed, match=word):
        await bridge.outbox.put(message, moment())
    assert await bridge.outbox.waiting() == []


async def test_a_topic_nobody_wrote_is_refused(bridge: Bridge) -> None:
    with pytest.raises(UnknownTopic, match="MT-XX99"):
        await bridge.outbox.put(Message("k", "MT-XX99", OLD), moment())


async def test_numbers_and_texts_are_kept_sealed(tmp_path: Path) -> None:
    bridge = open_bridge(f"sqlite:///{tmp_path / 'sms.db'}", Secret("a key"), Core(), "示范公积金")
    await bridge.outbox.put(appointed(), moment())
    await bridge.bindings.number(PERSON, moment())
    bridge.close()
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"MT-AP01" in held
    for hidden in (OLD, "演示城关网点", "预约成功"):
        assert hidden.encode() not in held
    assert OLD not in repr(appointed())
    assert "演示" not in repr(appointed())


def test_the_catalogue_has_every_topic_of_the_guideline_and_each_fits_one_segment() -> None:
    wanted = json.loads((Path(__file__).parent / "data" / "sms_mt.json").read_text())
    for entry in wanted:
        assert topic(entry["id"]).template == entry["template"]
    assert {each.sms_class for each in catalogue().values()} == {*SmsClass, None}
    for each in catalogue().values():
        assert "【" not in each.template
        assert (each.sms_class is None) == (each.lane in (Lane.CODE, Lane.REPLY) or each.id in ("MT-EV01", "MT-HB01"))


@pytest.mark.parametrize(
    ("text", "count"), [("一" * 70, 1), ("一" * 71, 2), ("一" * 134, 2), ("一" * 135, 3), ("😀" * 35, 1), ("😀" * 36, 2), ("", 1)]
)
def test_segments_are_counted_in_utf_16_units(text: str, count: int) -> None:
    assert segments(text) == count


@given(units=st.integers(1, 500))
def test_segments_always_hold_the_text_and_never_one_too_many(units: int) -> None:
    found = segments("一" * units)
    assert units <= (70 if found == 1 else 67 * found)
    assert found == 1 or units > 67 * (found - 1)


@pytest.mark.parametrize(
    ("clock", "may"), [("07:59:59", False), ("08:00:00", True), ("21:59:59", True), ("22:00:00", False), ("00:00:00", False)]
)
def test_notices_go_by_day_and_what_was_asked_for_at_any_hour(clock: str, may: bool) -> None:
    at = moment(f"2025-11-20 {clock}")
    assert [may_go(lane, at) for lane in Lane] == [True, True, may, may]


def test_a_mobile_is_eleven_digits_of_a_carrier() -> None:
    assert is_mobile(NEW)
    for wrong in ("", "1540000000", "154000000011", "12400000001", "0931888888", "15４00000001", "+8615400000001"):
        assert not is_mobile(wrong)


def test_the_signature_counts_and_stands_in_front() -> None:
    text = compose(topic("MT-GZ04"), {"text": "演示"}, "示范公积金")
    assert text == "【示范公积金】演示 退订回TD"

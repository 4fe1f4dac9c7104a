"""The contract of :class:`ivr.needs.Sms`: the bridge behind its adapter and the fake of the dialogs' tests both pass it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from fund_core.fake import FakeCore
from hotline.clock import HandClock
from hotline.ids import CallId
from hotline.secret import Secret
from ivr.needs import CodePurpose, SentCode, Sms

NOON = HandClock(wall=1_764_043_200_000_000).now()
CALL = CallId("c-20251125-0123456789")
NEW = "15400000099"
Texts = Callable[[str], Awaitable[list[str]]]
"""What a mobile was sent."""


class SmsContract:
    """Subclass with fixtures ``core`` (a FakeCore), ``sms`` over it, and ``texts``."""

    async def test_a_text_is_sent_once_per_key(self, sms: Sms, texts: Texts) -> None:
        for _ in range(2):
            await sms.send("one", "MO-93", NEW, {"classes": "贷款"}, NOON, call=CALL, depositor=None)
        assert await texts(NEW) == ["【示范公积金】您已开通贷款短信服务，回复TD可关闭。"]

    async def test_a_code_is_right_once_for_its_purpose_and_for_five_minutes(self, sms: Sms, core: FakeCore, texts: Texts) -> None:
        person = core.people[0]
        at = NOON
        for purpose, after, right in (("pin", 0, True), ("bind_old", 0, False), ("pin", 299, True), ("pin", 300, False)):
            at = at.after(timedelta(minutes=61))
            sent = await sms.send_code("pin", person.depositor, person.mobile, at, call=CALL)
            assert isinstance(sent, SentCode)
            assert sent.tail == person.mobile[-4:]
            assert person.mobile not in repr(sent)
            keyed = Secret(await _last_code(texts, person.mobile))
            later = at.after(timedelta(seconds=after))
            assert await sms.check_code(sent, purpose, keyed, later) is right, (purpose, after)  # type: ignore[arg-type]
            if right:
                assert not await sms.check_code(sent, "pin", keyed, later)

    async def test_three_wrong_ones_end_a_code(self, sms: Sms, core: FakeCore, texts: Texts) -> None:
        person = core.people[0]
        sent = await sms.send_code("pin", person.depositor, person.mobile, NOON, call=CALL)
        assert isinstance(sent, SentCode)
        right = await _last_code(texts, person.mobile)
        for _ in range(3):
            assert not await sms.check_code(sent, "pin", Secret("000000"), NOON)
        assert not await sms.check_code(sent, "pin", Secret(right), NOON)

    async def test_nobody_is_sent_a_code_and_the_limits_hold_for_him_too(self, sms: Sms) -> None:
        sent = await sms.send_code("pin", None, "", NOON, call=CALL, asked="a number")
        assert isinstance(sent, SentCode)
        assert sent.tail == ""
        assert not await sms.check_code(sent, "pin", Secret("000000"), NOON)
        assert await sms.send_code("pin", None, "", NOON, call=CALL, asked="a number") == "too_soon"
        assert isinstance(await sms.send_code("pin", None, "", NOON, call=CALL, asked="another"), SentCode)

    async def test_more_than_five_codes_an_hour_are_not_sent(self, sms: Sms, core: FakeCore) -> None:
        person = core.people[0]
        given = [
            await sms.send_code("pin", person.depositor, person.mobile, NOON.after(timedelta(seconds=61 * each)), call=CALL)
            for each in range(6)
        ]
        assert [isinstance(each, SentCode) for each in given] == [True] * 5 + [False]
        assert given[5] == "too_many"

    async def test_a_mobile_is_bound_with_a_code_to_each_number_and_the_old_one_is_told(
        self, sms: Sms, core: FakeCore, texts: Texts
    ) -> None:
        person = core.people[0]
        old = await sms.mobile(person.depositor, NOON)
        to_old = await _keyed(sms, texts, "bind_old", core, old)
        to_new = await _keyed(sms, texts, "bind_new", core, NEW)
        for too_few in ([], [to_old], [to_new]):
            assert await sms.bind(person.depositor, NEW, too_few, NOON, call=CALL) == "not_proven"
        assert await sms.bind(person.depositor, NEW, [to_old, to_new], NOON, call=CALL) == "done"
        assert await sms.bind(person.depositor, NEW, [], NOON, call=CALL) == "already"
        assert await sms.mobile(person.depositor, NOON) == NEW
        assert "更换为尾号0099" in (await texts(old))[-1]

    async def test_classes_are_opened_and_closed(self, sms: Sms, core: FakeCore) -> None:
        person = core.people[0].depositor
        assert await sms.subscribed(person) == frozenset()
        assert await sms.subscribe(person, ["account", "loan"], "words", NOON, call=CALL) == {"account", "loan"}
        assert await sms.subscribe(person, ["loan"], "words", NOON, call=CALL) == {"account", "loan"}
        assert await sms.unsubscribe(person, ["loan", "notice"], "words", NOON, call=CALL) == {"account"}
        assert await sms.subscribed(person) == {"account"}


async def _last_code(texts: Texts, number: str) -> str:
    codes = [found[1] for text in await texts(number) if (found := re.search(r"验证码(\d{6})", text))]
    return codes[-1]


async def _keyed(sms: Sms, texts: Texts, purpose: CodePurpose, core: FakeCore, number: str) -> SentCode:
    sent = await sms.send_code(purpose, core.people[0].depositor, number, NOON, call=CALL)
    assert isinstance(sent, SentCode)
    assert await sms.check_code(sent, purpose, Secret(await _last_code(texts, number)), NOON)
    return sent

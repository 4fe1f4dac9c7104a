"""Codes: right once, in time, for their purpose; guessing and asking are limited; nobody learns who has an account."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.ids import DepositorId
from hotline.moment import Moment
from hotline.secret import Secret
from sms_bridge.bridge import Bridge, open_bridge
from sms_bridge.model import CodeId, CodePurpose, CodeVerdict, KeptCode, Lane, NotComposed, Refusal, SentCode, SmsState
from sms_bridge.rules import CodeLimits, code_refusal, judge_code
from sms_bridge.store.codes import six_digits
from tests.hotline.samples import moment
from tests.sms_bridge.conftest import NEW, OLD, PERSON, SPOUSE, STRANGER, Core

NOON = moment("2025-11-20 12:00:00")
LIMITS = CodeLimits()
PIN = CodePurpose.PIN


def after(seconds: float) -> Moment:
    return NOON.after(timedelta(seconds=seconds))


async def sent(bridge: Bridge, at: Moment = NOON, number: str = OLD, depositor: DepositorId | None = PERSON) -> SentCode:
    found = await bridge.codes.send(PIN, depositor, number, at, asked="999901")
    assert isinstance(found, SentCode)
    return found


async def last_code(bridge: Bridge) -> Secret:
    """The digits on their way, as a test reads them: from the outbox."""
    texts = [each.text for each in await bridge.outbox.waiting() if each.lane is Lane.CODE]
    return Secret(re.findall(r"验证码(\d{6})", texts[-1])[0])


async def test_the_right_code_is_right_once(bridge: Bridge) -> None:
    code = await sent(bridge)
    keyed = await last_code(bridge)
    assert code.tail == "0001"
    assert await bridge.codes.check(code.id, PIN, keyed, after(60)) is CodeVerdict.RIGHT
    assert await bridge.codes.check(code.id, PIN, keyed, after(61)) is CodeVerdict.OVER


async def test_of_two_lines_that_key_it_at_once_one_is_right(bridge: Bridge) -> None:
    code, keyed = await sent(bridge), await last_code(bridge)
    verdicts = await asyncio.gather(*(bridge.codes.check(code.id, PIN, keyed, after(9)) for _ in range(4)))
    assert verdicts.count(CodeVerdict.RIGHT) == 1


async def test_a_code_is_good_for_five_minutes(bridge: Bridge) -> None:
    code, keyed = await sent(bridge), await last_code(bridge)
    assert await bridge.codes.check(code.id, PIN, keyed, after(300)) is CodeVerdict.OVER
    assert await bridge.codes.check(code.id, PIN, keyed, after(299.9)) is CodeVerdict.RIGHT


async def test_a_code_for_one_thing_is_wrong_for_another(bridge: Bridge) -> None:
    code, keyed = await sent(bridge), await last_code(bridge)
    assert await bridge.codes.check(code.id, CodePurpose.BIND_OLD, keyed, after(9)) is CodeVerdict.WRONG


async def test_after_three_wrong_ones_the_right_one_is_too_late(bridge: Bridge) -> None:
    code, keyed = await sent(bridge), await last_code(bridge)
    wrong = Secret("000000" if keyed.reveal() != "000000" else "111111")
    for _ in range(3):
        assert await bridge.codes.check(code.id, PIN, wrong, after(9)) is CodeVerdict.WRONG
    assert await bridge.codes.check(code.id, PIN, keyed, after(10)) is CodeVerdict.OVER


async def test_asking_for_many_codes_gives_no_more_guesses(bridge: Bridge) -> None:
    judged = []
    for at in range(4):
        code = await sent(bridge, after(100 * at))
        judged += [await bridge.codes.check(code.id, PIN, Secret("x"), after(100 * at + each)) for each in range(3)]
    assert judged == [CodeVerdict.WRONG] * 6 + [CodeVerdict.OVER] * 6
    keyed = await last_code(bridge)
    assert await bridge.codes.check(code.id, PIN, keyed, after(320)) is CodeVerdict.OVER
    other = await sent(bridge, after(400), NEW, SPOUSE)
    assert await bridge.codes.check(other.id, PIN, await last_code(bridge), after(410)) is CodeVerdict.RIGHT


@pytest.mark.parametrize("depositor", [PERSON, None])
async def test_one_a_minute_five_an_hour_ten_a_day_whether_there_is_anybody_or_not(bridge: Bridge, depositor: DepositorId | None) -> None:
    number = OLD if depositor else ""
    answers = []
    for minute in [0, 0.5, 1, 2, 3, 4, 5, 61, 62, 63, 64, 65, 130, 12 * 60]:
        answer = await bridge.codes.send(PIN, depositor, number, after(60 * minute), asked="999901")
        answers.append(answer if isinstance(answer, Refusal) else "sent")
    soon, many = Refusal.TOO_SOON, Refusal.TOO_MANY
    assert answers == ["sent", soon, "sent", "sent", "sent", "sent", many, "sent", "sent", "sent", "sent", "sent", many, "sent"]
    assert len([each for each in await bridge.outbox.waiting()]) == (answers.count("sent") if depositor else 0)


async def test_one_person_cannot_have_codes_sent_to_everybody(bridge: Bridge) -> None:
    answers = [await bridge.codes.send(PIN, PERSON, f"1540000{at:04d}", NOON) for at in range(12)]
    assert [isinstance(answer, SentCode) for answer in answers] == [True] * 10 + [False] * 2


@pytest.mark.parametrize(("depositor", "number"), [(None, ""), (None, OLD), (STRANGER, "")])
async def test_nobody_is_sent_nothing_and_nothing_he_keys_is_right(bridge: Bridge, depositor: DepositorId | None, number: str) -> None:
    code = await sent(bridge, NOON, number, depositor)
    assert await bridge.outbox.waiting() == []
    verdicts = [await bridge.codes.check(code.id, PIN, Secret(each), after(9)) for each in ("000000", "", "never", "123456")]
    assert verdicts == [CodeVerdict.WRONG] * 3 + [CodeVerdict.OVER]


async def test_a_code_nobody_sent_is_over(bridge: Bridge) -> None:
    assert await bridge.codes.check(CodeId("0" * 32), PIN, Secret("123456"), NOON) is CodeVerdict.OVER


async def test_a_number_that_is_no_mobile_gets_no_code(bridge: Bridge) -> None:
    with pytest.raises(NotComposed):
        await bridge.codes.send(PIN, PERSON, "09318888888", NOON)


@pytest.fixture
def file_bridge(tmp_path: Path) -> Iterator[Bridge]:
    digits = iter(["493817", "806254"])
    opened = open_bridge(f"sqlite:///{tmp_path / 'sms.db'}", Secret("a key"), Core(), "示范公积金", draw=lambda: next(digits))
    yield opened
    opened.close()


async def test_the_digits_are_nowhere_on_the_disk_and_leave_the_outbox_with_the_message(file_bridge: Bridge, tmp_path: Path) -> None:
    await sent(file_bridge)
    assert (await last_code(file_bridge)).reveal() == "493817"
    [message] = await file_bridge.outbox.waiting()
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"MT-YZ01" in held
    assert b"493817" not in held
    await file_bridge.outbox.move(message.id, SmsState.FAILED, NOON)
    await file_bridge.outbox.move(message.id, SmsState.COMPOSED, NOON)
    [emptied] = await file_bridge.outbox.waiting()
    assert emptied.text == ""


def test_a_code_is_six_digits_and_not_the_same_one() -> None:
    drawn = {six_digits() for _ in range(50)}
    assert len(drawn) > 40
    assert all(re.fullmatch(r"\d{6}", each) for each in drawn)


kept = st.builds(KeptCode, st.just(NOON.wall), st.integers(NOON.wall - 10**9, NOON.wall + 10**9), st.integers(0, 5), st.booleans())


@given(code=kept, right=st.booleans(), wrong_today=st.integers(0, 8))
def test_a_code_is_right_only_while_it_is_alive(code: KeptCode, right: bool, wrong_today: int) -> None:
    verdict = judge_code(code, right, wrong_today, NOON, LIMITS)
    alive = not code.used and code.expires_us > NOON.wall and code.wrong < 3 and wrong_today < 6
    assert (verdict is CodeVerdict.RIGHT) == (alive and right)
    assert (verdict is CodeVerdict.OVER) == (not alive)


@given(ago=st.lists(st.integers(0, 86_400), max_size=12))
def test_a_code_is_never_refused_to_who_asked_for_none(ago: list[int]) -> None:
    refused = code_refusal([after(-each).wall for each in ago], len(ago), NOON, LIMITS)
    assert (refused is None) == (sum(each < 60 for each in ago) < 1 and sum(each < 3600 for each in ago) < 5 and len(ago) < 10)

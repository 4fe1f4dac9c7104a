"""Codes by SMS: what they prove, that they are good once, for five minutes and for three wrong tries a day over all codes and lines."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from fund_core.model import PinStanding
from hotline.clock import HandClock
from hotline.ids import DepositorId
from hotline.secret import Secret
from ivr.guard.blind import blinder
from ivr.guard.codes import CodeDesk, Proof, may_bind_mobile, may_set_pin, six_digits
from ivr.store import MemoryAttempts, SqlAttempts

NOON = HandClock(wall=1_764_043_200_000_000).now()
WHO = DepositorId("d000001")


def desk(code: str = "702915") -> CodeDesk:
    return CodeDesk(MemoryAttempts(), blinder(Secret("key")), lambda: code)


@pytest.mark.parametrize(
    ("standing", "proofs", "may"),
    [
        (PinStanding.OWN, {"old_pin"}, True),
        (PinStanding.INITIAL, {"old_pin"}, False),
        (PinStanding.WEAK, {"old_pin"}, False),
        (PinStanding.INITIAL, {"old_pin", "code_to_new_mobile"}, False),
        (PinStanding.INITIAL, {"code_to_bound_mobile"}, True),
        (PinStanding.WEAK, {"counter"}, True),
        (PinStanding.OWN, set(), False),
    ],
)
def test_an_initial_pin_is_replaced_only_with_a_code_to_the_bound_mobile_or_at_a_counter(
    standing: PinStanding, proofs: set[Proof], may: bool
) -> None:
    assert may_set_pin(standing, proofs) is may


@pytest.mark.parametrize(
    ("bound", "proofs", "may"),
    [
        (True, {"code_to_new_mobile", "code_to_bound_mobile"}, True),
        (True, {"code_to_new_mobile"}, False),
        (True, {"code_to_bound_mobile"}, False),
        (True, {"code_to_new_mobile", "old_pin"}, False),
        (True, {"code_to_new_mobile", "counter"}, True),
        (False, {"code_to_new_mobile", "code_to_bound_mobile"}, False),
        (False, {"code_to_new_mobile", "counter"}, True),
    ],
)
def test_another_mobile_is_bound_with_a_code_to_the_old_number_too(bound: bool, proofs: set[Proof], may: bool) -> None:
    assert may_bind_mobile(bound, proofs) is may


async def test_a_code_is_good_once() -> None:
    codes = desk()
    made = await codes.make(WHO, NOON)
    assert made is not None
    sent, code = made
    assert code.reveal() not in repr(sent)
    assert await codes.check(sent, code, NOON)
    assert not await codes.check(sent, code, NOON)


async def test_a_code_is_good_for_five_minutes() -> None:
    for seconds, good in ((300, True), (301, False)):
        codes = desk()
        made = await codes.make(WHO, NOON)
        assert made is not None
        assert await codes.check(*made, NOON.after(timedelta(seconds=seconds))) is good


async def test_three_wrong_codes_a_day_end_it_for_every_code_of_the_account() -> None:
    codes = desk()
    for _ in range(3):
        made = await codes.make(WHO, NOON)
        assert made is not None
        assert not await codes.check(made[0], Secret("000000"), NOON)
    made = await codes.make(WHO, NOON)
    assert made is not None
    assert not await codes.check(*made, NOON)
    other = await codes.make(DepositorId("d2"), NOON)
    assert other is not None
    assert await codes.check(*other, NOON)
    tomorrow = await codes.make(WHO, NOON.after(timedelta(days=1)))
    assert tomorrow is not None
    assert await codes.check(*tomorrow, NOON.after(timedelta(days=1)))


async def test_nobody_is_sent_more_than_five_codes_a_day() -> None:
    codes = desk()
    assert [await codes.make(WHO, NOON) is not None for _ in range(7)] == [True] * 5 + [False] * 2


async def test_a_code_of_one_person_is_no_code_of_another() -> None:
    codes = desk()
    mine, theirs = await codes.make(WHO, NOON), await codes.make(DepositorId("d2"), NOON)
    assert mine is not None
    assert theirs is not None
    assert mine[0].mark != theirs[0].mark


async def test_a_hundred_lines_at_once_use_a_code_once_and_get_three_wrong_tries(counters_url: str) -> None:
    store = SqlAttempts(counters_url)
    codes = CodeDesk(store, blinder(Secret("key")))
    made = await codes.make(WHO, NOON)
    assert made is not None
    assert sum(await asyncio.gather(*(codes.check(*made, NOON) for _ in range(100)))) == 1
    again = await codes.make(WHO, NOON)
    assert again is not None
    wrong = "000000" if again[1].reveal() != "000000" else "000001"
    await asyncio.gather(*(codes.check(again[0], Secret(wrong), NOON) for _ in range(100)))
    assert not await codes.check(*again, NOON)
    store.close()


def test_codes_are_six_digits_and_differ() -> None:
    codes = {six_digits() for _ in range(50)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(codes) > 40

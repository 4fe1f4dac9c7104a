"""Robot callers: their plans, and what becomes of them on the telephone."""

from __future__ import annotations

import asyncio
import random
from array import array
from itertools import pairwise

from hotline.secret import Secret
from robots.caller import Listen, Press, Talk, WaitForPerson, carry_out, invented_number, make_call, plan_call
from robots.cues import FAREWELL_HZ, GREETING_HZ, chime, contains_chime
from robots.habits import CallerHabits, DemoAccount
from robots.tones import key_tone, murmur, silence, tone

ACCOUNTS = (DemoAccount(number="800012345678", pin=Secret("271828")), DemoAccount(number="800012345679", pin=Secret("314159")))
NEVER = CallerHabits(leaves_early=0)


def plans(habits: CallerHabits, count: int = 300) -> list[tuple]:
    dice = random.Random(9)
    return [plan_call(dice, habits, ACCOUNTS) for _ in range(count)]


def test_equal_dice_make_equal_plans() -> None:
    def shape(plan):
        return [(type(step).__name__, getattr(step, "seconds", None)) for step in plan]

    first = [shape(plan) for plan in plans(CallerHabits())]
    assert first == [shape(plan) for plan in plans(CallerHabits())]
    assert len({str(one) for one in first}) > 200


def test_every_plan_does_something_and_waiting_comes_after_zero() -> None:
    for plan in plans(CallerHabits()):
        assert plan
        for before, step in pairwise(plan):
            if isinstance(step, WaitForPerson):
                assert isinstance(before, Press) and before.keys == "0"
            if isinstance(step, Talk):
                assert isinstance(before, WaitForPerson)


def test_habits_govern_the_plans() -> None:
    everybody_asks = CallerHabits(wants_account=1, wants_guide=0, then_a_person=0, mistypes_pin=0, leaves_early=0)
    for plan in plans(everybody_asks, 50):
        keys = [step.keys for step in plan if isinstance(step, Press)]
        assert keys[:2] == ["2", "1"] and str(keys[2]).endswith("#") and isinstance(keys[3], Secret) and len(keys[3]) == 6
        assert not any(isinstance(step, WaitForPerson) for step in plan)
    nobody_asks = CallerHabits(wants_account=0, wants_guide=0, leaves_early=0)
    assert all(any(isinstance(step, WaitForPerson) for step in plan) for plan in plans(nobody_asks, 50))


def test_without_accounts_nobody_logs_in() -> None:
    dice = random.Random(1)
    for _ in range(100):
        assert not any(isinstance(step, Press) and isinstance(step.keys, Secret) for step in plan_call(dice, NEVER, ()))


def test_a_plan_shows_no_key() -> None:
    for plan in plans(CallerHabits(), 50):
        assert "271828" not in repr(plan) and "8000" not in repr(plan) and "keys" not in repr(plan)


def test_numbers_are_plainly_invented() -> None:
    assert all(invented_number(random.Random(seed)).startswith("1390000") for seed in range(20))


def test_a_chime_is_known_from_everything_else() -> None:
    greeting = array("h", chime(GREETING_HZ))
    assert contains_chime(silence(0.33) + greeting + silence(0.2), GREETING_HZ)
    assert not contains_chime(greeting, FAREWELL_HZ)
    for other in (murmur(3, 1), silence(1), key_tone("9", 1), tone((450,), 1), tone((GREETING_HZ,), 0.06)):
        assert not contains_chime(other, GREETING_HZ) and not contains_chime(other, FAREWELL_HZ)


async def test_a_caller_waits_for_the_greeting_talks_until_the_farewell_and_answers_the_survey(plug) -> None:
    one, two = await plug(user="one", keep_s=3), await plug(user="two")
    plan = (Listen(0.02), Press("0"), WaitForPerson(5), Talk(0.1, until_farewell=True), Press("1"))
    calling = asyncio.ensure_future(make_call(one, two.uri, "13900000000", plan, murmur(0.5, 1)))
    call = await two.wait_for_call(2)
    await call.answer()
    await call.play(array("h", chime(GREETING_HZ)))
    await asyncio.sleep(0.6)
    assert not calling.done()
    await call.play(array("h", chime(FAREWELL_HZ)))
    assert await calling == "finished"
    assert [key.key for key in call.heard.keys] == ["0", "1"]
    assert call.ended_by == "peer"


async def test_patience_ends(plug) -> None:
    one, two = await plug(user="one", keep_s=3), await plug(user="two")
    calling = asyncio.ensure_future(make_call(one, two.uri, "", (WaitForPerson(0.1),), murmur(0.2, 1)))
    call = await two.wait_for_call(2)
    await call.answer()
    assert await calling == "impatient"
    await call.ended(2)


async def test_a_caller_who_is_hung_up_on_is_cut_off(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    calling = asyncio.ensure_future(make_call(one, two.uri, "", (Listen(20), Press("1")), murmur(0.2, 1)))
    call = await two.wait_for_call(2)
    await call.answer()
    await call.acked(2)
    await call.hang_up()
    assert await calling == "cut off"


async def test_a_refused_call_is_refused(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    calling = asyncio.ensure_future(make_call(one, two.uri, "", (Listen(1),), murmur(0.2, 1)))
    await (await two.wait_for_call(2)).refuse(486)
    assert await calling == "refused"


async def test_a_caller_who_is_told_to_go_leaves_no_call_behind(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    for answered in (False, True):
        calling = asyncio.ensure_future(make_call(one, two.uri, "", (Listen(20),), murmur(0.2, 1)))
        call = await two.wait_for_call(2)
        if answered:
            await call.answer()
            await call.acked(2)
        calling.cancel()
        await asyncio.wait([calling])
        await call.ended(2)
        assert one.calls == [] and call.ended_by == "peer"


async def test_carrying_out_ends_with_hanging_up(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    call = await one.dial(two.uri)
    await (await two.wait_for_call(2)).answer()
    await call.answered(2)
    assert await carry_out(call, (Press("12"),), murmur(0.2, 1)) == "finished"
    assert call.over and call.ended_by == "us"

"""A robot caller: first a plan, drawn by dice from its habits (pure, so that it can be tested), then the telephone."""

from __future__ import annotations

import asyncio
import logging
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hotline.secret import Secret
from robots.call import Call
from robots.cues import FAREWELL_HZ, GREETING_HZ, wait_for_chime
from robots.errors import CallOver, CallRefused, NoKeys
from robots.habits import CallerHabits, DemoAccount, Span
from robots.phone import Phone

log = logging.getLogger(__name__)
CONNECTED_WITHIN_S = 20.0
HANG_UP_S = 1.0
"""How long a robot waits for the confirmation of its BYE."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Hear what is said for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys; they never show in a repr."""

    keys: str | Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class WaitForPerson:
    """Wait in the queue until somebody greets; hang up when ``patience`` (seconds) is used up."""

    patience: float


@dataclass(frozen=True, slots=True)
class Talk:
    """Speak for so many seconds; with ``until_farewell`` go on until the other side says goodbye."""

    seconds: float
    until_farewell: bool


Step = Listen | Press | WaitForPerson | Talk
Plan = tuple[Step, ...]
"""At the end of every plan the caller hangs up."""


def plan_call(dice: random.Random, habits: CallerHabits, accounts: Sequence[DemoAccount]) -> Plan:
    """What one caller is going to do. The same dice give the same plan."""
    wish = dice.random()
    steps: list[Step] = []
    if wish < habits.wants_account and accounts:
        steps += _ask_account(dice, habits, dice.choice(accounts))
    elif wish < habits.wants_account + habits.wants_guide:
        steps += _walk(dice, habits, habits.guide_keys)
        steps.append(Listen(_span(dice, habits.hears_result)))
    if not steps or dice.random() < habits.then_a_person:
        steps += _ask_person(dice, habits)
    if dice.random() < habits.leaves_early:
        steps = steps[: dice.randrange(1, len(steps) + 1)]
    return tuple(steps)


def _span(dice: random.Random, span: Span) -> float:
    return round(dice.uniform(*span), 2)


def _walk(dice: random.Random, habits: CallerHabits, keys: Sequence[str]) -> list[Step]:
    return [step for key in keys for step in (Listen(_span(dice, habits.before_key)), Press(key))]


def _ask_account(dice: random.Random, habits: CallerHabits, account: DemoAccount) -> list[Step]:
    """Menu, account number, PIN (at times wrong first), result."""
    steps = _walk(dice, habits, (*habits.account_keys, f"{account.number}#"))
    if dice.random() < habits.mistypes_pin:
        steps += [Listen(_span(dice, habits.before_key)), Press(Secret("000000")), Listen(6.0), Press(f"{account.number}#")]
    steps += [Listen(_span(dice, habits.before_key)), Press(account.pin), Listen(4.0)]
    steps += _walk(dice, habits, habits.result_keys)
    return [*steps, Listen(_span(dice, habits.hears_result))]


def _ask_person(dice: random.Random, habits: CallerHabits) -> list[Step]:
    steps = _walk(dice, habits, "0")
    steps.append(WaitForPerson(_span(dice, habits.patience)))
    if dice.random() < habits.ends_talk:
        return [*steps, Talk(_span(dice, habits.talks), until_farewell=False)]
    survey: list[Step] = [Listen(_span(dice, habits.before_key)), Press(dice.choice(habits.survey_keys)), Listen(3.0)]
    return [*steps, Talk(_span(dice, habits.talks), until_farewell=True), *survey]


class Impatient(Exception):
    """The caller waited long enough."""


async def carry_out(call: Call, plan: Plan, voice: array[int] | Path) -> str:
    """Do what ``plan`` says, then hang up; how it went: ``finished``, ``impatient`` or ``cut off``."""
    try:
        for step in plan:
            await _do(call, step, voice)
        return "finished"
    except Impatient:
        return "impatient"
    except (CallOver, NoKeys):
        return "cut off"
    finally:
        await call.hang_up(HANG_UP_S)


async def _do(call: Call, step: Step, voice: array[int] | Path) -> None:
    if call.over:
        raise CallOver()
    match step:
        case Listen(seconds):
            await _rest(call, seconds)
        case Press(keys):
            await call.press(keys, tone=0.12, gap=0.1)
        case WaitForPerson(patience):
            if not await wait_for_chime(call, GREETING_HZ, patience):
                raise Impatient()
        case Talk(seconds, until_farewell):
            await _talk(call, seconds, until_farewell, voice)


async def _rest(call: Call, seconds: float) -> None:
    """Stay quiet; wakes up early when the call ends."""
    try:
        await call.ended(seconds)
    except TimeoutError:
        return
    raise CallOver()


async def _talk(call: Call, seconds: float, until_farewell: bool, voice: array[int] | Path) -> None:
    clip = call.start_playing(voice, loop=True)
    try:
        if await wait_for_chime(call, FAREWELL_HZ, seconds) or not until_farewell:
            return
        call.stop_playing(clip)  # has said everything, and listens to the agent
        await wait_for_chime(call, FAREWELL_HZ, 3 * seconds + 10)
    finally:
        call.stop_playing(clip)


async def make_call(phone: Phone, number: str, caller: str, plan: Plan, voice: array[int] | Path) -> str:
    """Dial and carry ``plan`` out; how it went, ``refused`` and ``no answer`` included. Never leaves a call behind."""
    call = await phone.dial(number, caller=caller)
    try:
        await call.answered(CONNECTED_WITHIN_S)
    except CallRefused:
        return "refused"
    except TimeoutError:
        await call.hang_up(HANG_UP_S)
        return "no answer"
    except asyncio.CancelledError:
        await call.hang_up(HANG_UP_S)
        raise
    return await carry_out(call, plan, voice)


def invented_number(dice: random.Random) -> str:
    """A caller's mobile number of the 1390000 block, plainly invented."""
    return f"1390000{dice.randrange(10_000):04d}"

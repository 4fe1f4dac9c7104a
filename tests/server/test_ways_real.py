"""A handful of walks on real Asterisk, over ARI and over FastAGI: word for word what the rehearsal without telephone says."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

import pytest
import pytest_asyncio

from fund_core.fake import FakeCore
from fund_core.people import demo_depositors
from hotline.callers import caller_key
from hotline.clock import Clock, SystemClock
from hotline.settings import CentreSettings, LoginSettings, MenuSettings, Settings
from ivr.guard.blind import blinder
from ivr.lockout import LoginGate
from ivr.store import MemoryAttempts
from ivr.version import MenuVersion
from robots.tones import murmur
from robots.wav import write_wav
from server.rehearsal import Rehearsal
from server.transcript import Transcript, ending_of
from telephony.ports import Arrival, Line, Switch
from telephony.rehearsal_line import RehearsalLine
from telephony.virtual_time import LoopClock, run_virtually
from tests.server.ways import KEY, polite, version_in
from tests.telephony.agi_stage import RealAgiStage, open_real_stage
from tests.telephony.real_stage import Person, RealStage, open_stage

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SOMEBODY = next(person for person in demo_depositors(count=12) if not person.initial and person.loan is not None)
LOGIN = (f"{SOMEBODY.account}#", SOMEBODY.pin)
WALKS: dict[str, Sequence[str]] = {
    "balance_deposit_and_a_person": ("2", "1", *LOGIN, "1", "2", "0"),
    "wrong_pin_then_right_then_loan": ("2", "2", LOGIN[0], "000000", *LOGIN, "*", "0"),
    "wrong_keys_and_repeats": ("7", "#", "2", "#", "9", "2", "*", "8", "0"),
}
QUICK = Settings(
    centre=CentreSettings(always_staffed=True),
    menu=MenuSettings(first_key_s=8.0, next_key_s=8.0, first_digit_s=8.0),
    login=LoginSettings(verdict_after_s=0.3),
)


class Place(Protocol):
    """An exchange with people at it."""

    switch: Switch

    async def call(self) -> Person: ...
    async def signal(self, kind: type[Arrival]) -> Arrival: ...


def rehearsal(menus: MenuVersion, clock: Clock) -> Rehearsal:
    core = FakeCore()
    gate = LoginGate(core, MemoryAttempts(), blinder(KEY), QUICK.login, lambda ani: caller_key(ani, KEY))
    return Rehearsal(QUICK, core, gate, menus, clock, lambda: True)


Fields = Callable[[Mapping[str, Any]], Mapping[str, Any]]


async def perform(
    line: Line, menus: MenuVersion, clock: Clock, steps: Sequence[str], press: Callable[[str], Awaitable[None]], fields: Fields = dict
) -> list[str]:
    """The whole talk; what was said, what happened (its ``fields`` as shown), how it ended."""
    told: list[str] = []
    stage = rehearsal(menus, clock)
    transcript = Transcript(stage.words_of(), lambda step: told.append(f"{step.kind} {step.words} {fields(step.fields)}"))

    async def pressed(keys: str) -> None:
        await press(keys)

    async with polite(line, steps, pressed) as watched:
        watched._on_say = transcript.said
        transcript.ended(ending_of(await stage.talk(watched, transcript.note)))
    return told


def rehearsed(menus: MenuVersion, steps: Sequence[str], fields: Fields = dict) -> list[str]:
    """The same walk without telephone."""

    async def play() -> list[str]:
        clock = LoopClock()
        line = RehearsalLine(clock, lambda sound: 0.2)

        async def press(keys: str) -> None:
            for key in keys:
                await asyncio.sleep(0.1)
                line.press(key)

        return await perform(line, menus, clock, steps, press, fields)

    return run_virtually(play())


async def on_asterisk(place: Place, menus: MenuVersion, steps: Sequence[str]) -> list[str]:
    """The walk of a real telephone."""
    caller = await place.call()
    arrival = await place.signal(Arrival)
    async with place.switch.line(arrival) as line:
        told = await perform(line, menus, SystemClock(), steps, caller.press)
        await line.hang_up()
    return told


@pytest.fixture(scope="module")
def menus(tmp_path_factory: pytest.TempPathFactory) -> MenuVersion:
    """Every sound is a tenth of a second of murmur."""
    folder = tmp_path_factory.mktemp("prompts")
    write_wav(folder / "murmur.wav", murmur(0.1))
    made = version_in(folder)
    for file in (made.prompts.pause, *(clip.file for clip in made.prompts.clips.values())):
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / "murmur.wav", file)
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def over_ari(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealStage]:
    async with open_stage(tmp_path_factory.mktemp("ari"), rest_over_websocket=True) as stage:
        yield stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def over_fastagi(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealAgiStage]:
    async with open_real_stage(tmp_path_factory.mktemp("agi")) as stage:
        yield stage


async def expected(menus: MenuVersion, steps: Sequence[str]) -> list[str]:
    """The rehearsal's transcript, made beside our own loop."""
    return await asyncio.to_thread(rehearsed, menus, steps)


@pytest.mark.parametrize("name", WALKS)
async def test_over_ari_the_walk_is_the_rehearsals(over_ari: RealStage, menus: MenuVersion, name: str) -> None:
    async with over_ari.cleared(), asyncio.timeout(60):
        told = await on_asterisk(over_ari, menus, WALKS[name])
    assert told == await expected(menus, WALKS[name])
    assert told[-1].startswith("end agent")


@pytest.mark.parametrize("name", WALKS)
async def test_over_fastagi_the_walk_is_the_rehearsals(over_fastagi: RealAgiStage, menus: MenuVersion, name: str) -> None:
    async with over_fastagi.cleared(), asyncio.timeout(60):
        told = await on_asterisk(over_fastagi, menus, WALKS[name])
    assert told == await expected(menus, WALKS[name])
    assert told[-1].startswith("end agent")

"""A line over FastAGI keeps the rules of a line: in virtual time, and on real Asterisk with real SIP phones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from hotline.ids import RecordingId
from robots.wav import read_wav
from telephony.ports import Arrival
from telephony.virtual_time import run_virtually
from tests.contracts.telephony import LONG, Stage, arrive
from tests.telephony.agi_stage import LINE_RULES, AgiStage, PeerStage, RealAgiStage, open_peer_stage, open_real_stage

Rule = Callable[[Stage], Awaitable[None]]


def virtually(story: Callable[[PeerStage], Awaitable[None]]) -> None:
    async def play() -> None:
        async with open_peer_stage() as stage:
            await story(stage)

    run_virtually(play())


@pytest.mark.parametrize("rule", LINE_RULES, ids=lambda rule: rule.__name__)
def test_a_line_over_fastagi_keeps_the_rule(rule: Rule) -> None:
    virtually(rule)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def real(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealAgiStage]:
    async with open_real_stage(tmp_path_factory.mktemp("agi")) as stage:
        yield stage


@pytest.mark.asterisk
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("rule", LINE_RULES, ids=lambda rule: rule.__name__)
async def test_a_line_over_fastagi_keeps_the_rule_on_asterisk(real: RealAgiStage, rule: Rule) -> None:
    async with real.cleared():
        await asyncio.wait_for(rule(real), 40)


# -- what is FastAGI's own -----------------------------------------------------------------------------------------


async def a_missing_sound_is_passed_over_and_the_call_goes_on(stage: AgiStage) -> None:
    _, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        assert await line.say("/nowhere/missing", stage.sound) is None
        assert not line.hung_up


async def keys_pressed_while_the_holder_thinks_are_kept(stage: AgiStage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        await caller.press("2580")
        await asyncio.sleep(2.5)
        assert [await line.key(LONG) for _ in range(4)] == ["2", "5", "8", "0"]


async def a_recording_is_where_it_was_wanted(stage: AgiStage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        pressing = asyncio.create_task(_soon_press(caller, "#"))
        length = await line.record(RecordingId(f"m-{arrival.call[2:]}"), LONG, LONG, "#")
        await pressing
        if isinstance(stage, RealAgiStage):
            sound = read_wav(stage.exchange.place.spool / "recording" / f"m-{arrival.call[2:]}.wav")
            assert abs(len(sound) / 8000 - length.total_seconds()) < 0.3


async def _soon_press(caller: object, keys: str) -> None:
    await asyncio.sleep(1)
    await caller.press(keys)  # type: ignore[attr-defined]


OWN_RULES = (
    a_missing_sound_is_passed_over_and_the_call_goes_on,
    keys_pressed_while_the_holder_thinks_are_kept,
    a_recording_is_where_it_was_wanted,
)


@pytest.mark.parametrize("rule", OWN_RULES, ids=lambda rule: rule.__name__)
def test_fastagi_in_virtual_time(rule: Callable[[AgiStage], Awaitable[None]]) -> None:
    virtually(rule)


@pytest.mark.asterisk
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("rule", OWN_RULES, ids=lambda rule: rule.__name__)
async def test_fastagi_on_asterisk(real: RealAgiStage, rule: Callable[[AgiStage], Awaitable[None]]) -> None:
    async with real.cleared():
        await asyncio.wait_for(rule(real), 40)


@pytest.mark.asterisk
@pytest.mark.asyncio(loop_scope="module")
async def test_keys_pressed_quickly_one_after_the_other_all_arrive(real: RealAgiStage) -> None:
    async with real.cleared():
        caller, arrival = await arrive(real)
        async with real.switch.line(arrival) as line:
            await line.answer()
            keyed = "31415926535897932384626433"
            pressing = asyncio.create_task(caller.press(keyed))
            assert [await line.key(LONG) for _ in keyed] == list(keyed)
            await pressing


@pytest.mark.asterisk
@pytest.mark.asyncio(loop_scope="module")
async def test_while_we_are_away_the_dialplan_goes_on_to_the_fallback(real: RealAgiStage) -> None:
    async with real.cleared():
        caller = await real.call()
        arrival = await real.signal(Arrival)
        real.switch.lines[arrival.line]._link.close()  # type: ignore[attr-defined]
        async with asyncio.timeout(10):
            while "hl-fallback" not in await real.exchange.cli("core show channels concise"):
                await asyncio.sleep(0.05)
        await caller.hang_up()

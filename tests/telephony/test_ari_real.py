"""What only a real exchange can show: recordings in step, music on hold, true moments, a half-open link, our own death."""

from __future__ import annotations

import asyncio
import os
import signal
from array import array
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from hotline.clock import SystemClock
from hotline.ids import RecordingId
from hotline.moment import Moment, elapsed_us
from robots.tones import tone
from robots.wav import read_wav
from telephony.ami_commands import recording_files
from telephony.exchange import open_switch
from telephony.ports import (
    Arrival,
    Connected,
    HeldBySeat,
    HungUp,
    LineEnded,
    Lost,
    PhoneAnswered,
    PhoneHungUp,
    PhoneRinging,
)
from tests.contracts.telephony import arrive, ring, talk
from tests.telephony.real_stage import Agent, Person, RealStage, open_stage

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
RATE = 8000
CLOSE_US = 50_000
LOUD = 2000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealStage]:
    async with open_stage(tmp_path_factory.mktemp("real"), rest_over_websocket=True) as opened:
        yield opened


def onset(samples: array[int]) -> float:
    """Seconds until the first loud sample."""
    return next(place for place, sample in enumerate(samples) if abs(sample) > LOUD) / RATE


def loudness(samples: array[int]) -> float:
    """Mean absolute sample."""
    return sum(abs(sample) for sample in samples) / max(1, len(samples))


def near(ours: Moment, theirs: Moment | None) -> bool:
    """Whether two moments are within 50 ms."""
    assert theirs is not None
    return abs(ours.mono - theirs.mono) < CLOSE_US


async def grown(file: Path, more_than: int) -> int:
    """The size of a file once it is larger than that."""
    async with asyncio.timeout(10):
        while not file.exists() or file.stat().st_size <= more_than:
            await asyncio.sleep(0.05)
    return file.stat().st_size


async def test_both_sides_of_a_talk_are_recorded_equally_long_and_in_step(stage: RealStage) -> None:
    async with stage.cleared():
        caller, arrival, seat, offer = await talk(stage)
        assert isinstance(caller, Person)
        assert isinstance(seat, Agent)
        recording = RecordingId("r-step")
        await stage.switch.start_recording(arrival.call, arrival.line, recording)
        await asyncio.sleep(0.5)
        caller.call.start_playing(tone((700,), 0.5))
        await asyncio.sleep(0.3)
        seat.talk.start_playing(tone((700,), 0.5))
        await seat.hold(True)  # the caller hears music; what the agent says is not sent
        await asyncio.sleep(0.4)
        await seat.hold(False)
        await asyncio.sleep(0.4)
        caller.call.start_playing(tone((700,), 0.3))
        await asyncio.sleep(0.6)
        await stage.switch.stop_recording(arrival.line, recording)
        files = recording_files(stage.folder / "talks", recording)
        await asyncio.sleep(0.3)
        said, heard = (read_wav(file) for file in files)
        assert len(said) == len(heard) > RATE
        assert loudness(said) > 100
        assert loudness(heard) > 100
        assert 0.15 < onset(heard) - onset(said) < 0.45
        assert offer


async def test_a_recording_ends_by_itself_when_the_caller_leaves(stage: RealStage) -> None:
    async with stage.cleared():
        caller, arrival, _, _ = await talk(stage)
        recording = RecordingId("r-left")
        await stage.switch.start_recording(arrival.call, arrival.line, recording)
        await asyncio.sleep(0.5)
        await caller.hang_up()
        await stage.signal(LineEnded)
        await asyncio.sleep(0.3)
        said, heard = (read_wav(file) for file in recording_files(stage.folder / "talks", recording))
        assert len(said) == len(heard) > RATE // 4


async def test_talk_and_recording_go_on_when_our_process_is_gone(stage: RealStage, tmp_path: Path) -> None:
    async with stage.cleared():
        settings = stage.exchange.settings
        caller, arrival = await arrive(stage)
        assert isinstance(caller, Person)
        async with stage.switch.line(arrival) as line:
            await line.answer()
        seat = await stage.seat()
        offer = await ring(stage, arrival)
        await stage.signal(PhoneAnswered)
        await stage.switch.connect(arrival.call, arrival.line, offer, [])
        recording = RecordingId("r-on")
        await stage.switch.start_recording(arrival.call, arrival.line, recording)
        file = recording_files(stage.folder / "talks", recording)[0]
        await grown(file, 1000)
        await stage.cut()  # as when we are killed: both sockets simply end
        size = file.stat().st_size
        caller.call.start_playing(tone((700,), 0.5), loop=True)
        await grown(file, size + RATE)
        assert isinstance(seat, Agent)
        assert loudness(seat.talk.heard.tail(0.5)) > 100
        async with open_switch(settings, stage.exchange.vault, SystemClock(), tmp_path) as (successor, _):
            signals = successor.signals()
            assert isinstance(await anext(signals), Connected)
            found = await successor.found()
            assert {channel.channel for channel in found.channels if channel.call == arrival.call} == {arrival.line, offer}
            await seat.hang_up()
            async with asyncio.timeout(5):
                while not isinstance(told := await anext(signals), PhoneHungUp):
                    pass
            assert told.offer == offer
        await stage.mend()
        await stage.signal(Connected)


async def test_the_caller_hears_music_while_the_agent_holds_and_the_agent_again_after(stage: RealStage) -> None:
    async with stage.cleared():
        caller, _, seat, _ = await talk(stage)
        assert isinstance(caller, Person)
        assert isinstance(seat, Agent)
        await asyncio.sleep(0.3)
        assert loudness(caller.call.heard.tail(0.2)) < 50
        await seat.hold(True)
        await stage.signal(HeldBySeat)
        await asyncio.sleep(1.5)
        assert loudness(caller.call.heard.tail(1.0)) > 50
        await seat.hold(False)
        await stage.signal(HeldBySeat)
        await asyncio.sleep(0.5)
        assert loudness(caller.call.heard.tail(0.3)) < 50
        seat.talk.start_playing(tone((700,), 0.5))
        await asyncio.sleep(0.4)
        assert loudness(caller.call.heard.tail(0.2)) > 1000


async def test_music_of_a_waiting_caller_stops_when_he_is_joined(stage: RealStage) -> None:
    async with stage.cleared():
        caller, arrival = await arrive(stage)
        assert isinstance(caller, Person)
        async with stage.switch.line(arrival) as line:
            await line.answer()
            await line.music(True)
            await asyncio.sleep(1.0)
            assert loudness(caller.call.heard.tail(0.7)) > 50
            await stage.seat()
            offer = await ring(stage, arrival)
            await stage.signal(PhoneAnswered)
            await stage.switch.connect(arrival.call, arrival.line, offer, [])
            await asyncio.sleep(0.6)
            assert loudness(caller.call.heard.tail(0.3)) < 50


async def test_both_hear_the_announcement(stage: RealStage) -> None:
    async with stage.cleared():
        caller, arrival = await arrive(stage)
        assert isinstance(caller, Person)
        async with stage.switch.line(arrival) as line:
            await line.answer()
        seat = await stage.seat()
        assert isinstance(seat, Agent)
        offer = await ring(stage, arrival)
        await stage.signal(PhoneAnswered)
        await stage.switch.connect(arrival.call, arrival.line, offer, [stage.sound])
        await asyncio.sleep(0.7)
        assert loudness(caller.call.heard.tail(0.5)) > 300
        assert loudness(seat.talk.heard.tail(0.5)) > 300


async def test_our_moments_are_those_of_the_telephones(stage: RealStage) -> None:
    async with stage.cleared():
        caller = await stage.call()
        dialled = stage.adapter._clock.now()
        arrival = await stage.signal(Arrival)
        assert near(arrival.at, dialled)
        async with stage.switch.line(arrival) as line:
            await line.answer()
        seat = await stage.seat()
        offer = await ring(stage, arrival)
        rang, answered = await stage.signal(PhoneRinging), await stage.signal(PhoneAnswered)
        moments = seat.talk.moments
        assert near(rang.at, moments.rang)
        assert near(answered.at, moments.answered)
        await stage.switch.connect(arrival.call, arrival.line, offer, [])
        await asyncio.sleep(0.3)
        await seat.hang_up()
        assert near((await stage.signal(PhoneHungUp)).at, moments.ended)
        await caller.hang_up()
        assert near((await stage.signal(LineEnded)).at, caller.call.moments.ended)
        assert elapsed_us(arrival.at, answered.at) > 0


async def test_a_link_that_carries_nothing_any_more_is_noticed_and_replaced(stage: RealStage) -> None:
    async with stage.cleared():
        caller, arrival = await arrive(stage)
        async with stage.switch.line(arrival) as line:
            await line.answer()
            waiting = asyncio.create_task(line.key(timedelta(seconds=60)))
            frozen = stage.adapter._clock.now()
            stage.gate.freeze()
            lost = await stage.signal(Lost)
            assert lost.why == "half-open"
            assert elapsed_us(frozen, lost.at) <= 5_000_000
            await stage.cut()
            await stage.mend()
            await stage.signal(Connected)
            await caller.press("5")
            assert await waiting == "5"


async def test_when_asterisk_itself_died_and_is_back_every_line_has_ended_and_new_calls_come(stage: RealStage) -> None:
    async with stage.cleared():
        first = (await stage.adapter.found()).at
        _, arrival = await arrive(stage)
        async with stage.switch.line(arrival) as line:
            await line.answer()
            waiting = asyncio.create_task(line.key(timedelta(seconds=60)))
            killed = stage.exchange.pid()
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            await stage.signal(Lost)
            while stage.exchange.alive():
                await asyncio.sleep(0.02)
            stage.exchange.start()
            await stage.exchange.wait_until_booted()
            again = await stage.signal(Connected)
            ended = await stage.signal(LineEnded)
            assert ended.call == arrival.call
            assert elapsed_us(first, again.at) > 0
            with pytest.raises(HungUp):
                await waiting
        _, new = await arrive(stage)
        assert new.call != arrival.call

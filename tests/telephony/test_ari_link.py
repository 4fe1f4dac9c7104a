"""The link to Asterisk under everything that may come over it, against a tiny ARI that says what a test wants said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog.testing

from hotline.clock import SystemClock
from hotline.ids import CallId, ChannelId, OfferId, SeatNo
from hotline.secret import Secret
from telephony.ami import AmiAddress
from telephony.ari import AriSwitch
from telephony.ari_link import AriAddress, AriLink
from telephony.ari_messages import ChannelDtmfReceived, Event
from telephony.ports import Arrival, Connected, HungUp, LineEnded, Lost, PhoneAnswered, PhoneHungUp, SwitchAway, SwitchSignal
from tests.telephony.fake_ari_server import FakeAri, channel, fake_ari
from tests.telephony.test_ami import until

PASSWORD = "roter-Fuchs"


class World:
    """An adapter linked to the tiny ARI, and the signals it told."""

    def __init__(self, ari: FakeAri, switch: AriSwitch) -> None:
        self.ari = ari
        self.switch = switch
        self.told: list[SwitchSignal] = []

    def kinds(self) -> list[str]:
        return [type(signal).__name__ for signal in self.told]

    async def signal(self, kind: type[Any], number: int = 1) -> Any:
        await until(lambda: sum(isinstance(signal, kind) for signal in self.told) >= number)
        return [signal for signal in self.told if isinstance(signal, kind)][number - 1]

    async def arrive(self, name: str = "1.0", call: str = "c-20261121-1") -> Arrival:
        before = sum(isinstance(signal, Arrival) for signal in self.told)
        self.ari.event("StasisStart", args=["arrived", call, "carrier"], channel=channel(name, call, "Ring"))
        arrival: Arrival = await self.signal(Arrival, before + 1)
        return arrival

    async def listen(self) -> None:
        async for signal in self.switch.signals():
            self.told.append(signal)


@asynccontextmanager
async def world(**options: Any) -> AsyncIterator[World]:
    async with fake_ari() as ari:
        address = AriAddress("127.0.0.1", ari.port, "hotline", Secret(PASSWORD), **options)
        switch = AriSwitch(address, AmiAddress("127.0.0.1", 1, "hotline", Secret(PASSWORD)), Path("/nowhere"), SystemClock())
        stage = World(ari, switch)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(switch.link.run()), group.create_task(stage.listen())]
            try:
                await stage.signal(Connected)
                await until(lambda: switch.link.settled)
                yield stage
            finally:
                for task in tasks:
                    task.cancel()


async def test_it_says_who_it_is_in_a_header_and_nowhere_else() -> None:
    async with world() as stage:
        assert stage.ari.headers["Authorization"].startswith("Basic ")
        assert PASSWORD not in str(stage.ari.asked)


async def test_only_the_events_we_live_by_are_asked_for_and_replies_with_them() -> None:
    async with world() as stage:
        assert stage.ari.asked[0] == ("PUT", "applications/hotline/eventFilter")


async def test_connected_comes_before_what_happened_while_we_compared() -> None:
    async with fake_ari() as ari:

        def meanwhile(method: str, uri: str) -> None:
            if uri.startswith("asterisk/info"):
                ari.event("StasisStart", args=["arrived", "c-20261121-7", "carrier"], channel=channel("7.0", "c-20261121-7"))

        ari.before_reply = meanwhile
        switch = AriSwitch(
            AriAddress("127.0.0.1", ari.port, "hotline", Secret("x")), AmiAddress("", 1, "", Secret("")), Path("/nowhere"), SystemClock()
        )
        stage = World(ari, switch)
        tasks = [asyncio.create_task(switch.link.run()), asyncio.create_task(stage.listen())]
        await stage.signal(Arrival)
        assert stage.kinds()[:2] == ["Connected", "Arrival"]
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_a_malformed_frame_is_skipped_and_its_content_not_logged() -> None:
    async with world() as stage:
        with structlog.testing.capture_logs() as logged:
            stage.ari.frame(b'{"type":"ChannelDtmfReceived","digit":"7","channel":{"id":')
            stage.ari.frame(b"\xff\xfe\xfd 314159")
            stage.ari.event("ChannelDtmfReceived", digit=["314159"], duration_ms=1, channel=channel("1.0"))
            await stage.arrive()
        assert stage.switch.link.reader.counts["malformed"] == 3
        assert "314159" not in str(logged)
        assert stage.switch.link.connected


async def test_an_event_of_a_newer_asterisk_is_counted_and_passed_over() -> None:
    async with world() as stage:
        stage.ari.event("ChannelTeleported", channel={"strange": True})
        await stage.arrive()
        assert stage.switch.link.reader.counts["unknown ChannelTeleported"] == 1


class Clumsy:
    """A listener that stumbles over every other event, and over every key it is told."""

    def __init__(self) -> None:
        self.heard = 0

    def on_event(self, event: Event) -> None:
        self.heard += 1
        if isinstance(event, ChannelDtmfReceived):
            raise ValueError(event.digit)

    async def on_connected(self) -> None:
        """Ready."""

    def on_lost(self, why: str) -> None:
        """Gone."""


async def test_a_fault_in_a_handler_loses_one_event_and_not_the_link_and_tells_no_key() -> None:
    async with fake_ari() as ari:
        clumsy = Clumsy()
        link = AriLink(AriAddress("127.0.0.1", ari.port, "hotline", Secret("x")), SystemClock(), clumsy)
        running = asyncio.create_task(link.run())
        await until(lambda: link.settled)
        with structlog.testing.capture_logs() as logged:
            for _ in range(3):
                ari.event("ChannelDtmfReceived", digit="314159", duration_ms=1, channel=channel("1.0"))
                ari.event("StasisEnd", channel=channel("1.0"))
            await until(lambda: clumsy.heard == 6)
        assert link.counts == {"connected": 1, "handler failed": 3}
        assert "314159" not in str(logged)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_words_we_do_not_know_are_logged_and_passed_over() -> None:
    async with world() as stage:
        with structlog.testing.capture_logs() as logged:
            stage.ari.event("StasisStart", args=["teleported"], channel=channel("2.0"))
            await stage.arrive("3.0")
        assert [entry["log_level"] for entry in logged] == ["error"]


@pytest.mark.parametrize("event_first", [True, False])
async def test_a_prompts_end_may_come_before_or_after_the_reply_to_its_beginning(event_first: bool) -> None:
    async with world() as stage:
        arrival = await stage.arrive()

        def finished(method: str, uri: str) -> None:
            if "/play" in uri:
                name = uri.rpartition("playbackId=")[2]
                state = {"id": name, "media_uri": "x", "target_uri": "channel:1.0", "state": "done"}
                stage.ari.event("PlaybackFinished", playback=state)

        stage.ari.answer = lambda method, uri: (201, {})
        if event_first:
            stage.ari.before_reply = finished
        else:
            stage.ari.after_reply = finished
        async with stage.switch.line(arrival) as line:
            assert await line.say("/prompts/hello") is None
            assert await line.say("/prompts/hello") is None


@pytest.mark.parametrize("status", [404, 409, 412])
async def test_a_line_that_asterisk_does_not_know_any_more_is_hung_up(status: int) -> None:
    async with world() as stage:
        arrival = await stage.arrive()
        stage.ari.answer = lambda method, uri: (status, {"message": "Channel not found"})
        async with stage.switch.line(arrival) as line:
            with pytest.raises(HungUp):
                await line.say("/prompts/hello")
            assert line.hung_up


async def test_a_prompt_that_cannot_be_played_is_no_end_of_the_call() -> None:
    async with world() as stage:
        arrival = await stage.arrive()
        stage.ari.answer = lambda method, uri: (500, {})
        async with stage.switch.line(arrival) as line:
            assert await line.say("/prompts/missing") is None
            await line.music(True)


async def test_a_hang_up_told_three_times_is_one_end() -> None:
    async with world() as stage:
        arrival = await stage.arrive()
        for _ in range(2):
            stage.ari.event("ChannelHangupRequest", channel=channel("1.0"))
        stage.ari.event("StasisEnd", channel=channel("1.0"))
        stage.ari.event("ChannelDestroyed", cause=16, cause_txt="", channel=channel("1.0"))
        await stage.arrive("2.0", "c-20261121-2")
        ends = [signal for signal in stage.told if isinstance(signal, LineEnded)]
        assert [(end.call, end.by_caller) for end in ends] == [(arrival.call, True)]


async def test_a_line_we_never_heard_of_ends_with_its_calls_name() -> None:
    async with world() as stage:
        stage.ari.event("ChannelHangupRequest", channel=channel("9.0", "c-20261121-9"), soft=True)
        ended = await stage.signal(LineEnded)
        assert (ended.call, ended.line, ended.by_caller) == ("c-20261121-9", "9.0", False)


async def test_a_line_that_ran_out_of_time_has_ended() -> None:
    async with world() as stage:
        arrival = await stage.arrive()
        stage.ari.answer = lambda method, uri: (422, {}) if "subscription" in uri else (200, {})
        stage.ari.event("StasisEnd", channel=channel("1.0"))
        assert (await stage.signal(LineEnded)).call == arrival.call


async def test_a_phone_is_dialled_once_its_leg_is_with_us_and_its_answer_is_told_once() -> None:
    async with world() as stage:
        stage.ari.answer = lambda method, uri: (200, {})
        leg = {**channel("o-20261121-1-1"), "name": "PJSIP/hl-1-00000001", "state": "Up"}
        await stage.switch.phones.ring(OfferId("o-20261121-1-1"), CallId("c-20261121-1"), SeatNo(1), "hl-1", "c-1", timedelta(seconds=15))
        assert not [uri for _, uri in stage.ari.asked if "/dial" in uri]
        stage.ari.event("StasisStart", args=["seat", "o-20261121-1-1"], channel=leg)
        await until(lambda: ("POST", "channels/o-20261121-1-1/dial?timeout=15") in stage.ari.asked)
        for _ in range(2):
            stage.ari.event("Dial", dialstatus="ANSWER", peer=leg)
        answered = await stage.signal(PhoneAnswered)
        assert answered.offer == "o-20261121-1-1"
        stage.ari.event("ChannelHangupRequest", channel=leg)
        assert (await stage.signal(PhoneHungUp)).offer == answered.offer


async def test_an_unanswered_request_fails_and_a_late_reply_is_nobodys() -> None:
    async with world() as stage:
        stage.ari.answer = lambda method, uri: None
        asking = asyncio.create_task(stage.switch.hang_up(ChannelId("1.0")))
        await until(lambda: stage.ari.asked[-1][0] == "DELETE")
        stage.ari.cut()
        with pytest.raises(SwitchAway):
            await asking
        await stage.signal(Lost)


async def test_a_link_that_answers_no_ping_is_given_up_and_made_again() -> None:
    async with world(ping_every=0.02, pong_within=0.05) as stage:
        stage.ari.deaf = True
        lost = await stage.signal(Lost)
        assert lost.why == "half-open"
        stage.ari.deaf = False
        await stage.signal(Connected, 2)
        assert stage.ari.connections >= 2


async def test_after_a_cut_what_is_gone_is_told_once_and_what_is_there_goes_on() -> None:
    async with world() as stage:
        gone, stays = await stage.arrive("1.0"), await stage.arrive("2.0", "c-20261121-2")
        there = [channel("2.0", "c-20261121-2")]
        stage.ari.answer = lambda method, uri: (200, there) if uri == "channels" else (200, [] if "/" not in uri or "PJSIP" in uri else {})
        async with stage.switch.line(stays) as line:
            waiting = asyncio.create_task(line.key(timedelta(seconds=60)))
            await asyncio.sleep(0)
            stage.ari.cut()
            await stage.signal(Connected, 2)
            ended = await stage.signal(LineEnded)
            assert ended.call == gone.call
            assert stage.kinds().index("LineEnded") > stage.kinds().index("Lost")
            stage.ari.event("ChannelDtmfReceived", digit="8", duration_ms=100, channel=channel("2.0"))
            assert await waiting == "8"


async def test_when_another_controller_takes_the_application_we_stop_commanding_and_stay_away() -> None:
    async with world() as stage:
        arrival = await stage.arrive()
        async with stage.switch.line(arrival) as line:
            saying = asyncio.create_task(line.key(timedelta(seconds=60)))
            await asyncio.sleep(0)
            stage.ari.event("ApplicationReplaced")
            lost = await stage.signal(Lost)
            assert lost.why == "application_replaced"
            asked, connections = len(stage.ari.asked), stage.ari.connections
            for refused in (saying, line.hang_up(), stage.switch.found(), stage.switch.phones.stop(OfferId("o-1-1"), "normal")):
                with pytest.raises(SwitchAway):
                    await refused
            stage.ari.cut()
            await asyncio.sleep(0.2)
        assert (len(stage.ari.asked), stage.ari.connections) == (asked, connections)
        assert stage.kinds().count("Lost") == 1


async def test_a_caller_too_quick_for_us_is_known_to_be_gone() -> None:
    async with world() as stage:
        arrival = await stage.arrive()
        stage.ari.event("ChannelHangupRequest", channel=channel("1.0"))
        await stage.signal(LineEnded)
        async with stage.switch.line(arrival) as line:
            assert line.hung_up
            with pytest.raises(HungUp):
                await line.answer()
        assert arrival.call == CallId("c-20261121-1")


async def test_a_key_flood_keeps_the_newest_keys_only() -> None:
    async with world() as stage:
        arrival = await stage.arrive()
        async with stage.switch.line(arrival) as line:
            for number in range(1000):
                stage.ari.event("ChannelDtmfReceived", digit=str(number % 10), duration_ms=100, channel=channel("1.0"))
            await stage.arrive("2.0")
            keys = []
            while (key := await line.key(timedelta(milliseconds=1))) is not None:
                keys.append(key)
        assert len(keys) == 64
        assert keys[-1] == "9"


async def test_one_press_told_twice_is_one_key_and_quick_fingers_are_not() -> None:
    async with world() as stage:
        arrival = await stage.arrive()
        async with stage.switch.line(arrival) as line:
            for digit, ms in [("4", 0), ("4", 15), ("4", 100), ("5", 101), ("5", 141), ("5", 142)]:
                stamp = f"2026-11-21T13:31:09.{ms:03d}+0000"
                stage.ari.event("ChannelDtmfReceived", digit=digit, duration_ms=100, channel=channel("1.0"), timestamp=stamp)
            await stage.arrive("2.0")
            keys = []
            while (key := await line.key(timedelta(milliseconds=1))) is not None:
                keys.append(key)
        assert "".join(keys) == "4455"

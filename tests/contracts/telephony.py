"""What every exchange behind the ports must do: the same rules run against the fake (virtual time) and against real Asterisk.

A rule is an ``async`` function over a :class:`Stage`; ``RULES`` lists them all. No rule looks at how long something took.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal, Protocol, TypeVar

import pytest

from hotline.ids import BridgeId, CallId, ChannelId, OfferId, RecordingId, SeatNo, bridge_id, offer_id
from hotline.moment import elapsed_us
from telephony.ports import (
    Arrival,
    Connected,
    FeatureDialled,
    HeldBySeat,
    HungUp,
    LineEnded,
    LineHeld,
    Lost,
    PhoneAnswered,
    PhoneHungUp,
    PhoneRefused,
    PhoneRinging,
    SeatPhones,
    SeatReachable,
    Sound,
    Switch,
    SwitchAway,
    SwitchRefused,
)

T = TypeVar("T")
Manner = Literal["answer", "ignore", "decline", "busy"]
MOMENT = timedelta(seconds=0.3)
LONG = timedelta(seconds=8)
SEAT = SeatNo(1)
ENDPOINT = "hl-1"
NOBODY = "hl-2"
"""An endpoint that exists and never registers."""
ANI = "13900001111"


class Caller(Protocol):
    """The person who dialled."""

    async def press(self, keys: str) -> None:
        """Press keys."""
        ...

    async def hang_up(self) -> None:
        """Send the BYE."""
        ...


class SeatPhone(Protocol):
    """The agent's telephone at ENDPOINT."""

    async def hang_up(self) -> None: ...
    async def hold(self, held: bool) -> None: ...
    async def dial(self, code: str, argument: str) -> None: ...
    async def unplug(self) -> None: ...
    async def plug_in(self) -> None: ...


class Stage(Protocol):
    """An exchange with people at it."""

    switch: Switch
    phones: SeatPhones
    sound: Sound
    """A prompt of about a second."""
    long_sound: Sound
    """A prompt of about ten seconds."""

    async def call(self, ani: str = ANI) -> Caller:
        """Somebody dials 12329."""
        ...

    async def seat(self, manner: Manner = "answer") -> SeatPhone:
        """The phone at ENDPOINT is there and behaves so when rung."""
        ...

    async def signal(self, kind: type[T], where: Callable[[T], bool] = ...) -> T:
        """The next signal of a kind; others are passed over."""
        ...

    async def cut(self) -> None:
        """Cut our link to the exchange."""
        ...

    async def mend(self) -> None:
        """Let it be made again."""
        ...

    async def recorded(self, name: RecordingId) -> float:
        """Seconds in the file that a line recorded; 0 while there is none."""
        ...


async def soon(act: Awaitable[None]) -> asyncio.Task[None]:
    """Do it a moment from now, while something else is awaited."""

    async def later() -> None:
        await asyncio.sleep(MOMENT.total_seconds())
        await act

    return asyncio.create_task(later())


async def arrive(stage: Stage) -> tuple[Caller, Arrival]:
    """A caller who has arrived."""
    caller = await stage.call()
    return caller, await stage.signal(Arrival)


async def talk(stage: Stage) -> tuple[Caller, Arrival, SeatPhone, OfferId]:
    """A caller and an agent who are joined."""
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
    seat = await stage.seat()
    offer = await ring(stage, arrival)
    await stage.signal(PhoneAnswered)
    await stage.switch.connect(arrival.call, arrival.line, offer, [])
    return caller, arrival, seat, offer


async def ring(stage: Stage, arrival: Arrival, endpoint: str = ENDPOINT, longest: timedelta = LONG, attempt: int = 1) -> OfferId:
    """Ring a seat for an arrival."""
    offer = offer_id(arrival.call, attempt)
    await stage.phones.ring(offer, arrival.call, SEAT, endpoint, "139****1111", longest)
    return offer


async def bridged(stage: Stage, call: CallId) -> set[str]:
    """The channels in a call's bridge."""
    found = await stage.switch.found()
    return {channel.channel for channel in found.channels if channel.bridge == bridge_id(call)}


# -- lines ---------------------------------------------------------------------------------------------------------


async def an_arrival_names_call_number_trunk_and_moment(stage: Stage) -> None:
    _, arrival = await arrive(stage)
    assert arrival.call.startswith("c-20")
    assert arrival.ani == ANI
    assert arrival.dnis == "12329"
    assert arrival.trunk == "carrier"
    assert not arrival.internal
    assert not arrival.resumed
    assert ANI not in f"{arrival} {arrival!r}"
    assert elapsed_us(arrival.at, (await stage.switch.found()).at) < 5_000_000


async def a_prompt_nobody_interrupts_is_heard_out(stage: Stage) -> None:
    _, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        assert await line.say(stage.sound, stage.sound) is None
        assert await line.say() is None


async def a_key_interrupts_a_prompt(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        await line.answer()  # harmless
        pressing = await soon(caller.press("7"))
        assert await line.say(stage.long_sound) == "7"
        await pressing
        assert await line.key(MOMENT) is None


async def a_key_pressed_before_is_taken_at_once(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        await caller.press("12")
        assert await line.key(LONG) == "1"
        assert await line.say(stage.long_sound) == "2"


async def keys_pressed_into_an_uninterruptible_prompt_are_kept(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        pressing = await soon(caller.press("89"))
        assert await line.say(stage.sound, stage.sound, interruptible=False) is None
        await pressing
        assert [await line.key(LONG), await line.key(LONG)] == ["8", "9"]


async def forgotten_keys_are_gone(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        await caller.press("123")
        assert await line.key(LONG) == "1"
        await asyncio.sleep(1.0)
        line.forget_keys()
        assert await line.key(MOMENT) is None


async def waiting_for_a_key_ends_by_itself(stage: Stage) -> None:
    _, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        assert await line.key(MOMENT) is None


async def a_hang_up_ends_a_prompt(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        leaving = await soon(caller.hang_up())
        with pytest.raises(HungUp) as caught:
            await line.say(stage.long_sound)
        await leaving
        assert caught.value.at is not None
        assert line.hung_up
        ended = await stage.signal(LineEnded)
        assert ended.by_caller
        assert (ended.call, ended.line, ended.at) == (arrival.call, arrival.line, caught.value.at)


async def a_hang_up_ends_the_wait_for_a_key_and_whatever_is_asked_later(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        leaving = await soon(caller.hang_up())
        with pytest.raises(HungUp):
            await line.key(LONG)
        await leaving
        for asked in (line.answer(), line.say(stage.sound), line.key(MOMENT), line.music(True)):
            with pytest.raises(HungUp):
                await asked
        await line.hang_up()  # harmless


async def a_caller_who_hung_up_before_he_was_held_is_known_to_be_gone(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    await caller.hang_up()
    await stage.signal(LineEnded)
    async with stage.switch.line(arrival) as line:
        with pytest.raises(HungUp):
            await line.answer()


async def our_own_hang_up_is_not_the_callers(stage: Stage) -> None:
    _, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        await line.hang_up()
        await line.hang_up()
        ended = await stage.signal(LineEnded)
        assert (ended.call, ended.by_caller) == (arrival.call, False)
        with pytest.raises(HungUp):
            await line.say(stage.sound)


async def a_line_has_one_holder(stage: Stage) -> None:
    _, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        with pytest.raises(LineHeld):
            async with stage.switch.line(arrival):
                pass
    async with stage.switch.line(arrival) as line:
        assert await line.key(MOMENT) is None  # given back without hanging up


async def a_cancelled_prompt_leaves_the_line_usable(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        saying = asyncio.create_task(line.say(stage.long_sound))
        await asyncio.sleep(MOMENT.total_seconds())
        saying.cancel()
        with suppress(asyncio.CancelledError):
            await saying
        assert await line.say(stage.sound) is None
        pressing = await soon(caller.press("4"))
        assert await line.key(LONG) == "4"
        await pressing


async def a_recording_ends_by_its_key_which_is_not_kept(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        pressing = await soon(caller.press("5#"))
        length = await line.record(RecordingId(f"m-{arrival.call[2:]}"), LONG, timedelta(0), "#")
        await pressing
        assert timedelta(0) < length < LONG
        assert await line.key(MOMENT) is None


async def a_recording_may_be_silent_and_is_as_long_as_it_took(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    name = RecordingId(f"m-{arrival.call[2:]}-1")
    async with stage.switch.line(arrival) as line:
        await line.answer()

        async def end() -> None:
            await asyncio.sleep(2.0)
            await caller.press("#")

        ending = asyncio.create_task(end())
        length = await line.record(name, LONG, timedelta(0), "#")
        await ending
        assert 1.7 < length.total_seconds() < 4
        assert await stage.recorded(name) == pytest.approx(length.total_seconds(), abs=0.5)


async def a_hang_up_ends_a_recording_and_what_was_said_is_kept(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    name = RecordingId(f"m-{arrival.call[2:]}-1")
    async with stage.switch.line(arrival) as line:
        await line.answer()

        async def leave() -> None:
            await asyncio.sleep(2.0)
            await caller.hang_up()

        leaving = asyncio.create_task(leave())
        with pytest.raises(HungUp):
            await line.record(name, LONG, LONG, "#")
        await leaving
    for _ in range(20):
        if await stage.recorded(name) > 1:
            break
        await asyncio.sleep(0.1)
    assert await stage.recorded(name) == pytest.approx(2.0, abs=0.5)


async def a_recording_can_be_ended_by_who_did_not_begin_it(stage: Stage) -> None:
    _, arrival = await arrive(stage)
    name = RecordingId(f"m-{arrival.call[2:]}-1")
    async with stage.switch.line(arrival) as line:
        await line.answer()

        async def end() -> None:
            await asyncio.sleep(1.5)
            await stage.switch.end_recording(name)

        ending = asyncio.create_task(end())
        length = await line.record(name, LONG, timedelta(0), "#")
        await ending
        assert length < LONG / 2
        await stage.switch.end_recording(name)  # harmless
        assert await line.say(stage.sound) is None


async def what_was_recorded_lies_in_the_spool_folder_and_can_be_played(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    name = RecordingId(f"m-{arrival.call[2:]}-1")
    async with stage.switch.line(arrival) as line:
        await line.answer()
        pressing = await soon(caller.press("#"))
        await line.record(name, LONG, timedelta(0), "#")
        await pressing
        folder = await stage.switch.spool()
        assert (folder / f"{name}.wav").stat().st_size > 44
        assert await line.say(str(folder / name)) is None


async def music_goes_on_and_off(stage: Stage) -> None:
    _, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        await line.music(True)
        await line.music(True)
        await line.music(False)
        await line.music(False)
        assert await line.say(stage.sound) is None


# -- phones --------------------------------------------------------------------------------------------------------


async def a_phone_rings_and_is_answered(stage: Stage) -> None:
    _, arrival = await arrive(stage)
    await stage.seat()
    offer = await ring(stage, arrival)
    rang = await stage.signal(PhoneRinging)
    answered = await stage.signal(PhoneAnswered)
    assert rang.offer == answered.offer == offer
    assert elapsed_us(rang.at, answered.at) > 0


async def _refused(stage: Stage, manner: Manner, expected: str) -> None:
    _, arrival = await arrive(stage)
    await stage.seat(manner)
    offer = await ring(stage, arrival, longest=timedelta(seconds=1))
    refused = await stage.signal(PhoneRefused)
    assert (refused.offer, refused.cause) == (offer, expected)


async def a_phone_that_declines_says_so(stage: Stage) -> None:
    await _refused(stage, "decline", "declined")


async def a_busy_phone_says_so(stage: Stage) -> None:
    await _refused(stage, "busy", "busy")


async def a_phone_left_ringing_gives_no_answer(stage: Stage) -> None:
    await _refused(stage, "ignore", "no_answer")


async def a_phone_that_is_not_registered_is_unreachable(stage: Stage) -> None:
    _, arrival = await arrive(stage)
    offer = await ring(stage, arrival, NOBODY)
    refused = await stage.signal(PhoneRefused)
    assert (refused.offer, refused.cause) == (offer, "unreachable")


async def ringing_twice_for_one_offer_rings_once(stage: Stage) -> None:
    _, arrival = await arrive(stage)
    await stage.seat("ignore")
    offer = await ring(stage, arrival)
    await ring(stage, arrival)
    await stage.signal(PhoneRinging)
    found = await stage.switch.found()
    assert [channel.offer for channel in found.channels if channel.offer] == [offer]
    await stage.phones.stop(offer, "answered_elsewhere")
    assert (await stage.signal(PhoneRefused)).offer == offer
    await stage.phones.stop(offer, "normal")  # harmless
    await ring(stage, arrival)  # over is over
    await asyncio.sleep(MOMENT.total_seconds())
    found = await stage.switch.found()
    assert not [channel.offer for channel in found.channels if channel.offer]


async def an_answered_leg_that_is_hung_up_is_told(stage: Stage) -> None:
    _, arrival, seat, offer = await talk(stage)
    await seat.hang_up()
    assert (await stage.signal(PhoneHungUp)).offer == offer
    async with stage.switch.line(arrival) as line:  # the caller's line stays
        await stage.switch.disconnect(arrival.call)
        assert await line.say(stage.sound) is None


async def an_answered_leg_that_we_stop_is_told_too(stage: Stage) -> None:
    _, _, _, offer = await talk(stage)
    await stage.phones.stop(offer, "normal")
    assert (await stage.signal(PhoneHungUp)).offer == offer


# -- talks ---------------------------------------------------------------------------------------------------------


async def joining_twice_changes_nothing(stage: Stage) -> None:
    _, arrival, _, offer = await talk(stage)
    assert await bridged(stage, arrival.call) == {arrival.line, offer}
    await stage.switch.connect(arrival.call, arrival.line, offer, [stage.sound])
    assert await bridged(stage, arrival.call) == {arrival.line, offer}


async def taking_the_bridge_away_leaves_both_legs(stage: Stage) -> None:
    _, arrival, _, offer = await talk(stage)
    await stage.switch.disconnect(arrival.call)
    await stage.switch.disconnect(arrival.call)
    found = await stage.switch.found()
    assert found.bridges == ()
    assert {channel.channel for channel in found.channels} == {arrival.line, offer}


async def a_leg_that_is_gone_cannot_be_joined_and_leaves_no_bridge(stage: Stage) -> None:
    _, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        with pytest.raises(SwitchRefused):
            await stage.switch.connect(arrival.call, arrival.line, OfferId("o-20251120-00-9"), [])
        assert (await stage.switch.found()).bridges == ()


async def hold_is_told_and_taken_back(stage: Stage) -> None:
    _, _, seat, offer = await talk(stage)
    await seat.hold(True)
    held = await stage.signal(HeldBySeat)
    await seat.hold(False)
    back = await stage.signal(HeldBySeat)
    assert (held.offer, held.held, back.held) == (offer, True, False)


async def keys_of_a_talk_do_not_reach_the_survey_after_it(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        await stage.seat()
        offer = await ring(stage, arrival)
        await stage.signal(PhoneAnswered)
        await stage.switch.connect(arrival.call, arrival.line, offer, [stage.sound])
        await caller.press("55")
        await asyncio.sleep(0.5)
        await stage.switch.disconnect(arrival.call)
        assert await line.key(MOMENT) is None


async def recording_can_be_stopped_twice_but_not_started_without_a_line(stage: Stage) -> None:
    _, arrival, _, _ = await talk(stage)
    recording = RecordingId(f"r-{arrival.call[2:]}")
    await stage.switch.start_recording(arrival.call, arrival.line, recording)
    await stage.switch.stop_recording(arrival.line, recording)
    await stage.switch.stop_recording(arrival.line, recording)
    with pytest.raises(SwitchRefused):
        await stage.switch.start_recording(arrival.call, ChannelId("nobody.0"), recording)


# -- the exchange as a whole ---------------------------------------------------------------------------------------


async def what_is_found_names_call_offer_and_bridge(stage: Stage) -> None:
    _, arrival, _, offer = await talk(stage)
    found = await stage.switch.found()
    assert found.bridges == (bridge_id(arrival.call),)
    by_id: dict[str, Any] = {channel.channel: channel for channel in found.channels}
    line, leg = by_id[arrival.line], by_id[offer]
    assert (line.call, line.offer, line.ours, line.state) == (arrival.call, None, True, "Up")
    assert (leg.call, leg.offer, leg.ours, leg.state, leg.endpoint) == (arrival.call, offer, True, "Up", ENDPOINT)
    assert ENDPOINT in found.reachable
    assert NOBODY not in found.reachable
    assert ANI not in repr(found)


async def a_caller_sent_to_the_fallback_can_be_taken_back(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
    await stage.switch.to_fallback(arrival.line)
    await asyncio.sleep(MOMENT.total_seconds())
    (there,) = (await stage.switch.found()).channels
    assert (there.call, there.ours, there.where) == (arrival.call, False, "hl-fallback")
    await stage.switch.take_back(arrival.line)
    again = await stage.signal(Arrival)
    assert (again.call, again.line, again.resumed, again.ani) == (arrival.call, arrival.line, True, ANI)
    assert again.joined is not None
    async with stage.switch.line(again) as line:
        pressing = await soon(caller.press("3"))
        assert await line.key(LONG) == "3"
        await pressing
        await caller.hang_up()
        assert (await stage.signal(LineEnded)).call == arrival.call


async def a_caller_who_hangs_up_in_the_fallback_is_heard(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        await stage.switch.to_fallback(arrival.line)
        await asyncio.sleep(MOMENT.total_seconds())
        with pytest.raises(HungUp):
            await line.key(MOMENT)
    await caller.hang_up()
    assert (await stage.signal(LineEnded)).call == arrival.call


async def what_is_not_there_is_harmless(stage: Stage) -> None:
    await stage.switch.hang_up(ChannelId("nobody.0"))
    await stage.switch.remove_bridge(BridgeId("b-nothing"))
    await stage.switch.stop_recording(ChannelId("nobody.0"), RecordingId("r-none"))
    await stage.switch.disconnect(CallId("c-20251120-none"))
    await stage.phones.stop(OfferId("o-20251120-none-1"), "normal")
    await stage.switch.to_fallback(ChannelId("nobody.0"))
    with pytest.raises(SwitchRefused):
        await stage.switch.take_back(ChannelId("nobody.0"))


async def presence_can_be_shown_again_and_again(stage: Stage) -> None:
    for _ in range(2):
        await stage.switch.show_presence(SEAT, ENDPOINT, "8001", True, True)
        await stage.switch.show_presence(SEAT, ENDPOINT, "8001", False, True)
    await stage.switch.show_presence(SEAT, ENDPOINT, "8002", True, True)
    for _ in range(2):
        await stage.switch.show_presence(SEAT, ENDPOINT, "8002", False, False)


async def a_phone_that_comes_and_goes_is_told(stage: Stage) -> None:
    seat = await stage.seat()
    while ENDPOINT not in (await stage.switch.found()).reachable:  # a phone that left before it answered was never there
        await asyncio.sleep(0.05)
    await seat.unplug()
    await stage.signal(SeatReachable, lambda told: told.endpoint == ENDPOINT and not told.reachable)
    await seat.plug_in()
    await stage.signal(SeatReachable, lambda told: told.endpoint == ENDPOINT and told.reachable)


async def a_feature_code_is_told(stage: Stage) -> None:
    seat = await stage.seat()
    await seat.dial("1", "8003")
    told = await stage.signal(FeatureDialled)
    assert (told.endpoint, told.code, told.argument) == (ENDPOINT, "1", "8003")


async def a_line_rides_out_a_cut_link(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        saying = asyncio.create_task(line.say(stage.sound))
        await stage.cut()
        await stage.signal(Lost)
        with pytest.raises(SwitchAway):
            await stage.switch.found()
        await asyncio.sleep(1.5)  # the prompt ends unheard
        await stage.mend()
        await stage.signal(Connected)
        assert await saying is None
        pressing = await soon(caller.press("6"))
        assert await line.say(stage.long_sound) == "6"
        await pressing


async def a_caller_who_left_while_the_link_was_cut_is_told_when_it_is_back(stage: Stage) -> None:
    caller, arrival = await arrive(stage)
    async with stage.switch.line(arrival) as line:
        await line.answer()
        waiting = asyncio.create_task(line.key(LONG * 10))
        await stage.cut()
        await stage.signal(Lost)
        await caller.hang_up()
        await stage.mend()
        ended = await stage.signal(LineEnded)
        assert ended.call == arrival.call
        with pytest.raises(HungUp):
            await waiting


async def a_leg_that_ended_while_the_link_was_cut_is_told_when_it_is_back(stage: Stage) -> None:
    _, _, seat, offer = await talk(stage)
    await stage.cut()
    await stage.signal(Lost)
    await seat.hang_up()
    await stage.mend()
    assert (await stage.signal(PhoneHungUp)).offer == offer


RULES: list[Callable[[Stage], Awaitable[None]]] = [
    rule
    for name, rule in list(globals().items())
    if getattr(rule, "__module__", "") == __name__
    and inspect.iscoroutinefunction(rule)
    and not name.startswith("_")
    and name not in ("soon", "arrive", "talk", "ring", "bridged")
]

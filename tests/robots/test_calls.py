"""Telephone to telephone over loopback: everything a call can do."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from hotline.secret import Secret
from robots import ears
from robots.errors import CallOver, CallRefused, NoKeys
from robots.phone import Phone


async def connected(plug, **options):
    """A caller and a called phone that talk: (caller's call, called one's call)."""
    one, two = await plug(user="one", **options), await plug(user="two", **options)
    call = await one.dial(two.uri, caller="13900001111")
    arrived = await two.wait_for_call(2)
    await arrived.answer()
    await call.answered(2)
    await arrived.acked(2)
    return call, arrived


async def test_a_call_rings_is_answered_and_hung_up_and_each_moment_is_kept_in_order(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    call = await one.dial(two.uri, caller="13900001111")
    arrived = await two.wait_for_call(2)
    assert (arrived.caller, arrived.number, arrived.state, call.state) == ("13900001111", "two", "beginning", "beginning")
    await arrived.ring()
    await call.ringing(2)
    await arrived.answer()
    await call.answered(2)
    await arrived.acked(2)
    await call.hang_up()
    await arrived.ended(2)
    ours, theirs = call.moments, arrived.moments
    for story in (
        [ours.invited, ours.trying, ours.rang, ours.answered, ours.acked, ours.bye_sent],
        [theirs.invited, theirs.trying, theirs.rang, theirs.answered, theirs.acked, theirs.bye_received],
        [ours.invited, theirs.invited, theirs.rang, ours.rang, theirs.acked, ours.bye_sent, theirs.bye_received],
        [theirs.trying, ours.trying, theirs.answered, ours.answered, ours.acked, theirs.acked],
    ):
        assert all(story)
        assert all(earlier.mono < later.mono for earlier, later in pairwise(story))
    assert (call.ended_by, arrived.ended_by, ours.ended, theirs.ended) == ("us", "peer", ours.bye_sent, theirs.bye_received)
    assert one.calls == two.calls == []


async def test_the_called_one_can_hang_up_too(plug) -> None:
    call, arrived = await connected(plug)
    told: list[object] = []
    call.on_hang_up = told.append
    await arrived.hang_up()
    await call.ended(2)
    assert (call.ended_by, arrived.ended_by, told) == ("peer", "us", [call])


async def test_both_hanging_up_at_once_is_no_trouble(plug) -> None:
    call, arrived = await connected(plug)
    await asyncio.gather(call.hang_up(), arrived.hang_up())
    await asyncio.gather(call.hang_up(), arrived.hang_up())
    assert call.over and arrived.over and not call.end_reason and not arrived.end_reason


@pytest.mark.parametrize("status", [480, 486, 603])
async def test_a_refused_caller_learns_why(plug, status: int) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    call = await one.dial(two.uri)
    await (await two.wait_for_call(2)).refuse(status)
    with pytest.raises(CallRefused) as caught:
        await call.answered(2)
    assert (caught.value.status, call.status, call.ended_by, call.moments.answered) == (status, status, "nobody", None)
    with pytest.raises(CallOver):
        await call.press("1")


async def test_a_phone_with_enough_calls_is_busy(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two", most_calls=1)
    first = await one.dial(two.uri)
    await (await two.wait_for_call(2)).answer()
    await first.answered(2)
    with pytest.raises(CallRefused) as caught:
        await (await one.dial(two.uri)).answered(2)
    assert caught.value.status == 486


async def test_a_caller_who_gives_up_while_it_rings_cancels_and_a_late_answer_comes_to_nothing(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    call = await one.dial(two.uri)
    arrived = await two.wait_for_call(2)
    await arrived.ring()
    await call.ringing(2)
    await call.hang_up()
    assert (call.status, call.ended_by, arrived.ended_by) == (487, "us", "peer")
    assert call.moments.cancelled is not None and arrived.moments.cancelled is not None
    with pytest.raises(CallOver):
        await arrived.answer()


async def test_an_answer_that_crosses_the_cancel_is_taken_and_hung_up(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    call = await one.dial(two.uri)
    arrived = await two.wait_for_call(2)
    two.agent.drop = lambda way, data: data.startswith(b"CANCEL")  # the network is slow with this one
    hanging_up = asyncio.ensure_future(call.hang_up())
    await asyncio.sleep(0)
    await arrived.answer()
    await hanging_up
    await arrived.ended(2)
    assert call.moments.answered is None and call.moments.bye_sent is not None
    assert arrived.ended_by == "peer" and arrived.moments.bye_received is not None


@pytest.mark.thorough
async def test_nobody_at_the_other_end_is_408(plug) -> None:
    one = await plug(user="one")
    call = await one.dial("sip:nobody@127.0.0.1:15299")
    with pytest.raises(CallRefused) as caught:
        await call.answered(5)
    assert caught.value.status == 408


async def test_giving_up_before_any_answer_ends_the_call_within_ones_patience(plug) -> None:
    one = await plug(user="one")
    call = await one.dial("sip:nobody@127.0.0.1:15299")
    await call.hang_up(patience=0.05)
    assert call.over and call.moments.cancelled is None


async def test_both_hear_each_other_to_the_sample(plug, sound) -> None:
    call, arrived = await connected(plug)
    mine, yours = sound(0.7, 1), sound(0.7, 2)
    await asyncio.gather(call.play(mine), arrived.play(yours))
    await asyncio.sleep(0.1)
    for heard, said in ((arrived.heard, mine), (call.heard, yours)):
        match = ears.find(heard.pcm(), said)
        assert match is not None and match.complete and match.score > 0.99
        assert heard.lost == 0 and heard.stretches == 1
    assert ears.find(call.heard.pcm(), mine) is None


async def test_mu_law_is_spoken_when_that_is_all_the_other_side_takes(plug, sound) -> None:
    one, two = await plug(user="one"), await plug(user="two", codecs=("PCMU",))
    call = await one.dial(two.uri)
    arrived = await two.wait_for_call(2)
    await arrived.answer()
    await call.answered(2)
    said = sound(0.6, 3)
    await call.play(said)
    await asyncio.sleep(0.05)
    assert call.session.media.mouth.codec == "PCMU"
    match = ears.find(arrived.heard.pcm(), said)
    assert match is not None and match.complete


async def test_no_codec_in_common_is_488(plug) -> None:
    one, two = await plug(user="one", codecs=("PCMA",)), await plug(user="two", codecs=("PCMU",))
    with pytest.raises(CallRefused) as caught:
        await (await one.dial(two.uri)).answered(2)
    assert caught.value.status == 488 and two.calls == []


async def test_all_sixteen_keys_arrive_with_their_moments(plug) -> None:
    call, arrived = await connected(plug)
    await call.press("147*0#ABCD", tone=0.04, gap=0.04)
    await arrived.press(Secret("25"), tone=0.04, gap=0.02)
    await asyncio.sleep(0.05)
    assert "".join(key.key for key in arrived.heard.keys) == "147*0#ABCD"
    assert "".join(key.key for key in call.heard.keys) == "25"
    moments = [key.at for key in call.keys]
    assert len(moments) == 10 and all(a.mono < b.mono for a, b in pairwise(moments))


async def test_a_flood_of_thirty_keys_is_sent_as_fast_as_beats_allow(plug) -> None:
    call, arrived = await connected(plug)
    await call.press("0123456789" * 3, tone=0.02, gap=0)
    await asyncio.sleep(0.05)
    assert "".join(key.key for key in arrived.heard.keys) == "0123456789" * 3


async def test_the_number_of_the_key_events_is_the_one_the_other_side_offered(plug) -> None:
    one, two = await plug(user="one", event_type=96), await plug(user="two")
    call = await one.dial(two.uri)
    arrived = await two.wait_for_call(2)
    await arrived.answer()
    await call.answered(2)
    await arrived.press("7", tone=0.04, gap=0.02)
    await asyncio.sleep(0.05)
    assert arrived.session.media.mouth.event_type == 96
    assert [key.key for key in call.heard.keys] == ["7"]


async def test_keys_are_refused_when_the_other_side_takes_none_and_what_is_no_key_always(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two", event_type=None)
    call = await two.dial(one.uri)
    arrived = await one.wait_for_call(2)
    await arrived.answer()
    await call.answered(2)
    with pytest.raises(NoKeys):
        await arrived.press("1")
    call, arrived = await connected(plug)
    with pytest.raises(ValueError, match="no such key"):
        await call.press("1x")
    assert call.keys == []


async def test_hold_and_retrieve_are_seen_by_the_other_side_and_stop_the_sound(plug) -> None:
    call, arrived = await connected(plug)
    changes: list[bool] = []
    call.on_hold_change = changes.append
    await arrived.hold()
    assert call.held_by_peer and call.session.media.mouth.silent
    await arrived.retrieve()
    assert not call.held_by_peer and not call.session.media.mouth.silent
    await call.hold("inactive")
    assert arrived.held_by_peer and call.session.media.mouth.silent
    await call.retrieve()
    assert changes == [True, False]
    assert [direction for direction, _ in arrived.moments.holds] == ["sendonly", "sendrecv"]
    await call.hang_up()


async def test_what_is_pressed_or_played_when_the_call_ends_is_broken_off(plug, sound) -> None:
    call, arrived = await connected(plug)
    playing = asyncio.ensure_future(call.play(sound(2.0, 1)))
    await asyncio.sleep(0.05)
    await arrived.hang_up()
    with pytest.raises(CallOver):
        await playing
    with pytest.raises(CallOver):
        await call.press("1")


async def test_early_media_is_heard_before_the_answer(plug, sound) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    call = await one.dial(two.uri)
    arrived = await two.wait_for_call(2)
    await arrived.ring(early_media=True)
    clip = arrived.session.media.mouth.play(sound(0.5, 4))
    await clip.done
    await asyncio.sleep(0.05)
    assert ears.find(call.heard.pcm(), sound(0.5, 4)) is not None
    assert call.moments.answered is None
    await arrived.answer()
    await call.answered(2)


async def test_one_phone_holds_several_calls_and_two_phones_ring_at_once(plug) -> None:
    caller, seats = await plug(user="carrier"), [await plug(user=f"hl-{n}") for n in (1, 2)]
    calls = [await caller.dial(seat.uri, caller=f"1390000000{n}") for n, seat in enumerate(seats)]
    for seat in seats:
        await (await seat.wait_for_call(2)).answer()
    await asyncio.gather(*(call.answered(2) for call in calls))
    assert len(caller.calls) == 2 and len({call.session.media.port for call in calls}) == 2
    await calls[0].hang_up()
    assert [call.state for call in calls] == ["over", "up"]


async def test_the_source_address_can_be_chosen(plug) -> None:
    one, two = await plug(user="trunk", bind="127.0.0.2"), await plug(user="two")
    call = await one.dial(two.uri, caller="13900001111")
    arrived = await two.wait_for_call(2)
    assert arrived.dialog.peer[0] == "127.0.0.2"
    assert arrived.session.theirs is not None and arrived.session.theirs.host == "127.0.0.2"
    await call.hang_up()


async def test_leaving_the_context_hangs_everything_up(plug) -> None:
    two = await plug(user="two")
    async with Phone(user="one", rtp_ports=(22000, 22499)) as one:
        up = await one.dial(two.uri)
        answered = await two.wait_for_call(2)
        await answered.answer()
        await up.answered(2)
        ringing = await one.dial(two.uri)
        rung = await two.wait_for_call(2)
        await rung.ring()
    await asyncio.gather(answered.ended(2), rung.ended(2))
    assert up.over and ringing.over and (answered.ended_by, rung.ended_by) == ("peer", "peer")


async def test_nothing_personal_shows_in_the_repr_of_a_call(plug) -> None:
    call, arrived = await connected(plug)
    await call.press("4711", tone=0.02, gap=0.02)
    for shown in (repr(call), repr(arrived), repr(call.keys), repr(arrived.heard.keys)):
        assert "13900001111" not in shown and "key=" not in shown

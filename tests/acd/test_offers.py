"""The life of an offer, a talk and a wrap-up, told one sentence at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acd.model import signals as sig
from acd.model.commands import Connect, EndTalk, Ring, SetTimer, ShowPresence, StopRinging, Timer
from acd.model.state import LEGAL
from hotline import events as ev
from hotline.ids import AgentNo, OfferId, SeatNo
from hotline.moment import Moment
from tests.acd.world import World, rung


def test_a_free_seat_rings_at_once_when_a_caller_comes(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    assert world.happened() == ["CallQueued", "CallOffered"]
    offer = world.offer("a")
    assert Ring(world.call("a").call, offer, SeatNo(1), world.seat(1).agent, "hl-1", timedelta(seconds=15)) in world.last.commands
    assert SetTimer(Timer("ring", SeatNo(1), offer), world.clock.now(), timedelta(seconds=15)) in world.last.commands
    assert (world.seat(1).activity, world.call("a").stage) == ("ringing", "ringing")


def test_ringing_is_noted_once(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    offer = world.offer("a")
    assert [type(event) for event in world.rings(offer).events] == [ev.OfferRinging]
    assert world.rings(offer).events == ()


def test_ringing_that_is_told_after_the_answer_is_not_noted(world: World) -> None:
    world.seats_ready(1)
    assert world.rings(world.talk("a")) == ((), (), "")


def test_an_answer_begins_the_talk_and_orders_the_two_joined(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    offer = world.offer("a")
    world.clock.advance(4)
    world.answers(offer)
    assert world.happened() == ["CallAnswered"]
    assert world.ordered() == ["Connect"]
    connect = next(command for command in world.last.commands if isinstance(command, Connect))
    assert (connect.call, connect.offer, connect.line, connect.agent) == ("a", offer, "line-a", "8001")
    assert not world.timers, "the ring timer is forgotten"
    assert world.call("a").since == world.clock.now()


def test_ring_and_connect_wait_for_the_commit_and_nothing_else_does() -> None:
    assert Ring.waits_for_commit and Connect.waits_for_commit
    assert not any(kind.waits_for_commit for kind in (StopRinging, EndTalk, ShowPresence, SetTimer))


def test_a_seat_that_lets_it_ring_is_sent_on_break_and_the_caller_keeps_his_place(world: World) -> None:
    world.seats_ready(1)
    world.caller("a", waited_s=5)
    wanted, key = world.call("a").wanted_at, world.call("a").key
    world.caller("b")
    first = world.offer("a")
    happened = world.pass_s(15)
    assert [type(event).__name__ for event in happened] == ["RingNoAnswer", "PresenceChosen"]
    assert (world.seat(1).presence, world.seat(1).reason) == ("on_break", "missed")
    assert world.ordered() == ["StopRinging", "ShowPresence"]
    assert (world.call("a").wanted_at, world.call("a").key, world.call("a").stage) == (wanted, key, "waiting")
    world.available(1)
    assert world.call("a").stage == "ringing", "he is before b, who came later"
    assert world.offer("a") != first


def test_after_ring_no_answer_the_next_seat_rings_at_once(world: World) -> None:
    world.seats_ready(1, 2)
    world.caller("a")
    world.pass_s(15)
    assert rung(world) == [1, 2]
    assert (world.call("a").seat, world.call("a").stage) == (2, "ringing")


def test_ringing_one_microsecond_less_than_the_limit_is_not_ring_no_answer(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    assert world.pass_s(14.999999) == []
    assert next(type(event) for event in world.pass_s(0.000001)) is ev.RingNoAnswer


def test_no_answer_reported_by_the_phone_is_ring_no_answer_too_and_counts_once(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    world.refuses(world.offer("a"), "no_answer")
    assert world.happened() == ["RingNoAnswer", "PresenceChosen"]
    assert world.ordered() == ["ShowPresence"], "the leg is gone by itself"
    assert world.pass_s(60) == []


def test_a_declined_call_keeps_its_place_and_the_seat_is_busy_by_its_own_hand(world: World) -> None:
    world.seats_ready(1, 2)
    world.caller("a")
    world.refuses(world.offer("a"), "declined")
    assert world.happened() == ["OfferDeclined", "PresenceChosen", "CallOffered"]
    assert (world.seat(1).presence, world.seat(1).reason) == ("on_break", "busy")
    assert world.call("a").seat == 2
    assert world.pass_s(3) == [], "nobody lifts a break that a person chose"


@pytest.mark.parametrize("cause", ["busy", "failed"])
def test_a_phone_that_was_busy_or_failed_is_tried_again_after_a_while(world: World, cause: sig.RefusalCause) -> None:
    world.seats_ready(1)
    world.caller("a")
    world.refuses(world.offer("a"), cause)
    assert world.happened() == ["OfferDeclined", "PresenceChosen"]
    assert (world.seat(1).presence, world.seat(1).reason) == ("on_break", "link")
    assert world.pass_s(9.9) == []
    assert [type(event).__name__ for event in world.pass_s(0.2)] == ["PresenceChosen", "CallOffered"]
    assert world.call("a").seat == 1


def test_a_phone_that_can_not_be_reached_is_offered_nothing_until_it_is_back(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    world.refuses(world.offer("a"), "unreachable")
    assert world.happened() == ["OfferDeclined", "PhoneReachable", "PresenceChosen"]
    assert (world.seat(1).presence, world.seat(1).reason) == ("on_break", "link")
    assert world.pass_s(3600) == []
    world.phone("hl-1", True)
    assert world.happened() == ["PhoneReachable", "PresenceChosen", "CallOffered"]


def test_a_phone_lost_while_it_rings_gives_the_caller_to_the_next_at_once(world: World) -> None:
    world.seats_ready(1, 2)
    world.caller("a")
    first = world.offer("a")
    world.phone("hl-1", False)
    assert world.happened() == ["PhoneReachable", "OfferDeclined", "PresenceChosen", "CallOffered"]
    assert (world.call("a").seat, world.seat(1).reason) == (2, "link")
    assert "StopRinging" in world.ordered()
    world.answers(first)
    assert (world.happened(), world.ordered()) == ([], ["HangUpSeat"])


def test_a_ring_that_could_not_be_done_sends_the_call_on_and_the_seat_comes_back(world: World) -> None:
    world.seats_ready(1, 2)
    world.caller("a")
    ring = next(command for command in world.last.commands if isinstance(command, Ring))
    world.fails(ring)
    assert world.happened() == ["OfferDeclined", "PresenceChosen", "CallOffered"]
    assert world.ordered()[0] == "StopRinging", "it may have rung all the same"
    assert world.call("a").seat == 2
    world.pass_s(10)
    assert world.seat(1).presence == "available"


def test_a_ring_that_fails_after_the_answer_changes_nothing(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    ring = next(command for command in world.last.commands if isinstance(command, Ring))
    world.answers(world.offer("a"))
    assert world.fails(ring) == ((), (), "")


def test_a_join_that_could_not_be_done_ends_the_talk_by_the_switch(world: World) -> None:
    world.seats_ready(1)
    world.talk("a")
    connect = next(command for command in world.last.commands if isinstance(command, Connect))
    world.fails(connect)
    (ended,) = world.last.events
    assert isinstance(ended, ev.TalkEnded) and (ended.by, ended.estimated) == ("switch", False)
    assert world.ordered() == ["EndTalk"]


def test_a_join_that_fails_for_an_offer_that_only_rings_changes_nothing(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    call = world.call("a")
    assert world.fails(Connect(call.call, world.offer("a"), call.line, SeatNo(1), AgentNo("8001"))) == ((), (), "")


def test_other_failed_commands_are_left_to_the_reconciler(world: World) -> None:
    world.seats_ready(1)
    offer = world.talk("a")
    for command in (EndTalk(world.call("a").call, offer), ShowPresence(SeatNo(1), world.seat(1).agent, "hl-1", True, True)):
        assert world.fails(command) == ((), (), "")


# -- who is first --------------------------------------------------------------------------------------------------


def test_a_caller_who_hangs_up_in_the_same_millisecond_before_the_answer_is_abandoned(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    offer = world.offer("a")
    world.leaves("a")
    assert world.happened() == ["OfferWithdrawn", "CallAbandoned"]
    left = world.last.events[-1]
    assert isinstance(left, ev.CallAbandoned) and (left.stage, left.how) == ("ringing", "hung_up")
    world.answers(offer)
    assert world.happened() == []
    assert world.ordered() == ["HangUpSeat"], "nobody is there to talk with"
    assert world.seat(1).activity == "idle"


def test_a_caller_who_hangs_up_in_the_same_millisecond_after_the_answer_was_answered(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    world.answers(world.offer("a"))
    world.leaves("a")
    (ended,) = world.last.events
    assert isinstance(ended, ev.TalkEnded) and ended.by == "caller"
    assert world.ordered() == ["EndTalk"]


def test_an_end_that_the_exchange_dates_before_the_answer_makes_a_talk_of_no_length(world: World) -> None:
    world.seats_ready(1)
    offer = world.talk("a")
    world.take(sig.SeatHungUp(offer, at=world.clock.now().after(timedelta(seconds=-2))))
    assert world.seat(1).since == world.clock.now()


def test_between_two_boots_of_the_machine_the_wall_clock_says_what_was_later(world: World) -> None:
    world.seats_ready(1)
    offer, answered = world.talk("a"), world.clock.now()
    ended = Moment(answered.wall + 60_000_000, 5, "next boot")
    world.take(sig.SeatHungUp(offer, at=ended))
    assert world.seat(1).since == ended


def test_a_seat_that_was_not_to_blame_keeps_its_place_among_the_idle(world: World) -> None:
    world.seats_ready(1, 2)
    before = world.seat(1).idle_since
    world.caller("a")
    world.leaves("a")
    assert world.seat(1).idle_since == before
    world.caller("b")
    assert world.call("b").seat == 1


def test_a_hang_up_of_a_leg_whose_answer_we_have_not_heard_sends_the_call_on(world: World) -> None:
    world.seats_ready(1, 2)
    world.caller("a")
    first = world.offer("a")
    world.seat_hangs_up(first)
    assert world.happened() == ["OfferDeclined", "PresenceChosen", "CallOffered"]
    assert "StopRinging" not in world.ordered(), "there is nothing left that rings"
    world.answers(first)
    assert (world.happened(), world.ordered()) == ([], ["HangUpSeat"])


def test_words_of_offers_nobody_made_change_nothing(world: World) -> None:
    world.seats_ready(1)
    world.talk("a")
    foreign = OfferId("o-somebody-elses")
    assert world.rings(foreign).events == ()
    assert world.refuses(foreign, "busy").events == ()
    assert world.seat_hangs_up(foreign).events == ()
    assert world.holds(foreign, True).events == ()
    world.answers(foreign)
    assert (world.happened(), world.ordered()) == ([], ["HangUpSeat"])


def test_a_refusal_after_the_answer_changes_nothing(world: World) -> None:
    world.seats_ready(1)
    offer = world.talk("a")
    assert world.refuses(offer, "failed") == ((), (), "")
    assert world.answers(offer) == ((), (), "")


def test_the_table_of_moves_has_no_dead_end() -> None:
    """Whatever a seat is doing, legal moves bring it back to idle."""
    reach = {"idle"}
    for _ in LEGAL:
        reach |= {now for (now, _), to in LEGAL.items() if to in reach}
    assert {now for now, _ in LEGAL} == reach == {"idle", "ringing", "talking", "wrap_up"}

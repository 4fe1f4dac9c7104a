"""Waiting, leaving, being matched; the exchange going away and coming back."""

from __future__ import annotations

from acd.model import signals as sig
from hotline import events as ev
from hotline.ids import AgentNo, CallId, ChannelId, QueueName, SeatNo
from hotline.moment import Moment
from tests.acd.world import World, offers, rung


def test_callers_are_served_in_the_order_they_asked_not_in_the_order_they_came(world: World) -> None:
    world.caller("late", waited_s=1)
    world.caller("early", waited_s=9)
    world.caller("middle", waited_s=5)
    positions = [event.position for event in world.events if isinstance(event, ev.CallQueued)]
    assert positions == [1, 1, 2]
    assert [world.floor.position(CallId(name)) for name in ("early", "middle", "late")] == [1, 2, 3]
    world.seats_ready(1, 2, 3)
    assert [offer.call for offer in offers(world)] == ["early", "middle", "late"]


def test_who_asked_in_the_same_microsecond_is_served_in_the_order_he_came(world: World) -> None:
    for name in ("z", "a", "m"):
        world.caller(name)
    world.seats_ready(1, 2, 3)
    assert [offer.call for offer in offers(world)] == ["z", "a", "m"]


def test_the_oldest_wait_of_all_queues_is_next(world: World) -> None:
    world.caller("a", "complaints", waited_s=3)
    world.caller("b", "main", waited_s=8)
    world.caller("c", "complaints", waited_s=6)
    assert [world.floor.position(CallId(name)) for name in "abc"] == [2, 1, 1], "places are counted in one's own queue"
    world.seats_ready(1, 2, 3)
    assert [offer.call for offer in offers(world)] == ["b", "c", "a"]


def test_a_ringing_call_still_counts_in_the_places_behind_it(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    world.caller("b")
    assert [world.floor.position(CallId(name)) for name in "ab"] == [1, 2]
    world.answers(world.offer("a"))
    assert [world.floor.position(CallId(name)) for name in "ab"] == [0, 1]
    assert world.floor.position(CallId("nobody")) == 0


def test_the_seat_idle_longest_is_rung(world: World) -> None:
    world.seats_ready(2, 1, 3)
    world.caller("a")
    world.caller("b")
    world.caller("c")
    assert rung(world) == [2, 1, 3]


def test_idle_counts_from_the_end_of_wrap_up_not_of_talk(world: World) -> None:
    world.seats_ready(1, 2)
    world.seat_hangs_up(world.talk("a"))
    world.seat_hangs_up(world.talk("b"))
    world.clock.advance(10)
    world.end_wrap_up(2)
    world.clock.advance(10)
    world.end_wrap_up(1)
    world.caller("c")
    assert world.call("c").seat == 2


def test_a_seat_back_from_a_break_is_behind_those_who_stayed(world: World) -> None:
    world.seats_ready(1, 2)
    world.on_break(1)
    world.clock.advance(60)
    world.available(1)
    assert world.seat(1).idle_since == world.clock.now()
    world.caller("a")
    assert world.call("a").seat == 2


def test_a_break_planned_and_taken_back_while_it_rings_costs_no_place(world: World) -> None:
    world.seats_ready(1, 2)
    world.caller("a")
    world.on_break(1)
    world.available(1)
    world.leaves("a")
    world.caller("b")
    assert world.call("b").seat == 1


def test_seats_idle_since_the_same_microsecond_are_rung_by_number(world: World) -> None:
    for seat in (3, 1, 2):
        world.sign_in(seat)
        world.available(seat)
    world.caller("a")
    assert world.call("a").seat == 1


def test_a_routing_decision_explains_itself(world: World) -> None:
    world.seats_ready(4, 2, 1, 5, 3)
    world.caller("a")
    (offer,) = offers(world)
    assert offer.decision.rule == "longest_idle"
    assert offer.decision.considered == 5
    assert offer.decision.winner == ev.Considered(SeatNo(4), AgentNo("8004"), 5_000_000)
    assert [(seat.seat, seat.rank) for seat in offer.decision.runners_up] == [(2, 4_000_000), (1, 3_000_000), (5, 2_000_000)]


def test_a_caller_who_joins_twice_keeps_his_place(world: World) -> None:
    world.caller("a", waited_s=5)
    assert world.caller("a") == ((), (), "already")
    world.seats_ready(1)
    world.answers(world.offer("a"))
    assert world.caller("a") == ((), (), "already")


def test_a_caller_who_leaves_while_waiting_is_abandoned_once(world: World) -> None:
    world.caller("a")
    world.caller("b")
    world.leaves("a")
    (left,) = world.last.events
    assert isinstance(left, ev.CallAbandoned) and (left.stage, left.how) == ("waiting", "hung_up")
    assert world.floor.position(CallId("b")) == 1
    assert world.leaves("a") == ((), (), "not_waiting")


def test_going_back_to_the_menu_or_waiting_too_long_leaves_the_queue(world: World) -> None:
    hows: tuple[sig.LeftHow, ...] = ("went_back", "timed_out")
    for name, how in zip("ab", hows, strict=True):
        world.caller(name)
        world.leaves(name, how)
        (left,) = world.last.events
        assert isinstance(left, ev.CallAbandoned) and left.how == how
    assert not world.floor.calls


def test_a_caller_who_went_back_may_come_again_and_is_offered_under_another_name(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    first = world.offer("a")
    world.leaves("a", "went_back")
    world.caller("a")
    assert world.offer("a") != first
    world.answers(first)
    assert world.call("a").stage == "ringing"


def test_a_key_pressed_as_the_agent_answers_does_not_end_the_talk(world: World) -> None:
    world.seats_ready(1)
    world.talk("a")
    assert world.leaves("a", "went_back") == ((), (), "talking")
    assert world.leaves("a", "timed_out") == ((), (), "talking")
    world.leaves("a", "hung_up")
    assert world.happened() == ["TalkEnded"]


def test_a_talk_that_the_exchange_ended_was_ended_by_neither_side(world: World) -> None:
    world.seats_ready(1)
    world.talk("a")
    world.take(sig.CallerLeft(CallId("a"), "hung_up", by_switch=True, at=world.clock.now()))
    (ended,) = [event for event in world.events if isinstance(event, ev.TalkEnded)]
    assert ended.by == "switch"


def test_moments_of_an_earlier_boot_come_before_those_of_this_one(world: World) -> None:
    """The monotonic clock begins anew at a boot: a caller from before it (a switch of its own machine) keeps his place."""
    now = world.clock.now()
    old = Moment(now.wall - 60_000_000, now.mono + 999_000_000, "before")
    world.take(sig.CallerWaits(CallId("old"), ChannelId("line-old"), QueueName("main"), old, at=now))
    world.caller("new")
    world.seats_ready(1)
    assert [offer.call for offer in offers(world)] == ["old"]

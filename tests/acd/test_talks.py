"""A talk, hold, its end, and the wrap-up behind it, told one sentence at a time."""

from __future__ import annotations

from datetime import timedelta

from acd.model import signals as sig
from acd.model.commands import SetTimer, Timer, TimerKind
from hotline import events as ev
from hotline.ids import SeatNo
from hotline.moment import elapsed_us
from tests.acd.world import SETTINGS, World

# -- talk, hold ----------------------------------------------------------------------------------------------------


def test_hold_and_retrieve_are_noted_once_each_and_belong_to_the_call(world: World) -> None:
    world.seats_ready(1)
    offer = world.talk("a")
    world.holds(offer, True)
    assert (world.happened(), world.call("a").held, world.seat(1).activity) == (["CallHeld"], True, "talking")
    assert world.holds(offer, True).events == ()
    world.holds(offer, False)
    assert (world.happened(), world.call("a").held) == (["CallRetrieved"], False)
    assert world.holds(offer, False).events == ()


def test_a_phone_that_only_rings_can_not_hold(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    assert world.holds(world.offer("a"), True).events == ()


def test_the_agent_who_hangs_up_ends_the_talk_and_the_call_leaves_the_floor(world: World) -> None:
    world.seats_ready(1)
    offer = world.talk("a")
    world.clock.advance(60)
    world.seat_hangs_up(offer)
    (ended,) = world.last.events
    assert isinstance(ended, ev.TalkEnded) and (ended.by, ended.estimated, ended.at) == ("agent", False, world.clock.now())
    assert world.ordered() == ["EndTalk"]
    assert not world.floor.calls and world.seat(1).activity == "wrap_up"
    assert world.seat_hangs_up(offer).events == ()
    assert world.leaves("a").events == ()


def test_an_end_worked_out_afterwards_is_marked_estimated(world: World) -> None:
    world.seats_ready(1)
    world.talk("a")
    world.take(sig.CallerLeft(world.call("a").call, "hung_up", estimated=True, at=world.clock.now()))
    (ended,) = world.last.events
    assert isinstance(ended, ev.TalkEnded) and ended.estimated


# -- wrap-up -------------------------------------------------------------------------------------------------------


def test_wrap_up_begins_at_the_first_bye_not_at_our_noticing_it(world: World) -> None:
    world.seats_ready(1)
    offer = world.talk("a")
    world.clock.advance(30)
    bye = world.clock.now()
    world.clock.advance(2)
    world.take(sig.SeatHungUp(offer, at=bye))
    assert world.seat(1).since == bye
    assert SetTimer(Timer("wrap_up_target", SeatNo(1), offer), bye, timedelta(seconds=25)) in world.last.commands
    assert SetTimer(Timer("wrap_up_cap", SeatNo(1), offer), bye, timedelta(seconds=120)) in world.last.commands


def test_the_wrap_up_target_is_an_alarm_and_ends_nothing(world: World) -> None:
    world.seats_ready(1)
    world.seat_hangs_up(world.talk("a"))
    assert [type(event) for event in world.pass_s(25)] == [ev.WrapUpOverTarget]
    assert (world.seat(1).activity, world.seat(1).over_target) == ("wrap_up", True)
    world.caller("b")
    assert world.call("b").stage == "waiting"


def test_the_target_is_told_once(world: World) -> None:
    world.seats_ready(1)
    offer = world.talk("a")
    world.seat_hangs_up(offer)
    world.pass_s(25)
    assert world.runs_out(Timer("wrap_up_target", SeatNo(1), offer)).events == ()


def test_the_cap_ends_wrap_up_at_its_own_moment_however_late_the_timer_is(world: World) -> None:
    world.seats_ready(1)
    offer = world.talk("a")
    bye = world.clock.now()
    world.seat_hangs_up(offer)
    world.clock.advance(500)
    world.runs_out(Timer("wrap_up_cap", SeatNo(1), offer))
    (ended,) = world.last.events
    assert isinstance(ended, ev.WrapUpEnded) and ended.how == "cap"
    assert elapsed_us(bye, ended.at) == 120_000_000
    assert world.seat(1).idle_since == ended.at


def test_wrap_up_ended_by_hand_makes_the_seat_free_for_the_next_caller(world: World) -> None:
    world.seats_ready(1)
    world.seat_hangs_up(world.talk("a"))
    world.caller("b")
    world.end_wrap_up(1)
    assert world.happened() == ["WrapUpEnded", "CallOffered"]
    ended = world.last.events[0]
    assert isinstance(ended, ev.WrapUpEnded) and (ended.how, ended.call) == ("by_hand", "a")
    assert {timer.kind for timer in world.timers} == {"ring"}
    assert world.end_wrap_up(1).refused == "not_in_wrap_up"


def test_a_timer_of_an_earlier_wrap_up_does_not_end_this_one(world: World) -> None:
    world.seats_ready(1)
    first = world.talk("a")
    world.seat_hangs_up(first)
    world.end_wrap_up(1)
    world.seat_hangs_up(world.talk("b"))
    assert world.runs_out(Timer("wrap_up_cap", SeatNo(1), first)).events == ()
    assert world.runs_out(Timer("ring", SeatNo(1), first)).events == ()
    assert world.seat(1).activity == "wrap_up"


def test_no_timer_of_any_kind_disturbs_a_talk(world: World) -> None:
    world.seats_ready(1)
    offer = world.talk("a")
    kinds: tuple[TimerKind, ...] = ("ring", "wrap_up_target", "wrap_up_cap", "phone_retry")
    for kind in kinds:
        assert world.runs_out(Timer(kind, SeatNo(1), offer)) == ((), (), "")


def test_without_wrap_up_the_seat_is_free_at_the_bye() -> None:
    world = World(SETTINGS.__class__(wrap_up_cap_s=0))
    world.seats_ready(1)
    offer = world.talk("a")
    world.caller("b")
    world.seat_hangs_up(offer)
    assert world.happened() == ["TalkEnded", "WrapUpEnded", "CallOffered"]
    assert world.call("b").seat == 1


def test_a_target_beyond_the_cap_is_not_waited_for() -> None:
    world = World(SETTINGS.__class__(wrap_up_target_s=30, wrap_up_cap_s=20))
    world.seats_ready(1)
    world.seat_hangs_up(world.talk("a"))
    assert [type(event) for event in world.pass_s(100)] == [ev.WrapUpEnded]

"""Signing in and out, breaks, phones that come and go."""

from __future__ import annotations

from acd.model.commands import ShowPresence
from hotline import events as ev
from hotline.ids import AgentNo, SeatNo
from tests.acd.world import World


def shows(world: World) -> list[tuple[int, str, str, bool, bool]]:
    """What the last signal told the outside of seats."""
    told = [command for command in world.last.commands if isinstance(command, ShowPresence)]
    return [(show.seat, show.agent, show.endpoint, show.signed_in, show.takes_calls) for show in told]


def test_who_signs_in_is_on_break_until_he_goes_available(world: World) -> None:
    world.caller("a")
    world.sign_in(3)
    assert world.happened() == ["SeatSignedIn"]
    assert world.seat(3).presence == "on_break"
    assert shows(world) == [(3, "8003", "hl-3", True, False)]
    world.available(3)
    assert world.happened() == ["PresenceChosen", "CallOffered"]
    assert shows(world) == [(3, "8003", "hl-3", True, True)]


def test_signing_in_twice_or_going_available_twice_is_harmless(world: World) -> None:
    world.seats_ready(1)
    assert world.sign_in(1) == ((), (), "already")
    assert world.available(1) == ((), (), "already")


def test_only_seats_that_exist_are_signed_in_at(world: World) -> None:
    assert world.sign_in(0).refused == "no_such_seat"
    assert world.sign_in(9).refused == "no_such_seat"
    assert world.sign_in(8).refused == ""


def test_an_agent_who_signs_in_elsewhere_is_moved(world: World) -> None:
    world.seats_ready(1)
    world.sign_in(2, agent="8001")
    assert world.happened() == ["SeatSignedOut", "SeatSignedIn"]
    out = world.last.events[0]
    assert isinstance(out, ev.SeatSignedOut) and (out.seat, out.why) == (1, "moved")
    assert shows(world) == [(1, "8001", "hl-1", False, False), (2, "8001", "hl-2", True, False)]
    assert world.seat(1).presence == "signed_out"


def test_an_agent_who_takes_anothers_seat_replaces_him(world: World) -> None:
    world.seats_ready(1)
    world.sign_in(1, agent="8009")
    out = world.last.events[0]
    assert isinstance(out, ev.SeatSignedOut) and (out.agent, out.why) == ("8001", "replaced")
    assert world.seat(1).agent == "8009"
    assert shows(world) == [(1, "8001", "hl-1", False, False), (1, "8009", "hl-1", True, False)]


def test_an_agent_who_moves_onto_a_taken_seat_empties_two(world: World) -> None:
    world.seats_ready(1, 2)
    world.sign_in(2, agent="8001")
    assert world.happened() == ["SeatSignedOut", "SeatSignedOut", "SeatSignedIn"]
    assert world.floor.agents == {AgentNo("8001"): SeatNo(2)}


def test_the_same_agent_may_change_to_his_other_phone(world: World) -> None:
    world.seats_ready(3)
    world.sign_in(3, endpoint="hl-3-web")
    assert world.happened() == ["SeatSignedOut", "SeatSignedIn"]
    assert world.seat(3).endpoint == "hl-3-web"


def test_a_phone_belongs_to_one_seat(world: World) -> None:
    world.seats_ready(1)
    assert world.sign_in(2, endpoint="hl-1") == ((), (), "endpoint_taken")
    assert world.sign_in(2, agent="8001", endpoint="hl-1").refused == "", "he takes it along"


def test_nobody_is_moved_replaced_or_signed_out_of_a_talk(world: World) -> None:
    world.seats_ready(1, 2)
    world.talk("a")
    assert world.seat(1).activity == "talking"
    assert world.sign_out(1) == ((), (), "talking")
    assert world.sign_in(2, agent="8001") == ((), (), "talking")
    assert world.sign_in(1, agent="8009") == ((), (), "talking")


def test_signing_out_while_it_rings_gives_the_call_to_the_next(world: World) -> None:
    world.seats_ready(1, 2)
    world.caller("a")
    world.sign_out(1)
    assert world.happened() == ["OfferWithdrawn", "SeatSignedOut", "CallOffered"]
    withdrawn = world.last.events[0]
    assert isinstance(withdrawn, ev.OfferWithdrawn) and withdrawn.why == "seat_left"
    assert (world.call("a").seat, world.seat(1).presence) == (2, "signed_out")


def test_signing_out_during_wrap_up_ends_it(world: World) -> None:
    world.seats_ready(1)
    world.seat_hangs_up(world.talk("a"))
    world.on_break(1)
    world.sign_out(1)
    assert world.happened() == ["WrapUpEnded", "SeatSignedOut"]
    ended = world.last.events[0]
    assert isinstance(ended, ev.WrapUpEnded) and ended.how == "signed_out"
    assert not world.timers
    assert world.seat(1).planned == ""


def test_a_seat_nobody_sits_at_has_no_buttons(world: World) -> None:
    world.sign_in(2)
    world.sign_out(2)
    for seat in (1, 2):
        assert world.sign_out(seat).refused == "signed_out"
        assert world.available(seat).refused == "signed_out"
        assert world.on_break(seat).refused == "signed_out"
        assert world.end_wrap_up(seat).refused == "not_in_wrap_up"


# -- breaks --------------------------------------------------------------------------------------------------------


def test_a_break_when_idle_begins_at_once(world: World) -> None:
    world.seats_ready(1)
    world.on_break(1, "busy")
    assert world.happened() == ["PresenceChosen"]
    assert shows(world) == [(1, "8001", "hl-1", True, False)]
    world.caller("a")
    assert world.call("a").stage == "waiting"
    assert world.on_break(1, "busy").refused == "already"
    world.on_break(1, "rest")
    assert world.seat(1).reason == "rest"


def test_a_break_without_a_reason_is_a_rest(world: World) -> None:
    world.seats_ready(1)
    world.on_break(1, "")
    assert world.seat(1).reason == "rest"


def test_a_break_chosen_during_a_call_begins_after_wrap_up(world: World) -> None:
    world.seats_ready(1)
    offer = world.talk("a")
    world.on_break(1, "rest")
    assert world.happened() == ["BreakPlanned"]
    assert world.on_break(1, "rest").refused == "already"
    world.seat_hangs_up(offer)
    assert (world.seat(1).activity, world.seat(1).presence) == ("wrap_up", "available")
    world.caller("b")
    world.end_wrap_up(1)
    assert world.happened() == ["WrapUpEnded", "PresenceChosen"]
    assert (world.seat(1).reason, world.seat(1).planned, world.call("b").stage) == ("rest", "", "waiting")


def test_a_planned_break_can_be_changed_and_taken_back(world: World) -> None:
    world.seats_ready(1)
    offer = world.talk("a")
    world.on_break(1, "rest")
    world.on_break(1, "busy")
    assert world.seat(1).planned == "busy"
    world.available(1)
    assert (world.seat(1).planned, world.seat(1).presence) == ("", "available")
    world.seat_hangs_up(offer)
    world.end_wrap_up(1)
    assert world.seat(1).presence == "available"


def test_a_break_planned_in_wrap_up_begins_at_the_cap_too(world: World) -> None:
    world.seats_ready(1)
    world.seat_hangs_up(world.talk("a"))
    world.on_break(1)
    world.pass_s(120)
    assert (world.seat(1).presence, world.seat(1).reason) == ("on_break", "rest")


def test_a_break_planned_while_it_rings_begins_when_the_caller_leaves(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    world.on_break(1)
    assert world.happened() == ["BreakPlanned"]
    world.leaves("a")
    assert world.happened() == ["OfferWithdrawn", "CallAbandoned", "PresenceChosen"]
    assert world.seat(1).reason == "rest"


def test_a_break_planned_while_it_rings_is_the_one_he_has_when_he_lets_it_ring(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    world.on_break(1, "rest")
    world.pass_s(15)
    assert world.seat(1).reason == "rest"


# -- phones --------------------------------------------------------------------------------------------------------


def test_a_seat_whose_phone_is_lost_is_offered_nothing_and_comes_back_with_it(world: World) -> None:
    world.seats_ready(1)
    world.phone("hl-1", False)
    assert world.happened() == ["PhoneReachable", "PresenceChosen"]
    assert shows(world) == [(1, "8001", "hl-1", True, False)]
    world.caller("a")
    assert world.call("a").stage == "waiting"
    world.phone("hl-1", True)
    assert world.happened() == ["PhoneReachable", "PresenceChosen", "CallOffered"]


def test_a_phone_told_twice_to_be_there_or_lost_changes_nothing(world: World) -> None:
    world.seats_ready(1)
    assert world.phone("hl-1", True).events == ()
    world.phone("hl-1", False)
    assert world.phone("hl-1", False).events == ()
    assert world.phone("", False).events == ()


def test_a_break_of_his_own_is_not_lifted_by_the_phone(world: World) -> None:
    world.seats_ready(1)
    world.on_break(1, "rest")
    world.phone("hl-1", False)
    assert world.happened() == ["PhoneReachable"]
    world.phone("hl-1", True)
    assert world.happened() == ["PhoneReachable"]
    assert world.seat(1).reason == "rest"


def test_going_available_without_a_phone_waits_for_the_phone(world: World) -> None:
    world.sign_in(1)
    world.phone("hl-1", False)
    assert world.available(1).refused == "unreachable"
    assert (world.seat(1).presence, world.seat(1).reason) == ("on_break", "link")
    assert world.available(1) == ((), (), "unreachable")
    world.phone("hl-1", True)
    assert world.seat(1).presence == "available"


def test_a_phone_known_to_be_lost_before_anybody_sits_there_is_remembered(world: World) -> None:
    world.phone("hl-1", False)
    assert [(event.seat, event.endpoint) for event in world.last.events if isinstance(event, ev.PhoneReachable)] == [(0, "hl-1")]
    world.sign_in(1)
    world.available(1)
    assert world.seat(1).reason == "link"


def test_a_phone_lost_in_a_talk_leaves_the_talk_alone_and_counts_after_wrap_up(world: World) -> None:
    world.seats_ready(1)
    offer = world.talk("a")
    world.phone("hl-1", False)
    assert world.happened() == ["PhoneReachable"]
    assert world.seat(1).activity == "talking"
    world.seat_hangs_up(offer)
    world.end_wrap_up(1)
    assert world.happened() == ["WrapUpEnded", "PresenceChosen"]
    assert (world.seat(1).presence, world.seat(1).reason) == ("on_break", "link")


def test_a_phone_lost_and_found_within_a_talk_costs_nothing(world: World) -> None:
    world.seats_ready(1)
    offer = world.talk("a")
    world.phone("hl-1", False)
    world.phone("hl-1", True)
    world.seat_hangs_up(offer)
    world.end_wrap_up(1)
    assert world.seat(1).presence == "available"


def test_an_agent_needs_not_wait_until_a_failed_phone_is_tried_again(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    world.refuses(world.offer("a"), "failed")
    world.available(1)
    assert world.happened() == ["PresenceChosen", "CallOffered"]
    assert {timer.kind for timer in world.timers} == {"ring"}


def test_a_failed_phone_that_is_then_lost_is_not_tried_until_it_is_back(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    world.refuses(world.offer("a"), "failed")
    world.phone("hl-1", False)
    assert world.pass_s(60) == []
    world.phone("hl-1", True)
    assert world.call("a").stage == "ringing"


def test_signing_out_forgets_that_the_phone_was_to_be_tried(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    world.refuses(world.offer("a"), "failed")
    world.sign_out(1)
    assert not world.timers

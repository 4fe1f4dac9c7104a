"""Queues, skills, priorities, ways out: a sentence each."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from acd.model import signals as sig
from acd.model.commands import Ring, StopRinging
from acd.rules import standing_commands
from acd.view import view
from hotline import events as ev
from hotline.ids import AgentNo, CallId, ChannelId, QueueName, SeatNo, WorkId
from hotline.moment import elapsed_us
from hotline.routing import AgentRouting, Overflow, Priority, QueueRouting, RoutingSettings
from tests.acd.house import House, story
from tests.acd.world import SETTINGS, World, check_laws, offers, rung


def world_of(**routing: object) -> World:
    return World(routing=msgspec.convert(routing, RoutingSettings))


def comes(world: World, name: str, queue: str = "main", **more: object) -> None:
    at = world.clock.now()
    world.take(sig.CallerWaits(CallId(name), ChannelId(f"line-{name}"), QueueName(queue), at, at=at, **more))  # type: ignore[arg-type]
    check_laws(world)


def serve(world: World, name: str, talk_s: float = 10) -> None:
    """Answered, talked, wrapped up; the seat is free again."""
    offer, seat = world.offer(name), world.call(name).seat
    assert seat is not None
    world.answers(offer)
    world.pass_s(talk_s)
    world.seat_hangs_up(offer)
    world.end_wrap_up(seat)


def strategy(name: str) -> dict[str, object]:
    return {"queues": {"main": {"strategy": name}}}


def test_fewest_calls_goes_to_who_has_answered_fewest_since_he_signed_in() -> None:
    world = world_of(**strategy("fewest_calls"))
    world.seats_ready(1, 2)
    for name in ("a", "b", "c"):
        comes(world, name)
        serve(world, name)
    assert rung(world) == [1, 2, 1]
    world.seats_ready(3)
    comes(world, "d")
    assert world.call("d").seat == 3
    assert offers(world)[-1].decision.winner.rank == 0


def test_least_talk_goes_to_who_has_talked_least() -> None:
    world = world_of(**strategy("least_talk"))
    world.seats_ready(1, 2)
    for name, talked in (("a", 60), ("b", 5), ("c", 5), ("d", 100)):
        comes(world, name)
        serve(world, name, talked)
    assert rung(world) == [1, 2, 2, 2]
    comes(world, "e")
    assert (world.call("e").seat, offers(world)[-1].decision.winner.rank) == (1, 60_000_000)


def test_round_robin_goes_on_to_who_was_offered_a_call_longest_ago() -> None:
    world = world_of(**strategy("round_robin"))
    world.seats_ready(3, 1, 2)
    for name in "abcd":
        comes(world, name)
        serve(world, name)
    assert rung(world) == [1, 2, 3, 1]


def test_linear_goes_to_the_first_free_seat() -> None:
    world = world_of(**strategy("linear"))
    world.seats_ready(3, 2, 1)
    for name in "ab":
        comes(world, name)
        serve(world, name)
    comes(world, "c")
    comes(world, "d")
    assert rung(world) == [1, 1, 1, 2]


def test_ring_all_rings_every_free_phone_and_the_first_to_answer_has_him() -> None:
    world = world_of(**strategy("ring_all"))
    world.seats_ready(1, 2, 3)
    comes(world, "a")
    assert rung(world) == [1, 2, 3]
    assert [event.decision.considered for event in offers(world)] == [3, 3, 3]
    second = offers(world)[1].offer
    world.answers(second)
    assert world.happened() == ["OfferWithdrawn", "OfferWithdrawn", "CallAnswered"]
    assert {c.cause for c in world.last.commands if isinstance(c, StopRinging)} == {"answered_elsewhere"}
    assert [world.seat(number).activity for number in (1, 2, 3)] == ["idle", "talking", "idle"]
    assert [world.seat(number).presence for number in (1, 3)] == ["available", "available"], "no ring-no-answer for who lost"
    check_laws(world)
    world.answers(offers(world)[0].offer)
    assert world.ordered() == ["HangUpSeat"], "the second answer is too late"


def test_ring_all_goes_on_while_one_phone_rings_and_begins_anew_when_none_does() -> None:
    world = world_of(**strategy("ring_all"))
    world.seats_ready(1, 2)
    comes(world, "a")
    world.refuses(world.offer("a"), "declined")
    assert (world.call("a").stage, world.call("a").seat) == ("ringing", 2)
    world.refuses(world.offer("a"), "declined")
    assert world.call("a").stage == "waiting"
    world.available(1)
    assert world.call("a").seat == 1
    check_laws(world)


def test_ring_all_shows_every_ringing_phone_so_that_none_is_taken_for_an_orphan() -> None:
    world = world_of(**strategy("ring_all"))
    world.seats_ready(1, 2, 3)
    comes(world, "a")
    shown = {seat.offer: seat.call for seat in view(world.floor).seats if seat.activity == "ringing"}
    assert shown == dict.fromkeys(world.floor.offers, CallId("a"))
    assert len(shown) == 3
    rings = [command for command in standing_commands(world.floor) if isinstance(command, Ring)]
    assert {ring.offer for ring in rings} == set(shown), "and each is rung again after a restart"


def test_ring_all_rings_no_more_phones_than_its_queue_says() -> None:
    world = world_of(queues={"main": {"strategy": "ring_all", "ring_at_once": 2}})
    world.seats_ready(1, 2, 3)
    comes(world, "a")
    assert rung(world) == [1, 2]


LOANS = {"queues": {"loans": {"requires": {"loans": 2}}, "plain": {}}, "agents": {
    "8001": {"skills": {"loans": 1}}, "8002": {"skills": {"loans": 2}}, "8003": {"skills": {"loans": 3}},
}}  # fmt: skip


def test_a_queue_s_skill_is_asked_for_with_its_level() -> None:
    world = world_of(**LOANS)
    world.seats_ready(1, 3, 2)
    comes(world, "a", "loans")
    assert world.call("a").seat == 3, "8001 is idle longest, but of level 1"
    comes(world, "b", "loans", requires=(("loans", 3),))
    assert world.call("b").stage == "waiting", "he himself needs level 3, and the only one is ringing"
    comes(world, "c", "plain")
    assert world.call("c").seat == 1


def test_a_caller_nobody_here_can_serve_is_not_in_the_way_of_those_behind_him() -> None:
    world = world_of(**LOANS)
    comes(world, "a", "loans", requires=(("sign_language", 1),))
    comes(world, "b", "loans")
    world.seats_ready(2)
    assert (world.call("a").stage, world.call("b").stage) == ("waiting", "ringing")


def test_who_has_a_preferred_skill_comes_first_and_who_lacks_it_after_all() -> None:
    world = world_of(
        queues={"main": {"prefers": {"dialect": 2}}}, agents={"8002": {"skills": {"dialect": 1}}, "8003": {"skills": {"dialect": 2}}}
    )
    world.seats_ready(1, 2, 3)
    for name in "abc":
        comes(world, name)
    assert rung(world) == [3, 2, 1]


def test_a_seat_serves_the_queue_of_lower_rank_first_whoever_has_waited_longer() -> None:
    world = world_of(queues={"own": {}, "other": {}}, agents={"8001": {"queues": {"own": 1, "other": 2}}})
    comes(world, "old", "other")
    world.pass_s(100)
    comes(world, "new", "own")
    world.seats_ready(1)
    assert (world.call("new").stage, world.call("old").stage) == ("ringing", "waiting")
    comes(world, "strange", "third")
    serve(world, "new")
    assert world.call("old").stage == "ringing"
    serve(world, "old")
    assert world.call("strange").stage == "waiting", "he serves the queues he is put to, and no other"


def test_a_lower_tier_is_served_first_and_a_head_start_is_worth_so_much_waiting() -> None:
    world = world_of(priorities={"old_people": {"head_start_s": 30}, "later": {"tier": 1}})
    comes(world, "later", priority="later")
    world.pass_s(60)
    comes(world, "plain")
    world.pass_s(29)
    comes(world, "old", priority="old_people")
    world.pass_s(2)
    comes(world, "just", priority="old_people")
    world.seats_ready(1)
    order = []
    for _ in range(4):
        name = next(call.call for call in world.floor.calls.values() if call.stage == "ringing")
        order.append(str(name))
        serve(world, name)
    assert order == ["old", "plain", "just", "later"]


def test_a_weight_overtakes_with_time() -> None:
    world = world_of(priorities={"fast": {"weight": 4}})
    comes(world, "plain")
    world.pass_s(30)
    comes(world, "fast", priority="fast")
    world.pass_s(9)
    assert 4 * 9 < 39
    world.seats_ready(1)
    assert world.call("plain").stage == "ringing"
    comes(world, "plain2")
    world.pass_s(5)
    serve(world, "plain")
    assert world.call("fast").stage == "ringing"


STICKY = {"queues": {"main": {"sticky_s": 20}}}


def test_who_knows_the_caller_has_him_even_if_others_are_idle_longer() -> None:
    world = world_of()
    world.seats_ready(1, 2)
    comes(world, "a", sticky=AgentNo("8002"))
    assert (world.call("a").seat, offers(world)[0].decision.rule) == (2, "sticky")


def test_without_patience_a_busy_agent_is_not_waited_for() -> None:
    world = world_of()
    world.seats_ready(1, 2)
    comes(world, "x", sticky=AgentNo("8002"))
    comes(world, "a", sticky=AgentNo("8002"))
    assert world.call("a").seat == 1


def test_a_caller_waits_a_while_for_the_agent_who_knows_him_and_then_for_anybody() -> None:
    world = world_of(**STICKY)
    world.seats_ready(1, 2)
    comes(world, "x", sticky=AgentNo("8002"))
    comes(world, "a", sticky=AgentNo("8002"))
    assert world.call("a").stage == "waiting", "8001 is free, but 8002 knows him"
    check_laws(world)
    world.answers(world.offer("x"))
    assert world.pass_s(19.9) == []
    released, _ = world.pass_s(0.1)
    assert isinstance(released, ev.StickyReleased) and (released.why, released.agent) == ("time_up", "8002")
    assert world.call("a").seat == 1
    check_laws(world)


def test_an_agent_who_becomes_free_takes_the_caller_who_waited_for_him() -> None:
    world = world_of(**STICKY)
    world.seats_ready(1)
    comes(world, "x")
    comes(world, "a", sticky=AgentNo("8001"))
    serve(world, "x", 5)
    assert (world.call("a").seat, offers(world)[-1].decision.rule) == (1, "sticky")


@pytest.mark.parametrize("how", ["break", "sign_out", "phone"])
def test_an_agent_who_is_not_at_work_any_more_is_waited_for_by_nobody(how: str) -> None:
    world = world_of(**STICKY)
    world.seats_ready(1, 2)
    comes(world, "x", sticky=AgentNo("8002"))
    comes(world, "a", sticky=AgentNo("8002"))
    if how == "break":
        world.refuses(world.offer("x"), "declined")
    elif how == "sign_out":
        world.sign_out(2)
    else:
        world.phone("hl-2", False)
    assert {world.call("a").seat, world.call("x").seat} == {1, None}
    assert all(call.only == "" for call in world.floor.calls.values())
    assert [event.why for event in world.events if isinstance(event, ev.StickyReleased) and event.call == "a"] == ["not_available"]
    check_laws(world)


def way(when: str, over: int = 0) -> dict[str, object]:
    return {"queues": {"main": {"overflow": [{"when": when, "over": over, "to": "more"}]}, "more": {}},
            "agents": {"8001": {"queues": {"main": 1}}, "8002": {"queues": {"more": 1}}}}  # fmt: skip


def test_a_queue_that_is_too_long_sends_the_next_on() -> None:
    world = world_of(**way("length", 2))
    for name in "abc":
        comes(world, name)
    assert [world.call(name).queue for name in "abc"] == ["main", "main", "more"]
    gone = next(event for event in world.events if isinstance(event, ev.CallOverflowed))
    assert (gone.call, gone.left, gone.queue, gone.why) == ("c", "main", "more", "length")
    assert (world.call("c").been, world.floor.position(CallId("c"))) == (("main",), 1)


def test_who_has_waited_too_long_goes_on_with_his_waiting_time() -> None:
    world = world_of(**way("wait", 30))
    comes(world, "a")
    world.pass_s(20)
    comes(world, "b", "more")
    world.pass_s(10)
    assert [type(event).__name__ for event in world.events[-1:]] == ["CallOverflowed"]
    world.seats_ready(2)
    assert world.call("a").stage == "ringing", "he is before b, who came later"
    check_laws(world)


def test_a_queue_nobody_is_signed_in_for_sends_everybody_on_at_once() -> None:
    world = world_of(**way("nobody"))
    comes(world, "a")
    assert world.call("a").queue == "more"
    world.sign_in(1)
    world.available(1)
    comes(world, "b")
    comes(world, "c")
    assert (world.call("b").seat, world.call("c").queue) == (1, "main")
    world.answers(world.offer("b"))
    world.take(sig.Force(SeatNo(1), "signed_out", "boss", at=world.clock.now()))
    assert world.call("c").queue == "main", "he finishes his call first"
    world.seat_hangs_up(world.offer("b"))
    world.end_wrap_up(1)
    assert world.call("c").queue == "more"
    check_laws(world)


def test_a_queue_that_closes_sends_on_who_waits_and_who_comes() -> None:
    world = world_of(**way("closed"))
    comes(world, "a")
    world.take(sig.SetQueueHours(QueueName("main"), False, at=world.clock.now()))
    comes(world, "b")
    assert [world.call(name).queue for name in "ab"] == ["more", "more"]
    world.take(sig.SetQueueHours(QueueName("main"), True, at=world.clock.now()))
    comes(world, "c")
    assert world.call("c").queue == "main"


def test_two_queues_that_point_at_each_other_pass_a_caller_once_and_no_more() -> None:
    to = {"when": "length", "over": 0}
    world = world_of(queues={"a": {"overflow": [{**to, "to": "b"}]}, "b": {"overflow": [{**to, "to": "a"}]}})
    comes(world, "x", "a")
    assert (world.call("x").queue, world.happened()) == ("b", ["CallQueued", "CallOverflowed"])


def test_the_longest_wait_ends_at_its_second_and_not_while_a_phone_rings() -> None:
    world = world_of(queues={"main": {"longest_wait_s": 20}})
    comes(world, "a")
    world.pass_s(10)
    world.seats_ready(1)
    world.pass_s(10)
    assert world.call("a").stage == "ringing"
    world.refuses(world.offer("a"), "declined")
    world.pass_s(0)
    assert "a" not in world.floor.calls
    left = next(event for event in world.events if isinstance(event, ev.CallAbandoned))
    assert left.how == "timed_out"


def test_an_estimate_is_told_when_the_queue_is_known_and_measures_itself() -> None:
    world = world_of()
    world.seats_ready(1, 2)
    for number in range(30):
        comes(world, f"c-{number}")
        serve(world, f"c-{number}", 60)
    assert offers(world)[-1].decision.rule == "longest_idle"
    for name in ("x", "y", "a", "b"):
        comes(world, name)
    told = [event.estimate for event in world.events if isinstance(event, ev.CallQueued)][-2:]
    world.answers(world.offer("y"))
    assert all(told), "30 calls of a minute each are known"
    assert told[0] is not None and told[1] is not None
    assert told[0][0] <= 30 <= told[0][1], "two agents, a minute each: the first is waited for half a minute"
    assert told[0][1] < told[1][1]
    serve(world, "x", 30)
    world.answers(world.offer("a"))
    pace = world.floor.paces[QueueName("main")]
    assert (pace.told - pace.kept) <= 1 <= pace.told


def test_an_estimate_that_is_too_long_is_a_way_out() -> None:
    world = world_of(**way("estimate", 100))
    world.seats_ready(1)
    for number in range(25):
        comes(world, f"c-{number}")
        serve(world, f"c-{number}", 60)
    for name in "xabc":
        comes(world, name)
    assert [world.call(name).queue for name in "xabc"] == ["main", "more", "more", "more"]


# -- breaks, wrap-up, supervisors --------------------------------------------------------------------------------------


def test_a_break_longer_than_its_reason_allows_is_said_once_at_its_moment() -> None:
    world = World(msgspec.structs.replace(SETTINGS, break_limits_s={"lunch": 60}))
    world.seats_ready(1)
    world.on_break(1, "lunch")
    began = world.seat(1).presence_since
    assert world.pass_s(59) == []
    over = world.pass_s(600)
    assert [type(event) for event in over] == [ev.BreakOverLimit]
    assert over[0].at == began.after(timedelta(seconds=60))
    check_laws(world)
    world.available(1)
    world.on_break(1, "rest")
    assert world.pass_s(600) == []


def test_a_break_that_ends_in_time_or_with_the_shift_is_not_said_to_be_too_long() -> None:
    world = World(msgspec.structs.replace(SETTINGS, break_limits_s={"lunch": 60}))
    world.seats_ready(1, 2)
    for seat in (1, 2):
        world.on_break(seat, "lunch")
        assert world.seat(seat).presence_since == world.clock.now()
    world.pass_s(10)
    world.available(1)
    assert world.seat(1).presence_since == world.clock.now()
    world.sign_out(2)
    check_laws(world)
    assert not world.timers
    assert world.pass_s(600) == []


def test_wrap_up_may_be_extended_as_often_as_the_settings_say() -> None:
    world = World(msgspec.structs.replace(SETTINGS, wrap_up_extension_s=30, wrap_up_extensions=2))
    world.seats_ready(1)
    world.seat_hangs_up(world.talk("a"))
    for _ in range(2):
        world.take(sig.ExtendWrapUp(SeatNo(1), at=world.clock.now()))
        assert world.happened() == ["WrapUpExtended"]
    assert world.take(sig.ExtendWrapUp(SeatNo(1), at=world.clock.now())).refused == "no_more_extensions"
    check_laws(world)
    world.pass_s(179)
    assert world.seat(1).activity == "wrap_up"
    world.pass_s(1)
    assert world.seat(1).activity == "idle"


def test_a_supervisor_sends_a_seat_on_break_after_its_call_and_his_name_stands_there() -> None:
    world = World()
    world.seats_ready(1)
    offer = world.talk("a")
    world.take(sig.Force(SeatNo(1), "on_break", "9001", "meeting", at=world.clock.now()))
    planned = world.last.events[0]
    assert isinstance(planned, ev.BreakPlanned) and planned.by == "9001"
    world.seat_hangs_up(offer)
    assert world.seat(1).activity == "wrap_up"
    world.end_wrap_up(1)
    assert (world.seat(1).presence, world.seat(1).reason) == ("on_break", "meeting")
    world.take(sig.Force(SeatNo(1), "available", "9001", at=world.clock.now()))
    assert world.seat(1).presence == "available"


def test_a_supervisor_who_signs_a_ringing_seat_out_gives_its_caller_to_the_next() -> None:
    world = World()
    world.seats_ready(1, 2)
    world.caller("a")
    world.take(sig.Force(SeatNo(1), "signed_out", "9001", at=world.clock.now()))
    assert world.call("a").seat == 2
    assert world.seat(1).presence == "signed_out"


def test_forced_available_ends_a_wrap_up() -> None:
    world = World()
    world.seats_ready(1)
    world.seat_hangs_up(world.talk("a"))
    world.take(sig.Force(SeatNo(1), "available", "9001", at=world.clock.now()))
    ended = world.last.events[0]
    assert isinstance(ended, ev.WrapUpEnded) and ended.how == "supervisor"


# -- settings ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"queues": {"main": {"strategie": "linear"}}}, "strategie"),
        ({"queues": {"main": {"strategy": "fastest"}}}, "fastest"),
        ({"queues": {"main": {"priority": "vip"}}}, "vip"),
        ({"queues": {"main": {"overflow": [{"when": "wait", "to": "nowhere"}]}}}, "nowhere"),
        ({"queues": {"main": {"overflow": [{"when": "wait", "to": "main"}]}}}, "main"),
        ({"agents": {"8001": {"queues": {"nowhere": 1}}}}, "nowhere"),
        ({"agents": {"8001": {"skills": {"x": 10}}}}, "skills"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=named):
        msgspec.convert(wrong, RoutingSettings)


def test_what_is_not_named_behaves_like_an_entry_without_fields() -> None:
    routing = RoutingSettings()
    assert (routing.queue("x"), routing.agent("8001"), routing.priority("x")) == (QueueRouting(), AgentRouting(), Priority())
    assert Overflow(when="closed", to="x").over == 0


# -- words and moments that are told -----------------------------------------------------------------------------------


def test_a_priority_stands_in_the_event_by_name_and_by_what_it_was_worth() -> None:
    world = world_of(
        priorities={"old": {"head_start_s": 30, "tier": 1, "weight": 3}}, queues={"main": {"requires": {"x": 2}, "prefers": {"y": 1}}}
    )
    comes(world, "a")
    comes(world, "b", priority="old", requires=(("x", 1), ("z", 4)))
    one, two = (event for event in world.events if isinstance(event, ev.CallQueued))
    assert (one.priority, one.tier, one.head_start_s, one.weight, one.requires, one.prefers) == ("", 0, 0, 1, (("x", 2),), (("y", 1),))
    assert (two.priority, two.tier, two.head_start_s, two.weight) == ("old", 1, 30, 3)
    assert (two.requires, two.asks, two.position) == ((("x", 2), ("z", 4)), (("x", 1), ("z", 4)), 2)


def test_what_changes_nothing_says_why() -> None:
    world = World()
    now = world.clock.now
    assert world.take(sig.Force(SeatNo(1), "on_break", "9001", at=now())).refused == "signed_out"
    assert world.take(sig.ExtendWrapUp(SeatNo(1), at=now())).refused == "not_in_wrap_up"
    assert world.take(sig.SetQueueHours(QueueName("main"), True, at=now())).refused == "already"
    world.seats_ready(1)
    assert world.take(sig.Force(SeatNo(1), "available", "9001", at=now())).refused == "already"
    offer = world.talk("a")
    world.take(sig.Force(SeatNo(1), "signed_out", "9001", at=now()))
    assert world.take(sig.Force(SeatNo(1), "signed_out", "9001", at=now())).refused == "already"
    assert world.on_break(1, "rest").refused == "already", "he is to leave after this call"
    world.seat_hangs_up(offer)
    world.end_wrap_up(1)
    gone = world.last.events[-1]
    assert isinstance(gone, ev.SeatSignedOut) and gone.why == "supervisor"


def test_ranks_and_waits_of_a_decision_are_what_the_seats_were_ranked_by() -> None:
    world = world_of(queues={"rr": {"strategy": "round_robin"}, "li": {"strategy": "linear"}})
    world.seats_ready(2, 1)
    comes(world, "a", "rr")
    assert [one.rank for one in (offers(world)[-1].decision.winner, *offers(world)[-1].decision.runners_up)] == [0, 0]
    serve(world, "a")
    comes(world, "b", "li")
    assert [one.rank for one in (offers(world)[-1].decision.winner, *offers(world)[-1].decision.runners_up)] == [1, 2]
    serve(world, "b")
    idle = world.seat(2).idle_since
    world.pass_s(5)
    comes(world, "c", "plain")
    assert (offers(world)[-1].seat, offers(world)[-1].decision.winner.rank) == (2, elapsed_us(idle, world.clock.now()))


def test_nothing_is_told_while_nothing_is_known() -> None:
    world = world_of()
    world.seats_ready(1)
    comes(world, "x")
    world.answers(world.offer("x"))
    comes(world, "a")
    assert world.call("a").estimate is None


@story
async def test_the_call_path_can_ask_how_long_it_will_be(house: House) -> None:
    house.ready(1)
    for number in range(25):
        house.caller(f"c-{number}")
        offer = house.answers(f"c-{number}")
        await asyncio.sleep(60)
        house.hangs_up(offer)
        house.floor.take(sig.EndWrapUp(SeatNo(1), at=house.clock.now()))
    house.caller("x")
    house.answers("x")
    told = house.caller("a").estimate()
    assert told is not None and told[0] < 60 < told[1]
    assert house.floor.estimate(CallId("x")) is None, "he is talking"


def test_a_chat_s_priority_is_worth_what_a_call_s_is() -> None:
    world = world_of(priorities={"old": {"head_start_s": 30}, "later": {"tier": 1}}, agents={"8001": {"texts": 1}})
    at = world.clock.now()
    for name, priority in (("later", "later"), ("plain", ""), ("old", "old")):
        world.take(sig.WorkWaits(WorkId(name), QueueName("chat"), at, priority=priority, at=at))
        world.pass_s(1)
        at = world.clock.now()
    world.seats_ready(1)
    order = []
    for _ in range(3):
        order += [work for work in world.floor.works if world.floor.works[work].seat == 1]
        world.take(sig.WorkOver(WorkId(order[-1]), "done", at=at))
    assert order == ["old", "plain", "later"]

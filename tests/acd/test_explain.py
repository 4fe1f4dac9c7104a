"""Every decision can be told in words, made again, and added up."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from acd.explain import evenness, explain, shares
from acd.model.state import FloorState
from acd.replay import replay
from acd.twin.callers import poisson
from acd.twin.drive import Twin
from hotline import events as ev
from hotline.ids import AgentNo, CallId
from hotline.routing import Overflow, Priority, QueueRouting, RoutingSettings
from hotline.settings import SeatSettings
from tests.acd.test_routing import comes, serve, world_of
from tests.acd.test_routing_oracle import STEPS, live_through
from tests.acd.world import SETTINGS, World


def of(world: World, name: str) -> list[ev.Event]:
    return [event for event in world.events if isinstance(event, ev.CallEvent) and event.call == CallId(name)]


def test_a_call_that_was_missed_and_went_on_is_told_from_its_events() -> None:
    world = World()
    world.seats_ready(1, 2, 3)
    world.caller("a")
    world.pass_s(15)
    world.answers(world.offer("a"))
    said = list(explain(of(world, "a")))
    assert "进入队列 main,第 1 位" in said[0]
    assert "派给 1 号座席" in said[1] and "空闲最久者优先,3 个合适座席空闲" in said[1] and "2 号 空闲" in said[1]
    assert "振铃未接" in said[2]
    assert "派给 2 号座席" in said[3] and "2 个合适座席空闲" in said[3]
    assert said[-1].endswith("接听,自请求人工起等待 15.0 秒。")


def test_who_was_passed_over_is_named_when_a_seat_became_free() -> None:
    world = world_of(queues={"main": {}, "own": {}}, agents={"8001": {"queues": {"own": 1, "main": 2}}})
    for name, queue in (("x", "main"), ("y", "main"), ("z", "own")):
        comes(world, name, queue)
    world.seats_ready(1)
    decision = next(event.decision for event in world.events if isinstance(event, ev.CallOffered))
    assert (decision.callers, decision.next) == (3, ("x",))
    assert "在 3 位等待者中轮到此来电,其后为 x" in list(explain(of(world, "z")))[1]


def test_who_is_passed_over_is_named_in_the_order_in_which_he_would_be_served() -> None:
    world = world_of(queues={"main": {}, "own": {}, "also": {}}, agents={"8001": {"queues": {"own": 1, "also": 1, "main": 2}}})
    for name, queue in (("x", "main"), ("first", "own"), ("side", "also"), ("second", "own"), ("late", "also")):
        comes(world, name, queue)
        world.pass_s(1)
    world.seats_ready(1)
    decision = next(event.decision for event in world.events if isinstance(event, ev.CallOffered))
    assert (decision.callers, decision.next) == (5, ("side", "second", "x"))


def test_a_caller_of_a_lower_rank_is_named_after_those_of_the_first_however_long_he_waits() -> None:
    world = world_of(queues={"main": {}, "own": {}}, agents={"8001": {"queues": {"own": 1, "main": 2}}})
    for name, queue in (("x", "main"), ("first", "own"), ("second", "own")):
        comes(world, name, queue)
    world.seats_ready(1)
    assert next(event.decision for event in world.events if isinstance(event, ev.CallOffered)).next == ("second", "x")


def test_a_decision_is_small() -> None:
    told: list[ev.Event] = []
    Twin(200, lambda *_: None, listen=told.extend).live_through(poisson(3000, 180, 120, 600, 1))
    offers = [event for event in told if isinstance(event, ev.CallOffered)]
    assert max(len(msgspec.json.encode(event)) for event in offers) < 700
    assert all(len(event.decision.runners_up) <= 3 and len(event.decision.next) <= 3 for event in offers)


def test_ways_out_and_reservations_have_their_words() -> None:
    world = world_of(queues={"main": {"sticky_s": 20, "overflow": [{"when": "wait", "over": 30, "to": "more"}]}, "more": {}})
    world.seats_ready(1, 2)
    comes(world, "x", sticky=AgentNo("8002"))
    world.answers(world.offer("x"))
    comes(world, "y")
    world.answers(world.offer("y"))
    comes(world, "a", sticky=AgentNo("8002"))
    world.pass_s(31)
    said = " ".join(explain(of(world, "a")))
    assert "先等熟悉他的工号 8002" in said and "不再专等" in said and "从 main 溢出到 more" in said


ROUTING = RoutingSettings(
    queues={
        "a": QueueRouting(strategy="fewest_calls", requires={"x": 1}, sticky_s=20),
        "b": QueueRouting(priority="high", overflow=(Overflow(when="wait", over=8, to="c"),)),
        "c": QueueRouting(strategy="ring_all"),
    },
    priorities={"high": Priority(head_start_s=10, weight=2), "fast": Priority(tier=1)},
    agents={"8001": msgspec.convert({"skills": {"x": 2}}, type=type(RoutingSettings().agent("")))},
)


@pytest.mark.parametrize("seed", range(3))
def test_a_day_lived_through_again_is_the_same_floor_and_every_offer_is_made_again(seed: int) -> None:
    draw = Random(seed)
    steps = [(draw.choice((0, 4, 4, 6, 8, 8, 9, 10, draw.randrange(STEPS))), draw.randrange(99), draw.randrange(99)) for _ in range(400)]
    day = live_through(ROUTING, steps)
    again = replay(FloorState(SETTINGS, ROUTING), day.events)
    assert again.floor == day.floor
    assert again.offers > 30
    assert (again.same, again.differing, again.skipped) == (again.offers, [], 0)


def test_an_offer_that_was_not_the_rule_s_is_found_out() -> None:
    world = World()
    world.seats_ready(1, 2)
    world.caller("a")
    wrong = [
        msgspec.structs.replace(event, seat=world.seat(2).seat, agent=world.seat(2).agent) if isinstance(event, ev.CallOffered) else event
        for event in world.events
    ]
    again = replay(FloorState(SETTINGS), wrong)
    assert (again.offers, again.same, len(again.differing)) == (1, 0, 1)


def test_the_day_s_work_is_added_up_by_agent_and_its_evenness_measured() -> None:
    world = World(SeatSettings(wrap_up_cap_s=60))
    world.seats_ready(1, 2)
    for name in ("a", "b", "c"):
        comes(world, name)
        serve(world, name, 60)
    world.caller("d")
    world.pass_s(15)
    assert world.call("d").seat == 1, "8002 missed it"
    world.leaves("d")
    found = shares(world.events)
    one, two = found[AgentNo("8001")], found[AgentNo("8002")]
    assert (one.offered, one.answered, one.talk_us) == (3, 2, 120_000_000)
    assert (two.offered, two.answered, two.missed) == (2, 1, 1)
    assert one.available_us > two.available_us > 180_000_000
    assert 0.5 < evenness(found.values()) < 1
    assert evenness([one, one, one]) == pytest.approx(1)
    assert evenness([]) == 1

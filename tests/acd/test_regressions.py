"""The known defects of other queues, each a scenario of ours by its name in their tracker.

Those that need telephones or machines are not rules and stand elsewhere or are open: asterisk 759 (attended transfers missing from the
log), freeswitch 1674 (several nodes).
"""

from __future__ import annotations

import time
from random import Random

from acd.model import signals as sig
from acd.twin.drive import Comer, Twin
from acd.view import view
from hotline import events as ev
from hotline.ids import AgentNo, CallId, ChannelId, QueueName, SeatNo
from tests.acd.house import House, story
from tests.acd.test_routing import comes, world_of
from tests.acd.world import World, check_laws, offers, rung


def test_asterisk_1736_and_1741_a_call_is_counted_once_however_often_it_is_told(world: World) -> None:
    world.seats_ready(1)
    for _ in range(3):
        world.caller("a")
    offer = world.offer("a")
    for _ in range(3):
        world.answers(offer)
    for _ in range(3):
        world.seat_hangs_up(offer)
    told = [type(event).__name__ for event in world.events if isinstance(event, ev.CallEvent)]
    assert told == ["CallQueued", "CallOffered", "CallAnswered", "TalkEnded"]
    pace = world.floor.paces[QueueName("main")]
    assert (pace.served, pace.left, world.seat(1).calls) == (1, 0, 1)


def test_asterisk_1691_and_1693_a_queue_goes_on_offering_after_everything_went_wrong_at_once(world: World) -> None:
    world.seats_ready(1, 2, 3)
    for name in "abc":
        world.caller(name)
    world.refuses(world.offer("a"), "busy")
    world.phone("hl-2", False)
    world.pass_s(9)
    world.switch_gone()
    world.pass_s(20)
    world.switch_back()
    world.phone("hl-2", True)
    for seat in (1, 2, 3):
        world.available(seat)
    assert sorted(call.stage for call in world.floor.calls.values()) == ["ringing"] * 3
    for name in "abc":
        world.answers(world.offer(name))
    assert [world.call(name).stage for name in "abc"] == ["talking"] * 3


def test_asterisk_wazo_157_two_queues_that_overflow_into_each_other_at_one_moment_settle_at_once() -> None:
    """Theirs waited for each other's lock. Ours has none: one signal is settled before the next."""
    way = {"when": "wait", "over": 10}
    world = world_of(queues={"a": {"overflow": [{**way, "to": "b"}]}, "b": {"overflow": [{**way, "to": "a"}]}})
    for number in range(50):
        comes(world, f"c{number}", "ab"[number % 2])
    world.pass_s(60)
    assert all(len(call.been) == 1 for call in world.floor.calls.values())
    check_laws(world)


def test_asterisk_1006_a_wrap_up_is_not_ended_by_what_else_happens(world: World) -> None:
    world.seats_ready(1, 2)
    offer = world.talk("a")
    world.seat_hangs_up(offer)
    began = world.seat(1).since
    for _ in range(2):
        world.on_break(1)
        world.available(1)
        world.caller("b")
        world.leaves("b")
        world.phone("hl-1", False)
        world.phone("hl-1", True)
        world.seat_hangs_up(offer)
        world.pass_s(10)
    assert (world.seat(1).activity, world.seat(1).since) == ("wrap_up", began)
    world.pass_s(99.9)
    assert world.seat(1).activity == "wrap_up", "120 s from its beginning, not less"
    world.pass_s(0.1)
    assert world.seat(1).activity == "idle"


def test_asterisk_607_a_wrap_up_outlives_a_restart_and_a_reload_to_its_second(world: World) -> None:
    """Theirs forgot the last call's end on reload. Ours is an event."""
    world.seats_ready(1)
    world.seat_hangs_up(world.talk("a"))
    world.pass_s(50)
    world.floor = world.reread()
    world.caller("b")
    assert world.call("b").stage == "waiting"
    world.pass_s(69.9)
    assert world.seat(1).activity == "wrap_up"
    world.pass_s(0.1)
    assert world.call("b").stage == "ringing"


def test_asterisk_1215_forty_thousand_queues_are_looked_at_without_a_stall() -> None:
    world = World()
    world.seats_ready(1)
    at = world.clock.now()
    for number in range(40_000):
        world.take(sig.CallerWaits(CallId(f"c-{number}"), ChannelId("l"), QueueName(f"q{number}"), at, at=at))
    begun = time.process_time()
    assert len(view(world.floor).waiting) == 40_000
    world.refuses(world.offer("c-0"), "declined")
    world.available(1)
    assert time.process_time() - begun < 5, "theirs stood still for minutes"
    assert world.floor.calls[CallId("c-0")].stage == "ringing", "and the first of all queues is the first"


def test_asterisk_a_free_agent_rings_in_the_same_moment_not_at_the_next_look(world: World) -> None:
    """app_queue looks every second, mod_callcenter every tenth, webitel every half: measured there as 517 ms on average."""
    world.caller("a")
    world.pass_s(3.14159)
    world.sign_in(1)
    world.available(1)
    assert world.last.events[-1].at == world.clock.now()
    assert world.call("a").stage == "ringing"


def test_freeswitch_1973_nobody_stays_answered_when_his_line_is_gone(world: World) -> None:
    world.seats_ready(1, 2)
    world.talk("a")
    world.caller("b")
    world.switch_back("run-1")
    world.floor = world.reread()
    world.switch_gone()
    world.switch_back("run-2")
    assert not world.floor.calls
    assert [world.seat(number).activity for number in (1, 2)] == ["wrap_up", "idle"]


@story
async def test_freeswitch_1641_a_rule_that_fails_does_not_stop_the_next_call(house: House) -> None:
    house.ready(1)
    house.floor.take(sig.SetQueueHours([], False, at=house.clock.now()))  # type: ignore[arg-type]
    assert house.floor.faults == 1
    house.floor.faults = 0
    house.caller("a")
    house.answers("a")
    assert house.happened()[-1] == "CallAnswered"


def test_freeswitch_2458_a_thousand_callers_in_ten_seconds_are_all_served_in_order() -> None:
    """Theirs fell over at 200 calls and 20 a second."""
    comers = [Comer(10_000 * number, 30_000_000 + number, 600_000_000) for number in range(1000)]
    fates: dict[int, int] = {}

    def came(number: int, _: Comer, wait: int) -> None:
        fates[number] = wait

    Twin(8, came).live_through(comers)
    served = [number for number in range(1000) if fates[number] >= 0]
    begun = [comers[number].at + fates[number] for number in served]
    assert len(fates) == 1000
    assert begun == sorted(begun)
    assert len(served) >= 8 * 600 // 31


def test_freeswitch_2511_the_order_is_kept_by_whatever_befalls_an_offer(world: World) -> None:
    world.seats_ready(1)
    for name in "abcd":
        world.caller(name)
        world.pass_s(1)
    served = []
    for refusal in ("declined", "no_answer", "declined", "no_answer"):
        world.refuses(next(iter(world.floor.offers)), refusal)  # type: ignore[arg-type]
        world.available(1)
        offer = next(iter(world.floor.offers))
        served.append(str(world.floor.offers[offer]))
        world.answers(offer)
        world.seat_hangs_up(offer)
        world.end_wrap_up(1)
    assert served == list("abcd")


def test_opensips_2679_a_free_agent_is_given_a_call_whoever_stands_in_front_of_it() -> None:
    """Theirs looked at the head of the queue only."""
    world = world_of(queues={"rare": {"requires": {"rare": 5}}, "main": {}}, agents={"8001": {"skills": {"rare": 1}}})
    for number in range(20):
        comes(world, f"r{number}", "rare")
    comes(world, "a", "main")
    world.seats_ready(1)
    assert (world.call("a").seat, rung(world)) == (1, [1])


def test_vicidial_a_caller_who_leaves_in_the_moment_of_the_offer_leaves_no_seat_behind(world: World) -> None:
    draw = Random(1)
    world.seats_ready(1, 2)
    for number in range(60):
        name = f"c{number}"
        world.caller(name)
        offer = world.offer(name)
        words = [lambda name=name: world.leaves(name), lambda offer=offer: world.answers(offer)]  # type: ignore[misc]
        draw.shuffle(words)
        for word in words:
            word()
        for seat in (1, 2):
            world.end_wrap_up(seat)
        check_laws(world)
    ended = {
        name: [type(event).__name__ for event in world.events if getattr(event, "call", "") == name] for name in ("c1", "c2", "c3", "c4")
    }
    assert all(("CallAnswered" in told) != ("CallAbandoned" in told) for told in ended.values())
    assert all(world.seat(number).activity == "idle" for number in (1, 2))


def test_kazoo_who_answers_is_not_asked_for_by_message_so_one_phone_rings_not_all(world: World) -> None:
    world.seats_ready(*range(1, 9))
    world.caller("a")
    assert rung(world) == [SeatNo(1)]
    assert offers(world)[0].decision.considered == 8
    assert world.seat(1).agent == AgentNo("8001")

"""Text chats beside calls: how many an agent has, who gets the next, and what a voice call does to them."""

from __future__ import annotations

from random import Random

from acd.model import signals as sig
from hotline import events as ev
from hotline.ids import QueueName, SeatNo, WorkId
from tests.acd.test_routing import world_of
from tests.acd.world import World, check_laws, is_free

TWO = {"queues": {"chat": {}, "loans": {"requires": {"loans": 1}}}, "agents": {
    "8001": {"texts": 2, "skills": {"loans": 1}}, "8002": {"texts": 2}, "8003": {},
}}  # fmt: skip


def asks(world: World, name: str, queue: str = "chat") -> None:
    world.take(sig.WorkWaits(WorkId(name), QueueName(queue), world.clock.now(), at=world.clock.now()))
    check(world)


def over(world: World, name: str, how: str = "done") -> None:
    world.take(sig.WorkOver(WorkId(name), how, at=world.clock.now()))  # type: ignore[arg-type]
    check(world)


def check(world: World) -> None:
    """Room and waiting chats never stand side by side; nobody has more than he may."""
    check_laws(world)
    floor = world.floor
    for seat in floor.seats.values():
        held = [work for work in floor.works.values() if work.seat == seat.seat]
        can = floor.routing.agent(seat.agent)
        assert len(held) <= can.texts
        assert floor.held.get(seat.seat, set()) == {work.work for work in held}
        assert (seat.seat in floor.paused) <= (seat.activity == "talking")
        if is_free(floor, seat) and len(held) < can.texts:
            waiting = [work for work in floor.works.values() if work.seat is None]
            assert not any(all(can.skills.get(skill, 0) >= level for skill, level in work.requires) for work in waiting)


def whose(world: World, *names: str) -> list[int | None]:
    return [world.floor.works[WorkId(name)].seat for name in names]


def test_chats_go_to_who_has_fewest_until_all_are_full() -> None:
    world = world_of(**TWO)
    world.seats_ready(1, 2, 3)
    for name in "abcde":
        asks(world, name)
    assert whose(world, *"abcde") == [1, 2, 1, 2, None]
    over(world, "b")
    assert whose(world, "e") == [2]


def test_a_chat_needs_its_queue_s_skill() -> None:
    world = world_of(**TWO)
    world.seats_ready(2, 1)
    asks(world, "a", "loans")
    assert whose(world, "a") == [1]


def test_a_voice_call_pauses_the_chats_and_no_new_one_comes_meanwhile() -> None:
    world = world_of(**TWO)
    world.seats_ready(1)
    asks(world, "a")
    offer = world.talk("call")
    assert isinstance(world.last.events[-1], ev.TextsPaused)
    asks(world, "b")
    assert (whose(world, "b"), world.floor.paused) == ([None], {SeatNo(1)})
    world.seat_hangs_up(offer)
    assert "TextsResumed" in world.happened()
    assert whose(world, "b") == [None], "he wraps up first"
    world.end_wrap_up(1)
    assert whose(world, "b") == [1]
    check(world)


def test_who_signs_out_gives_his_chats_back_at_their_place_and_who_is_on_break_keeps_his() -> None:
    world = world_of(**TWO)
    world.seats_ready(1, 2)
    for name in "abcdx":
        asks(world, name)
    world.on_break(1)
    assert whose(world, "a", "c", "x") == [1, 1, None]
    world.sign_out(1)
    assert whose(world, "a", "c") == [None, None]
    over(world, "b")
    assert whose(world, "a", "x") == [2, None], "a came first"
    check(world)


def test_a_customer_who_leaves_makes_room_and_what_is_told_twice_counts_once() -> None:
    world = world_of(**TWO)
    world.seats_ready(1)
    for name in "abc":
        asks(world, name)
    asks(world, "a")
    assert world.last.events == ()
    over(world, "c", "left")
    over(world, "c", "left")
    assert world.last.refused == "not_waiting"
    over(world, "a", "left")
    assert whose(world, "b") == [1]


def one_deed(world: World, draw: Random, number: int) -> None:
    deed, seat = draw.randrange(9), draw.randint(1, 3)
    if deed < 3:
        asks(world, f"w{number}", draw.choice(("chat", "loans")))
    elif deed < 5 and world.floor.works:
        over(world, draw.choice(sorted(world.floor.works)))
    elif deed == 5:
        world.caller(f"c{number}")
    elif deed == 6:
        for offer in list(world.floor.offers):
            world.answers(offer)
            if draw.random() < 0.8:
                world.seat_hangs_up(offer)
    elif deed == 7:
        world.end_wrap_up(seat)
    else:
        draw.choice((world.on_break, world.available, world.sign_out, world.sign_in, world.sign_in, world.available))(seat)
        world.available(draw.randint(1, 3))
    check(world)


def test_any_day_of_chats_and_calls_keeps_the_laws() -> None:
    given = 0
    for seed in range(8):
        draw, world = Random(seed), world_of(**TWO)
        world.seats_ready(1, 2, 3)
        for number in range(120):
            one_deed(world, draw, number)
        given += sum(isinstance(event, ev.WorkGiven) for event in world.events)
    assert given > 25

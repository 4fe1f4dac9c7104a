"""The exchange going away and coming back; events that can't be."""

from __future__ import annotations

from datetime import timedelta

from acd.model import signals as sig
from acd.model.state import FloorState, IllegalMove
from acd.rules import apply
from hotline import events as ev
from hotline.ids import AgentNo, CallId, OfferId, QueueName, SeatNo
from tests.acd.world import SETTINGS, World

# -- the exchange --------------------------------------------------------------------------------------------------


def test_while_the_exchange_is_not_heard_nothing_is_offered_and_nothing_is_lost(world: World) -> None:
    world.switch_back()
    world.seats_ready(1, 2)
    world.talk("talking")
    world.switch_gone()
    assert world.happened() == ["SwitchLost"]
    assert world.switch_gone().events == ()
    world.caller("a")
    assert (world.call("a").stage, world.call("talking").stage) == ("waiting", "talking")
    world.switch_back()
    assert world.happened() == ["SwitchConnected", "CallOffered"]
    assert world.switch_back().events == ()


def test_a_short_silence_of_the_exchange_does_not_disturb_what_rings(world: World) -> None:
    world.switch_back()
    world.seats_ready(1)
    world.caller("a")
    offer = world.offer("a")
    world.switch_gone()
    world.clock.advance(2)
    world.switch_back()
    world.answers(offer)
    assert world.call("a").stage == "talking"


def test_ringing_out_unheard_is_not_held_against_the_agent(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    world.switch_gone()
    world.pass_s(15)
    assert [type(event).__name__ for event in world.events[-1:]] == ["OfferWithdrawn"]
    assert (world.seat(1).presence, world.call("a").stage) == ("available", "waiting")


def test_a_planned_break_begins_when_an_offer_rings_out_unheard(world: World) -> None:
    world.seats_ready(1)
    world.caller("a")
    world.on_break(1)
    world.switch_gone()
    world.pass_s(15)
    assert world.seat(1).presence == "on_break"


def test_another_run_of_the_exchange_closes_the_calls_of_the_old_and_frees_the_seats(world: World) -> None:
    world.switch_back("monday")
    world.seats_ready(1, 2)
    world.talk("talking")
    world.caller("ringing")
    world.caller("waiting")
    world.switch_gone()
    world.switch_back("tuesday")
    assert not world.floor.calls
    ended = next(event for event in world.last.events if isinstance(event, ev.TalkEnded))
    assert (ended.by, ended.estimated) == ("switch", True)
    left = [(event.call, event.stage, event.how) for event in world.last.events if isinstance(event, ev.CallAbandoned)]
    assert left == [("ringing", "ringing", "switch_restart"), ("waiting", "waiting", "switch_restart")]
    assert (world.seat(1).activity, world.seat(2).activity) == ("wrap_up", "idle")
    assert "EndTalk" not in world.ordered(), "there is nothing left to take apart"
    world.caller("new")
    assert world.call("new").seat == 2


def test_calls_that_died_with_the_exchange_ended_when_it_was_lost_not_when_it_came_back(world: World) -> None:
    for died in (None, -3):
        world.switch_back("monday")
        world.seats_ready(1)
        world.talk("a")
        world.clock.advance(60)
        world.switch_gone()
        lost = world.clock.now()
        world.clock.advance(300)
        known = lost.after(timedelta(seconds=died)) if died else None
        world.take(sig.SwitchBack("22", "tuesday", known, at=world.clock.now()))
        assert [event.at for event in world.last.events if isinstance(event, ev.TalkEnded)] == [known or lost]
        assert world.last.events[-1].at == world.clock.now()
        world.pass_s(0)
        world.sign_out(1)


def test_another_run_is_noticed_even_when_we_were_not_there_to_hear_it_go(world: World) -> None:
    world.switch_back("monday")
    world.caller("a")
    world.switch_back("tuesday")
    assert world.happened() == ["CallAbandoned", "SwitchConnected"]


def test_the_first_run_we_ever_hear_of_closes_nothing(world: World) -> None:
    world.caller("a")
    world.switch_back("monday")
    assert world.happened() == ["SwitchConnected"]
    assert world.call("a").stage == "waiting"


# -- events that can't be ------------------------------------------------------------------------------------------


def test_an_event_that_contradicts_the_floor_changes_nothing() -> None:
    """Replaying a damaged journal: each impossible event is refused before it has touched anything."""
    world = World()
    world.switch_back()
    world.seats_ready(1, 2)
    world.talk("talking")
    world.caller("a")
    world.caller("b")
    world.phone("hl-2", False)
    at, seat, agent, none = world.clock.now(), SeatNo(1), AgentNo("8001"), OfferId("o-none")
    decision = ev.Decision("longest_idle", ev.Considered(seat, agent, 0), (), 1)
    talking = world.call("talking").call
    impossible: list[ev.Event] = [
        ev.CallQueued(at=at, call=talking, queue=QueueName("main"), position=1),
        ev.CallOffered(at=at, call=CallId("b"), offer=none, seat=seat, agent=agent, queue=QueueName("main"), decision=decision),
        ev.CallOffered(at=at, call=CallId("x"), offer=none, seat=SeatNo(2), agent=agent, queue=QueueName("main"), decision=decision),
        ev.CallOffered(at=at, call=CallId("b"), offer=none, seat=SeatNo(7), agent=agent, queue=QueueName("main"), decision=decision),
        ev.CallOffered(at=at, call=talking, offer=none, seat=SeatNo(2), agent=agent, queue=QueueName("main"), decision=decision),
        ev.OfferRinging(at=at, call=talking, offer=none, seat=seat, agent=agent),
        ev.RingNoAnswer(at=at, call=talking, offer=world.offer("talking"), seat=seat, agent=agent),
        ev.CallAnswered(at=at, call=talking, offer=world.offer("talking"), seat=seat, agent=agent),
        ev.CallAbandoned(at=at, call=talking, stage="waiting"),
        ev.CallHeld(at=at, call=CallId("b"), seat=seat),
        ev.TalkEnded(at=at, call=CallId("b"), seat=seat, agent=agent, by="agent"),
        ev.WrapUpEnded(at=at, call=talking, seat=seat, agent=agent, how="cap"),
        ev.SeatSignedIn(at=at, seat=seat, agent=AgentNo("8009"), endpoint="hl-9"),
        ev.SeatSignedIn(at=at, seat=SeatNo(5), agent=agent, endpoint="hl-9"),
        ev.SeatSignedIn(at=at, seat=SeatNo(5), agent=AgentNo("8009"), endpoint="hl-1"),
        ev.SeatSignedOut(at=at, seat=seat, agent=agent),
        ev.PresenceChosen(at=at, seat=SeatNo(7), agent=agent, presence="available"),
    ]
    before = world.reread().facts()
    for event in impossible:
        try:
            apply(world.floor, event)
        except IllegalMove:
            assert world.floor.facts() == before, event
        else:
            raise AssertionError(f"{event!r} was taken")


def test_events_of_other_rooms_pass_through() -> None:
    floor = FloorState(SETTINGS)
    at = World().clock.now()
    for event in (ev.AgentWanted(at=at, call=CallId("a")), ev.CallAbandoned(at=at, call=CallId("a"), stage="menu")):
        apply(floor, event)
    assert floor == FloorState(SETTINGS)


def test_a_floor_says_in_a_line_what_it_is() -> None:
    world = World()
    world.seats_ready(1, 2)
    world.talk("a")
    world.caller("b")
    world.caller("c")
    assert repr(world.floor) == "<floor: 2 signed in, 0 free; 1 waiting, 1 ringing, 1 talking>"
    assert world.floor != timedelta()

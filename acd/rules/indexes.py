"""Keeping the groups' heaps true to the facts. Who begins to wait or becomes free is *fresh* until matching has looked at him:
most of them are given away at once and never enter a heap.
"""

from __future__ import annotations

from acd.model.groups import Group, Profile
from acd.model.heaps import AnyKey
from acd.model.ranked import Ranked
from acd.model.state import Call, FloorState, Seat
from hotline.ids import SeatNo


def index_call(floor: FloorState, call: Call) -> None:
    """Enter a call that has just come to the floor."""
    floor.arrivals[call.key[3]] = call.call
    if call.stage != "talking":
        stands(floor, call)
    if call.stage == "waiting":
        waits(floor, call)
    if call.offer is not None:
        floor.offers[call.offer] = call.call
    for offer in call.also:
        floor.offers[offer] = call.call


def stands(floor: FloorState, call: Call) -> None:
    """The call stands in its queue, as positions are counted."""
    row = floor.standing.get(call.queue)
    if row is None:
        row = floor.standing[call.queue] = Ranked()
    row.add(call.key)


def waits(floor: FloorState, call: Call) -> None:
    """The call begins to wait: it has no offer."""
    groups = floor.groups
    group, new = groups.group(call.group)
    if new:
        for number, profile in groups.entered.items():
            _enter_group(floor, floor.seats[number], profile, group)
    groups.homes[call.call] = group
    groups.fresh_calls[call.call] = None


def waits_no_more(floor: FloorState, call: Call) -> None:
    """The call is offered, leaves, or changes its group."""
    group = floor.groups.homes.pop(call.call)
    if call.call in floor.groups.fresh_calls:
        del floor.groups.fresh_calls[call.call]
    else:
        group.waiting.remove(call.key[3])


def look_at_calls(floor: FloorState) -> list[Call]:
    """Enter the fresh calls into their groups; they are returned."""
    groups, calls = floor.groups, floor.calls
    found = [calls[name] for name in groups.fresh_calls]
    groups.fresh_calls.clear()
    for call in found:
        groups.homes[call.call].waiting.add(call.key)
    return found


def index_person(floor: FloorState, seat: Seat) -> None:
    """Enter who sits at the seat, and which phone is his, into the indexes."""
    floor.agents[seat.agent] = seat.seat
    floor.endpoints[seat.endpoint] = seat.seat


def index_seat(floor: FloorState, seat: Seat) -> None:
    """The seat may have become free, or ceased to be, or is free since another moment."""
    leave(floor, seat.seat)
    if floor.is_free(seat):
        floor.groups.fresh_seats[seat.seat] = None
    if floor.texts.busy:
        index_texts(floor, seat)


def index_texts(floor: FloorState, seat: Seat) -> None:
    """The seat may have room for a text chat, or another number of them."""
    texts = floor.texts
    profile = texts.entered.pop(seat.seat, None)
    texts.fresh_seats.pop(seat.seat, None)
    if profile is not None:
        for _, group in profile.groups:
            group.idle.remove(seat.seat)
    if floor.is_free(seat) and len(floor.held.get(seat.seat, ())) < floor.routing.agent(seat.agent).texts:
        texts.fresh_seats[seat.seat] = None


def index_presence(floor: FloorState, seat: Seat) -> None:
    """Who sits there may have begun or ceased to take calls."""
    works = seat.presence == "available" and floor.reachable(seat.endpoint)
    floor.groups.works(seat.seat, seat.agent if works else None)
    index_seat(floor, seat)


def enter(floor: FloorState, seat: Seat) -> None:
    """A fresh seat that found no caller is there for who comes."""
    groups = floor.groups
    del groups.fresh_seats[seat.seat]
    profile = groups.entered[seat.seat] = groups.profile(seat.agent)
    for rank, group in profile.groups:
        group.idle.add(idle_key(floor, seat, profile, group, rank))


def leave(floor: FloorState, number: SeatNo) -> None:
    """The seat is free no more, or not looked at any more."""
    profile = floor.groups.entered.pop(number, None)
    if profile is None:
        floor.groups.fresh_seats.pop(number, None)
        return
    for _, group in profile.groups:
        group.idle.remove(number)


def _enter_group(floor: FloorState, seat: Seat, profile: Profile, group: Group) -> None:
    rank = None if group.name.only else profile.rank(group.name)
    if rank is not None:
        group.idle.add(idle_key(floor, seat, profile, group, rank))


def idle_key(floor: FloorState, seat: Seat, profile: Profile, group: Group, rank: int) -> AnyKey:
    """Lowest is called first: the rank the queue has for the agent, what he lacks of the preferred skills, the strategy's figure."""
    lacks = profile.lacks(group.name) if group.name.prefers else 0
    since = floor.key(seat.idle_since, seat.seat)
    match group.strategy:
        case "longest_idle" | "ring_all":
            return rank, lacks, *since
        case "fewest_calls":
            return rank, lacks, seat.calls, *since
        case "least_talk":
            return rank, lacks, seat.talk_us, *since
        case "round_robin":
            return rank, lacks, seat.turn, seat.seat
        case "linear":
            return rank, lacks, seat.seat

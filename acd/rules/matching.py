"""Who is given which call. Two sentences:

* a seat that becomes free names a caller: of the queues with the lowest rank for its agent, the lowest tier, then who has waited
  longest (times the weight of his priority, head start included; era by era, should the machine have been restarted);
* a caller names a seat: of the free ones that can serve him, lowest rank of his queue, least lacking of what he would prefer, then the
  strategy of his queue; or the agent he waits for.

A seat names first, and the caller it names then names his seat, so that neither callers nor agents are passed over. Whoever was
looked at and found nobody has found nobody: only who is fresh has to be looked at, so a decision costs the heads of a seat's groups
and O(log n), whatever n. ``tests/acd/oracle.py`` says the same by looking at everybody.
"""

from __future__ import annotations

from typing import NamedTuple

from acd.model.commands import Ring, SetTimer, Timer
from acd.model.groups import Group
from acd.model.heaps import AnyKey
from acd.model.state import Call, FloorState, Seat
from acd.rules.indexes import enter, look_at_calls
from acd.rules.routes import stop_timers
from acd.rules.step import Step
from hotline import events as ev
from hotline.ids import CallId, SeatNo, offer_id
from hotline.moment import Moment, elapsed_us
from hotline.routing import Strategy

RUNNERS_UP = 3


def match(step: Step) -> None:
    """Offer until no free seat and caller it can serve are left, or the exchange is not there to ring."""
    floor = step.floor
    groups = floor.groups
    if floor.away_since is not None or not (groups.fresh_calls or groups.fresh_seats):
        return
    calls = look_at_calls(floor)
    if groups.fresh_seats:
        _seats_name(step)
    if len(calls) > 1:
        calls.sort(key=lambda call: call.key)
    for call in calls:
        if call.stage == "waiting":
            _call_names(step, call)


def _seats_name(step: Step) -> None:
    """The fresh seats, longest idle first, each until it has a call or there is none for it."""
    floor, fresh = step.floor, step.floor.groups.fresh_seats
    if len(fresh) == 1:
        seat = floor.seats[next(iter(fresh))]
        if not _take_next(step, seat):
            enter(floor, seat)
            _name_until_taken(step, seat)
        return
    seats = sorted((floor.seats[number] for number in fresh), key=lambda seat: floor.key(seat.idle_since, seat.seat))
    for seat in seats:
        enter(floor, seat)
    for seat in seats:
        _name_until_taken(step, seat)


def _take_next(step: Step, seat: Seat) -> bool:
    """A seat that alone is free for the caller it names takes him, without entering any heap."""
    heads = heads_for(step.floor, seat, step.at)
    if not heads or heads[0].group.idle:
        return False
    group = heads[0].group
    call = step.floor.calls[step.floor.arrivals[heads[0].key[-1]]]
    rule = "sticky" if group.name.only else group.strategy
    callers = sum([len(head.group.waiting) for head in heads])
    decision = ev.Decision(rule, _considered(group.strategy, seat, step.at), (), 1, callers, _following(step.floor, heads))
    _offer(step, call, seat, decision)
    return True


def _name_until_taken(step: Step, seat: Seat) -> None:
    floor = step.floor
    while seat.seat in floor.groups.entered:
        heads = heads_for(floor, seat, step.at)
        if not heads:
            return
        _call_names(step, floor.calls[floor.arrivals[heads[0].key[-1]]])


class Head(NamedTuple):
    """The first of a group, as a seat compares it: by the queue's rank for its agent, then by how long he counts as waiting."""

    rank: int
    order: AnyKey
    key: AnyKey
    group: Group


def heads_for(floor: FloorState, seat: Seat, at: Moment) -> list[Head]:
    """The first of each group that ``seat`` can serve, in the order in which it would serve them."""
    groups = floor.groups
    profile = groups.entered.get(seat.seat) or groups.profile(seat.agent)
    serves = profile.groups
    if seat.agent in groups.reserved:
        serves = [*serves, *((profile.rank(group.name) or 1, group) for group in groups.reserved[seat.agent])]
    now = floor.boots.get(at.boot) if groups.weighted else None
    heads = []
    for rank, group in serves:
        key = group.waiting.first()
        if key is not None:
            heads.append(Head(rank, key if now is None else _aged(key, group.weight, now, at), key, group))
    if len(heads) > 1:
        heads.sort()
    return heads


def _aged(key: AnyKey, weight: int, era: int, at: Moment) -> AnyKey:
    """The key as it counts now among callers who age at different paces; those of an earlier era come first as they came."""
    tier, its, mono, arrival = key
    return tier, its, (weight * (mono - at.mono) if its == era else mono), arrival


def _call_names(step: Step, call: Call) -> None:
    """The caller is offered to the best of the free seats that can serve him, or to several at once, as his queue has it."""
    floor, group = step.floor, step.floor.groups.homes[call.call]
    if group.name.only:
        number = floor.agents.get(group.name.only)
        if number in floor.groups.entered:
            seat = floor.seats[number]
            _offer(step, call, seat, ev.Decision("sticky", _considered(group.strategy, seat, step.at), (), 1))
        return
    free = len(group.idle)
    if not free:
        return
    several = group.strategy == "ring_all"
    keys = group.idle.head(1 + RUNNERS_UP if not several else max(group.ring_at_once, 1 + RUNNERS_UP))
    seats = [floor.seats[SeatNo(key[-1])] for key in keys]
    ranking = [_considered(group.strategy, seat, step.at) for seat in seats[: 1 + RUNNERS_UP]]
    if not several:
        _offer(step, call, seats[0], ev.Decision(group.strategy, ranking[0], tuple(ranking[1:]), free))
        return
    for seat in seats[: group.ring_at_once]:
        winner = _considered(group.strategy, seat, step.at)
        others = tuple(other for other in ranking if other.seat != seat.seat)[:RUNNERS_UP]
        _offer(step, call, seat, ev.Decision(group.strategy, winner, others, free))


def _offer(step: Step, call: Call, seat: Seat, decision: ev.Decision) -> None:
    offer, at = offer_id(call.call, step.floor.offered + 1), step.at
    if call.stage == "waiting":
        stop_timers(step, call)
    step.happen(
        ev.CallOffered(at=at, call=call.call, offer=offer, seat=seat.seat, agent=seat.agent, queue=call.queue, decision=decision)
    )  # fmt: skip
    longest = step.floor.ring
    step.do(SetTimer(Timer("ring", seat.seat, offer), at, longest))
    step.do(Ring(call.call, offer, seat.seat, seat.agent, seat.endpoint, longest))


def _considered(strategy: Strategy, seat: Seat, at: Moment) -> ev.Considered:
    match strategy:
        case "longest_idle" | "ring_all":
            figure = elapsed_us(seat.idle_since, at)
        case "fewest_calls":
            figure = seat.calls
        case "least_talk":
            figure = seat.talk_us
        case "round_robin":
            figure = seat.turn
        case "linear":
            figure = seat.seat
    return ev.Considered(seat.seat, seat.agent, figure)


def _following(floor: FloorState, heads: list[Head]) -> tuple[CallId, ...]:
    """Up to three who were passed over: the next behind the one named and the first of the other groups, in the order of ``heads``."""
    keys = [head.key for head in heads[1 : 1 + RUNNERS_UP]]
    second = heads[0].group.waiting.second()
    if second is not None:
        same_rank = sum([head.rank == heads[0].rank and head.key < second for head in heads[1 : 1 + RUNNERS_UP]])
        keys.insert(same_rank, second)
    return tuple([floor.arrivals[key[-1]] for key in keys[:RUNNERS_UP]])

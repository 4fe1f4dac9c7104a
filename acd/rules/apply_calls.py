"""What events make of calls: they wait, are offered, answered, and go."""

from __future__ import annotations

from acd.model.state import Call, FloorState, IllegalMove, Pace
from acd.rules.indexes import index_call, index_seat, stands, waits, waits_no_more
from acd.rules.moves import meet, move, pair_of, seat_at, talk_of, waiting
from hotline import events as ev
from hotline.ids import AgentNo
from hotline.moment import elapsed_us

REMEMBERED = 400
"""A pace remembers between half of this many calls and all of them."""


def pace_of(floor: FloorState, call: Call) -> Pace:
    """How fast the call's queue moves."""
    found = floor.paces.get(call.queue)
    if found is None:
        found = floor.paces[call.queue] = Pace()
    return found


def _forget_half(pace: Pace) -> None:
    pace.served, pace.busy_us = pace.served // 2, pace.busy_us // 2
    pace.left, pace.waited_us = pace.left // 2, pace.waited_us // 2


def queued(floor: FloorState, event: ev.CallQueued) -> None:
    if event.call in floor.calls:
        raise IllegalMove(f"{event!r}: it is on the floor already")
    wanted = event.wanted_at or event.at
    meet(floor, wanted)
    floor.entries += 1
    call = Call(
        call=event.call, line=event.line, queue=event.queue, wanted_at=wanted, since=event.at,
        key=floor.key(wanted, floor.entries, event.tier, 1_000_000 * event.head_start_s),
        requires=event.requires, prefers=event.prefers, weight=event.weight, only=event.only, asks=event.asks,
        estimate=event.estimate, joined=event.at if event.estimate else None,
    )  # fmt: skip
    floor.calls[call.call] = call
    index_call(floor, call)


def overflowed(floor: FloorState, event: ev.CallOverflowed) -> None:
    call = waiting(floor, event)
    waits_no_more(floor, call)
    floor.standing[call.queue].remove(call.key)
    call.been = (*call.been, call.queue)
    call.queue, call.requires, call.prefers, call.only = event.queue, event.requires, event.prefers, AgentNo("")
    stands(floor, call)
    waits(floor, call)


def released(floor: FloorState, event: ev.StickyReleased) -> None:
    call = waiting(floor, event)
    waits_no_more(floor, call)
    call.only = AgentNo("")
    waits(floor, call)


def offered(floor: FloorState, event: ev.CallOffered) -> None:
    call, seat = floor.calls.get(event.call), seat_at(floor, event)
    more = call is not None and call.stage == "ringing" and event.decision.rule == "ring_all"
    if call is None or event.offer in floor.offers or not (more or call.stage == "waiting"):
        raise IllegalMove(f"{event!r}: the call isn't waiting")
    move(seat, event)
    floor.offered += 1
    floor.offers[event.offer] = call.call
    if more:
        call.also[event.offer] = seat.seat
    else:
        waits_no_more(floor, call)
        call.stage, call.since, call.seat, call.offer = "ringing", event.at, seat.seat, event.offer
    seat.call, seat.offer, seat.rang, seat.turn = call.call, event.offer, False, floor.offered
    index_seat(floor, seat)


def rang(floor: FloorState, event: ev.OfferRinging) -> None:
    _, seat = pair_of(floor, event.offer, event)
    seat.rang = True


def offer_over(floor: FloorState, event: ev.RingNoAnswer | ev.OfferDeclined | ev.OfferWithdrawn) -> None:
    call, seat = pair_of(floor, event.offer, event)
    move(seat, event)
    if isinstance(event, ev.OfferDeclined) and event.cause in ("busy", "failed"):
        seat.retry = event.offer
    seat.call = seat.offer = None
    seat.rang = False
    del floor.offers[event.offer]
    if event.offer in call.also:
        del call.also[event.offer]
    elif call.also:
        call.offer = next(iter(call.also))
        call.seat = call.also.pop(call.offer)
    else:
        call.stage, call.since, call.seat, call.offer = "waiting", event.at, None, None
        waits(floor, call)
    index_seat(floor, seat)


def answered(floor: FloorState, event: ev.CallAnswered) -> None:
    call, seat = pair_of(floor, event.offer, event)
    if call.also:
        raise IllegalMove(f"{event!r}: other phones still ring for it")
    rang_since = seat.since
    move(seat, event)
    floor.standing[call.queue].remove(call.key)
    call.stage, call.since, call.held = "talking", event.at, False
    seat.calls += 1
    seat.served = call.queue
    pace = pace_of(floor, call)
    pace.busy_us += elapsed_us(rang_since, event.at)
    pace.waited_us += elapsed_us(call.wanted_at, event.at)
    if call.estimate is not None and call.joined is not None:
        pace.told += 1
        pace.kept += call.estimate[0] <= elapsed_us(call.joined, event.at) / 1e6 <= call.estimate[1]


def abandoned(floor: FloorState, event: ev.CallAbandoned) -> None:
    call = floor.calls.get(event.call)
    if call is None:
        return  # left in the menu or outside staffed hours: never on the floor
    if call.stage != "waiting":
        raise IllegalMove(f"{event!r}: the call is {call.stage}")
    waits_no_more(floor, call)
    floor.standing[call.queue].remove(call.key)
    pace = pace_of(floor, call)
    pace.left += 1
    pace.waited_us += elapsed_us(call.wanted_at, event.at)
    _forget(floor, call)


def held(floor: FloorState, event: ev.CallHeld | ev.CallRetrieved) -> None:
    call, _ = talk_of(floor, event.call, event)
    call.held = isinstance(event, ev.CallHeld)


def talk_ended(floor: FloorState, event: ev.TalkEnded) -> None:
    call, seat = talk_of(floor, event.call, event)
    move(seat, event)
    talked = elapsed_us(call.since, event.at)
    seat.talk_us += talked
    pace = pace_of(floor, call)
    pace.served += 1
    pace.busy_us += talked
    if pace.served > REMEMBERED:
        _forget_half(pace)
    if call.offer is not None:
        del floor.offers[call.offer]
    _forget(floor, call)


def _forget(floor: FloorState, call: Call) -> None:
    del floor.calls[call.call], floor.arrivals[call.key[3]]

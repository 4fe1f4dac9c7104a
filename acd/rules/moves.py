"""What every event asks first: whom it is about, and whether it can be true of him now."""

from __future__ import annotations

from acd.model.state import LEGAL, Call, FloorState, IllegalMove, Seat
from hotline import events as ev
from hotline.ids import CallId, OfferId
from hotline.moment import Moment

OfSeat = ev.SeatEvent | ev.CallOffered | ev.WrapUpOverTarget | ev.WrapUpExtended | ev.WrapUpEnded | ev.WorkGiven


def seat_at(floor: FloorState, event: OfSeat) -> Seat:
    seat = floor.seated(event.seat)
    if seat is None:
        raise IllegalMove(f"{event!r}: nobody sits there")
    return seat


def pair_of(floor: FloorState, offer: OfferId, event: ev.Event) -> tuple[Call, Seat]:
    call = floor.live(offer)
    if call is None or call.seat is None:
        raise IllegalMove(f"{event!r}: no such live offer")
    return call, floor.seats[call.seat_of(offer)]


def waiting(floor: FloorState, event: ev.CallEvent) -> Call:
    call = floor.calls.get(event.call)
    if call is None or call.stage != "waiting":
        raise IllegalMove(f"{event!r}: the call isn't waiting")
    return call


def talk_of(floor: FloorState, call: CallId, event: ev.Event) -> tuple[Call, Seat]:
    found = floor.calls.get(call)
    if found is None or found.stage != "talking" or found.offer is None:
        raise IllegalMove(f"{event!r}: no such talk")
    return pair_of(floor, found.offer, event)


def meet(floor: FloorState, moment: Moment) -> None:
    """Give the era of ``moment`` its place; only moments that order something need one."""
    if moment.boot not in floor.boots:
        floor.boots[moment.boot] = len(floor.boots)


def move(seat: Seat, event: ev.Event) -> None:
    """The one way an activity changes."""
    to = LEGAL.get((seat.activity, type(event)))
    if to is None:
        raise IllegalMove(f"{event!r} at a seat that is {seat.activity}")
    seat.activity = to
    seat.since = event.at

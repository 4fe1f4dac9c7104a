"""What events make of seats: who sits there, whether he takes calls, his wrap-up."""

from __future__ import annotations

from acd.model.state import FloorState, IllegalMove, Seat
from acd.rules.indexes import index_person, index_presence, index_seat
from acd.rules.moves import meet, move, seat_at
from hotline import events as ev
from hotline.moment import Moment, elapsed_us


def over_target(floor: FloorState, event: ev.WrapUpOverTarget) -> None:
    seat_at(floor, event).over_target = True


def extended(floor: FloorState, event: ev.WrapUpExtended) -> None:
    seat = seat_at(floor, event)
    if seat.activity != "wrap_up":
        raise IllegalMove(f"{event!r}: the seat is {seat.activity}")
    seat.extended_s += event.by_s


def wrap_up_ended(floor: FloorState, event: ev.WrapUpEnded) -> None:
    seat = seat_at(floor, event)
    if (pace := floor.paces.get(seat.served)) is not None:
        pace.busy_us += elapsed_us(seat.since, event.at)
    move(seat, event)
    meet(floor, event.at)
    seat.call = seat.offer = None
    seat.rang = seat.over_target = False
    seat.extended_s = 0
    seat.idle_since = event.at
    index_seat(floor, seat)


def signed_in(floor: FloorState, event: ev.SeatSignedIn) -> None:
    if floor.seated(event.seat) or event.agent in floor.agents or event.endpoint in floor.endpoints:
        raise IllegalMove(f"{event!r}: seat, agent or phone is taken")
    seat = Seat(
        seat=event.seat, agent=event.agent, endpoint=event.endpoint, presence="on_break", reason="signed_in",
        presence_since=event.at, since=event.at, idle_since=event.at,
    )  # fmt: skip
    floor.seats[seat.seat] = seat
    index_person(floor, seat)


def signed_out(floor: FloorState, event: ev.SeatSignedOut) -> None:
    seat = seat_at(floor, event)
    if seat.activity != "idle":
        raise IllegalMove(f"{event!r}: the seat is {seat.activity}")
    del floor.agents[seat.agent], floor.endpoints[seat.endpoint]
    _choose(seat, event.at, "signed_out", event.why)
    index_presence(floor, seat)


def presence(floor: FloorState, event: ev.PresenceChosen) -> None:
    seat = seat_at(floor, event)
    meet(floor, event.at)
    _choose(seat, event.at, event.presence, event.reason)
    if event.presence == "available" and seat.activity == "idle":
        seat.idle_since = event.at
    index_presence(floor, seat)


def _choose(seat: Seat, at: Moment, presence: ev.Presence, reason: str) -> None:
    if seat.presence != presence or seat.reason != reason:
        seat.presence, seat.reason, seat.presence_since, seat.over_limit = presence, reason, at, False
    seat.planned = ""
    if reason != "link":
        seat.retry = None


def planned(floor: FloorState, event: ev.BreakPlanned) -> None:
    seat_at(floor, event).planned = event.reason


def over_limit(floor: FloorState, event: ev.BreakOverLimit) -> None:
    seat_at(floor, event).over_limit = True


def reachable(floor: FloorState, event: ev.PhoneReachable) -> None:
    change = floor.unreachable.discard if event.reachable else floor.unreachable.add
    change(event.endpoint)
    number = floor.endpoints.get(event.endpoint)
    if number is None:
        return
    seat = floor.seats[number]
    if not event.reachable:
        seat.retry = None  # there is nothing to try until it is back
    index_presence(floor, seat)

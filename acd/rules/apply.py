"""An event becomes state: the only place where a floor changes, so a replay of the journal is the floor it was.

Events that are not about the floor (menus, recordings, the survey) pass through untouched. An event that contradicts the floor
raises :class:`~acd.model.state.IllegalMove` before it has changed anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from acd.model.state import LEGAL, Call, FloorState, IllegalMove, Queue, Seat
from hotline import events as ev
from hotline.ids import CallId, OfferId
from hotline.moment import Moment


def apply(floor: FloorState, event: ev.Event) -> None:
    """Make ``event`` true on ``floor``. Raises IllegalMove, and changes nothing, when it can't be."""
    handler = _HANDLERS.get(type(event))
    if handler is not None:
        handler(floor, event)


def index_seat(floor: FloorState, seat: Seat) -> None:
    """Put the seat in, or take it out of, the row of the free ones, as its facts have it."""
    free = seat.presence == "available" and seat.activity == "idle" and floor.reachable(seat.endpoint)
    key = floor.key(seat.idle_since, seat.seat) if free else None
    old = floor.idle_keys.get(seat.seat)
    if key == old:
        return
    if old is not None:
        floor.idle.remove(old)
        del floor.idle_keys[seat.seat]
    if key is not None:
        floor.idle.add(key)
        floor.idle_keys[seat.seat] = key


def index_call(floor: FloorState, call: Call) -> None:
    """Enter a call that has just come to the floor into the indexes."""
    queue = floor.queues.setdefault(call.queue, Queue())
    floor.arrivals[call.key[2]] = call.call
    if call.stage != "talking":
        queue.standing.add(call.key)
    if call.stage == "waiting":
        queue.waiting.add(call.key)
    if call.offer is not None:
        floor.offers[call.offer] = call.call


# -- looking up, refusing what can't be ----------------------------------------------------------------------------


def _seat(floor: FloorState, event: ev.SeatEvent | ev.CallOffered | ev.WrapUpOverTarget | ev.WrapUpEnded) -> Seat:
    seat = floor.seated(event.seat)
    if seat is None:
        raise IllegalMove(f"{event!r}: nobody sits there")
    return seat


def _pair(floor: FloorState, offer: OfferId, event: ev.Event) -> tuple[Call, Seat]:
    call = floor.live(offer)
    if call is None or call.seat is None:
        raise IllegalMove(f"{event!r}: no such live offer")
    return call, floor.seats[call.seat]


def _talk(floor: FloorState, call: CallId, event: ev.Event) -> tuple[Call, Seat]:
    found = floor.calls.get(call)
    if found is None or found.stage != "talking" or found.offer is None:
        raise IllegalMove(f"{event!r}: no such talk")
    return _pair(floor, found.offer, event)


def _meet(floor: FloorState, moment: Moment) -> None:
    """Give the era of ``moment`` its place; only moments that order something need one."""
    if moment.boot not in floor.boots:
        floor.boots.append(moment.boot)


def _move(seat: Seat, event: ev.Event) -> None:
    """The one way an activity changes."""
    to = LEGAL.get((seat.activity, type(event)))
    if to is None:
        raise IllegalMove(f"{event!r} at a seat that is {seat.activity}")
    seat.activity = to
    seat.since = event.at


# -- calls ---------------------------------------------------------------------------------------------------------


def _queued(floor: FloorState, event: ev.CallQueued) -> None:
    if event.call in floor.calls:
        raise IllegalMove(f"{event!r}: it is on the floor already")
    wanted = event.wanted_at or event.at
    _meet(floor, wanted)
    floor.entries += 1
    call = Call(
        call=event.call, line=event.line, queue=event.queue, wanted_at=wanted, key=floor.key(wanted, floor.entries), since=event.at
    )  # fmt: skip
    floor.calls[call.call] = call
    index_call(floor, call)


def _offered(floor: FloorState, event: ev.CallOffered) -> None:
    call, seat = floor.calls.get(event.call), _seat(floor, event)
    if call is None or call.stage != "waiting" or event.offer in floor.offers:
        raise IllegalMove(f"{event!r}: the call isn't waiting")
    _move(seat, event)
    floor.offered += 1
    floor.offers[event.offer] = call.call
    floor.queues[call.queue].waiting.remove(call.key)
    call.stage, call.since, call.seat, call.offer, call.rang = "ringing", event.at, seat.seat, event.offer, False
    seat.call, seat.offer = call.call, event.offer
    index_seat(floor, seat)


def _rang(floor: FloorState, event: ev.OfferRinging) -> None:
    call, _ = _pair(floor, event.offer, event)
    call.rang = True


def _offer_over(floor: FloorState, event: ev.RingNoAnswer | ev.OfferDeclined | ev.OfferWithdrawn) -> None:
    call, seat = _pair(floor, event.offer, event)
    _move(seat, event)
    if isinstance(event, ev.OfferDeclined) and event.cause in ("busy", "failed"):
        seat.retry = event.offer
    seat.call = seat.offer = None
    del floor.offers[event.offer]
    call.stage, call.since, call.seat, call.offer, call.rang = "waiting", event.at, None, None, False
    floor.queues[call.queue].waiting.add(call.key)
    index_seat(floor, seat)


def _answered(floor: FloorState, event: ev.CallAnswered) -> None:
    call, seat = _pair(floor, event.offer, event)
    _move(seat, event)
    floor.queues[call.queue].standing.remove(call.key)
    call.stage, call.since, call.held = "talking", event.at, False


def _abandoned(floor: FloorState, event: ev.CallAbandoned) -> None:
    call = floor.calls.get(event.call)
    if call is None:
        return  # left in the menu or outside staffed hours: never on the floor
    if call.stage != "waiting":
        raise IllegalMove(f"{event!r}: the call is {call.stage}")
    queue = floor.queues[call.queue]
    queue.waiting.remove(call.key)
    queue.standing.remove(call.key)
    _forget(floor, call)


def _held(floor: FloorState, event: ev.CallHeld | ev.CallRetrieved) -> None:
    call, _ = _talk(floor, event.call, event)
    call.held = isinstance(event, ev.CallHeld)


def _talk_ended(floor: FloorState, event: ev.TalkEnded) -> None:
    call, seat = _talk(floor, event.call, event)
    _move(seat, event)
    if call.offer is not None:
        del floor.offers[call.offer]
    _forget(floor, call)


def _forget(floor: FloorState, call: Call) -> None:
    del floor.calls[call.call], floor.arrivals[call.key[2]]


# -- seats ---------------------------------------------------------------------------------------------------------


def _over_target(floor: FloorState, event: ev.WrapUpOverTarget) -> None:
    _seat(floor, event).over_target = True


def _wrap_up_ended(floor: FloorState, event: ev.WrapUpEnded) -> None:
    seat = _seat(floor, event)
    _move(seat, event)
    _meet(floor, event.at)
    seat.call = seat.offer = None
    seat.over_target = False
    seat.idle_since = event.at
    index_seat(floor, seat)


def _signed_in(floor: FloorState, event: ev.SeatSignedIn) -> None:
    if floor.seated(event.seat) or event.agent in floor.agents or event.endpoint in floor.endpoints:
        raise IllegalMove(f"{event!r}: seat, agent or phone is taken")
    seat = Seat(
        seat=event.seat, agent=event.agent, endpoint=event.endpoint, presence="on_break", reason="signed_in",
        presence_since=event.at, since=event.at, idle_since=event.at,
    )  # fmt: skip
    floor.seats[seat.seat] = seat
    index_person(floor, seat)


def index_person(floor: FloorState, seat: Seat) -> None:
    """Enter who sits at the seat, and which phone is his, into the indexes."""
    floor.agents[seat.agent] = seat.seat
    floor.endpoints[seat.endpoint] = seat.seat


def _signed_out(floor: FloorState, event: ev.SeatSignedOut) -> None:
    seat = _seat(floor, event)
    if seat.activity != "idle":
        raise IllegalMove(f"{event!r}: the seat is {seat.activity}")
    del floor.agents[seat.agent], floor.endpoints[seat.endpoint]
    _choose(seat, event.at, "signed_out", event.why)
    index_seat(floor, seat)


def _presence(floor: FloorState, event: ev.PresenceChosen) -> None:
    seat = _seat(floor, event)
    _meet(floor, event.at)
    _choose(seat, event.at, event.presence, event.reason)
    if event.presence == "available" and seat.activity == "idle":
        seat.idle_since = event.at
    index_seat(floor, seat)


def _choose(seat: Seat, at: Moment, presence: ev.Presence, reason: str) -> None:
    if seat.presence != presence or seat.reason != reason:
        seat.presence, seat.reason, seat.presence_since = presence, reason, at
    seat.planned = ""
    if reason != "link":
        seat.retry = None


def _planned(floor: FloorState, event: ev.BreakPlanned) -> None:
    _seat(floor, event).planned = event.reason


def _reachable(floor: FloorState, event: ev.PhoneReachable) -> None:
    change = floor.unreachable.discard if event.reachable else floor.unreachable.add
    change(event.endpoint)
    number = floor.endpoints.get(event.endpoint)
    if number is None:
        return
    seat = floor.seats[number]
    if not event.reachable:
        seat.retry = None  # there is nothing to try until it is back
    index_seat(floor, seat)


# -- the exchange --------------------------------------------------------------------------------------------------


def _lost(floor: FloorState, event: ev.SwitchLost) -> None:
    floor.away_since = event.at


def _connected(floor: FloorState, event: ev.SwitchConnected) -> None:
    floor.away_since = None
    floor.started = event.started


_HANDLERS: Mapping[type[ev.Event], Callable[[FloorState, Any], None]] = {
    ev.CallQueued: _queued,
    ev.CallOffered: _offered,
    ev.OfferRinging: _rang,
    ev.RingNoAnswer: _offer_over,
    ev.OfferDeclined: _offer_over,
    ev.OfferWithdrawn: _offer_over,
    ev.CallAnswered: _answered,
    ev.CallAbandoned: _abandoned,
    ev.CallHeld: _held,
    ev.CallRetrieved: _held,
    ev.TalkEnded: _talk_ended,
    ev.WrapUpOverTarget: _over_target,
    ev.WrapUpEnded: _wrap_up_ended,
    ev.SeatSignedIn: _signed_in,
    ev.SeatSignedOut: _signed_out,
    ev.PresenceChosen: _presence,
    ev.BreakPlanned: _planned,
    ev.PhoneReachable: _reachable,
    ev.SwitchLost: _lost,
    ev.SwitchConnected: _connected,
}
EVENTS = tuple(_HANDLERS)
"""The events a floor is rebuilt from."""

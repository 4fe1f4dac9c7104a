"""Who is given which call: the caller who has waited longest goes to the seat that has been idle longest.

All seats serve all queues, and all queues are equal: the oldest wait of any queue is next. Both heads are at hand, so a decision
costs no look at the rest; the runners-up are the next in the same row.
"""

from __future__ import annotations

from datetime import timedelta

from acd.model.commands import Ring, SetTimer, Timer
from acd.model.ranked import Key
from acd.model.state import Call, FloorState, Seat
from acd.rules.step import Step
from hotline import events as ev
from hotline.ids import OfferId, SeatNo, offer_id
from hotline.moment import Moment, elapsed_us

RUNNERS_UP = 3


def match(step: Step) -> None:
    """Offer waiting calls to free seats until one side has run out, or the exchange is not there to ring."""
    floor = step.floor
    while floor.idle and not floor.away:
        call = oldest_waiting(floor)
        if call is None:
            return
        _offer(step, call)


def oldest_waiting(floor: FloorState) -> Call | None:
    """The call of any queue that is to be offered next."""
    heads = [head for queue in floor.queues.values() if (head := queue.waiting.first()) is not None]
    return floor.calls[floor.arrivals[min(heads)[2]]] if heads else None


def _offer(step: Step, call: Call) -> None:
    floor, at = step.floor, step.at
    ranking = [_considered(floor, key, at) for key in floor.idle.head(1 + RUNNERS_UP)]
    best = floor.seats[ranking[0].seat]
    offer = offer_id(call.call, floor.offered + 1)
    decision = ev.Decision("longest_idle", ranking[0], tuple(ranking[1:]), len(floor.idle))
    step.happen(
        ev.CallOffered(
            at=at, call=call.call, offer=offer, seat=best.seat, agent=best.agent, queue=call.queue, decision=decision
        )
    )  # fmt: skip
    _ring(step, call, best, offer)


def _ring(step: Step, call: Call, seat: Seat, offer: OfferId) -> None:
    longest = timedelta(seconds=step.floor.settings.ring_s)
    step.do(SetTimer(Timer("ring", seat.seat, offer), step.at, longest))
    step.do(Ring(call.call, offer, seat.seat, seat.agent, seat.endpoint, longest))


def _considered(floor: FloorState, key: Key, at: Moment) -> ev.Considered:
    seat = floor.seats[SeatNo(key[2])]
    return ev.Considered(seat.seat, seat.agent, elapsed_us(seat.idle_since, at))

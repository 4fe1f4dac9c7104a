"""An event becomes state: the only place where a floor changes, so a replay of the journal is the floor it was.

Events that are not about the floor (menus, recordings, the survey) pass through untouched. An event that contradicts the floor
raises :class:`~acd.model.state.IllegalMove` before it has changed anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from acd.model.state import FloorState
from acd.rules import apply_calls as calls
from acd.rules import apply_seats as seats
from acd.rules import apply_works as works
from hotline import events as ev


def apply(floor: FloorState, event: ev.Event) -> None:
    """Make ``event`` true on ``floor``. Raises IllegalMove, and changes nothing, when it can't be."""
    handler = _HANDLERS.get(type(event))
    if handler is not None:
        handler(floor, event)


# -- the exchange --------------------------------------------------------------------------------------------------


def _lost(floor: FloorState, event: ev.SwitchLost) -> None:
    floor.away_since = event.at


def _connected(floor: FloorState, event: ev.SwitchConnected) -> None:
    floor.away_since = None
    floor.started = event.started


def _hours(floor: FloorState, event: ev.QueueHours) -> None:
    change = floor.closed.discard if event.open else floor.closed.add
    change(event.queue)


_HANDLERS: Mapping[type[ev.Event], Callable[[FloorState, Any], None]] = {
    ev.CallQueued: calls.queued,
    ev.CallOverflowed: calls.overflowed,
    ev.StickyReleased: calls.released,
    ev.CallOffered: calls.offered,
    ev.OfferRinging: calls.rang,
    ev.RingNoAnswer: calls.offer_over,
    ev.OfferDeclined: calls.offer_over,
    ev.OfferWithdrawn: calls.offer_over,
    ev.CallAnswered: calls.answered,
    ev.CallAbandoned: calls.abandoned,
    ev.CallHeld: calls.held,
    ev.CallRetrieved: calls.held,
    ev.TalkEnded: calls.talk_ended,
    ev.WrapUpOverTarget: seats.over_target,
    ev.WrapUpExtended: seats.extended,
    ev.WrapUpEnded: seats.wrap_up_ended,
    ev.SeatSignedIn: seats.signed_in,
    ev.SeatSignedOut: seats.signed_out,
    ev.PresenceChosen: seats.presence,
    ev.BreakPlanned: seats.planned,
    ev.BreakOverLimit: seats.over_limit,
    ev.PhoneReachable: seats.reachable,
    ev.WorkQueued: works.queued,
    ev.WorkGiven: works.given,
    ev.WorkReturned: works.returned,
    ev.WorkEnded: works.ended,
    ev.TextsPaused: works.paused,
    ev.TextsResumed: works.paused,
    ev.QueueHours: _hours,
    ev.SwitchLost: _lost,
    ev.SwitchConnected: _connected,
}
EVENTS = tuple(_HANDLERS)
"""The events a floor is rebuilt from."""

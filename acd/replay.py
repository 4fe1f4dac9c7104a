"""A stretch of the journal lived through again: the same floor comes out, and the rules, asked again, decide what they decided then."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from acd import image
from acd.model.state import FloorState, IllegalMove
from acd.rules import Step, apply
from acd.rules.indexes import enter, look_at_calls
from acd.rules.matching import match
from hotline import events as ev
from hotline.moment import Moment


@dataclass(slots=True)
class Replayed:
    """What came of it."""

    floor: FloorState
    events: int = 0
    skipped: int = 0
    """Events that contradict the rest."""
    offers: int = 0
    same: int = 0
    """Offers the rules make again, seat, order and reasons alike."""
    differing: list[ev.CallOffered] = field(default_factory=list)
    """The first few they would make otherwise (the settings may have changed since)."""

    @property
    def digest(self) -> str:
        """SHA-256 of the floor's facts: equal floors have equal digests."""
        return hashlib.sha256(image.encode(self.floor)).hexdigest()


def replay(floor: FloorState, events: Iterable[ev.Event], *, ask_again: bool = True) -> Replayed:
    """Live through ``events`` on ``floor``. ``ask_again``: let the rules decide every offer anew beside the journal's."""
    found = Replayed(floor)
    before: ev.Event | None = None
    expected: list[ev.CallOffered] = []
    for event in events:
        found.events += 1
        if ask_again and _begins(event, before):
            expected = []
            _settle(floor)
        before = event
        if isinstance(event, ev.CallOffered) and ask_again:
            expected = expected or _asked(floor, event.at)
            _compare(found, event, expected.pop(0) if expected else None)
        try:
            apply(floor, event)
        except IllegalMove:
            found.skipped += 1
    return found


FIRST = (
    ev.CallQueued, ev.OfferRinging, ev.RingNoAnswer, ev.OfferDeclined, ev.TalkEnded, ev.WrapUpEnded, ev.WrapUpExtended, ev.WrapUpOverTarget,
    ev.CallHeld, ev.CallRetrieved, ev.BreakPlanned, ev.BreakOverLimit, ev.QueueHours,
)  # fmt: skip
"""Events before which nobody is fresh: they begin what a signal led to, or nothing before them in it set anybody free."""


def _begins(event: ev.Event, before: ev.Event | None) -> bool:
    """Whether ``event`` is the first that its signal led to, as far as that matters for who was looked at."""
    if before is None or event.at != before.at or isinstance(event, FIRST):
        return True
    if isinstance(event, ev.CallAnswered | ev.CallAbandoned):
        return not isinstance(before, ev.OfferWithdrawn)
    return isinstance(event, ev.PresenceChosen) and event.presence == "available"


def _settle(floor: FloorState) -> None:
    """Whoever was fresh before this moment had been looked at when it was decided."""
    if floor.away:
        return
    look_at_calls(floor)
    for number in list(floor.groups.fresh_seats):
        enter(floor, floor.seats[number])


def _asked(floor: FloorState, at: Moment) -> list[ev.CallOffered]:
    """What matching would offer now, on a double of the floor with the same people fresh."""
    double = image.decode(image.encode(floor), floor.settings, floor.routing)
    groups, fresh = double.groups, floor.groups
    for name in list(groups.fresh_calls):
        if name not in fresh.fresh_calls:
            del groups.fresh_calls[name]
            groups.homes[name].waiting.add(double.calls[name].key)
    for number in list(groups.fresh_seats):
        if number not in fresh.fresh_seats:
            enter(double, double.seats[number])
    step = Step(double, at)
    match(step)
    return [event for event in step.events if isinstance(event, ev.CallOffered)]


def _compare(found: Replayed, event: ev.CallOffered, again: ev.CallOffered | None) -> None:
    found.offers += 1
    if again == event:
        found.same += 1
    elif len(found.differing) < 5:
        found.differing.append(event)

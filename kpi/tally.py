"""A tally: the sums and counts of a period. Figures of a month are made from the sum of its days' tallies, never from rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from kpi.model import CallClass, Journey

CLASS_FIELDS = {
    CallClass.ANSWERED: "answered",
    CallClass.SELF: "self_served",
    CallClass.ABANDONED: "abandoned",
    CallClass.IVR_DROP: "ivr_dropped",
    CallClass.OFF_REQUEST: "off_requests",
    CallClass.BLOCKED: "blocked",
}
"""The counter of each class; with ``undecided`` they add up to ``calls_arrived``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Sums (microseconds) and counts of a period's calls; tallies add.

    ``*_calls`` beside a sum is how many calls it was taken over: those whose duration is known. ``complaints`` (about the hotline's
    own service) and ``complaint_tickets`` (all of them) are None when no source of tickets is connected.
    """

    calls_arrived: int = 0
    undecided: int = 0
    agent_requests: int = 0
    answered: int = 0
    self_served: int = 0
    abandoned: int = 0
    ivr_dropped: int = 0
    off_requests: int = 0
    blocked: int = 0
    short_abandoned: int = 0
    callbacks: int = 0
    left_queue: int = 0
    abandoned_message_left: int = 0
    wait_request_us: int = 0
    wait_request_calls: int = 0
    wait_arrival_us: int = 0
    wait_arrival_calls: int = 0
    wait_queue_us: int = 0
    wait_queue_calls: int = 0
    talk_us: int = 0
    talk_calls: int = 0
    wrap_up_us: int = 0
    wrap_up_calls: int = 0
    satisfied: int = 0
    basically: int = 0
    dissatisfied: int = 0
    no_grade: int = 0
    ring_no_answers: int = 0
    degraded: int = 0
    estimated: int = 0
    internal: int = 0
    outbound: int = 0
    complaints: int | None = None
    complaint_tickets: int | None = None

    @property
    def decided(self) -> int:
        """Calls that have their class: the denominator of rates, equal to ``calls_arrived`` once no call is open."""
        return self.calls_arrived - self.undecided

    @property
    def connected(self) -> int:
        """接通 on basis all: an agent answered, or the centre's self-service served the caller."""
        return self.answered + self.self_served

    @property
    def surveyed(self) -> int:
        """Callers who gave a valid grade."""
        return self.satisfied + self.basically + self.dissatisfied

    def __add__(self, other: Tally) -> Tally:
        sums: dict[str, int | None] = {}
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if field.name.startswith("complaint"):
                sums[field.name] = _sum_of_known(self, other, mine, theirs)
            else:
                sums[field.name] = mine + theirs
        return Tally(**sums)  # type: ignore[arg-type]  # every field but the complaints, which may be None, got an int above


def tally(journeys: Iterable[Journey], complaints: int | None = None, complaint_tickets: int | None = None) -> Tally:
    """The tally of ``journeys``; internal and outbound calls only in their own counters (guideline: "呼入", "拨入")."""
    sums: Counter[str] = Counter()
    for journey in journeys:
        for name, amount in _facts(journey):
            sums[name] += amount
    return Tally(complaints=complaints, complaint_tickets=complaint_tickets, **sums)


def _facts(journey: Journey) -> Iterator[tuple[str, int]]:
    if journey.direction == "outbound":
        yield "outbound", 1
    elif journey.internal:
        yield "internal", 1
    else:
        yield from _outcome(journey)
        yield from _durations(journey)
        yield from _flags(journey)


def _outcome(journey: Journey) -> Iterator[tuple[str, int]]:
    yield "calls_arrived", 1
    yield (CLASS_FIELDS[journey.call_class] if journey.call_class else "undecided"), 1
    yield "agent_requests", journey.call_class in (CallClass.ANSWERED, CallClass.ABANDONED)
    if journey.call_class is CallClass.ABANDONED:
        yield "short_abandoned", journey.short_abandon
        yield "callbacks", journey.callback
        yield "left_queue", journey.left_queue
        yield "abandoned_message_left", journey.message_left


def _durations(journey: Journey) -> Iterator[tuple[str, int]]:
    if journey.call_class is not CallClass.ANSWERED:
        return
    known = {
        "wait_request": journey.wait_from_request,
        "wait_arrival": journey.wait_from_arrival,
        "wait_queue": journey.wait_in_queue,
        "talk": journey.talk,
        "wrap_up": journey.wrap_up,
    }
    for name, us in known.items():
        if us is not None:
            yield f"{name}_us", us
            yield f"{name}_calls", 1


def _flags(journey: Journey) -> Iterator[tuple[str, int]]:
    if journey.grade:
        yield journey.grade, 1
    elif journey.survey_offered:
        yield "no_grade", 1
    yield "ring_no_answers", sum(ring.unanswered for ring in journey.rings)
    yield "degraded", journey.degraded
    yield "estimated", journey.estimated


def _sum_of_known(one: Tally, other: Tally, mine: int | None, theirs: int | None) -> int | None:
    """Complaints of two periods: unknown stays unknown, except that a period without calls adds nothing to be unknown about."""
    if mine is None or theirs is None:
        empty = one if mine is None else other
        return (theirs if mine is None else mine) if not empty.calls_arrived else None
    return mine + theirs

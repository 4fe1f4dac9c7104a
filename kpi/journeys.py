"""Journeys: the events of a call, in whatever order and however often they come, folded into one row.

Laws:

* the same set of events gives the same journey: order, repetition and batching change nothing;
* a missing event costs what it alone could tell, never an exception: the journey says None or ``estimated``;
* what the classes mean is the table in :class:`kpi.model.CallClass`; once an agent was asked for in staffed hours and never
  answered, the call is ABANDONED whatever follows (a way back to the menu, a message left);
* all facts of a call belong to the day it arrived, Asia/Shanghai.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from hotline.events import (
    AgentWanted,
    CallAbandoned,
    CallAnswered,
    CallArrived,
    CallEnded,
    CallEvent,
    CallHeld,
    CallOffered,
    CallQueued,
    Degraded,
    Event,
    MessageLeft,
    OfferDeclined,
    OfferRinging,
    OfferWithdrawn,
    RingNoAnswer,
    SatisfactionGiven,
    SelfServiceGiven,
    SurveyOffered,
    TalkEnded,
)
from hotline.ids import AgentNo, CallId, OfferId, SeatNo
from hotline.moment import Moment, elapsed_us, is_estimated
from kpi.model import CallClass, Journey, SeatRings, Segment
from kpi.segments import segments_of
from kpi.story import Story

OfferEvent = CallOffered | OfferRinging | RingNoAnswer | OfferDeclined | OfferWithdrawn | CallAnswered
_DAY_IN_ID = re.compile(r"^c-(\d{4})(\d\d)(\d\d)-")


class JourneyFold:
    """Collects events and gives the journeys they tell. Feed it event by event; ask at any time."""

    def __init__(self) -> None:
        self._events: dict[CallId, dict[Event, None]] = {}
        self._told: dict[CallId, Journey] = {}

    def add(self, event: Event) -> None:
        """Take one event; events of no call, and repetitions, change nothing."""
        call = event.call if isinstance(event, CallEvent | Degraded) else None
        if call is None:
            return
        self._events.setdefault(call, {})[event] = None
        self._told.pop(call, None)

    def add_all(self, events: Iterable[Event]) -> JourneyFold:
        """Take many; returns itself."""
        for event in events:
            self.add(event)
        return self

    def journey(self, call: CallId) -> Journey | None:
        """The journey of ``call`` as far as it is known, or None when no event named it."""
        if call not in self._events:
            return None
        if call not in self._told:
            self._told[call] = journey_of(call, self._events[call])
        return self._told[call]

    def journeys(self, day: date | None = None) -> list[Journey]:
        """All journeys (those that arrived on ``day``, Asia/Shanghai, when given), by arrival."""
        told = [journey for call in self._events if (journey := self.journey(call)) is not None]
        wanted = [journey for journey in told if day is None or journey.day == day]
        return sorted(wanted, key=lambda journey: (journey.arrived.wall, journey.call))


def journey_of(call: CallId, events: Iterable[Event]) -> Journey:
    """The journey told by one call's ``events`` (at least one), in any order, repetitions allowed."""
    story = Story(events)
    arrival, ended, answer = story.first(CallArrived), story.first(CallEnded), story.first(CallAnswered)
    fallback = story.last(Degraded)
    arrived = arrival.at if arrival else story.beginning()
    segments = segments_of(story)
    by_fallback = fallback if fallback and not answer else None
    request = _request(story, answer)
    survey = story.last(SatisfactionGiven)
    degraded = fallback is not None or (arrival is not None and arrival.degraded)
    call_class = _classify(story, arrival, ended)
    return Journey(
        call=call,
        day=arrival.at.day() if arrival else _day_in(call) or arrived.day(),
        arrived=arrived,
        call_class=call_class,
        open=ended is None and by_fallback is None,
        ended=ended.at if ended else None,
        ended_how=ended.how if ended else None,
        wait_from_request=_wait(request, answer, by_fallback),
        wait_from_arrival=_wait(arrival.at if arrival else None, answer, by_fallback),
        wait_in_queue=_wait(_queued(story, request, answer), answer, by_fallback),
        talk=_talk(segments, fallback),
        wrap_up=None if degraded else _sum_known([segment.wrap_up_us for segment in segments]),
        waited_until_left=_waited_until_left(story, ended, by_fallback) if call_class is CallClass.ABANDONED else None,
        grade=survey.grade if survey else None,
        survey_offered=bool(survey or story.first(SurveyOffered)),
        seat=answer.seat if answer else None,
        agent=answer.agent if answer else None,
        segments=segments,
        rings=_rings(story),
        services=tuple(given.service for given in story.all(SelfServiceGiven)),
        internal=arrival is not None and arrival.internal,
        degraded=degraded,
        estimated=_estimated(arrival, ended, answer, segments, request),
        left_queue=any(left.how == "went_back" for left in story.all(CallAbandoned)),
        message_left=story.first(MessageLeft) is not None,
    )


# -- which class -----------------------------------------------------------------------------------------------------


def _classify(story: Story, arrival: CallArrived | None, ended: CallEnded | None) -> CallClass | None:
    fallback = story.last(Degraded)
    if _was_answered(story, fallback):
        return CallClass.ANSWERED
    gone = ended is not None or fallback is not None or any(left.how == "hung_up" for left in story.all(CallAbandoned))
    if not gone:
        return None
    if _asked_in_hours(story, arrival, fallback):
        return CallClass.ABANDONED
    if story.first(MessageLeft):
        return CallClass.SELF
    if story.first(AgentWanted) or (fallback and fallback.waited_us > 0):
        return CallClass.OFF_REQUEST
    return CallClass.SELF if story.first(SelfServiceGiven) else CallClass.IVR_DROP


def _was_answered(story: Story, fallback: Degraded | None) -> bool:
    """Answered, also when the answer itself was lost and only what follows an answer is known (a survey names its agent)."""
    if fallback is not None and fallback.answered:
        return True
    judged = any(offer.agent for offer in story.all(SurveyOffered)) or any(given.agent for given in story.all(SatisfactionGiven))
    return judged or any(story.first(proof) for proof in (CallAnswered, TalkEnded, CallHeld))


def _asked_in_hours(story: Story, arrival: CallArrived | None, fallback: Degraded | None) -> bool:
    """Asked for an agent while staffed; standing in the queue proves it, for the queue takes nobody outside hours."""
    if any(wanted.staffed for wanted in story.all(AgentWanted)):
        return True
    if any(story.first(proof) for proof in (CallQueued, CallOffered, OfferRinging, RingNoAnswer)):
        return True
    if story.first(CallAbandoned) and not story.first(AgentWanted):
        return True
    return fallback is not None and fallback.waited_us > 0 and (arrival is None or arrival.staffed)


# -- how long --------------------------------------------------------------------------------------------------------


def _request(story: Story, answer: CallAnswered | None) -> Moment | None:
    """When the wait that led to the answer began.

    A caller who went back to the menu and asked again waits from the new request; asking twice without leaving (or a doubled
    signal) does not shorten the wait. Lost requests are replaced by what followed them.
    """
    until = answer.at if answer else None
    wanted = story.all(AgentWanted, until)
    backs = [left.at for left in story.all(CallAbandoned, until)]
    fresh = [want for want in wanted if not backs or story.order(want.at) > story.order(backs[-1])] or wanted
    if fresh:
        return fresh[0].at
    hints = [event.at for kind in (CallQueued, CallOffered) for event in story.all(kind, until)]
    return hints[0] if hints else None


def _queued(story: Story, request: Moment | None, answer: CallAnswered | None) -> Moment | None:
    if answer is None:
        return None
    queued = [entry.at for entry in story.all(CallQueued, answer.at)]
    fresh = [at for at in queued if request is None or story.order(at) >= story.order(request)]
    return fresh[0] if fresh else None


def _wait(start: Moment | None, answer: CallAnswered | None, fallback: Degraded | None) -> int | None:
    if fallback is not None:
        return fallback.waited_us if fallback.answered else None
    return elapsed_us(start, answer.at) if start is not None and answer is not None else None


def _talk(segments: tuple[Segment, ...], fallback: Degraded | None) -> int | None:
    """Summed over segments; a talk in the fallback has its length from Asterisk's own record."""
    known: list[int | None] = [segment.talk_us for segment in segments]
    if fallback is not None and fallback.answered:
        known.append(fallback.talked_us)
    return _sum_known(known)


def _sum_known(parts: list[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if parts and len(known) == len(parts) else None


def _waited_until_left(story: Story, ended: CallEnded | None, fallback: Degraded | None) -> int | None:
    """Time spent in queue, summed over the stays, of a caller whom nobody answered."""
    if fallback is not None:
        return fallback.waited_us
    entries = [event.at for event in story.all(CallQueued)] or [event.at for event in story.all(AgentWanted)]
    exits = [event.at for event in story.all(CallAbandoned)] or ([ended.at] if ended else [])
    total, found, since = 0, False, None
    for leaving in exits:
        stay = [at for at in entries if story.order(at) <= story.order(leaving) and (since is None or story.order(at) > story.order(since))]
        if stay:
            total, found = total + elapsed_us(stay[0], leaving), True
        since = leaving
    return total if found else None


def _estimated(
    arrival: CallArrived | None,
    ended: CallEnded | None,
    answer: CallAnswered | None,
    segments: tuple[Segment, ...],
    request: Moment | None,
) -> bool:
    starts = [at for at in (arrival.at if arrival else None, request) if at is not None]
    across_boots = answer is not None and any(is_estimated(start, answer.at) for start in starts)
    return arrival is None or across_boots or (ended is not None and ended.estimated) or any(part.estimated for part in segments)


def _day_in(call: CallId) -> date | None:
    """The day in a call id such as ``c-20251120-9f3ab1c2d4``, for a call whose arrival is not among the events."""
    match = _DAY_IN_ID.match(call)
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


# -- who rang --------------------------------------------------------------------------------------------------------


def _rings(story: Story) -> tuple[SeatRings, ...]:
    offers: dict[OfferId, tuple[SeatNo, AgentNo]] = {}
    told: list[OfferEvent] = [*story.all(CallOffered), *story.all(OfferRinging), *story.all(RingNoAnswer)]
    told += [*story.all(OfferDeclined), *story.all(OfferWithdrawn), *story.all(CallAnswered)]
    for event in told:
        offers.setdefault(event.offer, (event.seat, event.agent))
    missed = {event.offer for event in story.all(RingNoAnswer)}
    declined = {event.offer for event in story.all(OfferDeclined)}
    rows: dict[tuple[SeatNo, AgentNo], list[OfferId]] = {}
    for offer, who in offers.items():
        rows.setdefault(who, []).append(offer)
    return tuple(
        SeatRings(seat, agent, len(own), sum(offer in missed for offer in own), sum(offer in declined for offer in own))
        for (seat, agent), own in sorted(rows.items())
    )

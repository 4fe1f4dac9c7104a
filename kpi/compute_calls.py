"""Call records of a document turned into events, so that they go through the same journeys as the calls of the exchange.

A record states moments (full dates, or bare clock times of one day) and durations of wrap-up. Times are read in the document's
``tz``, Asia/Shanghai when not stated; the day a call belongs to is the Shanghai day of its arrival, always.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hotline.moment import SHANGHAI
from kpi.call_record import CallRecord, events_of, read_record
from kpi.documents import DocumentError, Given
from kpi.journeys import journey_of
from kpi.model import CallClass, Journey

LONGEST_SPAN = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Calls:
    """The journeys of a document; ``days``: every Shanghai day from the first stated moment to the last."""

    journeys: list[Journey]
    days: list[date]
    keyed_by_day: bool


def read_calls(given: Given) -> Calls:
    """The calls of a document of kind cdr. Raises DocumentError naming the field."""
    zone = _zone(given)
    records: dict[str, CallRecord] = {}
    raw: dict[str, Any] = {}
    for place, entry in enumerate(given.list("calls")):
        where = f"{given.path('calls')}[{place}]"
        record = read_record(entry, where, place, zone)
        if record.call in raw and raw[record.call] != entry:
            raise DocumentError(f"{where}.id: {record.call!r} is given twice with different facts; give each call once")
        raw[record.call], records[record.call] = entry, record
    days = _span(given, list(records.values()))
    keyed = "tz" in given and bool(records) and all(record.dated for record in records.values())
    return Calls([_journey(record) for record in records.values()], days, keyed)


def _journey(record: CallRecord) -> Journey:
    journey = journey_of(record.call, events_of(record))
    journey = replace(journey, direction=record.direction, callback=record.callback)
    if journey.call_class is CallClass.ANSWERED and journey.wrap_up is None:  # wrap-up stated of a talk whose end is not
        journey = replace(journey, wrap_up=record.wrap_up_us)
    return journey


def _span(given: Given, records: list[CallRecord]) -> list[date]:
    stated = [moment.day() for record in records for moment in record.moments]
    if not stated:
        return []
    first, last = min(stated), max(stated)
    if last - first > LONGEST_SPAN:
        raise given.wrong("calls", f"span {first} to {last}, more than ten years; correct the odd date or split the document")
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def _zone(given: Given) -> ZoneInfo:
    name = given.text("tz")
    if name is None:
        return SHANGHAI
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise given.wrong("tz", f"{name!r} is no known zone; write one such as Asia/Shanghai") from None

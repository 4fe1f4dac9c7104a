"""The daily report 日报: one Shanghai day's figures, judged by every threshold set, with the calls they are made of.

Pure: events in, report out. A call belongs to the day it arrived, so the events of day D include those that calls of D caused after
midnight (late wrap-up, survey); events of other days' calls may be among them and are left out. While a call of D is open the
report is provisional: such a call counts in callTotal, is in no rate until its class is decided, and is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hotline.events import Event
from hotline.moment import Moment
from hotline.settings import KpiSettings
from kpi.indicators import INDICATORS, Indicator, export_columns
from kpi.journeys import JourneyFold
from kpi.model import CallClass, Journey
from kpi.rounding import milliseconds
from kpi.tally import CLASS_FIELDS, Tally, tally
from kpi.thresholds import DOCUMENTED, ThresholdSet

ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class DayReport:
    """The figures of ``day`` with everything needed to defend them. ``calls`` are all that arrived, internal ones too."""

    day: date
    calls: tuple[Journey, ...]
    totals: Tally
    sets: tuple[ThresholdSet, ...]
    wait_basis: str

    @property
    def open_calls(self) -> tuple[Journey, ...]:
        """Calls that have not ended."""
        return tuple(call for call in self.calls if call.open and call.counted)

    @property
    def wrap_ups_due(self) -> tuple[Journey, ...]:
        """Ended calls whose wrap-up goes on: their late fact will correct this day."""
        return tuple(call for call in self.calls if call.wrap_up_due and not call.open and call.counted)

    @property
    def provisional(self) -> bool:
        """Whether the figures can still change by themselves."""
        return bool(self.open_calls or self.wrap_ups_due)

    @property
    def classes(self) -> dict[CallClass, int]:
        """How many calls each class has; with the undecided they add up to callTotal."""
        return {kind: getattr(self.totals, name) for kind, name in CLASS_FIELDS.items()}

    def passes(self, limits: ThresholdSet) -> bool | None:
        """Whether the day keeps every limit of ``limits`` on both bases; None when nothing could be judged."""
        return limits.passes(self.totals, self.wait_basis)

    def to_json(self) -> dict[str, Any]:
        """The report as plain data: exact numerators and denominators, shown and exported values, verdicts, calls."""
        return {
            "day": self.day.isoformat(),
            "zone": ZONE,
            "provisional": self.provisional,
            "wait_basis": self.wait_basis,
            "export": export_columns(self.totals, self.wait_basis),
            "indicators": {indicator.name: self._indicator(indicator) for indicator in INDICATORS},
            "passes": {limits.name: self.passes(limits) for limits in self.sets},
            "thresholds": {limits.name: {"title": limits.title, "source": limits.source} for limits in self.sets},
            "classes": {kind.value: number for kind, number in self.classes.items()},
            "totals": {name: getattr(self.totals, name) for name in Tally.__slots__},
            "open_calls": [call.call for call in self.open_calls],
            "wrap_ups_due": [call.call for call in self.wrap_ups_due],
            "calls": [call_line(call) for call in self.calls],
        }

    def _indicator(self, indicator: Indicator) -> dict[str, Any]:
        ratio = indicator.ratio(self.totals)
        return {
            "title": indicator.title,
            "basis": indicator.basis,
            "column": indicator.column,
            "clause": indicator.clause,
            "unit": indicator.unit.value,
            "numerator": ratio.numerator,
            "denominator": ratio.denominator,
            "value": indicator.shown(self.totals),
            "export": indicator.exported(self.totals),
            "verdict": {limits.name: limits.judge(indicator, self.totals) for limits in self.sets},
            "light": {limits.name: limits.light(indicator, self.totals).value for limits in self.sets},
        }


def day_report(
    day: date,
    events: Iterable[Event],
    thresholds: Sequence[ThresholdSet] = DOCUMENTED,
    settings: KpiSettings | None = None,
    *,
    complaints: int | None = None,
    complaint_tickets: int | None = None,
) -> DayReport:
    """The report of ``day`` (Asia/Shanghai) from ``events`` in any order, repetitions allowed.

    ``complaints`` (about the hotline's own service, by the day of the linked call) and ``complaint_tickets`` (all) come from the
    ticket store; None without one, and the complaint rate is then null, never 0.
    """
    calls = JourneyFold().add_all(events).journeys(day)
    totals = tally(calls, complaints, complaint_tickets)
    return DayReport(day, tuple(calls), totals, tuple(thresholds), (settings or KpiSettings()).wait_basis)


def call_line(call: Journey) -> dict[str, Any]:
    """One call of the report: class, times in milliseconds (and exactly, in microseconds), who answered, what is odd about it."""
    return {
        "id": call.call,
        "arrived": _time_of_day(call.arrived),
        "class": call.call_class.value if call.call_class else None,
        "open": call.open,
        "ended": _time_of_day(call.ended),
        "ended_how": call.ended_how,
        "wait_ms": milliseconds(call.wait_from_request),
        "wait_from_arrival_ms": milliseconds(call.wait_from_arrival),
        "talk_ms": milliseconds(call.talk),
        "wrap_up_ms": milliseconds(call.wrap_up),
        "wait_us": call.wait_from_request,
        "wait_from_arrival_us": call.wait_from_arrival,
        "talk_us": call.talk,
        "wrap_up_us": call.wrap_up,
        "agent": call.agent,
        "seat": call.seat,
        "grade": call.grade,
        "services": list(call.services),
        "ring_no_answers": {ring.agent: ring.unanswered for ring in call.rings if ring.unanswered},
        "flags": flags_of(call),
    }


def flags_of(call: Journey) -> list[str]:
    """What is out of the ordinary about a call, in code's words."""
    flags = {
        "internal": call.internal,
        "outbound": call.direction == "outbound",
        "degraded": call.degraded,
        "estimated": call.estimated,
        "short_abandon": call.short_abandon,
        "left_queue": call.left_queue and call.call_class is CallClass.ABANDONED,
        "message_left": call.message_left,
        "callback": call.callback,
        "transferred": len(call.segments) > 1,
        "wrap_up_due": call.wrap_up_due,
    }
    return [name for name, holds in flags.items() if holds]


def _time_of_day(at: Moment | None) -> str | None:
    return at.local().isoformat(timespec="milliseconds") if at else None

"""Documents of the short-message service and of the channel, for `hotline kpi compute`; formulas in kpi/sms_figures.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from kpi.documents import Given, count_of, money_of
from kpi.rounding import half_up, half_up_or_none
from kpi.sms_figures import QUARTERS, billing_segments, channel, costs, is_consistent, people, percent
from kpi.thresholds import ThresholdSet

_MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")


def _sms(value: object, where: str, _sets: tuple[ThresholdSet, ...]) -> dict[str, Any]:
    counts = ("pushed", "sent", "success", "duplicates_filtered", "sum", "fail")
    given = Given(value, where, (*counts, "by_class"))
    number = given.counts(*counts)
    classes = [count_of(entry, f"{given.path('by_class')}.{name}") for name, entry in given.table("by_class").items()]
    total = number["sum"] if "sum" in given else None
    sent = number["sent"] if "sent" in given else None
    filtered = number["pushed"] - number["sent"] - number["duplicates_filtered"] if "pushed" in given else None
    agree = is_consistent(
        success=number["success"], fail=number["fail"], total=total, sent=sent, by_class=classes if "by_class" in given else None
    )
    return {
        "success_rate": half_up_or_none(percent(number["success"], (sent if sent is not None else total) or 0)),
        "by_class_sum": sum(classes) if "by_class" in given else None,
        "other_filtered": filtered,
        "consistent": agree and (filtered is None or filtered >= 0),
    }


def _people(value: object, where: str, _sets: tuple[ThresholdSet, ...]) -> dict[str, Any]:
    again = "opens_by_people_who_had_opened_before"
    keys = ("start_current", "start_cumulative", "opens", again, "closes", "depositors", "centres_open", "centres_total")
    given = Given(value, where, keys)
    number = given.counts(*keys)
    if number[again] > number["opens"]:
        raise given.wrong(again, f"is more than opens ({number['opens']}); it is a part of them")
    if number["closes"] > number["start_current"] + number["opens"]:
        raise given.wrong("closes", "is more than ever were open (start_current + opens); correct one of the three")
    current, cumulative = people(number["start_current"], number["start_cumulative"], number["opens"], number[again], number["closes"])
    return {
        "new_open": number["opens"],
        "new_close": number["closes"],
        "current": current,
        "cumulative": cumulative,
        "coverage": half_up_or_none(percent(current, number["depositors"])),
        "centre_coverage": half_up_or_none(percent(number["centres_open"], number["centres_total"])),
    }


def _segments(value: object, where: str, _sets: tuple[ThresholdSet, ...]) -> dict[str, Any]:
    given = Given(value, where, ("lengths", "price_yuan_per_segment"))
    lengths = [count_of(entry, f"{given.path('lengths')}[{place}]") for place, entry in enumerate(given.list("lengths"))]
    segments = [billing_segments(length) for length in lengths]
    price = given.money("price_yuan_per_segment")
    return {
        "segments": segments,
        "total_segments": sum(segments),
        "cost_yuan": None if price is None else half_up(price * sum(segments)),
    }


def _cost(value: object, where: str, _sets: tuple[ThresholdSet, ...]) -> dict[str, Any]:
    """By quarter and year to date. With months of several years the plain keys are the last year's; ``years`` has all."""
    given = Given(value, where, ("month_cost",))
    by_month: dict[str, Fraction] = {}
    for month, cost in given.table("month_cost").items():
        if not _MONTH.match(month):
            raise given.wrong(f"month_cost.{month}", "is no month; write YYYY-MM such as 2026-01")
        by_month[month] = money_of(cost, f"{given.path('month_cost')}.{month}")
    years = {year: _told(sums) for year, sums in costs(by_month).items()}
    last = years[max(years)] if years else _told({"year_to_date": Fraction(0)})
    return {**last, "years": years}


def _told(sums: dict[str, Fraction]) -> dict[str, str | None]:
    """A quarter none of whose months is stated is null."""
    return {key: half_up_or_none(sums.get(key)) for key in (*QUARTERS, "year_to_date")}


def _channel(value: object, where: str, _sets: tuple[ThresholdSet, ...]) -> dict[str, Any]:
    keys = ("requests", "success", "abnormal", "active_users", "registered_users", "system_users", "complaint_users")
    return {name: half_up_or_none(share) for name, share in channel(Given(value, where, keys).counts(*keys)).items()}


SMS_KINDS: dict[str, Callable[[object, str, tuple[ThresholdSet, ...]], dict[str, Any]]] = {
    "sms": _sms,
    "sms_people": _people,
    "sms_segments": _segments,
    "sms_cost": _cost,
    "channel": _channel,
}
"""The kinds of document about messages and the channel, by name."""

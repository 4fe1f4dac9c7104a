"""Worked examples: `hotline kpi compute` checks any figure from outside, with the very code that makes the reports.

A document states counts, durations or call records; they become a :class:`kpi.tally.Tally` (call records by way of events and
journeys) and the indicators are taken from it. Rates and averages come out as texts with two decimals, halves up, null where there
is nothing to divide by; verdicts are taken from the exact figures and null with them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from kpi.compute_calls import read_calls
from kpi.compute_sms import SMS_KINDS
from kpi.documents import DocumentError, Given, kind_of, microseconds_of, refuse_unknown
from kpi.figures import RATES, answer_of_calls, export, rates, shown, verdict, verdicts
from kpi.tally import Tally
from kpi.thresholds import DOCUMENTED, ThresholdSet, all_of

Sets = tuple[ThresholdSet, ...]
Answer = dict[str, Any]

DOCUMENT_KEYS = ("kind", "given", "id", "title", "expect", "working", "note")
AGGREGATE_KEYS = (
    "calls_in", "agent_requests", "agent_answered", "abandoned", "self_service_done", "ivr_hangup_no_service", "date", "staffed",
    "after_hours_agent_requests", "after_hours_message_left", "short_abandoned",
)  # fmt: skip


def compute(document: object, sets: Sets = DOCUMENTED, where: str = "") -> Answer:
    """The answer to one document ``{"kind": ..., "given": {...}}``; an example's own keys (id, title, expect...) may stand beside.

    Raises DocumentError naming the field and the remedy. ``where`` names the document in a list of them.
    """
    name = where or "document"
    if not isinstance(document, dict):
        raise DocumentError(f'{name}: must be an object {{"kind": ..., "given": {{...}}}}, not {kind_of(document)}')
    refuse_unknown(document, name, DOCUMENT_KEYS)
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise DocumentError(f"{name}.kind: must be one of {', '.join(KINDS)}, not {kind!r}")
    if "given" not in document:
        raise DocumentError(f"{name}.given: is missing; put the facts of kind {kind} there")
    return KINDS[kind](document["given"], f"{where}.given" if where else "given", sets)


def compute_all(content: object, sets: Sets = DOCUMENTED) -> Answer | list[Answer]:
    """The answer to one document, or, for a list or an examples file ``{"examples": [...]}``, one entry per document.

    An entry has ``id``, ``kind`` and ``result``; where the document says what it expects, ``agrees`` and the ``differences``.
    """
    if isinstance(content, dict) and "kind" not in content and isinstance(content.get("examples"), list):
        content = content["examples"]
    if not isinstance(content, list):
        return compute(content, sets)
    return [_entry(document, place, sets) for place, document in enumerate(content)]


def differences(expected: object, found: object, where: str = "") -> list[str]:
    """What of ``expected`` is otherwise in ``found``; further keys of ``found`` don't matter."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [line for key, value in expected.items() for line in differences(value, found.get(key), f"{where}.{key}".lstrip("."))]
    same = type(expected) is type(found) and expected == found
    return [] if same else [f"{where}: expected {expected!r}, computed {found!r}"]


def _entry(document: object, place: int, sets: Sets) -> Answer:
    name = str(document.get("id", "")) if isinstance(document, dict) else ""
    result = compute(document, sets, f"examples[{place}]" + (f" ({name})" if name else ""))
    assert isinstance(document, dict)
    entry: Answer = {"id": name, "kind": document["kind"], "result": result}
    if "expect" in document:
        found = differences(document["expect"], result)
        entry |= {"agrees": not found, "differences": found}
    return entry


# -- calls -----------------------------------------------------------------------------------------------------------


def _aggregate(value: object, where: str, sets: Sets) -> Answer:
    given = Given(value, where, AGGREGATE_KEYS)
    _check_date(given)
    tally = _counted(given)
    return rates(tally) | {
        "connect_agent_over_all": shown("connect_agent_over_all", tally),
        "ABN_without_short": shown("loss_ratio_without_short", tally),
        "verdict": verdicts(RATES, tally, sets),
        "notes": _contradictions(given, tally),
    }


def _check_date(given: Given) -> None:
    """The day the counts are of changes no figure, but a wrong one is a sign of wrong counts."""
    text = given.text("date")
    try:
        if text is not None:
            date.fromisoformat(text)
    except ValueError:
        raise given.wrong("date", f"{text!r} is no day; write YYYY-MM-DD such as 2026-11-20") from None


def _counted(given: Given) -> Tally:
    """Counts as a tally. A message left outside staffed hours is a call served by itself, not a request turned away."""
    off, left = given.count("after_hours_agent_requests"), given.count("after_hours_message_left")
    tally = Tally(
        calls_arrived=given.count("calls_in"),
        agent_requests=given.count("agent_requests"),
        answered=given.count("agent_answered"),
        abandoned=given.count("abandoned"),
        short_abandoned=given.count("short_abandoned"),
        self_served=given.count("self_service_done") + left,
        ivr_dropped=given.count("ivr_hangup_no_service"),
        off_requests=max(0, off - left),
    )
    if tally.short_abandoned > tally.abandoned:
        raise given.wrong("short_abandoned", f"is more than abandoned ({tally.abandoned}); short abandons are part of them")
    return tally


def _contradictions(given: Given, tally: Tally) -> list[str]:
    """What can't all be true of one period; said beside the figures, which stay those of the counts given."""
    classes = tally.connected + tally.abandoned + tally.ivr_dropped + tally.off_requests
    checks = [
        (tally.answered + tally.abandoned > tally.agent_requests > 0, "agent_answered + abandoned is more than agent_requests"),
        (classes > tally.calls_arrived, f"the classes add up to {classes}, more than calls_in"),
        (given.flag("staffed") is False and tally.abandoned > 0, "abandoned outside staffed hours: nobody can leave a closed queue"),
    ]
    return [note for wrong, note in checks if wrong]


def _periods(value: object, where: str, sets: Sets) -> Answer:
    given = Given(value, where, ("days",))
    days = [_counted(Given(day, f"{given.path('days')}[{place}]", AGGREGATE_KEYS)) for place, day in enumerate(given.list("days"))]
    month = sum(days, Tally())
    return {
        "day_callconnect": [shown("connect_rate_all", day) for day in days],
        "day_ABN": [shown("loss_ratio_all", day) for day in days],
        "month_callTotal": month.calls_arrived,
        "month_callconnect": shown("connect_rate_all", month),
        "month_ABN": shown("loss_ratio_all", month),
        "month_agent_connect": shown("connect_rate_agent", month),
        "month_agent_ABN": shown("loss_ratio_agent", month),
        "verdict": verdicts(RATES, month, sets),
    }


def _cdr(value: object, where: str, sets: Sets) -> Answer:
    calls = read_calls(Given(value, where, ("tz", "calls")))
    if not calls.keyed_by_day:
        return answer_of_calls(calls.journeys, sets)
    days = {day.isoformat(): [journey for journey in calls.journeys if journey.day == day] for day in calls.days}
    return {day: answer_of_calls(journeys, sets) for day, journeys in days.items()}


# -- single figures --------------------------------------------------------------------------------------------------


def _list(value: object, where: str, sets: Sets) -> Answer:
    given = Given(value, where, ("waits_s", "acw_s", "talk_s"))
    waits = _durations(given, "waits_s")
    wrap_ups = _durations(given, "acw_s", may_be_null=True)
    talks = _durations(given, "talk_s")
    tally = Tally(
        wait_request_us=sum(waits), wait_request_calls=len(waits), wrap_up_us=sum(wrap_ups), wrap_up_calls=len(wrap_ups),
        talk_us=sum(talks), talk_calls=len(talks),
    )  # fmt: skip
    judged = ("mean_wait_from_request", "mean_wrap_up_time")
    return {
        "wait_avg_s": shown(judged[0], tally),
        "waittimeavg": export(judged[0], tally),
        "acw_avg_s": shown(judged[1], tally),
        "acwavg": export(judged[1], tally),
        "talk_avg_s": shown("mean_talk_time", tally),
        "callavg": export("mean_talk_time", tally),
        "verdict": {one.name: all_of(verdict(name, tally, one) for name in judged) for one in sets},
    }


def _durations(given: Given, key: str, may_be_null: bool = False) -> list[int]:
    """Microseconds of a list of seconds. A null wrap-up (a call served by the fallback) is out of the denominator."""
    entries = enumerate(given.list(key))
    return [microseconds_of(entry, f"{given.path(key)}[{place}]") for place, entry in entries if entry is not None or not may_be_null]


def _complaint(value: object, where: str, sets: Sets) -> Answer:
    given = Given(value, where, ("complaints", "answered"))
    unknown = isinstance(value, dict) and value.get("complaints", 0) is None  # null: no source of tickets connected
    tally = Tally(complaints=None if unknown else given.count("complaints"), answered=given.count("answered"))
    return {
        "permille": shown("complaint_rate", tally),
        "complntrate": export("complaint_rate", tally),
        "verdict": {one.name: verdict("complaint_rate", tally, one) for one in sets},
    }


def _satisfaction(value: object, where: str, sets: Sets) -> Answer:
    given = Given(value, where, ("satisfied", "basically", "dissatisfied", "no_answer"))
    tally = Tally(no_grade=given.count("no_answer"), **given.counts("satisfied", "basically", "dissatisfied"))
    return {
        "satisrate": export("satisfaction_rate", tally),
        "channel_satisfaction": shown("channel_satisfaction", tally),
        "response_rate": shown("response_rate", tally),
        "verdict": {one.name: verdict("satisfaction_rate", tally, one) for one in sets},
    }


KINDS: dict[str, Callable[[object, str, Sets], Answer]] = {
    "aggregate": _aggregate,
    "list": _list,
    "complaint": _complaint,
    "satisfaction": _satisfaction,
    "periods": _periods,
    "cdr": _cdr,
    **SMS_KINDS,
}
"""Every kind of document, by name."""

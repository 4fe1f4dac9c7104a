"""Answers: figures of a tally under the names the data standard and the worked examples use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from kpi.indicators import BY_NAME
from kpi.model import Journey
from kpi.tally import Tally, tally
from kpi.thresholds import ThresholdSet

RATES: Mapping[str, str] = {
    "callconnect": "connect_rate_all",
    "ABNcalls": "loss_ratio_all",
    "agent_connect": "connect_rate_agent",
    "agent_ABN": "loss_ratio_agent",
}
"""Connect rate and loss ratio on both bases: name in an answer -> indicator."""
JUDGED_OF_CALLS: Mapping[str, str] = {
    **RATES,
    "waittimeavg": "mean_wait_from_request",
    "acwavg": "mean_wrap_up_time",
    "satisrate": "satisfaction_rate",
}


def shown(name: str, period: Tally) -> str | None:
    """Indicator ``name`` in the unit it is judged in, two decimals."""
    return BY_NAME[name].shown(period)


def export(name: str, period: Tally) -> str | None:
    """Indicator ``name`` as its column has it (minutes, percent), two decimals."""
    return BY_NAME[name].exported(period)


def verdict(name: str, period: Tally, limits: ThresholdSet) -> bool | None:
    """Whether indicator ``name`` keeps its limit in ``limits``, exactly."""
    return limits.judge(BY_NAME[name], period)


def verdicts(judged: Mapping[str, str], period: Tally, sets: Iterable[ThresholdSet]) -> dict[str, dict[str, bool | None]]:
    """Each set's verdict on each of ``judged`` (name in the answer -> indicator)."""
    return {one.name: {key: verdict(name, period, one) for key, name in judged.items()} for one in sets}


def rates(period: Tally) -> dict[str, Any]:
    """callTotal, both rates on both bases and the trade's abandonment rate."""
    figures: dict[str, Any] = {"callTotal": period.calls_arrived}
    figures |= {key: shown(name, period) for key, name in RATES.items()}
    return figures | {"abandon_rate_offered": shown("abandonment_rate", period)}


def answer_of_calls(journeys: Iterable[Journey], sets: Iterable[ThresholdSet]) -> dict[str, Any]:
    """Everything an answer says of a set of calls; sums of durations in seconds, null while none is known."""
    calls = list(journeys)
    period = tally(calls)
    means = {"wait_avg_s": "mean_wait_from_request", "wait_avg_arrival_s": "mean_wait_from_arrival"}
    means |= {"talk_avg_s": "mean_talk_time", "acw_avg_s": "mean_wrap_up_time", "channel_satisfaction": "channel_satisfaction"}
    columns = {"waittimeavg": "mean_wait_from_request", "callavg": "mean_talk_time", "acwavg": "mean_wrap_up_time"}
    columns |= {"satisrate": "satisfaction_rate"}
    return {
        **rates(period),
        **_counts(period),
        "wait_s": _seconds(period.wait_request_us, period.wait_request_calls, period),
        "talk_s": _seconds(period.talk_us, period.talk_calls, period),
        "acw_s": _seconds(period.wrap_up_us, period.wrap_up_calls, period),
        **{key: shown(name, period) for key, name in means.items()},
        **{key: export(name, period) for key, name in columns.items()},
        "rona": _ring_no_answers(calls),
        "verdict": verdicts(JUDGED_OF_CALLS, period, sets),
    }


def _counts(period: Tally) -> dict[str, int]:
    return {
        "answered": period.answered,
        "agent_answered": period.answered,
        "agent_requests": period.agent_requests,
        "abandoned": period.abandoned,
        "self_service_only": period.self_served,
        "ivr_hangup_no_service": period.ivr_dropped,
        "abandoned_with_callback": period.callbacks,
        "outbound": period.outbound,
    }


def _seconds(us: int, calls: int, period: Tally) -> int | float | None:
    if period.answered and not calls:
        return None
    exact = Fraction(us, 1_000_000)
    return exact.numerator if exact.denominator == 1 else float(exact)


def _ring_no_answers(calls: Iterable[Journey]) -> dict[str, int]:
    missed: dict[str, int] = {}
    for ring in (ring for call in calls if call.counted for ring in call.rings):
        if ring.unanswered:
            missed[ring.agent] = missed.get(ring.agent, 0) + ring.unanswered
    return missed

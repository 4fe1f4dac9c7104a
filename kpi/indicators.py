"""The eight indicators of the hotline, and the trade's own beside them: formulas only, exact, each with its document's sentence.

Sources: 《12329热线服务导则》§3.2 (guideline) and its 统计监管指标数据标准表 (column, unit); 《甘肃省12329采购需求》§3.1 has the same
sentences with stricter figures (tender). Connect rate and loss ratio stand on two bases, for the guideline does not say whether
"接通" means connected to the centre or to a person: ``all`` (self-service served counts as connected) and ``agent``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kpi.rounding import half_up_or_none
from kpi.tally import Tally


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact ratio; ``numerator`` None means its source is not connected. Durations are in microseconds."""

    numerator: int | None
    denominator: int

    @property
    def value(self) -> Fraction | None:
        """The ratio, or None when nothing can be said (no source, or nothing to divide by)."""
        return Fraction(self.numerator, self.denominator) if self.numerator is not None and self.denominator else None


class Unit(StrEnum):
    """What an indicator is shown and judged in; the regulator's columns turn seconds into minutes and permille into percent."""

    CALLS = "calls"
    PERCENT = "percent"
    PERMILLE = "permille"
    SECONDS = "seconds"


_SCALE = {Unit.CALLS: Fraction(1), Unit.PERCENT: Fraction(100), Unit.PERMILLE: Fraction(1000), Unit.SECONDS: Fraction(1, 1_000_000)}
_EXPORT = {Unit.CALLS: Fraction(1), Unit.PERCENT: Fraction(1), Unit.PERMILLE: Fraction(1, 10), Unit.SECONDS: Fraction(1, 60)}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure: its formula, its names, its column in the data standard, and which family of limits judges it.

    ``basis`` is empty where there is but one. ``clause`` is the number in guideline §3.2 (统计 n, 监管 n), empty for our own.
    """

    name: str
    title: str
    unit: Unit
    formula: Callable[[Tally], Ratio]
    family: str
    basis: str = ""
    column: str = ""
    clause: str = ""

    def ratio(self, tally: Tally) -> Ratio:
        """Numerator and denominator for ``tally``."""
        return self.formula(tally)

    def exact(self, tally: Tally) -> Fraction | None:
        """The exact figure in :attr:`unit`; verdicts are taken from this one only."""
        value = self.formula(tally).value
        return None if value is None else value * _SCALE[self.unit]

    def shown(self, tally: Tally) -> str | None:
        """The figure in :attr:`unit` with two decimals, for people."""
        return half_up_or_none(self.exact(tally))

    def exported(self, tally: Tally) -> str | None:
        """The figure as the data standard's column has it: minutes or percent, two decimals."""
        exact = self.exact(tally)
        return None if exact is None else half_up_or_none(exact * _EXPORT[self.unit])


def calls_total(tally: Tally) -> Ratio:
    """§3.2 统计 1 "总呼叫量，指一段时间内所有拨入12329的电话总量": every inbound call, self-service only ones too."""
    return Ratio(tally.calls_arrived, 1)


def mean_talk_time(tally: Tally) -> Ratio:
    """§3.2 统计 2 "客服代表与呼入客户交谈的平均时间长度": sum of talk, hold included, over answered inbound calls."""
    return Ratio(tally.talk_us, tally.talk_calls)


def connect_rate_all(tally: Tally) -> Ratio:
    """§3.2 统计 3 "接通的电话数量除以该段时间内的总呼叫量", 接通 = connected to the centre: answered or self-served."""
    return Ratio(tally.connected, tally.decided)


def connect_rate_agent(tally: Tally) -> Ratio:
    """§3.2 统计 3 "接通的电话数量除以…总呼叫量" of those who asked for a person: answered over agent requests in staffed hours."""
    return Ratio(tally.answered, tally.agent_requests)


def loss_ratio_all(tally: Tally) -> Ratio:
    """§3.2 统计 4 "放弃的电话数量除以该段时间内接通的电话数量": the denominator is what was connected, not what was offered."""
    return Ratio(tally.abandoned, tally.connected)


def loss_ratio_agent(tally: Tally) -> Ratio:
    """§3.2 统计 4 "放弃的电话数量除以…接通的电话数量", 接通 = answered by an agent."""
    return Ratio(tally.abandoned, tally.answered)


def mean_wait_from_request(tally: Tally) -> Ratio:
    """§3.2 统计 5 "呼入客户从呼入到接通的平均时间长度", counted as the trade does from the key that asks for a person."""
    return Ratio(tally.wait_request_us, tally.wait_request_calls)


def mean_wait_from_arrival(tally: Tally) -> Ratio:
    """§3.2 统计 5 "呼入客户从呼入到接通的平均时间长度" to the letter: from the arrival, menu included."""
    return Ratio(tally.wait_arrival_us, tally.wait_arrival_calls)


def mean_wrap_up_time(tally: Tally) -> Ratio:
    """§3.2 统计 6 "完成与此呼叫有关的整理工作所需要的时间": all segments, calls with none at all included, degraded calls left out."""
    return Ratio(tally.wrap_up_us, tally.wrap_up_calls)


def complaint_rate(tally: Tally) -> Ratio:
    """§3.2 监管 1 "投诉量除以该段时间内的接听量": complaints about the hotline over answered calls; no ticket source: null, not 0."""
    return Ratio(tally.complaints, tally.answered)


def satisfaction_rate(tally: Tally) -> Ratio:
    """§3.2 监管 2 "满意的客户数除以该段时间内接受调研的客户总数": 满意 only, over those who gave a grade."""
    return Ratio(tally.satisfied, tally.surveyed)


def abandonment_rate(tally: Tally) -> Ratio:
    """The trade's 放弃率: abandoned over agent requests. Not the guideline's 呼损率 and never judged against its limits."""
    return Ratio(tally.abandoned, tally.agent_requests)


def connect_agent_over_all(tally: Tally) -> Ratio:
    """Answered by an agent over all calls: the reading of §3.2 统计 3 that would fail any hotline whose self-service works."""
    return Ratio(tally.answered, tally.decided)


def loss_ratio_without_short(tally: Tally) -> Ratio:
    """§3.2 统计 4 without those who left the queue within five seconds; beside the figure, never instead of it."""
    return Ratio(tally.abandoned - tally.short_abandoned, tally.connected)


def mean_speed_of_answer(tally: Tally) -> Ratio:
    """The trade's ASA 平均应答速度: from entering the queue to the answer."""
    return Ratio(tally.wait_queue_us, tally.wait_queue_calls)


def channel_satisfaction(tally: Tally) -> Ratio:
    """《综合服务平台建设导则》§七-2 用户满意度 "(满意用户数+基本满意用户数)/参与评价用户数"."""
    return Ratio(tally.satisfied + tally.basically, tally.surveyed)


def response_rate(tally: Tally) -> Ratio:
    """Share of the callers asked in the survey who gave a grade 参评率; ours."""
    return Ratio(tally.surveyed, tally.surveyed + tally.no_grade)


def complaint_ticket_rate(tally: Tally) -> Ratio:
    """§3.2 监管 1 to the letter: all 投诉 tickets over answered calls, beside the rate about the hotline itself."""
    return Ratio(tally.complaint_tickets, tally.answered)


INDICATORS: tuple[Indicator, ...] = (
    Indicator("calls_arrived", "总呼叫量", Unit.CALLS, calls_total, "calls_arrived", "", "callTotal", "统计 1"),
    Indicator("mean_talk_time", "平均通话时长", Unit.SECONDS, mean_talk_time, "mean_talk_time", "", "callavg", "统计 2"),
    Indicator("connect_rate_all", "接通率", Unit.PERCENT, connect_rate_all, "connect_rate", "all", "callconnect", "统计 3"),
    Indicator("connect_rate_agent", "接通率", Unit.PERCENT, connect_rate_agent, "connect_rate", "agent", "", "统计 3"),
    Indicator("loss_ratio_all", "呼损率", Unit.PERCENT, loss_ratio_all, "loss_ratio", "all", "ABNcalls", "统计 4"),
    Indicator("loss_ratio_agent", "呼损率", Unit.PERCENT, loss_ratio_agent, "loss_ratio", "agent", "", "统计 4"),
    Indicator(
        "mean_wait_from_request", "平均等待时间", Unit.SECONDS, mean_wait_from_request, "mean_wait", "request", "waittimeavg", "统计 5"
    ),
    Indicator(
        "mean_wait_from_arrival", "平均等待时间", Unit.SECONDS, mean_wait_from_arrival, "mean_wait", "arrival", "waittimeavg", "统计 5"
    ),
    Indicator("mean_wrap_up_time", "平均后处理时间", Unit.SECONDS, mean_wrap_up_time, "mean_wrap_up_time", "", "acwavg", "统计 6"),
    Indicator("complaint_rate", "投诉率", Unit.PERMILLE, complaint_rate, "complaint_rate", "", "complntrate", "监管 1"),
    Indicator("satisfaction_rate", "满意度", Unit.PERCENT, satisfaction_rate, "satisfaction_rate", "", "satisrate", "监管 2"),
    Indicator("abandonment_rate", "放弃率", Unit.PERCENT, abandonment_rate, "abandonment_rate"),
    Indicator("connect_agent_over_all", "人工接通占总量", Unit.PERCENT, connect_agent_over_all, "connect_agent_over_all"),
    Indicator("loss_ratio_without_short", "呼损率（不计短时放弃）", Unit.PERCENT, loss_ratio_without_short, "loss_ratio_without_short"),
    Indicator("mean_speed_of_answer", "平均应答速度", Unit.SECONDS, mean_speed_of_answer, "mean_speed_of_answer"),
    Indicator("channel_satisfaction", "渠道满意度", Unit.PERCENT, channel_satisfaction, "channel_satisfaction"),
    Indicator("response_rate", "参评率", Unit.PERCENT, response_rate, "response_rate"),
    Indicator("complaint_ticket_rate", "投诉率（全部投诉工单）", Unit.PERMILLE, complaint_ticket_rate, "complaint_ticket_rate"),
)
BY_NAME: dict[str, Indicator] = {indicator.name: indicator for indicator in INDICATORS}
FAMILIES: frozenset[str] = frozenset(indicator.family for indicator in INDICATORS)
"""Names a limit may carry: a family judges each of its bases, an indicator's own name judges that one."""


def export_columns(tally: Tally, wait_basis: str = "request") -> dict[str, int | str | None]:
    """The eight columns of the data standard: NUMBER(10) calls, NUMBER(10,2) minutes and percent, null where nothing can be said.

    ``wait_basis`` (``request`` or ``arrival``) says which wait fills ``waittimeavg``.
    """
    columns: dict[str, int | str | None] = {}
    for indicator in INDICATORS:
        if not indicator.column or (indicator.family == "mean_wait" and indicator.basis != wait_basis):
            continue
        columns[indicator.column] = tally.calls_arrived if indicator.unit is Unit.CALLS else indicator.exported(tally)
    return columns

"""The daily report in a terminal: Chinese, one line per figure and basis, a light for each threshold set told apart by shape."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hotline.events import Grade
from kpi.indicators import INDICATORS, Indicator, Unit
from kpi.model import CallClass, Journey
from kpi.report import DayReport, flags_of
from kpi.rounding import half_up, milliseconds
from kpi.thresholds import Light, Limit, ThresholdSet

FULL_WIDTH = 120
"""Columns the report needs with nothing left out."""
WEEKDAYS = "一二三四五六日"
NOTHING = "—"
STYLES = {Light.PASS: "green", Light.NEAR: "yellow", Light.FAIL: "bold red", Light.NONE: "dim"}
UNITS = {Unit.CALLS: "次", Unit.PERCENT: "%", Unit.PERMILLE: "‰", Unit.SECONDS: "秒"}
BASES = {"": "", "all": "全部", "agent": "人工", "request": "自请求起", "arrival": "自呼入起"}
CLASSES = {
    CallClass.ANSWERED: "人工接听",
    CallClass.SELF: "自助完成",
    CallClass.ABANDONED: "放弃",
    CallClass.IVR_DROP: "语音中挂断",
    CallClass.OFF_REQUEST: "非时段请求",
    CallClass.BLOCKED: "线路全忙",
}
GRADES: dict[Grade, str] = {"satisfied": "满意", "basically": "基本满意", "dissatisfied": "不满意"}
FLAGS = {
    "internal": "内部", "outbound": "呼出", "degraded": "应急队列", "estimated": "时刻为推算", "short_abandon": "短时放弃",
    "left_queue": "曾退出排队", "message_left": "留言", "callback": "已登记回呼", "transferred": "转接", "wrap_up_due": "后处理未结束",
}  # fmt: skip


def day_table(report: DayReport, width: int = FULL_WIDTH, longest_list: int = 200) -> RenderableType:
    """The whole report for a terminal of ``width`` columns; below :data:`FULL_WIDTH` the less needed columns are left out.

    Of the calls the first ``longest_list`` are listed, the rest by number.
    """
    compact = width < FULL_WIDTH
    parts: list[RenderableType] = [_title(report), _conclusion(report), _figures(report, compact), _classes(report)]
    if report.calls:
        parts.append(_calls(report.calls[:longest_list], compact))
    if len(report.calls) > longest_list:
        parts.append(Text(f"另有 {len(report.calls) - longest_list} 次来电未列出，全部见 -o json", style="dim"))
    if report.open_calls:
        parts.append(Text("未结束的来电：" + "、".join(call.call for call in report.open_calls), style="yellow"))
    if report.wrap_ups_due:
        parts.append(Text("后处理未结束的来电：" + "、".join(call.call for call in report.wrap_ups_due), style="yellow"))
    parts.append(Text("● 达标  ▲ 临近  ■ 超标  — 无数据或不考核。按精确值判定，所列为四舍五入到两位小数", style="dim"))
    return Group(*parts)


def _title(report: DayReport) -> Text:
    day = report.day
    title = f"12329 住房公积金热线运行日报  {day.year} 年 {day.month} 月 {day.day} 日（星期{WEEKDAYS[day.weekday()]}）"
    return Text(title + ("  【未完结】" if report.provisional else ""), style="bold")


def _conclusion(report: DayReport) -> Text:
    words = {True: "全部达标", False: "未达标", None: "未评价"}
    styles = {True: "green", False: "bold red", None: "dim"}
    line = Text("结论：")
    for place, limits in enumerate(report.sets):
        verdict = report.passes(limits)
        line.append("；" if place else "").append(limits.title + " ").append(words[verdict], style=styles[verdict])
    return line


def _figures(report: DayReport, compact: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("指标",) if compact else ("指标", "口径", "字段"):
        table.add_column(heading, no_wrap=True)
    for heading in ("当日值", "分子 / 分母"):
        table.add_column(heading, justify="right", no_wrap=True)
    for limits in report.sets:
        table.add_column(limits.title, no_wrap=True)
    own = next((place for place, one in enumerate(INDICATORS) if not one.clause), len(INDICATORS))
    for place, indicator in enumerate(INDICATORS):
        if place == own:
            table.add_section()
        table.add_row(*_figure(report, indicator, compact))
    return table


def _figure(report: DayReport, indicator: Indicator, compact: bool) -> list[RenderableType]:
    ratio, basis = indicator.ratio(report.totals), BASES[indicator.basis]
    fraction = _fraction(indicator, ratio.numerator, ratio.denominator)
    lights: list[RenderableType] = [_light(limits, indicator, report) for limits in report.sets]
    column = indicator.column if indicator.basis in ("", "all", report.wait_basis) else ""
    names = [f"{indicator.title} {basis}".strip()] if compact else [indicator.title, basis, column]
    return [*names, _value(indicator, report, minutes=not compact), fraction, *lights]


def _value(indicator: Indicator, report: DayReport, minutes: bool) -> str:
    if indicator.unit is Unit.CALLS:
        return f"{report.totals.calls_arrived} 次"
    shown = indicator.shown(report.totals)
    if shown is None:
        return NOTHING
    also = f"（{indicator.exported(report.totals)} 分）" if minutes and indicator.unit is Unit.SECONDS else ""
    return f"{shown} {UNITS[indicator.unit]}{also}"


def _fraction(indicator: Indicator, numerator: int | None, denominator: int) -> str:
    if indicator.unit is Unit.CALLS:
        return ""
    if numerator is None:
        return f"未接入 / {denominator}"
    return f"{_seconds(numerator)} 秒 / {denominator}" if indicator.unit is Unit.SECONDS else f"{numerator} / {denominator}"


def _light(limits: ThresholdSet, indicator: Indicator, report: DayReport) -> Text:
    limit, light = limits.limit_of(indicator), limits.light(indicator, report.totals)
    return Text(f"{light.value} {_limit(limit, indicator)}" if limit else NOTHING, style=STYLES[light])


def _limit(limit: Limit, indicator: Indicator) -> str:
    bound = half_up(limit.bound).rstrip("0").rstrip(".")
    return f"{'≥' if limit.direction == 'at_least' else '≤'} {bound} {UNITS[indicator.unit]}"


def _classes(report: DayReport) -> Text:
    totals = report.totals
    counts = {CLASSES[kind]: number for kind, number in report.classes.items()} | {"未定": totals.undecided}
    made_of = "，".join(f"{word} {number}" for word, number in counts.items() if number)
    beside = "，".join(f"{word} {number}" for word, number in (("内部", totals.internal), ("呼出", totals.outbound)) if number)
    return Text(
        f"来电构成：共 {totals.calls_arrived} 次" + (f"（{made_of}）" if made_of else "") + (f"；不计入：{beside}" if beside else "")
    )


def _calls(calls: tuple[Journey, ...], compact: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("来电", "呼入时刻", "结果"):
        table.add_column(heading, no_wrap=True)
    for heading in ("等待秒", "通话秒", "后处理秒"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("工号",) if compact else ("工号", "座席", "评价", "备注"):
        table.add_column(heading)
    for call in calls:
        kind = CLASSES[call.call_class] if call.call_class else "进行中"
        times = [NOTHING if us is None else _seconds(us) for us in (call.wait_from_request, call.talk, call.wrap_up)]
        notes = "，".join(FLAGS[flag] for flag in flags_of(call))
        who = [call.agent or "", str(call.seat) if call.seat else "", GRADES[call.grade] if call.grade else "", notes]
        table.add_row(call.call, f"{call.arrived.local():%H:%M:%S}", kind, *times, *(who[:1] if compact else who))
    return table


def _seconds(us: int) -> str:
    ms = milliseconds(us) or 0
    return f"{ms // 1000}.{ms % 1000:03d}"

"""The figures as a table for people or JSON for programs; names as seed 000 §4.2 has them."""

from __future__ import annotations

from typing import Any

from sms_bridge.figures.rules import Figures

CLASSES = {"collection": "归集类", "withdrawal": "提取类", "loan": "信贷类", "change": "变更类", "notice": "通知类", "other": "其他类"}


def as_json(found: Figures) -> dict[str, Any]:
    """Every figure under its number; money in yuan as text, shares as two integers."""
    persons = found.persons
    return {
        "period": {"span": found.period.span, "first": str(found.period.first), "after": str(found.period.after)},
        "S1": {"total": found.total, "parts": found.parts, "success": found.success, "failure": found.failure, "pending": found.pending},
        "S2": {"by_topic": found.by_topic, "by_class": found.by_class},
        "S3": persons.ever, "S4": persons.now, "S4_before": persons.before, "S5": persons.opened, "S6": persons.closed,
        "S7": yuan(found.cost), "S8": found.complaints, "S9": found.coverage, "S10": found.centres, "broken": list(found.broken),
    }  # fmt: skip


def as_lines(found: Figures) -> list[str]:
    """For a terminal."""
    persons = found.persons
    lines = [
        f"12329 短信统计  {found.period.first} 至 {found.period.after}（不含）",
        f"1 总发送量        {found.total} 条（计费 {found.parts} 条；成功 {found.success}，失败 {found.failure}，待定 {found.pending}）",
        *(f"2   {CLASSES.get(name, name):<8}{count} 条" for name, count in found.by_class.items()),
        *(f"2   {name:<10}{count} 条" for name, count in found.by_topic.items()),
        f"3 累计开通人数    {persons.ever} 人",
        f"4 当前开通人数    {persons.now} 人",
        f"5 新开通人数      {persons.opened} 人",
        f"6 新关闭人数      {persons.closed} 人",
        f"7 短信费用        {yuan(found.cost) or '按月、季、年统计'}",
        f"1 服务质量投诉量  {_told(found.complaints)} 件",
        f"2 开通人数覆盖率  {_share(found.coverage)}",
        f"3 开通中心覆盖率  {_share(found.centres)}",
    ]
    return [*lines, *(f"! 不平: {each}" for each in found.broken)]


def yuan(cost: int | None) -> str | None:
    """``12.3450`` of 1/10,000 yuan."""
    return None if cost is None else f"{cost // 10_000}.{cost % 10_000:04d}"


def _told(value: int | None) -> str:
    return "-" if value is None else str(value)


def _share(of: tuple[int, int] | None) -> str:
    return "-" if of is None or not of[1] else f"{of[0]}/{of[1]} = {of[0] * 100 / of[1]:.2f}%"

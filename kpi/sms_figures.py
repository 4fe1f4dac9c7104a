"""Figures of the short-message service and of the channel: sums and shares, exact, each with its document's sentence.

Sources: 《12329短消息服务导则》§4.2 (seven statistics, three supervised) and 《综合服务平台建设导则》§七 (channel indicators).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

PERCENT = 100
SHORT_TEXT = 70
"""UCS-2 code units of a message that goes out whole, the 【signature】 counted (an emoji is two)."""
LONG_PART = 67
"""Code units of each part of a longer one: the header that joins the parts takes three."""
QUARTERS = ("Q1", "Q2", "Q3", "Q4")


def percent(part: int, whole: int) -> Fraction | None:
    """``part`` in a hundred of ``whole``; None when there is nothing to divide by."""
    return Fraction(part * PERCENT, whole) if whole else None


def billing_segments(length: int) -> int:
    """Billed segments 计费条数 of a text of ``length`` UCS-2 code units."""
    return 1 if length <= SHORT_TEXT else -(-length // LONG_PART)


def is_consistent(*, success: int, fail: int, total: int | None, sent: int | None, by_class: Iterable[int] | None) -> bool:
    """Whether a month's message counts agree: the total is success + fail, the classes add up to the successful ones, and no more
    messages succeeded and failed than were sent (the rest is pending). What is not stated (None) cannot disagree.
    """
    agree = total is None or total == success + fail
    agree = agree and (sent is None or success + fail <= sent)
    return agree and (by_class is None or sum(by_class) == success)


def people(start_current: int, start_cumulative: int, opens: int, opens_again: int, closes: int) -> tuple[int, int]:
    """当前开通人数 and 累计开通人数 at the end: §4.2-4 "所有开通公积金短信服务的总量", §4.2-3 "累计开通".

    A person who had opened before counts again as newly open, but not in the cumulative number.
    """
    return start_current + opens - closes, start_cumulative + opens - opens_again


def costs(by_month: Mapping[str, Fraction]) -> dict[str, dict[str, Fraction]]:
    """短信费用 §4.2-7 "按月、季、年统计": per year (``YYYY``) the quarters that have a month, and ``year_to_date``.

    ``by_month`` is keyed ``YYYY-MM``.
    """
    years: dict[str, dict[str, Fraction]] = {}
    for month, cost in sorted(by_month.items()):
        sums = years.setdefault(month[:4], {"year_to_date": Fraction(0)})
        quarter = QUARTERS[(int(month[5:7]) - 1) // 3]
        sums[quarter] = sums.get(quarter, Fraction(0)) + cost
        sums["year_to_date"] += cost
    return years


def channel(counts: Mapping[str, int]) -> dict[str, Fraction | None]:
    """The channel indicators of §七 in percent: "办理成功数/业务办理请求数", "异常交易业务数/业务办理总数", "活动用户数/注册用户总数",
    "渠道注册用户数/业务系统登记用户总数", "投诉用户数/业务系统登记用户总数".
    """
    return {
        "业务办理成功率": percent(counts["success"], counts["requests"]),
        "异常交易率": percent(counts["abnormal"], counts["requests"]),
        "活动用户占比": percent(counts["active_users"], counts["registered_users"]),
        "用户注册率": percent(counts["registered_users"], counts["system_users"]),
        "用户投诉率": percent(counts["complaint_users"], counts["system_users"]),
    }

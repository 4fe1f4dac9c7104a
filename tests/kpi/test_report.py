"""A day written as a table of events; the figures beside it are worked out by hand."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction

import pytest
from rich.console import Console

from hotline.events import Event
from hotline.settings import KpiSettings
from kpi.cli import app, make_app
from kpi.indicators import INDICATORS
from kpi.report import DayReport, day_report
from kpi.table import day_table
from kpi.thresholds import NATIONAL, Limit, ThresholdSet

Told = Callable[..., list[Event]]
DAY = date(2026, 11, 20)

# Ten calls: five answered, two abandoned, two self-served, one hung up in the welcome; then one from a seat, not counted.
TEN_CALLS = """
time      call  event       detail
09:00:00  a     arrives
09:00:40  a     reaches     Q.1.1
09:01:30  a     ends
09:00:10  b     arrives
09:00:30  b     asks
09:00:30  b     queues
09:00:40  b     answered    ob  1
09:03:40  b     talk_ends   1
09:03:41  b     surveyed
09:03:45  b     grades      satisfied
09:03:46  b     ends
09:04:00  b     wrapped_up  1
09:01:00  c     arrives
09:01:20  c     asks
09:01:22  c     queues
09:02:00  c     answered    oc  2
09:04:00  c     talk_ends   2
09:04:05  c     grades      satisfied
09:04:06  c     ends
09:04:30  c     wrapped_up  2
09:02:00  d     arrives
09:02:25  d     asks
09:02:25  d     queues
09:03:10  d     leaves
09:03:10  d     ends
09:03:00  e     arrives
09:03:04  e     ends
09:04:00  f     arrives
09:04:30  f     reaches     G.2.1
09:05:00  f     asks
09:05:15  f     answered    of  3
09:07:15  f     talk_ends   3
09:07:20  f     grades      basically
09:07:21  f     ends
09:07:25  f     wrapped_up  3
09:05:00  g     arrives
09:05:20  g     asks
09:05:20  g     answered    og  4
09:06:20  g     talk_ends   4
09:06:20  g     wrapped_up  4
09:06:21  g     surveyed
09:06:30  g     ends
09:06:00  h     arrives
09:06:50  h     reaches     Q.2.1
09:08:00  h     ends
09:07:00  i     arrives
09:07:10  i     asks
09:07:10  i     queues
09:07:11  i     offered     oi1  5
09:07:26  i     unanswered  oi1  5
09:08:05  i     answered    oi2  1
09:12:05  i     talk_ends   1
09:12:08  i     grades      dissatisfied
09:12:09  i     ends
09:12:45  i     wrapped_up  1
09:08:00  j     arrives
09:08:20  j     reaches     Q.1.1
09:09:00  j     asks
09:09:02  j     queues
09:09:06  j     goes_back
09:09:50  j     ends
09:10:00  k     arrives_from_a_seat
09:10:10  k     asks
09:10:20  k     answered    ok  6
09:10:30  k     talk_ends   6
09:10:30  k     ends
"""

FIGURES = """
indicator                 numerator   denominator  value   export  national  tender
calls_arrived             10          1            10.00   10.00   none      none
mean_talk_time            720000000   5            144.00  2.40    none      none
connect_rate_all          7           10           70.00   70.00   False     False
connect_rate_agent        5           7            71.43   71.43   False     False
loss_ratio_all            2           7            28.57   28.57   False     False
loss_ratio_agent          2           5            40.00   40.00   False     False
mean_wait_from_request    120000000   5            24.00   0.40    True      True
mean_wait_from_arrival    250000000   5            50.00   0.83    False     False
mean_wrap_up_time         100000000   5            20.00   0.33    True      True
complaint_rate            none        5            none    none    none      none
satisfaction_rate         2           4            50.00   50.00   False     False
abandonment_rate          2           7            28.57   28.57   none      none
connect_agent_over_all    5           10           50.00   50.00   none      none
loss_ratio_without_short  1           7            14.29   14.29   none      none
mean_speed_of_answer      103000000   3            34.33   0.57    none      none
channel_satisfaction      3           4            75.00   75.00   none      none
response_rate             4           5            80.00   80.00   none      none
complaint_ticket_rate     none        5            none    none    none      none
"""


def report_of(events: Iterable[Event], **more: int) -> DayReport:
    return day_report(DAY, events, **more)


def test_a_day_of_ten_calls_gives_the_figures_worked_out_by_hand(told: Told) -> None:
    indicators = report_of(told(TEN_CALLS)).to_json()["indicators"]
    rows = [line.split() for line in FIGURES.strip().splitlines()[1:]]
    assert [row[0] for row in rows] == [indicator.name for indicator in INDICATORS]
    for name, *expected in rows:
        line = indicators[name]
        found = [
            line["numerator"],
            line["denominator"],
            line["value"],
            line["export"],
            line["verdict"]["national"],
            line["verdict"]["tender"],
        ]
        assert [name, *("none" if cell is None else str(cell) for cell in found)] == [name, *expected]


def test_the_export_has_the_eight_columns_of_the_data_standard(told: Told) -> None:
    assert report_of(told(TEN_CALLS)).to_json()["export"] == {
        "callTotal": 10,
        "callavg": "2.40",
        "callconnect": "70.00",
        "ABNcalls": "28.57",
        "waittimeavg": "0.40",
        "acwavg": "0.33",
        "complntrate": None,
        "satisrate": "50.00",
    }


def test_the_setting_wait_basis_chooses_which_wait_is_exported_and_decides_the_day(told: Told) -> None:
    events = told("09:00:00 a arrives\n09:00:45 a asks\n09:00:50 a answered o 1\n09:01:50 a talk_ends 1\n09:01:50 a ends")
    by_request, by_arrival = day_report(DAY, events), day_report(DAY, events, settings=KpiSettings(wait_basis="arrival"))
    assert (by_request.to_json()["export"]["waittimeavg"], by_arrival.to_json()["export"]["waittimeavg"]) == ("0.08", "0.83")
    assert (by_request.passes(NATIONAL), by_arrival.passes(NATIONAL)) == (True, False)


def test_a_day_passes_only_if_both_bases_pass(told: Told) -> None:
    served = "\n".join(f"09:00:00 s{n} arrives\n09:00:01 s{n} reaches Q\n09:00:02 s{n} ends" for n in range(90))
    answered = "\n".join(f"09:00:00 a{n} arrives\n09:00:01 a{n} asks\n09:00:02 a{n} answered o{n} 1\n09:00:03 a{n} ends" for n in range(8))
    left = "\n".join(f"09:00:00 l{n} arrives\n09:00:01 l{n} asks\n09:00:02 l{n} ends" for n in range(2))
    told_json = report_of(told("\n".join([served, answered, left]))).to_json()
    assert told_json["indicators"]["connect_rate_all"]["verdict"]["national"] is True
    assert told_json["indicators"]["connect_rate_agent"]["verdict"]["national"] is False
    assert told_json["passes"]["national"] is False


def test_the_calls_of_the_report_add_up_to_its_totals(told: Told) -> None:
    told_json = report_of(told(TEN_CALLS)).to_json()
    counted = [call for call in told_json["calls"] if "internal" not in call["flags"]]
    totals = told_json["totals"]
    assert len(counted) == totals["calls_arrived"] == sum(told_json["classes"].values())
    assert sum(call["talk_us"] or 0 for call in counted) == totals["talk_us"]
    assert sum(call["wait_us"] or 0 for call in counted) == totals["wait_request_us"]
    assert sum(call["wait_from_arrival_us"] or 0 for call in counted) == totals["wait_arrival_us"]
    assert sum(call["wrap_up_us"] or 0 for call in counted) == totals["wrap_up_us"]
    assert sum(sum(call["ring_no_answers"].values()) for call in counted) == totals["ring_no_answers"] == 1


def test_a_call_of_the_report_says_what_it_was(told: Told) -> None:
    calls = {call["id"]: call for call in report_of(told(TEN_CALLS)).to_json()["calls"]}
    chosen = ("class", "wait_ms", "talk_ms", "wrap_up_ms", "agent", "seat", "grade")
    assert [calls["i"][key] for key in chosen] == ["ANSWERED", 55_000, 240_000, 40_000, "8001", 1, "dissatisfied"]
    assert [calls["d"][key] for key in chosen] == ["ABANDONED", None, None, None, None, None, None]
    assert calls["i"]["arrived"] == "2026-11-20T09:07:00.000+08:00"
    assert calls["j"]["flags"] == ["short_abandon", "left_queue"]
    assert calls["k"]["flags"] == ["internal", "wrap_up_due"]


def test_shuffled_and_doubled_events_give_the_same_report(told: Told) -> None:
    events = told(TEN_CALLS)
    mixed = events * 2
    random.Random(12329).shuffle(mixed)
    assert report_of(mixed).to_json() == report_of(events).to_json()


def test_an_open_call_counts_is_named_and_is_in_no_rate_until_it_is_decided(told: Told) -> None:
    before = report_of(told(TEN_CALLS)).to_json()
    during = report_of(told(TEN_CALLS) + told("10:00:00 z arrives\n10:00:10 z asks\n10:00:10 z queues")).to_json()
    assert (during["provisional"], during["open_calls"], during["export"]["callTotal"]) == (True, ["z"], 11)
    assert during["indicators"]["connect_rate_all"] == before["indicators"]["connect_rate_all"]
    assert before["provisional"] is False


def test_a_late_wrap_up_makes_the_report_provisional_and_then_corrects_it(told: Told) -> None:
    early = [event for event in told(TEN_CALLS) if type(event).__name__ != "WrapUpEnded" or getattr(event, "call", "") != "i"]
    report = report_of(early)
    assert (report.provisional, [call.call for call in report.wrap_ups_due]) == (True, ["i"])
    assert report.to_json()["indicators"]["mean_wrap_up_time"]["denominator"] == 4


def test_other_days_calls_among_the_events_are_left_out(told: Told) -> None:
    events = told(TEN_CALLS) + told("23:59:59 y arrives\n23:59:59.5 y ends", "2026-11-19") + told("00:00:00 x arrives", "2026-11-21")
    assert report_of(events).to_json() == report_of(told(TEN_CALLS)).to_json()


def test_a_day_without_calls_has_no_rate_and_no_verdict(told: Told) -> None:
    empty = report_of([]).to_json()
    assert empty["export"]["callTotal"] == 0
    assert {line["value"] for name, line in empty["indicators"].items() if name != "calls_arrived"} == {None}
    assert empty["passes"] == {"national": None, "tender": None}


def test_complaints_are_judged_once_a_source_of_tickets_is_connected(told: Told) -> None:
    line = report_of(told(TEN_CALLS), complaints=0, complaint_tickets=1).to_json()["indicators"]
    assert (line["complaint_rate"]["value"], line["complaint_rate"]["verdict"]["tender"]) == ("0.00", True)
    assert (line["complaint_ticket_rate"]["value"], line["complaint_ticket_rate"]["verdict"]["tender"]) == ("200.00", None)


def test_a_centre_s_own_set_is_judged_beside_the_documents(told: Told) -> None:
    own = ThresholdSet("centre", "本中心", "", {"abandonment_rate": Limit("at_most", Fraction(30))})
    told_json = day_report(DAY, told(TEN_CALLS), (NATIONAL, own)).to_json()
    assert told_json["indicators"]["abandonment_rate"]["verdict"] == {"national": None, "centre": True}
    assert told_json["passes"] == {"national": False, "centre": True}


# -- in the terminal -------------------------------------------------------------------------------------------------


def printed(report: DayReport, width: int = 120) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(day_table(report, width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def lines_with(text: str, word: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip().startswith(word)]


def test_connect_rate_loss_ratio_and_wait_have_two_lines_each_with_a_light_per_set(told: Told) -> None:
    text = printed(report_of(told(TEN_CALLS)))
    assert lines_with(text, "接通率") == [
        ["接通率", "全部", "callconnect", "70.00", "%", "7", "/", "10", "■", "≥", "85", "%", "■", "≥", "90", "%"],
        ["接通率", "人工", "71.43", "%", "5", "/", "7", "■", "≥", "85", "%", "■", "≥", "90", "%"],
    ]
    assert [line[1] for line in lines_with(text, "平均等待时间")] == ["自请求起", "自呼入起"]
    assert len([line for line in lines_with(text, "呼损率") if line[0] == "呼损率"]) == 2


def test_the_table_names_the_day_the_verdict_and_the_open_calls(told: Told) -> None:
    text = printed(report_of(told(TEN_CALLS) + told("10:00:00 z arrives")))
    assert "2026 年 11 月 20 日（星期五）" in text and "【未完结】" in text
    assert "结论：国家导则 未达标；招标要求 未达标" in text
    assert "未结束的来电：z" in text


def test_a_figure_that_passes_narrowly_has_the_near_light(told: Told) -> None:
    text = printed(report_of(told("09:00:00 a arrives\n09:00:00 a asks\n09:00:39 a answered o 1\n09:01:00 a talk_ends 1\n09:01:00 a ends")))
    assert lines_with(text, "平均等待时间")[0][-8:] == ["▲", "≤", "40", "秒", "■", "≤", "30", "秒"]


@pytest.mark.parametrize("width", [80, 120])
def test_a_narrow_terminal_loses_columns_but_cuts_no_figure_and_no_light(told: Told, width: int) -> None:
    long_id = "c-20261120-9f3ab1c2d4"
    events = told(TEN_CALLS) + told(f"10:00:00 {long_id} arrives\n10:00:00 {long_id} asks\n10:00:01 {long_id} ends")
    text = printed(report_of(events), width)
    assert "…" not in text
    assert all(f"■ ≥ {limit} %" in text for limit in (85, 90, 95))
    assert lines_with(text, long_id)[0][:3] == [long_id, "10:00:00", "放弃"]


def test_nothing_to_say_is_shown_as_a_dash(told: Told) -> None:
    assert lines_with(printed(report_of([])), "满意度")[0][1:3] == ["satisrate", "—"]


# -- the command -----------------------------------------------------------------------------------------------------


def test_the_command_prints_the_report_of_the_day_it_was_asked_for(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[date] = []

    def read_day(day: date) -> Iterable[Event]:
        asked.append(day)
        return told(TEN_CALLS)

    code = make_app(read_day)(["report", "day", "2026-11-20", "-o", "json"], result_action="return_value")
    assert (code, asked) == (0, [DAY])
    assert json.loads(capsys.readouterr().out) == report_of(told(TEN_CALLS)).to_json()


def test_the_command_s_table_is_the_default(told: Told) -> None:
    console = Console(width=120, file=io.StringIO())
    code = make_app(lambda day: told(TEN_CALLS), console=console)(["report", "day", "2026-11-20"], result_action="return_value")
    assert isinstance(console.file, io.StringIO)
    assert (code, console.file.getvalue()) == (0, printed(report_of(told(TEN_CALLS))))


@pytest.mark.parametrize("day", ["2026-11-31", "yesterday", "20261120", "2026-W47-5"])
def test_a_wrong_day_is_refused_with_an_example_of_a_right_one(day: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert make_app(lambda day: [])(["report", "day", day], result_action="return_value") == 2
    assert "write YYYY-MM-DD such as 2026-11-20" in capsys.readouterr().err


def test_without_a_journal_the_report_is_refused_and_not_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert app(["report", "day", "2026-11-20", "--json"], result_action="return_value") == 2
    assert "no journal is connected" in capsys.readouterr().err

"""Every worked example computes to what it says, and so do variations of each kind worked out by hand."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from kpi.cli import app, make_app, no_events
from kpi.compute import KINDS, compute, compute_all, differences
from kpi.documents import parse

FILE = Path(__file__).parent / "data" / "kpi_examples.json"
EXAMPLES: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["examples"]


def answer(kind: str, given: dict[str, Any]) -> Any:
    return compute(parse(json.dumps({"kind": kind, "given": given})))


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["id"] for example in EXAMPLES])
def test_a_worked_example_computes_to_what_it_expects(example: dict[str, Any]) -> None:
    assert differences(example["expect"], answer(example["kind"], example["given"])) == []


def test_the_examples_show_every_kind() -> None:
    assert {example["kind"] for example in EXAMPLES} == set(KINDS)


def test_the_thresholds_of_the_examples_are_those_in_force() -> None:
    from kpi.thresholds import NATIONAL, TENDER

    names = {
        "callconnect_min_pct": "connect_rate", "ABNcalls_max_pct": "loss_ratio", "wait_max_s": "mean_wait",
        "acw_max_s": "mean_wrap_up_time", "complaint_max_permille": "complaint_rate", "satisrate_min_pct": "satisfaction_rate",
    }  # fmt: skip
    stated = json.loads(FILE.read_text(encoding="utf-8"))["thresholds"]
    for limits, figures in ((NATIONAL, stated["national_001"]), (TENDER, stated["tender_004"])):
        assert {key: float(limits.limits[name].bound) for key, name in names.items()} == figures


VARIATIONS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("nothing stated is zero and null", "aggregate", {}, {"callTotal": 0, "callconnect": None, "ABN_without_short": None}),
    (
        "a limit reached exactly is kept",
        "aggregate",
        {"calls_in": 100, "agent_requests": 100, "agent_answered": 90, "abandoned": 9},
        {"callconnect": "90.00", "ABNcalls": "10.00", "verdict": {"tender": {"callconnect": True, "ABNcalls": True, "agent_ABN": True}}},
    ),
    (
        "89.996 % is shown as 90.00 and fails 90",
        "aggregate",
        {"calls_in": 100_000, "agent_answered": 89_996},
        {"callconnect": "90.00", "verdict": {"national": {"callconnect": True}, "tender": {"callconnect": False}}},
    ),
    (
        "short abandons stay in and are left out beside",
        "aggregate",
        {"calls_in": 110, "agent_requests": 110, "agent_answered": 100, "abandoned": 10, "short_abandoned": 4},
        {"ABNcalls": "10.00", "ABN_without_short": "6.00"},
    ),
    ("a half cent is rounded up", "aggregate", {"calls_in": 20_000, "agent_answered": 1_035}, {"callconnect": "5.18"}),
    (
        "abandoned and nobody connected cannot be divided",
        "aggregate",
        {"calls_in": 5, "agent_requests": 5, "abandoned": 5},
        {"callconnect": "0.00", "ABNcalls": None, "agent_ABN": None, "verdict": {"national": {"callconnect": False, "ABNcalls": None}}},
    ),
    ("counts that contradict are said to", "aggregate", {"calls_in": 1, "agent_answered": 2}, {"callconnect": "200.00"}),
    ("exactly 40 s passes", "list", {"waits_s": [40, 40.0]}, {"wait_avg_s": "40.00", "verdict": {"national": True, "tender": False}}),
    ("40.004 s is shown as 40.00 and fails", "list", {"waits_s": [40.004]}, {"wait_avg_s": "40.00", "verdict": {"national": False}}),
    ("no waits", "list", {"waits_s": []}, {"wait_avg_s": None, "waittimeavg": None, "verdict": {"national": None, "tender": None}}),
    ("a null wrap-up is out of the denominator", "list", {"acw_s": [None, 30, 0]}, {"acw_avg_s": "15.00", "verdict": {"tender": True}}),
    ("talk is not judged", "list", {"talk_s": [60]}, {"callavg": "1.00", "verdict": {"national": None}}),
    ("both judged lists must pass", "list", {"waits_s": [10], "acw_s": [31]}, {"verdict": {"national": False}}),
    (
        "half a permille exactly",
        "complaint",
        {"complaints": 1, "answered": 2000},
        {"permille": "0.50", "complntrate": "0.05", "verdict": {"national": True}},
    ),
    (
        "no call taken",
        "complaint",
        {"complaints": 1, "answered": 0},
        {"permille": None, "complntrate": None, "verdict": {"national": None}},
    ),
    ("absent complaints are none", "complaint", {"answered": 10}, {"permille": "0.00", "verdict": {"tender": True}}),
    (
        "complaints null: no ticket source",
        "complaint",
        {"complaints": None, "answered": 10},
        {"permille": None, "verdict": {"tender": None}},
    ),
    (
        "95 % exactly",
        "satisfaction",
        {"satisfied": 19, "dissatisfied": 1},
        {"satisrate": "95.00", "response_rate": "100.00", "verdict": {"tender": True}},
    ),
    (
        "nobody answered",
        "satisfaction",
        {"no_answer": 3},
        {"satisrate": None, "channel_satisfaction": None, "response_rate": "0.00", "verdict": {"national": None}},
    ),
    (
        "a day without calls in a month",
        "periods",
        {"days": [{"calls_in": 10, "agent_answered": 9, "abandoned": 1}, {}]},
        {"day_callconnect": ["90.00", None], "day_ABN": ["11.11", None], "month_callconnect": "90.00", "month_ABN": "11.11"},
    ),
    (
        "a month of no days",
        "periods",
        {"days": []},
        {"day_callconnect": [], "month_callconnect": None, "verdict": {"tender": {"ABNcalls": None}}},
    ),
    (
        "self-service counts in a month too",
        "periods",
        {"days": [{"calls_in": 4, "agent_answered": 1, "self_service_done": 2}]},
        {"month_callconnect": "75.00"},
    ),
    ("sum = success + fail", "sms", {"sum": 10, "success": 9, "fail": 1}, {"success_rate": "90.00", "consistent": True}),
    ("sum is short of one", "sms", {"sum": 10, "success": 8, "fail": 1}, {"success_rate": "80.00", "consistent": False}),
    ("classes don't add up", "sms", {"sent": 10, "success": 8, "by_class": {"提取类": 7}}, {"by_class_sum": 7, "consistent": False}),
    ("nothing sent", "sms", {"pushed": 3, "sent": 0, "duplicates_filtered": 1}, {"success_rate": None, "other_filtered": 2}),
    (
        "nobody to cover",
        "sms_people",
        {"opens": 2, "closes": 2},
        {"current": 0, "cumulative": 2, "coverage": None, "centre_coverage": None},
    ),
    (
        "a part more from 67 to 67",
        "sms_segments",
        {"lengths": [67, 68, 140], "price_yuan_per_segment": "0.045"},
        {"segments": [1, 1, 3], "cost_yuan": "0.23"},
    ),
    ("no price, no cost", "sms_segments", {"lengths": [70]}, {"total_segments": 1, "cost_yuan": None}),
    (
        "an unfinished quarter is what it is so far",
        "sms_cost",
        {"month_cost": {"2026-05": "0.10"}},
        {"Q1": None, "Q2": "0.10", "year_to_date": "0.10"},
    ),
    (
        "the year to date is the last year's",
        "sms_cost",
        {"month_cost": {"2025-12": "5.00", "2026-01": "1.00"}},
        {"Q1": "1.00", "Q4": None, "year_to_date": "1.00", "years": {"2025": {"Q4": "5.00", "year_to_date": "5.00"}}},
    ),
    (
        "no requests",
        "channel",
        {"registered_users": 1, "system_users": 3},
        {"业务办理成功率": None, "活动用户占比": "0.00", "用户注册率": "33.33"},
    ),
]


@pytest.mark.parametrize(("kind", "given", "expected"), [row[1:] for row in VARIATIONS], ids=[row[0] for row in VARIATIONS])
def test_a_variation_computes_to_what_was_worked_out_by_hand(kind: str, given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert differences(expected, answer(kind, given)) == []


def test_contradicting_counts_are_named_beside_the_figures() -> None:
    told = answer("aggregate", {"calls_in": 1, "agent_requests": 1, "agent_answered": 2, "abandoned": 1, "staffed": False})
    assert [note.split(":")[0] for note in told["notes"]] == [
        "agent_answered + abandoned is more than agent_requests",
        "the classes add up to 3, more than calls_in",
        "abandoned outside staffed hours",
    ]


def test_a_message_left_is_not_also_counted_as_a_request_turned_away() -> None:
    after_hours = next(example for example in EXAMPLES if example["id"] == "K07")
    assert answer("aggregate", after_hours["given"])["notes"] == []


# -- the command -----------------------------------------------------------------------------------------------------


def test_the_command_prints_one_document_s_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(EXAMPLES[0]), encoding="utf-8")
    assert app(["compute", str(file), "--json"], result_action="return_value") == 0
    assert differences(EXAMPLES[0]["expect"], json.loads(capsys.readouterr().out)) == []


def test_the_command_computes_a_whole_file_of_examples_and_says_that_each_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    assert app(["compute", str(FILE), "-o", "json"], result_action="return_value") == 0
    entries = json.loads(capsys.readouterr().out)
    assert [(entry["id"], entry["agrees"]) for entry in entries] == [(example["id"], True) for example in EXAMPLES]


def test_the_command_names_what_disagrees_and_leaves_with_1(tmp_path: Path) -> None:
    wrong = {**EXAMPLES[0], "expect": {"callconnect": "91.00"}}
    file, console = tmp_path / "list.json", Console(file=io.StringIO(), width=120)
    file.write_text(json.dumps([wrong]), encoding="utf-8")
    assert make_app(no_events, console=console)(["compute", str(file)], result_action="return_value") == 1
    assert isinstance(console.file, io.StringIO)
    assert "callconnect: expected '91.00', computed '90.00'" in console.file.getvalue()


def test_a_list_without_expectations_is_just_computed() -> None:
    assert compute_all([{"kind": "list", "given": {}}]) == [{"id": "", "kind": "list", "result": answer("list", {})}]


def test_a_centre_s_own_thresholds_give_a_verdict_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.toml").write_text("[centre.limits]\nconnect_rate = { at_least = 99.5 }\n", encoding="utf-8")
    (tmp_path / "d.json").write_text('{"kind": "aggregate", "given": {"calls_in": 1000, "agent_answered": 995}}', encoding="utf-8")
    app(["compute", str(tmp_path / "d.json"), "--json", "--thresholds", str(tmp_path / "t.toml")], result_action="return_value")
    assert json.loads(capsys.readouterr().out)["verdict"]["centre"]["callconnect"] is True

"""Call records of a document: the same journeys as real calls, days by Shanghai, and what a record may leave unsaid."""

from __future__ import annotations

from typing import Any

import pytest

from kpi.compute import compute, differences


def answer(*calls: dict[str, Any], **more: Any) -> Any:
    return compute({"kind": "cdr", "given": {"calls": list(calls), **more}})


TALK = {"t_in": "09:00:00", "t_agent_req": "09:00:10", "t_agent_ans": "09:00:30", "t_agent_end": "09:01:30", "acw_s": 5}


def test_days_without_calls_inside_the_span_are_listed_with_zeros() -> None:
    told = answer(
        {"id": "a", "t_in": "2026-11-19T10:00:00", "t_end": "2026-11-19T10:01:00", "self_service": ["Q.1.1"]},
        {"id": "b", "t_in": "2026-11-22T10:00:00", "t_agent_req": "2026-11-22T10:00:05", "t_end": "2026-11-22T10:01:00"},
        tz="Asia/Shanghai",
    )
    figures = {day: (line["callTotal"], line["self_service_only"], line["abandoned"], line["callconnect"]) for day, line in told.items()}
    assert figures == {
        "2026-11-19": (1, 1, 0, "100.00"),
        "2026-11-20": (0, 0, 0, None),
        "2026-11-21": (0, 0, 0, None),
        "2026-11-22": (1, 0, 1, "0.00"),
    }


def test_the_day_is_shanghai_s_whatever_zone_the_times_are_in() -> None:
    call = {"t_in": "2026-11-19T16:30:00", "t_end": "2026-11-19T16:31:00"}
    assert list(answer(call, tz="UTC")) == ["2026-11-20"]
    assert list(answer({**call, "t_in": "2026-11-19T15:59:59"}, tz="UTC")) == ["2026-11-19", "2026-11-20"]
    assert list(answer({"t_in": "2026-11-19T16:30:00Z"}, tz="Asia/Shanghai")) == ["2026-11-20"]


def test_without_a_zone_full_dates_give_one_flat_answer() -> None:
    assert answer({"t_in": "2026-11-19T23:59:30", "t_end": "2026-11-20T00:00:10"})["callTotal"] == 1


def test_bare_clock_times_give_one_flat_answer_even_with_a_zone() -> None:
    assert answer(TALK, tz="Asia/Shanghai")["talk_s"] == 60


def test_a_bare_clock_time_far_before_the_arrival_is_after_midnight() -> None:
    told = answer({"t_in": "23:59:30", "t_agent_req": "23:59:50", "t_agent_ans": "0:00:20", "t_agent_end": "00:01:20", "acw_s": 5})
    assert (told["wait_s"], told["talk_s"], told["wait_avg_arrival_s"]) == (30, 60, "50.00")


def test_an_outbound_call_is_counted_as_outbound_only() -> None:
    told = answer(TALK, {**TALK, "id": "o", "direction": "outbound", "survey": 3})
    assert (told["callTotal"], told["outbound"], told["answered"], told["talk_s"], told["satisrate"]) == (1, 1, 1, 60, None)


def test_a_callback_leaves_the_call_abandoned_and_is_counted_beside() -> None:
    told = answer(
        {"id": "a", "t_in": "10:00:00", "t_agent_req": "10:00:10", "t_end": "10:03:00", "callback_registered": True},
        {"id": "b", "t_in": "10:20:00", "direction": "outbound", "t_agent_ans": "10:20:10", "t_agent_end": "10:22:00", "acw_s": 9},
    )
    expected = {"callTotal": 1, "answered": 0, "abandoned": 1, "abandoned_with_callback": 1, "outbound": 1, "callavg": None}
    assert differences(expected, told) == []


def test_no_wrap_up_stated_is_unknown_and_zero_stated_is_zero() -> None:
    silent = {key: value for key, value in TALK.items() if key != "acw_s"}
    told = answer({**TALK, "id": "a", "acw_s": 30}, {**TALK, "id": "b", "acw_s": 0}, {**silent, "id": "c"})
    assert (told["acw_s"], told["acw_avg_s"]) == (30, "15.00")


def test_a_wrap_up_stated_of_a_talk_without_end_still_counts() -> None:
    told = answer({"t_in": "10:00:00", "t_agent_req": "10:00:00", "t_agent_ans": "10:00:05", "acw_s": 12})
    assert (told["answered"], told["talk_s"], told["callavg"], told["acw_s"]) == (1, None, None, 12)


def test_the_end_of_the_call_stands_in_for_the_end_of_the_talk() -> None:
    told = answer({"t_in": "10:00:00", "t_agent_req": "10:00:00", "t_agent_ans": "10:00:05", "t_end": "10:01:05", "acw_s": 12})
    assert (told["talk_s"], told["acw_s"]) == (60, 12)


def test_a_ring_that_was_answered_is_an_answer() -> None:
    rings = [
        {"agent": "8003", "start": "10:00:01", "end": "10:00:16", "result": "RONA"},
        {"agent": "8003", "start": "10:00:17", "end": "10:00:32", "result": "rona"},
        {"agent": "8004", "start": "10:00:32", "end": "10:00:40", "result": "ANSWER"},
    ]
    told = answer({"t_in": "10:00:00", "t_agent_req": "10:00:00", "rings": rings, "t_end": "10:01:40"})
    assert (told["wait_s"], told["talk_s"], told["rona"], told["abandoned"]) == (40, 60, {"8003": 2}, 0)


def test_rings_nobody_answered_leave_the_call_abandoned() -> None:
    rings = [{"agent": "8003", "start": "10:00:01", "end": "10:00:16", "result": "RONA"}]
    told = answer({"t_in": "10:00:00", "t_agent_req": "10:00:00", "rings": rings, "t_end": "10:00:20"})
    assert (told["abandoned"], told["rona"]) == (1, {"8003": 1})


def test_a_transfer_back_to_the_first_agent_sums_all_parts() -> None:
    segments = [
        {"agent": "8001", "ans": "10:00:10", "end": "10:01:10", "acw_s": 10},
        {"agent": "8002", "ans": "10:01:15", "end": "10:02:15", "acw_s": 0},
        {"agent": "8001", "ans": "10:02:16", "end": "10:03:16", "acw_s": 20},
    ]
    told = answer({"t_in": "10:00:00", "t_agent_req": "10:00:00", "segments": segments})
    assert (told["answered"], told["wait_s"], told["talk_s"], told["acw_s"]) == (1, 10, 180, 30)


def test_the_call_s_own_wrap_up_stands_for_all_its_segments() -> None:
    segments = [{"ans": "10:00:10", "end": "10:00:20"}, {"ans": "10:00:30", "end": "10:00:50"}]
    assert answer({"t_in": "10:00:00", "t_agent_req": "10:00:00", "segments": segments, "acw_s": 15})["acw_s"] == 15


def test_self_service_after_asking_does_not_make_up_for_the_agent_who_never_came() -> None:
    told = answer({"t_in": "10:00:00", "t_agent_req": "10:00:05", "self_service": ["Q.1.1"], "t_end": "10:05:00"})
    assert (told["abandoned"], told["self_service_only"]) == (1, 0)


def test_a_survey_on_a_self_served_call_does_not_make_it_answered() -> None:
    told = answer({"t_in": "10:00:00", "self_service": ["Q.1.1"], "t_end": "10:05:00", "survey": 1})
    assert (told["answered"], told["self_service_only"], told["satisrate"]) == (0, 1, "100.00")


def test_fractions_of_a_second_are_exact() -> None:
    told = answer({**TALK, "t_agent_end": "09:01:30.5"})
    assert (told["talk_s"], told["talk_avg_s"], told["callavg"]) == (60.5, "60.50", "1.01")


def test_the_same_record_twice_is_one_call() -> None:
    assert answer({**TALK, "id": "a"}, {**TALK, "id": "a"})["callTotal"] == 1


def test_no_calls_at_all_are_zero_calls() -> None:
    assert differences({"callTotal": 0, "callconnect": None, "wait_s": 0, "rona": {}}, answer(tz="Asia/Shanghai")) == []


def test_calls_without_an_id_are_calls_of_their_own() -> None:
    assert answer(TALK, TALK)["callTotal"] == 2


@pytest.mark.parametrize("key", ["t_agent_req", "t_agent_ans", "t_agent_end", "acw_s", "survey", "t_end", "rings", "segments"])
def test_null_is_not_stated(key: str) -> None:
    call = {"t_in": "09:00:00", "t_end": "09:00:05"}
    assert answer({**call, key: None} if key != "t_end" else {**call, "t_end": None}) == answer(call)

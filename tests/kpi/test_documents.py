"""A wrong document is refused by the name of the field, with what to do, and never computed by half."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.cli import app
from kpi.compute import KINDS, compute, compute_all
from kpi.documents import DocumentError, parse

CALL = {"id": "a", "t_in": "10:00:00", "t_agent_req": "10:00:10", "t_agent_ans": "10:00:20", "t_agent_end": "10:01:00"}


def cdr(**changes: Any) -> dict[str, Any]:
    return {"kind": "cdr", "given": {"calls": [{**CALL, **changes}]}}


REFUSALS: list[tuple[Any, str]] = [
    (5, "document: must be an object"),
    ({"given": {}}, "document.kind: must be one of aggregate, list"),
    ({"kind": "calls", "given": {}}, "document.kind: must be one of"),
    ({"kind": "aggregate"}, "document.given: is missing"),
    ({"kind": "aggregate", "given": []}, "given: must be an object {...}, not a list"),
    ({"kind": "aggregate", "given": {}, "gives": {}}, "document.gives: is not known here; did you mean given?"),
    ({"kind": "aggregate", "given": {"calls_inn": 1}}, "given.calls_inn: is not known here; did you mean calls_in?"),
    ({"kind": "aggregate", "given": {"calls_in": -1}}, "given.calls_in: must be from 0"),
    ({"kind": "aggregate", "given": {"calls_in": "12"}}, "given.calls_in: must be a whole number such as 12, not text"),
    ({"kind": "aggregate", "given": {"calls_in": True}}, "given.calls_in: must be a whole number such as 12, not true/false"),
    ({"kind": "aggregate", "given": {"calls_in": 1.5}}, "given.calls_in: must be a whole number such as 12, not a decimal"),
    ({"kind": "aggregate", "given": {"calls_in": None}}, "given.calls_in: must be a whole number such as 12, not null"),
    ({"kind": "aggregate", "given": {"calls_in": 10**16}}, "given.calls_in: must be from 0 to"),
    ({"kind": "aggregate", "given": {"staffed": "no"}}, "given.staffed: must be true or false"),
    ({"kind": "aggregate", "given": {"date": "2026-13-01"}}, "given.date: '2026-13-01' is no day"),
    ({"kind": "aggregate", "given": {"abandoned": 1, "short_abandoned": 2}}, "given.short_abandoned: is more than abandoned"),
    ({"kind": "list", "given": {"waits_s": 5}}, "given.waits_s: must be a list"),
    ({"kind": "list", "given": {"waits_s": [1, -2]}}, "given.waits_s[1]: must be from 0"),
    ({"kind": "list", "given": {"waits_s": [None]}}, "given.waits_s[0]: must be seconds such as 40"),
    ({"kind": "list", "given": {"talk_s": ["5"]}}, "given.talk_s[0]: must be seconds such as 40"),
    ({"kind": "list", "given": {"acw_s": [0.0000001]}}, "given.acw_s[0]: is finer than a microsecond"),
    ({"kind": "periods", "given": {"days": [{}, {"calls": 1}]}}, "given.days[1].calls: is not known"),
    ({"kind": "periods", "given": {"days": [3]}}, "given.days[0]: must be an object"),
    ({"kind": "sms", "given": {"by_class": {"提取类": "1"}}}, "given.by_class.提取类: must be a whole number"),
    ({"kind": "sms_people", "given": {"opens_by_people_who_had_opened_before": 1}}, "is more than opens"),
    ({"kind": "sms_people", "given": {"closes": 1}}, "given.closes: is more than ever were open"),
    (
        {"kind": "sms_segments", "given": {"price_yuan_per_segment": 0.05}},
        "given.price_yuan_per_segment: must be an amount of yuan in quotes",
    ),
    ({"kind": "sms_segments", "given": {"price_yuan_per_segment": "-1"}}, "given.price_yuan_per_segment: must be an amount"),
    ({"kind": "sms_cost", "given": {"month_cost": {"2026-13": "1"}}}, "given.month_cost.2026-13: is no month"),
    ({"kind": "sms_cost", "given": {"month_cost": {"2026-01": 1}}}, "given.month_cost.2026-01: must be an amount"),
    ({"kind": "cdr", "given": {"tz": "Mars/Olympus", "calls": []}}, "given.tz: 'Mars/Olympus' is no known zone"),
    ({"kind": "cdr", "given": {"tz": "../etc/passwd", "calls": []}}, "given.tz:"),
    (cdr(t_in=None), "given.calls[0].t_in: is missing"),
    (cdr(t_in="10 o'clock"), 'given.calls[0].t_in: "10 o\'clock" is no time'),
    (cdr(t_in="25:00:00"), "given.calls[0].t_in: '25:00:00' is no time"),
    (cdr(t_in="2026-11-31T10:00:00"), "given.calls[0].t_in: '2026-11-31T10:00:00' is no time"),
    (cdr(t_in=100), "given.calls[0].t_in: must be text"),
    (cdr(t_in="2026-11-20T10:00:00"), "given.calls[0].t_agent_req: full dates and bare clock times"),
    (cdr(t_agent_req="09:59:59"), "given.calls[0].t_agent_req: is before the call came in"),
    (cdr(t_agent_req="10:00:21"), "given.calls[0].t_agent_req: is after an agent's answer"),
    (cdr(t_agent_end="10:00:19"), "given.calls[0].t_agent_end: an end is before its answer"),
    (cdr(t_end="10:00:59"), "given.calls[0].t_end: is before the talk was over"),
    (cdr(t_agent_ans=None), "given.calls[0].t_agent_end: is stated without t_agent_ans"),
    (cdr(acw_s=-1), "given.calls[0].acw_s: must be from 0"),
    (cdr(survey=4), "given.calls[0].survey: must be 1 (满意), 2 (基本满意) or 3 (不满意)"),
    (cdr(direction="sideways"), "given.calls[0].direction: must be one of in, inbound"),
    (cdr(self_service=[7]), "given.calls[0].self_service[0]: must be a menu node"),
    (cdr(callback_registered="yes"), "given.calls[0].callback_registered: must be true or false"),
    (cdr(rings=[{"start": "10:00:11", "result": "LOUD"}]), "given.calls[0].rings[0].result: must be one of"),
    (cdr(rings=[{"result": "RONA"}]), "given.calls[0].rings[0].start: is missing"),
    (cdr(rings=[{"start": "10:00:15", "end": "10:00:11", "result": "RONA"}]), "given.calls[0].rings[0].end: is before start"),
    (cdr(segments=[{"end": "10:00:30"}]), "given.calls[0].segments[0].ans: is missing"),
    (cdr(segments=[{"ans": "10:00:25"}]), "given.calls[0].t_agent_ans: is not the first segment's ans"),
    (cdr(segments=[{"ans": "10:00:20", "acw_s": 1}], acw_s=1), "given.calls[0].acw_s: is stated for the call and for its segments"),
    (cdr(t_ended="10:02:00"), "given.calls[0].t_ended: is not known here; did you mean t_end?"),
    ({"kind": "cdr", "given": {"calls": [CALL, {**CALL, "survey": 1}]}}, "given.calls[1].id: 'a' is given twice with different facts"),
    (
        {"kind": "cdr", "given": {"calls": [{"t_in": "1970-01-02T00:00:00"}, {"t_in": "2970-01-01T00:00:00"}]}},
        "given.calls: span 1970-01-02 to 2970-01-01",
    ),
]


@pytest.mark.parametrize(("document", "said"), REFUSALS, ids=[said for _, said in REFUSALS])
def test_a_wrong_document_is_refused_by_the_field_s_name(document: Any, said: str) -> None:
    with pytest.raises(DocumentError, match=re.escape(said)):
        compute(parse(json.dumps(document)))


BROKEN = [
    ("[", "line 1 column 2: is not JSON"),
    ("", "line 1 column 1: is not JSON"),
    ('{"kind": "list", "kind": "list"}', "kind: is given twice"),
    ('{"kind": "list", "given": {"waits_s": [NaN]}}', "NaN is no number"),
    ("[" * 100_000, "is nested too deeply"),
    ("9" * 5000, "holds a number of absurd length"),
    ('{"kind": "list", "given": {"waits_s": [1e999999999]}}', "given.waits_s[0]: must be from 0"),
    ('{"kind": "list", "given": {"waits_s": [1e-999999999]}}', "given.waits_s[0]: is finer than a microsecond"),
]


@pytest.mark.parametrize(("text", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_broken_json_is_refused_with_the_place(text: str, said: str) -> None:
    with pytest.raises(DocumentError, match=re.escape(said)):
        compute_all(parse(text))


def test_in_a_list_the_refusal_names_the_document() -> None:
    with pytest.raises(DocumentError, match=re.escape("examples[1] (K9).given.calls_in: must be from 0")):
        compute_all({"examples": [{"kind": "list", "given": {}}, {"id": "K9", "kind": "aggregate", "given": {"calls_in": -1}}]})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"kind": "aggregate", "given": {"calls_in": -1}}', "given.calls_in: must be from 0"),
        (b"\xff\xfe{", "is not UTF-8"),
        (None, "No such file"),
    ],
)
def test_the_command_says_it_on_standard_error_and_leaves_with_2(
    content: bytes | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "d.json"
    if content is not None:
        file.write_bytes(content)
    assert app(["compute", str(file), "--json"], result_action="return_value") == 2
    shown = capsys.readouterr()
    assert said in shown.err and shown.out == ""


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "d.json").write_bytes(b'\xef\xbb\xbf{"kind": "list", "given": {}}')
    assert app(["compute", str(tmp_path / "d.json"), "--json"], result_action="return_value") == 0
    assert json.loads(capsys.readouterr().out)["wait_avg_s"] is None


KEYS = [
    "calls_in",
    "waits_s",
    "calls",
    "tz",
    "days",
    "month_cost",
    "lengths",
    "by_class",
    "complaints",
    "t_in",
    "rings",
    "segments",
    "survey",
]
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "10:00:00", "2026-01", "1.5", "in"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=12,
)


@given(st.sampled_from([*KINDS, "x"]), values)
def test_any_document_is_either_computed_or_refused(kind: str, value: Any) -> None:
    try:
        told = compute(parse(json.dumps({"kind": kind, "given": value})))
    except DocumentError as refusal:
        assert ":" in str(refusal)
    else:
        json.dumps(told)

"""Each bench once with very small counts on a real Asterisk: that it measures, not how quick anything is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench import exchange, house, ivr_call, ivr_load, measuring_load, offer, tools, ways
from bench.listeners import Asked, latencies
from bench.load_ways import DIALPLAN, OURS
from bench.statistics import percentile
from bench.walks import Place
from robots.wav import read_wav
from tests.bench.arrivals import START, moment, packets
from tests.hotline_under_test import SHARED

pytestmark = pytest.mark.asterisk
FEW = ivr_call.Plan(
    cpu_rate=8.0, cpu_seconds=1.0, cpu_rounds=1, rung_seconds=1.0, rates=(10.0,), budget_s=60.0, climbers=frozenset({"dialplan"})
)


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ports and folders of this test's own."""
    ports = exchange.free_ports()
    for module in (ivr_call, offer, ivr_load):
        monkeypatch.setattr(module, "choose_ports", lambda: ports)
    for module in (tools, exchange):
        monkeypatch.setattr(module, "HOME", tmp_path)
    monkeypatch.setattr(house, "PROMPTS", tmp_path / "prompts")
    yield


def test_the_measured_call_is_served_by_dialplan_and_by_us_with_the_right_pin_each_time() -> None:
    wanted = [way for way in ways.WAYS if way.name in ("dialplan", "ours")]
    document = ivr_call.run(FEW, wanted)
    for name in ("dialplan", "ours"):
        row = document["ways"][name]
        assert (row["calls"], row["failed"], row["deaf"], row["wrong_pin"]) == (8, 0, 0, 0)
        assert row["asterisk_cpu_ms"] > 0
        assert row["last_digit_to_bye_ms_p99"] is not None
    assert document["ways"]["ours"]["python_cpu_ms"] > 0
    assert document["ways"]["ours"]["digit_ms_p99"] is not None
    assert document["ratios"]["ours/dialplan asterisk_cpu_ms"] > 0
    assert "ours" in ivr_call.as_table(document)


def test_freed_seats_are_offered_the_next_caller_by_our_line_worker() -> None:
    document = offer.run(offer.Plan(waiting=10, seconds=6.0), [offer.OURS])
    row = document["sides"]["ours"]
    assert row["offers"] >= 5, "eight seats that talk 1 to 3 seconds are free again and again"
    assert row["p99_ms"] is not None
    assert "ours" in offer.as_table(document)


def test_callers_walk_the_menu_of_our_line_worker_and_of_the_dialplan_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "PROMPTS", SHARED / "prompts")
    few = ivr_load.Plan(measuring_load.Crowd(6, 3, 20.0, 6.0), 1, 2, ("ours",), 20, 10.0, 200.0)
    document = ivr_load.run(few, [DIALPLAN, OURS])
    assert document["population"]["held"] == {"dialplan": 6, "ours": 6}
    for name in ("dialplan", "ours"):
        row = document["ways"][name]
        assert (row["missed"], row["failed"], row["broken"], row["forks"]) == (0, 0, 0, 0)
        assert row["sampled_keys"] >= 6
        assert row["keys"] > row["sampled_keys"], "the keypad keys too"
        assert 0 < row["digit_to_audio_ms_p50"] < 500
        assert row["asterisk_cpu_ms_per_key"] > 0
    assert document["ways"]["ours"]["python_cpu_ms_per_key"] > 0
    assert (document["login"]["ours"]["logins"], document["login"]["ours"]["missed"]) == (2, 0)
    assert document["login"]["ours"]["verdict_to_audio_ms_p50"] > 0
    assert document["memory"]["calls"] == 20
    assert set(document["memory"]["rss_mb_after"]) == {"2", "10", "20"}
    assert "ours" in ivr_load.as_table(document)


def test_a_delay_put_into_the_dialplan_is_what_is_measured_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "PROMPTS", SHARED / "prompts")
    bench = measuring_load.open_bench(tools.find_toolbox(), exchange.free_ports(), 1)
    late = bench.drawn.dialplan.replace("exten => s,1,Background(", "exten => s,1,Wait(0.2)\n same => n,Background(")
    slow = replace(bench, drawn=replace(bench.drawn, dialplan=late))
    wish = measuring_load.Crowd(3, 3, 20.0, 5.0)
    quick_ms, slow_ms = (percentile(measuring_load.measure(one, DIALPLAN, wish).latencies_ms, 50) for one in (bench, slow))
    assert slow_ms - quick_ms == pytest.approx(200, abs=30)


@pytest.mark.parametrize("heard_ms", [760, 1020, 1240, 1600])
def test_every_prompt_of_the_real_menu_is_recognised_however_soon_the_next_key_comes(
    heard_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "PROMPTS", SHARED / "prompts")
    places = measuring_load.open_bench(tools.find_toolbox(), exchange.free_ports(), 1).drawn.tree.places
    rest = said(places["Q"])[8000:8333]
    found = {
        name: latencies(packets([*rest, *said(place)[: 8 * heard_ms]], START + 5_000), [Asked(moment(START), place.begins)])
        for name, place in places.items()
    }
    assert found == {name: [45.0] for name in places}, "333 samples of the interrupted prompt are two packets and a bit"


def said(place: Place) -> list[int]:
    """All that is said at a place."""
    return [sample for sound in place.sounds for sample in read_wav(Path(f"{sound}.wav"))]

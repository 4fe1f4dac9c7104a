"""Each bench once with very small counts on a real Asterisk: that it measures, not how quick anything is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import exchange, house, ivr_call, offer, tools, ways

pytestmark = pytest.mark.asterisk
FEW = ivr_call.Plan(
    cpu_rate=8.0, cpu_seconds=1.0, cpu_rounds=1, rung_seconds=1.0, rates=(10.0,), budget_s=60.0, climbers=frozenset({"dialplan"})
)


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ports and folders of this test's own."""
    ports = exchange.free_ports()
    for module in (ivr_call, offer):
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

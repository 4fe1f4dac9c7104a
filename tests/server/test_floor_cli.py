"""The floor questioned from the command line, on a journal that simulated callers have filled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from acd.twin.callers import poisson
from acd.twin.drive import Twin
from hotline import events as ev
from hotline.clock import SystemClock
from hotline.journal import open_journal
from server.cli import main


@pytest.fixture
async def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[ev.Event]:
    """A Monday's journal; the commands find it."""
    told: list[ev.Event] = []
    Twin(8, lambda *_: None, listen=told.extend).live_through(poisson(150, 180, 120, 300, 5))
    config = tmp_path / "hotline.toml"
    config.write_text(f'[runtime]\nfolder = "{tmp_path}"\n[seats]\nwrap_up_cap_s = 0\n')
    monkeypatch.setenv("HOTLINE_CONFIG", str(config))
    async with open_journal(f"sqlite:///{tmp_path / 'journal.db'}", SystemClock()) as journal:
        journal.append(*told)
        await journal.flushed()
    return told


def day_of(told: list[ev.Event]) -> str:
    return str(told[0].at.day())


def call_of(told: list[ev.Event], kind: type[ev.CallEvent]) -> str:
    return next(event.call for event in told if isinstance(event, kind))


async def test_a_call_is_explained_and_one_that_is_not_there_is_said_so(told: list[ev.Event], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", call_of(told, ev.CallAnswered)]) == 0
    said = capsys.readouterr().out
    assert "进入队列 agents" in said
    assert "派给" in said
    assert main(["explain", "c-nobody"]) == 1


async def test_a_day_is_lived_through_again_bit_for_bit(told: list[ev.Event], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", day_of(told), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["offers"] == found["offers_decided_alike"] == sum(isinstance(event, ev.CallOffered) for event in told)
    assert found["floor"] == found["floor_from_snapshot"]
    assert found["figures_equal"] and found["skipped"] == 0


async def test_the_day_s_work_is_shared_out(told: list[ev.Event], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fairness", day_of(told), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["agents"]) == 8
    assert 0.9 < found["evenness"] <= 1
    assert sum(agent["answered"] for agent in found["agents"]) == sum(isinstance(event, ev.CallAnswered) for event in told)
    assert main(["fairness", "yesterday"]) == 1


async def test_seven_seats_on_monday(told: list[ev.Event], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["twin", "--agents", "7", "--weekday", "monday", "--days", "8", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    span = found["figures"]["connect_rate"]
    assert 0 < span["low"] < span["mean"] < span["high"] <= 1.05
    assert found["fitted"]["calls"] == 300
    assert main(["twin", "--weekday", "sunday"]) == 1
    assert main(["staffing", "--weekday", "monday", "--json"]) == 0
    assert any(row["seats"] >= 7 for row in json.loads(capsys.readouterr().out))


def test_the_twin_prints_what_it_found_beside_the_theory(capsys: pytest.CaptureFixture[str]) -> None:
    given = [
        "twin",
        "--agents",
        "8",
        "--calls-per-hour",
        "136",
        "--aht",
        "180",
        "--patience",
        "120",
        "--calls",
        "3000",
        "--seed",
        "1",
        "--json",
    ]
    assert main(given) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"P_wait", "P_abandon", "loss_ratio", "ASA", "SL20", "occupancy"} <= set(found)
    assert found["theory"]["P_wait"] == pytest.approx(0.3431, abs=1e-4)
    assert main(["twin", "--calls", "300", "--patience", "0", "--calls-per-hour", "200"]) == 0
    assert "P_wait" in capsys.readouterr().out

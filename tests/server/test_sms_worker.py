"""The SMS worker of a demo: relay, answers and a gateway of ours in one process, told what to do by `hotline sms tell`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from fund_core.people import demo_depositors
from hotline.clock import monotonic
from server.cli import main
from server.places import find_places
from server.sms_worker import DEMO, carry


async def until(log: Path, what: str, count: int) -> None:
    end = monotonic() + 15
    while not log.exists() or sum(json.loads(line)["what"] == what for line in log.read_text().splitlines()) < count:
        assert monotonic() < end, log.read_text() if log.exists() else "no log"
        await asyncio.sleep(0.05)


async def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert await asyncio.to_thread(main, ["sms", "tell", *words]) == 0
    return capsys.readouterr().out.strip()


async def test_texts_are_answered_and_complaints_become_tickets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_RUNTIME__FOLDER", str(tmp_path))
    monkeypatch.setenv("HOTLINE_CORE__DEPOSITORS", "3")
    monkeypatch.setenv(DEMO, "1")
    closing = asyncio.Event()
    working = asyncio.ensure_future(carry(find_places(), closing))
    log = tmp_path / "log" / "sms_gateway.jsonl"
    await until(log, "login", 1)
    person = demo_depositors(count=3)[0]
    assert await told(capsys, "text", person.mobile, "GJJYE") == "sent"
    assert await told(capsys, "text", "13800000001", "TS#窗口态度差") == "sent"
    await until(log, "taken", 2)
    assert "does not understand" in await told(capsys, "nonsense")
    closing.set()
    await working
    assert await asyncio.to_thread(main, ["sms", "dead"]) == 0
    assert "0 dead letters" in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["sms", "tell", "status"]) == 1
    assert person.mobile not in log.read_text()

"""The transcript a page downloads is, byte for byte, what ``hotline dial -o text`` prints for the same walk."""

from __future__ import annotations

from pathlib import Path

import pytest
from litestar.testing import TestClient
from litestar.types import ASGIApp

from fund_core.people import demo_depositors
from server.cli import main
from tests.agent_console.conftest import PEOPLE
from tests.agent_console.test_line import call, virtually

FIRST = demo_depositors(count=PEOPLE)[0]
WALKS = [
    ("staffed", False, "2,1,@id,@pin,0", ("2", "1", "id", "pin", "0")),
    ("staffed", False, "2,2,@id,000000,@id,@pin,*,0", ("2", "2", "id", "000000", "id", "pin", "*", "0")),
    ("closed", False, "2,1,@id,@pin,*,!", ("2", "1", "id", "pin", "*", "!")),
    ("holiday", True, "7,#,2,*,!", ("7", "#", "2", "*", "!")),
    ("staffed", True, "!", ("!",)),
]


@pytest.mark.parametrize(("scene", "slow", "script", "steps"), WALKS)
def test_the_download_is_what_the_terminal_prints(
    app: ASGIApp, config: Path, capsys: pytest.CaptureFixture[str], scene: str, slow: bool, script: str, steps: tuple[str, ...]
) -> None:
    page = virtually(call(app, *steps, scene=scene, slow=slow))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        answer = client.get(f"/rehearsal/transcripts/{page.of('begun')[0]['walk']}.txt")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    capsys.readouterr()
    speed = ["--slow"] if slow else []
    main(["dial", "--config", str(config), "--script", script, "--when", scene, *speed, "-o", "text"])
    assert answer.text == capsys.readouterr().out
    assert answer.text.count("“") >= 1
    assert FIRST.pin not in answer.text


def test_the_transcript_of_nobody_is_not_there(app: ASGIApp) -> None:
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get("/rehearsal/transcripts/guessed.txt").status_code == 404

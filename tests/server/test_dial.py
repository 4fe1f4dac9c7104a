"""``hotline dial``: the menus in a terminal, by script in virtual time and by keyboard; what it prints, and with which code it ends."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fund_core.people import demo_depositors
from server.cli import main
from server.dial_script import BadScript, read_script

PEOPLE = 5


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A small centre in a folder of its own."""
    file = tmp_path / "hotline.toml"
    file.write_text(f'[runtime]\nfolder = "{tmp_path / "var"}"\n[core]\ndepositors = {PEOPLE}\n')
    return file


PERSON = next(person for person in demo_depositors(count=PEOPLE) if not person.initial)


def dial(config: Path, capsys: pytest.CaptureFixture[str], script: str, *more: str) -> tuple[int, str]:
    code = main(["dial", "--config", str(config), "--script", script, *more])
    return code, capsys.readouterr().out


def test_a_script_logs_in_hears_the_balance_and_ends_at_a_person(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = dial(config, capsys, "2,1,@id,@pin,0", "--staffed")
    assert code == 0
    assert "身份验证通过" in shown
    assert "当前余额" in shown
    assert "转人工" in shown
    assert "路径  E.MAIN › Q › Q.1.1 › Q.1" in shown
    assert PERSON.pin not in shown
    assert PERSON.account not in shown


def test_the_transcript_for_programs_has_the_same_steps_and_no_digit_keyed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = dial(config, capsys, "2,1,@id,@pin,0", "--staffed", "-o", "json")
    steps: list[dict[str, Any]] = json.loads(shown)
    assert code == 0
    assert steps[-1] == {"end": "agent"}
    assert [step["node"] for step in steps if step.get("event") == "MenuEntered"] == ["E.MAIN", "Q", "Q.1"]
    assert PERSON.pin not in shown


def test_silence_is_given_up_with_code_3_when_nobody_is_there(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = dial(config, capsys, "~30,~30,2", "--no-staffed")
    assert code == 3
    assert shown.count("没有检测到您的输入") == 2


def test_who_hangs_up_or_has_no_more_steps_ends_with_code_4(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dial(config, capsys, "2,!")[0] == 4
    code, shown = dial(config, capsys, "2", "--staffed")
    assert code == 4
    assert shown.rstrip().endswith("路径  E.MAIN › Q")


def test_three_wrong_pins_lock_nobody_out_for_the_next_rehearsal(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = "2,1,@id,000000,@id,111111,@id,222222,!"
    assert "身份验证未通过(第 3 次)" in dial(config, capsys, wrong, "--staffed")[1]
    assert "身份验证通过" in dial(config, capsys, "2,1,@id,@pin,0", "--staffed")[1]


def test_a_pin_changed_in_a_rehearsal_is_the_old_one_in_the_next(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        _, shown = dial(config, capsys, "2,5,1,@id,@pin,904713,904713,!", "--staffed")
        assert "自助服务 Q.5.1" in shown, shown


@pytest.mark.parametrize(("when", "people"), [("staffed", True), ("closed", False), ("holiday", False)])
def test_the_time_can_be_chosen(config: Path, capsys: pytest.CaptureFixture[str], when: str, people: bool) -> None:
    _, shown = dial(config, capsys, "!", "--when", when, "-o", "text")
    assert ("人工服务请按0" in shown) is people


@pytest.mark.parametrize("script", ["2,x", "@pin99", "@card", "~", "~-1", "2;1", "!!", "@id0"])
def test_a_script_that_cannot_be_followed_is_refused_by_its_step(script: str) -> None:
    with pytest.raises(BadScript):
        read_script(script, demo_depositors(count=PEOPLE))


def test_a_bad_script_is_one_sentence_and_code_1(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dial", "--config", str(config), "--script", "2,x"]) == 1
    assert "'x'; a step is keys, @id, @pin, ~seconds or !" in capsys.readouterr().err


@pytest.mark.thorough
def test_by_keyboard_keys_are_not_shown_and_q_hangs_up(config: Path) -> None:
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "dial", "--config", str(config), "--staffed"],
        cwd=Path(__file__).parents[2], stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = ""

    def until(words: str) -> None:
        nonlocal shown
        while words not in shown:
            shown += os.read(ours, 4096).decode(errors="replace")

    try:
        until("您好")
        os.write(ours, b"2")
        until("按键 •")
        until("菜单 Q")
        os.write(ours, b"q")
        until("来电人挂机")
        assert running.wait(10) == 4
    finally:
        running.kill()
        os.close(ours)
    assert "按键 2" not in shown


@pytest.mark.thorough
def test_without_terminal_and_script_it_says_what_to_do(config: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "dial", "--config", str(config)],
        cwd=Path(__file__).parents[2], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "--script" in done.stderr

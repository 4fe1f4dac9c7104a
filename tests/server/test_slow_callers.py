"""The list of callers who are served slowly: found however the carrier writes the number, readable by nobody, changed at any time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hotline.callers import UNKNOWN_CALLER, caller_key
from hotline.secret import Secret
from server.cli import main
from server.slow_callers import NoNumber, SlowCallers

KEY = Secret("key of the callers")
OLD_MAN, SOMEBODY = "13900001111", "13900002222"


@pytest.fixture
def listed(tmp_path: Path) -> SlowCallers:
    return SlowCallers(tmp_path / "slow_callers.txt")


def test_who_was_put_on_the_list_is_on_it_however_his_number_is_written(listed: SlowCallers) -> None:
    assert listed.add(OLD_MAN, KEY)
    assert not listed.add(f"+86{OLD_MAN}", KEY)
    assert caller_key(f"0{OLD_MAN}", KEY) in listed
    assert caller_key(SOMEBODY, KEY) not in listed
    assert len(listed) == 1


def test_a_caller_without_a_number_is_on_no_list(listed: SlowCallers) -> None:
    with pytest.raises(NoNumber):
        listed.add("unknown", KEY)
    assert UNKNOWN_CALLER not in listed


def test_the_list_tells_nobody_a_number_and_is_ours_alone(listed: SlowCallers, tmp_path: Path) -> None:
    listed.add(OLD_MAN, KEY)
    file = tmp_path / "slow_callers.txt"
    assert OLD_MAN[-4:] not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_who_was_taken_off_is_served_like_everybody(listed: SlowCallers) -> None:
    listed.add(OLD_MAN, KEY)
    listed.add(SOMEBODY, KEY)
    assert listed.remove(OLD_MAN, KEY)
    assert not listed.remove(OLD_MAN, KEY)
    assert caller_key(OLD_MAN, KEY) not in listed
    assert caller_key(SOMEBODY, KEY) in listed


def test_another_process_changes_the_list_and_ours_knows(listed: SlowCallers, tmp_path: Path) -> None:
    assert caller_key(OLD_MAN, KEY) not in listed
    SlowCallers(tmp_path / "slow_callers.txt").add(OLD_MAN, KEY)
    assert caller_key(OLD_MAN, KEY) in listed
    (tmp_path / "slow_callers.txt").unlink()
    assert caller_key(OLD_MAN, KEY) not in listed


def test_a_plain_number_in_the_file_is_passed_over_and_the_others_hold(listed: SlowCallers, tmp_path: Path) -> None:
    listed.add(OLD_MAN, KEY)
    file = tmp_path / "slow_callers.txt"
    file.write_text(f"{SOMEBODY}\n{file.read_text()}# 张大爷\n")
    os.utime(file, (1_800_000_000, 1_800_000_000))
    assert len(listed) == 1
    assert caller_key(SOMEBODY, KEY) not in listed


def test_at_a_terminal_a_number_is_added_counted_rehearsed_and_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "hotline.toml"
    config.write_text(f'[runtime]\nfolder = "{tmp_path / "var"}"\n[core]\ndepositors = 3\n')
    monkeypatch.setenv("HOTLINE_CONFIG", str(config))
    assert main(["slow-callers", "add", OLD_MAN]) == 0
    assert main(["slow-callers", "count"]) == 0
    assert capsys.readouterr().out == "added\n1\n"
    assert main(["dial", "--script", "~1", "--staffed", "--number", OLD_MAN]) == 0, "who is on the list is led to a person by himself"
    assert main(["dial", "--script", "~1", "--staffed", "--number", SOMEBODY]) == 4
    assert main(["slow-callers", "remove", OLD_MAN]) == 0
    assert main(["dial", "--script", "~1", "--staffed", "--number", OLD_MAN]) == 4

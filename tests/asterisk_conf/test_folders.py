"""Folders, music, logs, and the reading of Asterisk's configuration language."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from asterisk_conf import logs
from asterisk_conf.exchange import write_private
from asterisk_conf.logs import LogKeeper
from asterisk_conf.music import lay_out_music
from asterisk_conf.parse import parse
from asterisk_conf.place import LONGEST_SOCKET, UnsafeFolder, make_private, short_run


def test_a_socket_always_fits() -> None:
    assert short_run(Path("/srv/hotline/run")) == Path("/srv/hotline/run")
    deep = Path("/srv") / ("x" * 100)
    assert len(str(short_run(deep) / "asterisk.ctl")) <= LONGEST_SOCKET
    assert short_run(deep) == short_run(deep) != short_run(deep / "y")


def test_a_folder_that_is_a_link_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeFolder):
        make_private(tmp_path / "run")


def test_a_file_is_written_for_us_alone_and_only_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "ari.conf"
    assert write_private(file, "secret\n")
    assert file.stat().st_mode & 0o777 == 0o600
    assert not write_private(file, "secret\n")
    assert write_private(file, "other\n")
    assert [one.name for one in tmp_path.iterdir()] == ["ari.conf"]


def test_there_is_always_music(tmp_path: Path) -> None:
    lay_out_music(tmp_path / "own", tmp_path / "nothing-shipped")
    (chimes,) = (tmp_path / "own").iterdir()
    with wave.open(str(chimes)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        assert sound.getnframes() == 6 * 8000


def test_the_sites_own_music_stays(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "music/site.wav").touch()
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped/other.wav").touch()
    lay_out_music(tmp_path / "music", tmp_path / "shipped")
    assert [file.name for file in (tmp_path / "music").iterdir()] == ["site.wav"]
    lay_out_music(tmp_path / "empty", tmp_path / "shipped")
    assert [file.name for file in (tmp_path / "empty").iterdir()] == ["other.wav"]


def test_a_log_that_has_grown_is_turned_over_and_the_oldest_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGEST_LOG", 10)
    file = tmp_path / "hl-messages.log"
    for number in range(logs.KEPT_LOGS + 3):
        file.write_text(f"{number:20}")
        assert LogKeeper(tmp_path).turn_over() == 1
    file.write_text("small")
    assert LogKeeper(tmp_path).turn_over() == 0
    kept = sorted(one.name for one in tmp_path.iterdir())
    assert kept == ["hl-messages.log", *(f"hl-messages.log.{number}" for number in range(1, logs.KEPT_LOGS + 1))]
    assert (tmp_path / "hl-messages.log.1").read_text().strip() == str(logs.KEPT_LOGS + 2)


def test_the_configuration_language_is_read_as_asterisk_reads_it() -> None:
    document = parse(
        "#tryinclude other.conf\n"
        ";-- a block\n[not-a-section]\n--;\n"
        "[base](!)\ncontext = a ; comment\nallow=alaw\n"
        "[phone](base)\ncontext => b\nlabel = x\\;y\n"
    )
    assert document.directives == [(1, "tryinclude other.conf")]
    (phone,) = document.real()
    assert document.value(phone, "context") == "b"
    assert document.value(phone, "allow") == "alaw"
    assert document.value(phone, "label") == "x;y"
    assert phone.settings[0].line == 9

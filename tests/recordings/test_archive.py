"""Two mono files become one two-channel file, agent left, caller right, whatever state a crash left them in."""

from __future__ import annotations

import array
import hashlib
import wave
from pathlib import Path

import pytest

from hotline.ids import RecordingId
from recordings.archive import Archive, RecordingMissing

NAME = RecordingId("r-20251120-1")


def mono(file: Path, samples: list[int]) -> None:
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(array.array("h", samples).tobytes())


def both(archive: Archive, agent: list[int], caller: list[int]) -> None:
    mono(archive.incoming / f"{NAME}-agent.wav", agent)
    mono(archive.incoming / f"{NAME}-caller.wav", caller)


def channels(file: Path) -> tuple[list[int], list[int]]:
    with wave.open(str(file)) as sound:
        assert sound.getnchannels() == 2
        samples = array.array("h", sound.readframes(sound.getnframes()))
    return list(samples[0::2]), list(samples[1::2])


def test_the_agent_is_on_the_left_and_the_caller_on_the_right(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    both(archive, agent=[1, 2, 3], caller=[-1, -2, -3])
    kept = archive.keep(NAME, "20251120")
    assert channels(kept.path) == ([1, 2, 3], [-1, -2, -3])
    assert kept.path == tmp_path / "kept/20251120/r-20251120-1.wav"


def test_the_digest_is_that_of_the_file_and_the_mono_files_are_gone(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    both(archive, [0] * 8000, [0] * 8000)
    kept = archive.keep(NAME, "20251120")
    assert kept.sha256 == hashlib.sha256(kept.path.read_bytes()).hexdigest()
    assert kept.duration_us == 1_000_000
    assert list(archive.incoming.iterdir()) == []


def test_a_shorter_side_is_filled_with_silence_and_said_so(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    both(archive, [5] * 8000, [7] * 4000)
    kept = archive.keep(NAME, "20251120")
    assert channels(kept.path)[1] == [7] * 4000 + [0] * 4000
    assert kept.uneven_us == 500_000


def test_a_side_that_is_missing_or_empty_is_silence(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    mono(archive.incoming / f"{NAME}-caller.wav", [9] * 10)
    (archive.incoming / f"{NAME}-agent.wav").write_bytes(b"")
    assert channels(archive.keep(NAME, "20251120").path) == ([0] * 10, [9] * 10)


def test_a_file_whose_header_was_never_finished_is_read_to_its_end(tmp_path: Path) -> None:
    """Asterisk killed in mid-talk leaves a header that says 0 bytes."""
    archive = Archive(tmp_path)
    both(archive, [1] * 100, [2] * 100)
    for side in ("agent", "caller"):
        file = archive.incoming / f"{NAME}-{side}.wav"
        data = bytearray(file.read_bytes())
        data[40:44] = bytes(4)
        file.write_bytes(bytes(data) + b"\x01")  # and half a sample more
    assert channels(archive.keep(NAME, "20251120").path) == ([1] * 100, [2] * 100)


def test_keeping_twice_is_harmless(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    both(archive, [1, 2], [3, 4])
    assert archive.keep(NAME, "20251120") == archive.keep(NAME, "20251120")


def test_what_asterisk_left_behind_is_found_again(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    both(archive, [1], [2])
    assert Archive(tmp_path).waiting() == [NAME]
    archive.keep(NAME, "20251120")
    assert archive.waiting() == []


def test_nothing_recorded_is_said_by_name(tmp_path: Path) -> None:
    with pytest.raises(RecordingMissing, match=NAME):
        Archive(tmp_path).keep(NAME, "20251120")


def test_what_callers_said_is_readable_for_nobody_else(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "recordings")
    both(archive, [1], [2])
    kept = archive.keep(NAME, "20251120")
    private = [kept.path, *kept.path.parents[:3], archive.incoming]
    assert [path.name for path in private if path.stat().st_mode & 0o077] == []


def test_a_message_recorded_elsewhere_is_taken_in_once_and_kept_like_any_other(tmp_path: Path) -> None:
    archive, spool = Archive(tmp_path / "recordings"), tmp_path / "m-20251120-1.wav"
    message = RecordingId("m-20251120-1")
    mono(spool, [5, 6, 7])
    assert not archive.knows(message, "20251120")
    archive.take_in(message, spool)
    archive.take_in(message, spool)
    assert not spool.exists()
    assert archive.waiting() == [message]
    assert (archive.incoming / "m-20251120-1-caller.wav").stat().st_mode & 0o077 == 0
    assert archive.knows(message, "20251120")
    assert channels(archive.keep(message, "20251120").path) == ([0, 0, 0], [5, 6, 7])
    assert archive.knows(message, "20251120")


def test_a_message_that_cannot_be_taken_in_stays_where_it_is(tmp_path: Path) -> None:
    archive, spool = Archive(tmp_path / "recordings"), tmp_path / "m-20251120-1.wav"
    mono(spool, [5, 6, 7])
    archive.incoming.rename(tmp_path / "away")
    with pytest.raises(OSError):
        archive.take_in(RecordingId("m-20251120-1"), spool)
    assert spool.exists()
    with pytest.raises(RecordingMissing):
        Archive(tmp_path / "recordings").take_in(RecordingId("m-20251120-2"), tmp_path / "nothing.wav")

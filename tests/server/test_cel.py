"""Asterisk's own record, read for what happened while nobody of us listened."""

from __future__ import annotations

from pathlib import Path

from hotline.clock import HandClock
from hotline.ids import ChannelId
from server.cel import Told, told_of

NOW = HandClock(wall=1_795_270_620_000_000)


def record(folder: Path, *rows: str) -> Path:
    file = folder / "asterisk" / "log" / "cel-custom" / "hl-cel.json"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(rows) + "\n")
    return folder


def row(kind: str, at: float, channel: str) -> str:
    return f'{{"eventtype":"{kind}","eventtime":{at},"uniqueid":"{channel}","linkedid":"x","context":"c","peer":"","eventextra":"{{}}"}}'


def test_answer_and_end_of_a_channel_are_told_on_our_clock(tmp_path: Path) -> None:
    runtime = record(tmp_path, row("ANSWER", 1795270610.5, "o-1"), row("HANGUP", 1795270615.25, "o-1"), row("CHAN_END", 1795270616, "o-1"))
    told = told_of(runtime, [ChannelId("o-1")], NOW)[ChannelId("o-1")]
    now = NOW.now()
    assert told.answered is not None
    assert told.ended is not None
    assert now.mono - told.answered.mono == 9_500_000
    assert now.wall - told.ended.wall == 4_750_000


def test_other_channels_and_broken_lines_are_passed_over(tmp_path: Path) -> None:
    runtime = record(tmp_path, row("HANGUP", 1795270615, "2"), '{"eventtype":"HANG', "", "[]", row("HANGUP", 1795270616, "1"))
    told = told_of(runtime, [ChannelId("1")], NOW)
    assert list(told) == [ChannelId("1")]
    assert told[ChannelId("1")].ended is not None


def test_a_record_of_the_future_is_taken_as_now(tmp_path: Path) -> None:
    told = told_of(record(tmp_path, row("HANGUP", 1795279999, "1")), [ChannelId("1")], NOW)
    assert told[ChannelId("1")].ended == NOW.now()


def test_without_a_record_nothing_is_told(tmp_path: Path) -> None:
    assert told_of(tmp_path, [ChannelId("1")], NOW) == {ChannelId("1"): Told()}

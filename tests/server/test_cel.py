"""Asterisk's own record, read for what happened while nobody of us listened."""

from __future__ import annotations

from pathlib import Path

from hotline.clock import HandClock
from hotline.ids import ChannelId
from server.cel import read_record

NOW = HandClock(wall=1_795_270_620_000_000)


def record(folder: Path, *rows: str) -> Path:
    file = folder / "asterisk" / "log" / "cel-custom" / "hl-cel.json"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(rows) + "\n")
    return folder


def row(kind: str, at: float, channel: str, context: str = "c", app: str = "") -> str:
    return f'{{"eventtype":"{kind}","eventtime":{at},"uniqueid":"{channel}","context":"{context}","appname":"{app}","eventextra":"{{}}"}}'


def test_answer_and_end_of_a_channel_are_told_on_our_clock(tmp_path: Path) -> None:
    runtime = record(tmp_path, row("ANSWER", 1795270610.5, "o-1"), row("HANGUP", 1795270615.25, "o-1"), row("CHAN_END", 1795270616, "o-1"))
    told = read_record(runtime, NOW)[ChannelId("o-1")]
    now = NOW.now()
    assert told.answered is not None
    assert told.ended is not None
    assert now.mono - told.answered.mono == 9_500_000
    assert now.wall - told.ended.wall == 4_750_000


def test_a_caller_served_by_the_dialplans_queue_is_told_with_his_call(tmp_path: Path) -> None:
    runtime = record(
        tmp_path,
        row("CHAN_START", 1795270600, "1795270600.7", "hl-from-carrier"),
        row("APP_START", 1795270601, "1795270600.7", "hl-from-carrier", "Stasis"),
        row("APP_START", 1795270602, "1795270600.7", "hl-fallback", "Queue"),
        row("BRIDGE_ENTER", 1795270605, "1795270600.7", "hl-fallback", "Queue"),
        row("BRIDGE_EXIT", 1795270609, "1795270600.7", "hl-fallback", "Queue"),
        row("HANGUP", 1795270610, "1795270600.7", "hl-fallback"),
    )
    told = read_record(runtime, NOW)[ChannelId("1795270600.7")]
    assert told.call(ChannelId("1795270600.7")) == "c-20261121-17952706007"
    assert told.entry == "carrier"
    times = [told.queued, told.served, told.parted, told.ended]
    assert [(NOW.now().wall - at.wall) // 1_000_000 for at in times if at is not None] == [18, 15, 11, 10]


def test_a_talk_of_ours_is_not_one_of_the_dialplans_queue(tmp_path: Path) -> None:
    runtime = record(
        tmp_path,
        row("CHAN_START", 1795270600, "o-20261121-1-1", "hl-seats"),
        row("BRIDGE_ENTER", 1795270605, "o-20261121-1-1", "hl-seats", "Stasis"),
    )
    told = read_record(runtime, NOW)[ChannelId("o-20261121-1-1")]
    assert (told.served, told.call(ChannelId("o-20261121-1-1"))) == (None, None)


def test_the_phone_that_the_dialplans_queue_rings_is_no_caller(tmp_path: Path) -> None:
    runtime = record(
        tmp_path, row("CHAN_START", 1795270600, "1795270600.8", "hl-seats"), row("HANGUP", 1795270605, "1795270600.8", "hl-seats")
    )
    assert read_record(runtime, NOW)[ChannelId("1795270600.8")].call(ChannelId("1795270600.8")) is None


def test_a_seat_that_dials_a_feature_code_is_no_caller(tmp_path: Path) -> None:
    runtime = record(
        tmp_path,
        row("CHAN_START", 1795270600, "1795270600.9", "hl-seats"),
        row("APP_START", 1795270600, "1795270600.9", "hl-feature", "Stasis"),
    )
    assert read_record(runtime, NOW)[ChannelId("1795270600.9")].call(ChannelId("1795270600.9")) is None


def test_broken_lines_are_passed_over(tmp_path: Path) -> None:
    runtime = record(tmp_path, row("HANGUP", 1795270615, "2"), '{"eventtype":"HANG', "", "[]", row("HANGUP", 1795270616, "1"))
    assert set(read_record(runtime, NOW)) == {"1", "2"}


def test_a_record_of_the_future_is_taken_as_now(tmp_path: Path) -> None:
    assert read_record(record(tmp_path, row("HANGUP", 1795279999, "1")), NOW)[ChannelId("1")].ended == NOW.now()


def test_without_a_record_nothing_is_told(tmp_path: Path) -> None:
    assert read_record(tmp_path, NOW) == {}

"""The recording: every sample at its place in time, whatever the network did to the packets."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from hotline.clock import HandClock
from robots.g711 import decode, encode
from robots.heard import Heard
from robots.rtp import RtpPacket, TelephoneEvent
from robots.wav import WrongSound, read_wav, write_wav


def _packet(index: int, value: int, *, ssrc: int = 1, base: int = 0xFFFFFF00, first_sequence: int = 65530) -> RtpPacket:
    return RtpPacket(8, (first_sequence + index) & 0xFFFF, (base + 160 * index) & 0xFFFFFFFF, ssrc, False, encode([value] * 160, "PCMA"))


class Ear:
    """A recording and the clock of its arrivals."""

    def __init__(self, keep_s: float | None = None) -> None:
        self.clock = HandClock()
        self.heard = Heard(keep_s)

    def hear(self, packet: RtpPacket, after: float = 0.02) -> None:
        self.clock.advance(after)
        self.heard.add(self.clock.now(), packet, "PCMA")

    def levels(self) -> list[int]:
        """One sample of each 20 ms, rounded to hundreds."""
        return [round(sample / 100) for sample in self.heard.pcm()[80::160]]


def test_packets_lie_one_behind_the_other_over_the_wrap_of_both_counters() -> None:
    ear = Ear()
    for index in range(12):
        ear.hear(_packet(index, 1000 * index))
    assert ear.levels() == [round(decode(encode([1000 * i], "PCMA"), "PCMA")[0] / 100) for i in range(12)]
    assert (ear.heard.seconds, ear.heard.lost, ear.heard.doubled, ear.heard.stretches) == (0.24, 0, 0, 1)


def test_a_lost_packet_leaves_a_gap_of_silence() -> None:
    ear = Ear()
    for index in (0, 1, 3):
        ear.hear(_packet(index, 5000))
    assert ear.levels()[2] == 0 and ear.levels()[3] > 40
    assert ear.heard.lost == 1


def test_a_late_packet_finds_its_place_and_a_doubled_one_adds_nothing() -> None:
    ear = Ear()
    for index, value in ((0, 1000), (2, 3000), (1, 2000), (2, 3000), (3, 4000)):
        ear.hear(_packet(index, value))
    assert [level // 10 for level in ear.levels()] == [1, 2, 3, 4]
    assert (ear.heard.lost, ear.heard.doubled) == (0, 1)
    ear.hear(_packet(3, 4000))
    assert ear.heard.doubled == 2 and ear.heard.seconds == pytest.approx(0.08)


def test_jitter_does_not_move_anything() -> None:
    ear = Ear()
    for index, after in enumerate((0.02, 0.09, 0.001, 0.001, 0.06, 0.001)):
        ear.hear(_packet(index, 5000), after)
    assert ear.heard.stretches == 1 and min(ear.levels()) > 40


def test_a_pause_of_the_sender_is_a_pause_in_the_recording() -> None:
    ear = Ear()
    ear.hear(_packet(0, 5000))
    ear.hear(_packet(50, 5000, first_sequence=65530 - 49), after=1.0)
    assert ear.heard.seconds == pytest.approx(1.02)
    assert ear.heard.lost == 0


def test_a_new_stream_is_laid_where_it_arrives() -> None:
    ear = Ear()
    ear.hear(_packet(0, 5000))
    ear.hear(_packet(0, 5000, ssrc=2, base=77, first_sequence=5), after=0.5)
    ear.hear(_packet(1, 5000, ssrc=2, base=77, first_sequence=5))
    assert ear.heard.stretches == 2
    assert ear.heard.seconds == pytest.approx(0.54)


def test_timestamps_that_jump_ahead_of_the_clock_are_not_believed() -> None:
    ear = Ear()
    ear.hear(_packet(0, 5000))
    ear.hear(_packet(0, 5000, base=0xFFFFFF00 + 3_000_000, first_sequence=65531))
    assert ear.heard.seconds == pytest.approx(0.04)
    assert ear.heard.stretches == 2


def test_a_part_can_be_had_and_moments_and_seconds_agree() -> None:
    ear = Ear()
    for index in range(50):
        ear.hear(_packet(index, 200 * index))
    whole = ear.heard.pcm()
    assert ear.heard.pcm(0.123, 0.456) == whole[984:3648]
    assert ear.heard.tail(0.1) == whole[-800:]
    assert ear.heard.pcm(5.0) == array("h")
    assert ear.heard.position_of(ear.heard.moment_at(0.5)) == 0.5


def test_before_the_first_packet_there_is_no_moment() -> None:
    with pytest.raises(ValueError, match="nothing was heard"):
        Heard().moment_at(0)
    assert Heard().pcm() == array("h")


def test_a_short_memory_keeps_its_last_seconds() -> None:
    ear = Ear(keep_s=0.1)
    for index in range(100):
        ear.hear(_packet(index, 5000))
    assert ear.heard.seconds == pytest.approx(2.0)
    assert min(ear.heard.tail(0.1)) > 4000 and max(ear.heard.pcm(0, 1.5)) == 0


def test_a_key_counts_once_and_never_shows() -> None:
    ear = Ear()
    ear.hear(_packet(0, 5000))
    for sequence in range(1, 7):
        packet = RtpPacket(101, (65530 + sequence) & 0xFFFF, 1000, 1, False, b"")
        ear.heard.add_event(ear.clock.now(), packet, TelephoneEvent(7, sequence > 3, 160 * sequence))
    ear.hear(_packet(7, 5000), after=0.14)
    assert [key.key for key in ear.heard.keys] == ["7"]
    assert "7" not in repr(ear.heard.keys[0]).split("@")[0].replace(repr(ear.heard.keys[0].at), "")
    assert ear.heard.lost == 0


def test_the_file_holds_what_was_heard(tmp_path: Path) -> None:
    ear = Ear()
    for index in range(5):
        ear.hear(_packet(index, 3000))
    ear.heard.save(tmp_path / "heard.wav")
    assert read_wav(tmp_path / "heard.wav") == ear.heard.pcm()


def test_other_sound_files_are_refused(tmp_path: Path) -> None:
    import wave

    with wave.open(str(tmp_path / "wide.wav"), "wb") as stream:
        stream.setnchannels(2)
        stream.setsampwidth(2)
        stream.setframerate(8000)
    (tmp_path / "none.wav").write_bytes(b"RIFF")
    for name in ("wide.wav", "none.wav"):
        with pytest.raises(WrongSound):
            read_wav(tmp_path / name)
    write_wav(tmp_path / "good.wav", array("h", [1, -2, 3]))
    assert read_wav(tmp_path / "good.wav") == array("h", [1, -2, 3])

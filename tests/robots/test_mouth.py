"""What a phone sends, beat by beat, without a network."""

from __future__ import annotations

from array import array
from itertools import pairwise

from hotline.clock import HandClock
from robots.g711 import SILENCE, decode, encode
from robots.mouth import Mouth
from robots.rtp import RtpPacket, unpack, unpack_event


class Stage:
    """A mouth that speaks onto a list."""

    def __init__(self, event_type: int | None = 101) -> None:
        self.packets: list[RtpPacket] = []
        self.clock = HandClock()
        self.mouth = Mouth(lambda data: self.packets.append(unpack(data)), self.clock)
        self.mouth.event_type = event_type
        self.mouth.silent = False

    def beat(self, times: int) -> list[RtpPacket]:
        before = len(self.packets)
        for _ in range(times):
            self.clock.advance(0.02)
            self.mouth.beat()
        return self.packets[before:]


async def test_quiet_is_silence_at_one_packet_a_beat_with_counters_that_go_on() -> None:
    packets = Stage().beat(5)
    assert [packet.payload for packet in packets] == [SILENCE["PCMA"]] * 5
    assert [packet.sequence - packets[0].sequence for packet in packets] == [0, 1, 2, 3, 4]
    assert [packet.timestamp - packets[0].timestamp for packet in packets] == [0, 160, 320, 480, 640]
    assert [packet.marker for packet in packets] == [True, False, False, False, False]


async def test_comfort_is_a_faint_noise_and_nothing_is_nothing() -> None:
    stage = Stage()
    stage.mouth.quiet = "comfort"
    noise = decode(stage.beat(1)[0].payload, "PCMA")
    assert 0 < max(map(abs, noise)) < 40
    stage.mouth.quiet = "nothing"
    assert stage.beat(50) == []
    stage.mouth.quiet = "silence"
    first = stage.beat(1)[0]
    assert first.marker and first.timestamp - stage.packets[0].timestamp == 51 * 160


async def test_a_sound_is_played_to_its_end_and_then_told() -> None:
    stage = Stage()
    samples = array("h", range(0, 4000, 10))
    clip = stage.mouth.play(samples)
    packets = stage.beat(3)
    assert not clip.done.done()
    assert b"".join(packet.payload for packet in packets) == encode([*samples, *[0] * 80], "PCMA")
    assert stage.beat(1)[0].payload == SILENCE["PCMA"]
    assert clip.done.result() is True


async def test_a_sound_that_loops_begins_again_and_one_that_is_stopped_says_so() -> None:
    stage = Stage()
    clip = stage.mouth.play(array("h", [1000] * 160 + [2000] * 160), loop=True)
    packets = stage.beat(5)
    assert [packet.payload for packet in packets[:2]] * 2 == [packet.payload for packet in packets[:4]]
    stage.mouth.stop()
    assert clip.done.result() is False
    assert stage.beat(1)[0].payload == SILENCE["PCMA"]


async def test_a_key_is_reported_while_it_is_down_and_its_end_three_times() -> None:
    stage = Stage()
    press = stage.mouth.press(1, tone=3, gap=2)
    packets = stage.beat(5)
    events = [(packet, unpack_event(packet.payload)) for packet in packets if packet.payload_type == 101]
    assert [(event.code, event.end, event.duration) for _, event in events] == [
        (1, False, 160), (1, False, 320), (1, False, 480), (1, True, 480), (1, True, 480), (1, True, 480),
    ]  # fmt: skip
    assert len({packet.timestamp for packet, _ in events}) == 1
    assert [packet.marker for packet, _ in events] == [True, False, False, False, False, False]
    sequences = [packet.sequence for packet in packets]
    assert sequences == list(range(sequences[0], sequences[0] + len(packets)))
    assert [packet.payload_type for packet in packets[6:]] == [8]  # the gap's second beat
    assert press.done.result() is True


async def test_the_moment_of_a_key_is_that_of_its_first_end_packet() -> None:
    stage = Stage()
    press = stage.mouth.press(5, tone=4, gap=3)
    stage.beat(4)
    assert press.ended is None
    stage.beat(1)
    assert press.ended == stage.clock.now()
    stage.beat(10)
    assert press.ended != stage.clock.now()


async def test_two_equal_keys_are_two_events() -> None:
    stage = Stage()
    stage.mouth.press(7, tone=2, gap=1)
    stage.mouth.press(7, tone=2, gap=1)
    packets = stage.beat(6)
    assert len({packet.timestamp for packet in packets if packet.payload_type == 101}) == 2


async def test_a_key_held_for_twenty_seconds_goes_on_in_segments() -> None:
    stage = Stage()
    press = stage.mouth.press(3, tone=1000, gap=1)
    packets = [(packet, unpack_event(packet.payload)) for packet in stage.beat(1002) if packet.payload_type == 101]
    assert press.done.result() is True
    starts = sorted({packet.timestamp for packet, _ in packets})
    lengths = [max(event.duration for packet, event in packets if packet.timestamp == start) for start in starts]
    assert len(starts) == 3 and sum(lengths) == 1000 * 160
    assert [b - a for a, b in pairwise(starts)] == lengths[:-1]
    assert [event.end for _, event in packets].count(True) == 3
    assert [packet.marker for packet, _ in packets].count(True) == 1


async def test_while_on_hold_nothing_is_sent_but_the_clock_goes_on() -> None:
    stage = Stage()
    first = stage.beat(1)[0]
    stage.mouth.silent = True
    assert stage.beat(10) == []
    stage.mouth.silent = False
    assert stage.beat(1)[0].timestamp - first.timestamp == 11 * 160


async def test_a_stall_moves_the_timestamp_on_and_marks_the_next_packet() -> None:
    stage = Stage()
    first = stage.beat(1)[0]
    stage.mouth.skip(100)
    then = stage.beat(1)[0]
    assert then.marker and then.timestamp - first.timestamp == 101 * 160 and then.sequence == first.sequence + 1


async def test_keys_show_in_no_repr() -> None:
    press = Stage().mouth.press(9, tone=2, gap=1)
    assert "9" not in repr(press).split("code")[0] and "code" not in repr(press)

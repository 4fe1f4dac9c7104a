"""The benches' own arithmetic: a wrong ruler measures everything wrong."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.callers import Outcome, judge
from bench.exchange import alaw
from bench.ivr_call import middle
from bench.keypad import Keypad, Number
from bench.ladder import Climb, rungs
from bench.offer import free_to_invite
from bench.procstat import CORES, Reading, others_percent
from bench.report import ratio
from bench.statistics import finite, percentile, table


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [5.0, 1.0, 3.0, 2.0, 4.0]
    assert (percentile(values, 50), percentile(values, 99), percentile(values, 1)) == (3.0, 5.0, 1.0)


def test_nothing_measured_is_never_good() -> None:
    assert percentile([], 99) == math.inf
    assert finite(percentile([], 99)) is None
    assert not Outcome(10, 5, good=5, failed=0).clean(20.0)


def test_a_rung_is_clean_only_when_everybody_was_served_in_time_and_heard_the_prompt() -> None:
    good = Outcome(10, 2, good=2, failed=0, last_digit_to_bye=[1.0, 20.0])
    assert good.clean(20.0)
    assert not Outcome(10, 2, good=2, failed=0, last_digit_to_bye=[1.0, 20.1]).clean(20.0)
    assert not Outcome(10, 2, good=1, failed=1, last_digit_to_bye=[1.0]).clean(20.0)
    assert not Outcome(10, 2, good=2, failed=0, last_digit_to_bye=[1.0, 2.0], deaf=1).clean(20.0)


@given(knee=st.integers(-1, 12), length=st.integers(1, 12))
def test_a_climb_finds_the_highest_clean_rung_in_few_steps(knee: int, length: int) -> None:
    knee = min(knee, length - 1)
    climb = Climb([float(rate) for rate in range(10, 10 + length)])
    steps = 0
    while not climb.done:
        rung = climb.next()
        climb.note(rung, clean=rung <= knee)
        steps += 1
    assert climb.best == knee
    assert steps <= math.ceil(math.log2(length + 1))


def test_a_failure_in_a_noisy_moment_counts_the_second_time_only() -> None:
    climb = Climb([1.0, 2.0, 3.0])
    climb.note(1, clean=False, noisy=True)
    assert climb.worst == 3
    climb.note(1, clean=False, noisy=True)
    assert climb.worst == 1


def test_a_hint_outside_what_is_open_is_not_taken() -> None:
    climb = Climb([1.0, 2.0, 3.0, 4.0])
    climb.note(1, clean=True)
    assert climb.next(hint=1) == 2
    assert climb.next(hint=3) == 3


def test_rungs_rise_by_six_percent_and_at_least_by_one() -> None:
    assert rungs(10, 13) == [10, 11, 12, 13]
    assert rungs(100, 110) == [100, 106, 112]


def test_an_offer_is_measured_from_the_same_seats_bye_inside_the_time_looked_at() -> None:
    lines = [
        "bye hl-1 2026-01-01\t00:00:01.000000\t1000.000000",
        "bye hl-2 2026-01-01\t00:00:01.010000\t1000.010000",
        "invite hl-2 2026-01-01\t00:00:01.015000\t1000.015000",
        "invite hl-1 2026-01-01\t00:00:01.050000\t1000.050000",
        "invite hl-1 2026-01-01\t00:00:01.060000\t1000.060000",
        "bye hl-1 2026-01-01\t00:00:09.000000\t1009.000000",
        "invite hl-1 2026-01-01\t00:00:09.001000\t1009.001000",
    ]
    assert free_to_invite(lines, since=1_000_000_000, until=1_005_000_000) == [5.0, 50.0]


def test_a_bye_is_laid_beside_the_last_digit_of_its_own_call(tmp_path: Path) -> None:
    (tmp_path / "ivr.log").write_text("23000 2026-01-01\t00:00:01.0\t1000.004000\n23000 2026-01-01\t00:00:09.0\t1009.002000\n")
    outcome = Outcome(1, 2, good=2, failed=0)
    judge(outcome, tmp_path, [(23000, 30, [999_000_000, 1_000_000_000]), (23000, 3, [1_008_000_000, 1_009_000_000])])
    assert outcome.last_digit_to_bye == [4.0, 2.0]
    assert outcome.deaf == 1
    assert outcome.keyed[("23000", 0)] == [999_000_000, 1_008_000_000]


def test_what_others_used_is_what_nobody_named_used() -> None:
    start = Reading(0.0, 100.0, {"asterisk": 1.0})
    end = Reading(10.0, 106.0, {"asterisk": 3.0})
    assert others_percent(start, end, children=1.0) == pytest.approx(100 * 3.0 / (10.0 * CORES))


def test_a_ratio_with_something_missing_is_missing() -> None:
    assert (ratio(3.0, 2.0), ratio(None, 2.0), ratio(3.0, None)) == (1.5, None, None)


def test_a_table_shows_what_is_missing_as_a_dash() -> None:
    assert table(("way", "ms"), [("a", 1.25), ("longer", None)]) == "way       ms\na       1.25\nlonger     -"


@pytest.mark.parametrize(("sample", "code"), [(0, 0xD5), (-1, 0x55), (32767, 0xAA), (-32768, 0x2A), (1000, 0xFA), (-1000, 0x7A)])
def test_alaw_is_that_of_g711(sample: int, code: int) -> None:
    assert alaw(sample) == code


class Ear:
    """A caller's socket that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendto(self, data: bytes, peer: object) -> int:
        """Keep it."""
        self.sent.append(data)
        return len(data)


def test_a_key_is_sent_as_rfc_4733_asks_first_marked_then_longer_and_longer_its_end_three_times() -> None:
    keypad = Keypad("127.0.0.1", 0, 1, Number("5"))
    caller = next(iter(keypad.callers.values()))
    caller.sock.close()
    caller.sock = ear = Ear()  # type: ignore[assignment]
    keypad.begin(caller, 9.6)
    for _ in range(keypad.updates + 1):
        keypad._step(caller, 10.0)
    packets = [struct.unpack("!BBHIIBBH", data) for data in ear.sent]
    assert [p[1] >> 7 for p in packets] == [1, 0, 0, 0, 0, 0, 0]
    assert [p[1] & 0x7F for p in packets] == [101] * 7
    assert [p[5] for p in packets] == [5] * 7
    assert [p[6] >> 7 for p in packets] == [0, 0, 0, 0, 1, 1, 1]
    assert [p[7] for p in packets] == [160, 400, 800, 1200, 1600, 1600, 1600]
    assert [p[2] for p in packets] == list(range(1, 8)), "each packet has its own sequence number"
    assert len({p[3] for p in packets}) == 1, "all packets of a key carry the time stamp of its beginning"


def test_several_rounds_of_a_way_give_their_sums_and_their_middle() -> None:
    rounds = [
        {"calls": 10, "failed": failed, "clean": not failed, "asterisk_cpu_ms": cpu, "python_cpu_ms": None, "others_percent": 0.0}
        for failed, cpu in ((0, 9.0), (1, 7.0), (0, 20.0))
    ]
    row = middle(rounds)
    assert (row["calls"], row["failed"], row["clean"]) == (30, 1, False)
    assert (row["asterisk_cpu_ms"], row["python_cpu_ms"]) == (9.0, None)
    assert [one["asterisk_cpu_ms"] for one in row["rounds"]] == [9.0, 7.0, 20.0]

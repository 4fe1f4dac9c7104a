"""The search for PINs finds each kind of leak that was planted, and none in what holds other numbers."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from leaks import chance_of, leaks
from planted import PLANTS, exchange_log

DICE = random.Random(12329)
CONTROLS = [f"{DICE.randrange(10**6):06d}" for _ in range(300)]
PIN = "493817"


@pytest.mark.parametrize("kind", PLANTS)
def test_each_kind_of_leak_is_found(kind: str, tmp_path: Path) -> None:
    kept = PLANTS[kind](tmp_path, PIN)
    assert leaks(tmp_path, [PIN], CONTROLS)
    assert leaks(tmp_path, ["604928"], CONTROLS) == []
    del kept


@pytest.mark.parametrize("kind", PLANTS)
def test_a_file_that_is_passed_over_is_not_looked_at(kind: str, tmp_path: Path) -> None:
    kept = PLANTS[kind](tmp_path, PIN)
    assert leaks(tmp_path, [PIN], CONTROLS, [file.name for file in tmp_path.iterdir()]) == []
    del kept


def test_what_chance_finds_of_controls_as_often_is_no_leak(tmp_path: Path) -> None:
    (tmp_path / "numbers").write_text("\n".join([PIN, *CONTROLS[:5]]))
    assert leaks(tmp_path, [PIN], CONTROLS) == []
    assert chance_of(tmp_path, CONTROLS) == 5
    (tmp_path / "numbers").write_text("\n".join([PIN, PIN, *CONTROLS[:5]]))
    [leak] = leaks(tmp_path, [PIN], CONTROLS)
    assert (leak.times, leak.by_chance) == (2, 1)


def test_fractions_of_seconds_and_long_numbers_are_no_pins(tmp_path: Path) -> None:
    (tmp_path / "times").write_text(f"2025-11-25T12:00:00.{PIN}Z call 1{PIN}0 wall 1764{PIN}123456\n")
    assert leaks(tmp_path, [PIN], CONTROLS) == []


def test_digits_of_two_channels_are_not_put_together(tmp_path: Path) -> None:
    exchange_log(tmp_path, PIN)
    mixed = "".join(digit + "7" for digit in PIN)
    assert leaks(tmp_path, [mixed[:6]], CONTROLS)  # in the order of the file ...
    text = (tmp_path / "full").read_text()
    (tmp_path / "full").write_text("\n".join(line for line in text.splitlines() if "00000008" not in line))
    assert leaks(tmp_path, [mixed[:6]], CONTROLS) == []

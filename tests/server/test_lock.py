"""Never two of a kind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.lock import HeldByAnother, Lock


def test_who_comes_second_is_told_who_is_there(tmp_path: Path) -> None:
    with Lock(tmp_path, "line"), pytest.raises(HeldByAnother, match=f"process {os.getpid()}"), Lock(tmp_path, "line"):
        pytest.fail("two hold it")


def test_it_can_be_held_again_when_it_was_given_back(tmp_path: Path) -> None:
    for _ in range(2):
        with Lock(tmp_path, "line") as lock:
            assert lock.holder()["pid"] == os.getpid()


def test_a_holder_is_named_by_one_write_of_one_length_so_that_nobody_reads_half_of_it(tmp_path: Path) -> None:
    sizes = set()
    for _ in range(2):
        with Lock(tmp_path, "line"):
            sizes.add((tmp_path / "line.lock").stat().st_size)
    assert len(sizes) == 1


def test_of_what_nobody_ever_held_nobody_is_named(tmp_path: Path) -> None:
    assert Lock(tmp_path, "line").holder() == {}

"""The row of keys against the plainest thing that does the same: a sorted list."""

from __future__ import annotations

from bisect import bisect_left, insort
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.model.ranked import BLOCK, Key, Ranked


def agrees(row: Ranked, plain: list[Key], probe: Key) -> None:
    assert len(row) == len(plain)
    assert row.first() == (plain[0] if plain else None)
    assert row.head(4) == plain[:4]
    assert row.rank(probe) == bisect_left(plain, probe)


@settings(derandomize=True, deadline=None, max_examples=80, database=None)
@given(st.lists(st.tuples(st.just(0), st.integers(0, 2), st.integers(0, 9), st.integers(0, 3))))
def test_any_sequence_of_adding_and_removing_agrees_with_a_sorted_list(keys: list[Key]) -> None:
    row, plain = Ranked(), list[Key]()
    for key in keys:
        if key in plain:
            row.remove(key)
            plain.remove(key)
        else:
            row.add(key)
            insort(plain, key)
        agrees(row, plain, key)


@pytest.mark.parametrize("seed", range(3))
def test_a_long_row_splits_and_empties_and_still_agrees(seed: int) -> None:
    draw = Random(seed)
    row, plain = Ranked(), list[Key]()
    for size in (6 * BLOCK, 0, 3 * BLOCK, 10):
        while len(plain) != size:
            if len(plain) < size:
                key = (0, 0, draw.randrange(10**9), draw.randrange(10**9))
                row.add(key)
                insort(plain, key)
            else:
                row.remove(plain.pop(draw.choice((0, -1, draw.randrange(len(plain))))))
            if len(plain) % 97 == 0:
                agrees(row, plain, (0, 0, draw.randrange(10**9), 0))
        assert row.head(10**6) == plain


def test_taking_away_what_is_not_there_is_an_error() -> None:
    row = Ranked()
    row.add((0, 0, 1, 1))
    for absent in ((0, 0, 0, 0), (0, 0, 1, 0), (0, 0, 2, 0)):
        with pytest.raises(KeyError):
            row.remove(absent)
    assert len(row) == 1

"""A row of keys in order, with rank: first of the queue, fourth of the idle, how many stand before me.

A list of sorted blocks. Adding, removing and the head cost a bisection and a short memory move; a rank adds one sum over the
blocks. There are no stale entries, so nothing has to be compacted, whatever callers and seats do.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from itertools import islice

Key = tuple[int, int, int, int]
"""Tier of the priority, era of the monotonic clock, microseconds in it, tie-breaker (arrival number of a call, number of a seat)."""

BLOCK = 512


class Ranked:
    """Distinct keys, lowest first."""

    __slots__ = ("_blocks", "_count", "_last")

    def __init__(self) -> None:
        self._blocks: list[list[Key]] = []
        self._last: list[Key] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, key: Key) -> None:
        """Put ``key`` in its place; it must not be there yet."""
        self._count += 1
        if not self._blocks:
            self._blocks.append([key])
            self._last.append(key)
            return
        at = min(bisect_left(self._last, key), len(self._blocks) - 1)
        block = self._blocks[at]
        insort(block, key)
        self._last[at] = block[-1]
        if len(block) > 2 * BLOCK:
            self._blocks[at : at + 1] = [block[:BLOCK], block[BLOCK:]]
            self._last[at : at + 1] = [block[BLOCK - 1], block[-1]]

    def remove(self, key: Key) -> None:
        """Take ``key`` away. Raises KeyError when it isn't there."""
        at = bisect_left(self._last, key)
        block = self._blocks[at] if at < len(self._blocks) else []
        place = bisect_left(block, key)
        if place == len(block) or block[place] != key:
            raise KeyError(key)
        self._count -= 1
        del block[place]
        if block:
            self._last[at] = block[-1]
        else:
            del self._blocks[at], self._last[at]

    def rank(self, key: Key) -> int:
        """How many keys are lower than ``key``."""
        if not self._last or key > self._last[-1]:
            return self._count
        at = bisect_left(self._last, key)
        if 2 * at > len(self._blocks):  # most are asked for at the end
            before = self._count - sum(map(len, islice(self._blocks, at, None)))
        else:
            before = sum(map(len, islice(self._blocks, at)))
        return before + (bisect_left(self._blocks[at], key) if at < len(self._blocks) else 0)

    def first(self) -> Key | None:
        """The lowest key, None when there is none."""
        return self._blocks[0][0] if self._blocks else None

    def head(self, count: int) -> list[Key]:
        """The ``count`` lowest keys, fewer when there are fewer."""
        found: list[Key] = []
        for block in self._blocks:
            found += block[: count - len(found)]
            if len(found) == count:
                break
        return found

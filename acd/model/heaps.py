"""A heap of keys whose entries are deleted lazily: taking one away only marks it, and the dead are swept when they are the many.

The last part of a key names its owner (the arrival number of a call, the number of a seat); an owner has one key at a time. Adding
costs O(log n), removing O(1), the head O(1) plus the dead in front of it, each of which is passed once. Without the sweep the heap
would grow with every caller who hangs up before his turn.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

AnyKey = tuple[int, ...]
SWEEP_FROM = 32
"""Smaller heaps are not worth sweeping."""


class LazyHeap:
    """Distinct owners, lowest key first."""

    __slots__ = ("_heap", "_live")

    def __init__(self) -> None:
        self._heap: list[AnyKey] = []
        self._live: dict[int, AnyKey] = {}

    def __len__(self) -> int:
        return len(self._live)

    def __contains__(self, owner: int) -> bool:
        return owner in self._live

    def add(self, key: AnyKey) -> None:
        """Enter an owner who isn't there yet. What is alive is the very object entered last, not one that equals it."""
        self._live[key[-1]] = key
        heappush(self._heap, key)

    def remove(self, owner: int) -> None:
        """Take an owner away. Raises KeyError when he isn't there."""
        del self._live[owner]
        heap = self._heap
        if len(heap) > SWEEP_FROM and len(heap) > 2 * len(self._live):
            heap[:] = self._live.values()
            heapify(heap)

    def first(self) -> AnyKey | None:
        """The lowest key, None when there is none."""
        heap, live = self._heap, self._live
        while heap:
            key = heap[0]
            if live.get(key[-1]) is key:
                return key
            heappop(heap)
        return None

    def second(self) -> AnyKey | None:
        """The lowest key but one, for its own sake in the common case that it is alive."""
        heap, live = self._heap, self._live
        if len(live) < 2:
            return None
        if len(heap) > 2:
            one, other = heap[1], heap[2]
            key = one if one < other else other
            if live.get(key[-1]) is key and live.get(heap[0][-1]) is heap[0] and key is not heap[0]:
                return key
        return self.head(2)[1]

    def head(self, count: int) -> list[AnyKey]:
        """The ``count`` lowest keys in order, fewer when there are fewer; O(count log count) and the dead on the way."""
        heap, live = self._heap, self._live
        found: list[AnyKey] = []
        edge = [(heap[0], 0)] if heap else []
        while edge and len(found) < count:
            key, at = heappop(edge)
            if live.get(key[-1]) is key and (not found or found[-1] is not key):
                found.append(key)
            for child in (2 * at + 1, 2 * at + 2):
                if child < len(heap):
                    heappush(edge, (heap[child], child))
        return found

    @property
    def entries(self) -> int:
        """Entries in memory, the dead among them: at most twice the living, or :data:`SWEEP_FROM`."""
        return len(self._heap)

"""Parts of which nobody knows whether the gateway has them, and when each may go again."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator

from sms_bridge.relay.model import Part


class Doubts:
    """Ordered by when they are due; seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Part]] = []
        self._order = itertools.count()

    def add(self, part: Part, due: float) -> None:
        """``part`` may go again at ``due`` if nothing has settled it by then."""
        heapq.heappush(self._due, (due, next(self._order), part))

    def over(self, now: float) -> Iterator[Part]:
        """Take those whose wait is over."""
        while self._due and self._due[0][0] <= now:
            yield heapq.heappop(self._due)[2]

"""Timers of the running loop, and timers that a hand turns (tests, the twin)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush

from acd.model.commands import Timer
from hotline.clock import HandClock


class LoopTimers:
    """Timers of the asyncio loop that runs when they are set."""

    def __init__(self) -> None:
        self._handles: dict[Timer, asyncio.TimerHandle] = {}

    def set(self, timer: Timer, delay_s: float, ring: Callable[[Timer], None]) -> None:
        """See :class:`acd.needs.Timers`."""
        self.cancel(timer)
        self._handles[timer] = asyncio.get_running_loop().call_later(delay_s, self._ring, timer, ring)

    def _ring(self, timer: Timer, ring: Callable[[Timer], None]) -> None:
        del self._handles[timer]
        ring(timer)

    def cancel(self, timer: Timer) -> None:
        """See :class:`acd.needs.Timers`."""
        handle = self._handles.pop(timer, None)
        if handle is not None:
            handle.cancel()

    def clear(self) -> None:
        """See :class:`acd.needs.Timers`."""
        for timer in list(self._handles):
            self.cancel(timer)

    def __len__(self) -> int:
        return len(self._handles)


class HandTimers:
    """Timers that run out when :meth:`advance` moves the clock past them, in the order they are due."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self._now = 0.0
        self._count = 0
        self._due: list[tuple[float, int, Timer]] = []
        self._rings: dict[Timer, tuple[int, Callable[[Timer], None]]] = {}

    def set(self, timer: Timer, delay_s: float, ring: Callable[[Timer], None]) -> None:
        """See :class:`acd.needs.Timers`."""
        self._count += 1
        self._rings[timer] = (self._count, ring)
        heappush(self._due, (self._now + delay_s, self._count, timer))

    def cancel(self, timer: Timer) -> None:
        """See :class:`acd.needs.Timers`."""
        self._rings.pop(timer, None)

    def clear(self) -> None:
        """See :class:`acd.needs.Timers`."""
        self._rings.clear()

    def __len__(self) -> int:
        return len(self._rings)

    def advance(self, seconds: float) -> None:
        """Move the clock on by ``seconds``, ringing on the way what is due, each at its own moment."""
        end = self._now + seconds
        while self._due and self._due[0][0] <= end:
            at, number, timer = heappop(self._due)
            if self._rings.get(timer, (0, None))[0] != number:
                continue
            self._turn_to(at)
            self._rings.pop(timer)[1](timer)
        self._turn_to(end)

    def _turn_to(self, at: float) -> None:
        self._clock.advance(at - self._now)
        self._now = at

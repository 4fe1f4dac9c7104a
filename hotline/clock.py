"""The one place that asks the time. Rules get their moment as ``at``; tests bring a clock of their own."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from hotline.moment import Moment


class Clock(Protocol):
    """Something that can say what moment it is."""

    def now(self) -> Moment:
        """The present moment."""
        ...


def read_boot_id() -> str:
    """Eight characters that name this boot of the machine; two processes of one boot share its monotonic clock."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
    except OSError:
        return f"{time.time_ns() - time.monotonic_ns():x}"[:8]


class SystemClock:
    """The machine's clocks: wall for the day, monotonic for durations."""

    def __init__(self) -> None:
        self.boot = read_boot_id()

    def now(self) -> Moment:
        """The present moment on both of the machine's clocks."""
        return Moment(time.time_ns() // 1000, time.monotonic_ns() // 1000, self.boot)


class HandClock:
    """A clock that stands until a test or the twin moves it."""

    def __init__(self, wall: int = 1_763_949_600_000_000, boot: str = "hand") -> None:
        self._moment = Moment(wall, 1_000_000_000, boot)

    def now(self) -> Moment:
        """The moment the hand points at."""
        return self._moment

    def advance(self, span: timedelta | float) -> Moment:
        """Move on by ``span`` (seconds when a number) and return the new moment."""
        step = span if isinstance(span, timedelta) else timedelta(seconds=span)
        self._moment = self._moment.after(step)
        return self._moment


def monotonic() -> float:
    """Seconds on the monotonic clock, for time-outs of adapters only; never for a reported figure."""
    return time.monotonic()

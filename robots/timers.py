"""What repeats and gives up in SIP (RFC 3261 table 4), on any scheduler: the event loop, or a test's hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Destination = tuple[str, int]
Send = Callable[[bytes, Destination], None]


class Handle(Protocol):
    """A timer that can be stopped."""

    def cancel(self) -> None:
        """Never call back."""
        ...


class Scheduler(Protocol):
    """An event loop, as far as timers go."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> Handle:
        """Call ``callback`` after ``delay`` seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Timers:
    """RFC 3261 table 4, in seconds."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0

    @property
    def give_up(self) -> float:
        """Timers B, F, H, J and D."""
        return 64 * self.t1


class Repeating:
    """Something that is sent again and again, at growing distances, until it is stopped."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._handles: dict[str, Handle] = {}

    def _after(self, name: str, delay: float, callback: Callable[[], None]) -> None:
        self._stop(name)
        self._handles[name] = self._scheduler.call_later(delay, callback)

    def _stop(self, *names: str) -> None:
        for name in names or tuple(self._handles):
            handle = self._handles.pop(name, None)
            if handle is not None:
                handle.cancel()

    def abandon(self) -> None:
        """Stop every timer for good: the phone is closing."""
        self._stop()

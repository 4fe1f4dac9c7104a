"""Time for tests and rehearsals: a loop whose clock jumps to the next timer when nobody has anything to do.

A minute of talk takes a millisecond, and every wait lasts exactly as long as it says. Inputs and outputs that are not timers (sockets,
threads) do not belong on such a loop.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from hotline.clock import HandClock
from hotline.moment import Moment

T = TypeVar("T")


class _JumpingSelector(selectors.SelectSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everybody waits for ever")
            self.now += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """See the module. Raises RuntimeError when nothing can ever happen any more."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._jumping.now


class LoopClock:
    """The house's clock on the time of the loop that runs."""

    def __init__(self, start: Moment | None = None) -> None:
        self._start = start or HandClock().now()

    def now(self) -> Moment:
        """The start, and what the loop's time has moved on since."""
        return self._start.after(timedelta(seconds=asyncio.get_running_loop().time()))


def run_virtually(story: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story)

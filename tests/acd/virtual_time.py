"""An asyncio loop whose clock jumps to the next timer as soon as there is nothing left to do: no test sleeps for real."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from hotline.moment import Moment

T = TypeVar("T")


class NothingWillHappen(Exception):
    """Everybody waits and no timer is set: a test that would hang."""


class _JumpingSelector(selectors.SelectSelector):
    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise NothingWillHappen
        self.loop.jump(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop on virtual time that begins at 0."""

    def __init__(self) -> None:
        self._virtual = 0.0
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Virtual seconds."""
        return self._virtual

    def jump(self, seconds: float) -> None:
        """Be ``seconds`` later."""
        self._virtual += seconds


class LoopClock:
    """The clock of the running loop."""

    def now(self) -> Moment:
        """Virtual now, in microseconds on both clocks."""
        us = round(asyncio.get_running_loop().time() * 1_000_000)
        return Moment(1_763_949_600_000_000 + us, us, "virtual")


def live(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` on virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)

"""One beat of 20 ms for all calls of a process, driven by the loop's clock and never drifting from it.

A late beat is made good by sending at once what is due, up to :data:`BURST` packets; beyond that the streams skip, as a real
telephone's would after a stall.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

BEAT = 0.02
BURST = 5


class Paced(Protocol):
    """Something that acts every 20 ms."""

    def beat(self) -> None:
        """The next 20 ms are due."""
        ...

    def skip(self, beats: int) -> None:
        """So many beats passed unused."""
        ...


class Pacer:
    """Beats while anybody listens; idle otherwise."""

    def __init__(self) -> None:
        self._streams: dict[int, Paced] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._origin = 0.0
        self._beaten = 0

    def join(self, stream: Paced) -> None:
        """Beat for ``stream`` too. Must be called inside a running loop; joining twice is harmless."""
        self._streams[id(stream)] = stream
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._origin, self._beaten = loop.time(), 0
            self._timer = loop.call_at(self._origin, self._beat)

    def leave(self, stream: Paced) -> None:
        """Don't beat for ``stream`` any more."""
        self._streams.pop(id(stream), None)
        if not self._streams and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _beat(self) -> None:
        if self._timer is None:
            return
        loop = asyncio.get_running_loop()
        due = int((loop.time() - self._origin) / BEAT + 0.01) + 1
        missed = due - self._beaten
        self._beaten = due
        for stream in tuple(self._streams.values()):
            if missed > BURST:
                stream.skip(missed - BURST)
            for _ in range(min(missed, BURST)):
                stream.beat()
        if self._streams:
            self._timer = loop.call_at(self._origin + due * BEAT, self._beat)

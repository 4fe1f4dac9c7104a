"""A link on a real connection: a socket below the state machine, and somebody who dials again when it is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import cast

from hotline.clock import Clock, monotonic
from sms_bridge.link.machine import Link
from sms_bridge.link.model import Down, LinkEvent, Up
from sms_bridge.link.phase import Phase

log = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S, FORBIDDEN_WAIT_S = 0.5, 15.0, 30.0
"""Between two tries to connect: doubled each time, and long at once when the gateway refused us by name."""

Deliver = Callable[["Wire", list[LinkEvent]], None]


class Wire(asyncio.Protocol):
    """One connection. ``deliver`` gets the link's events as they come; ``done`` is set when it is over."""

    def __init__(self, link: Link, clock: Clock, deliver: Deliver, name: str) -> None:
        self.link = link
        self.name = name
        self.blocked = False
        self.done = asyncio.Event()
        self._clock = clock
        self._deliver = deliver
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Log in."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by class, but in all it does
        self.link.opened(monotonic(), self._clock.now().local())
        self.flush()

    def data_received(self, data: bytes) -> None:
        """Bytes from the gateway, split and merged as they come."""
        self.link.received(data, monotonic())
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self.link.closed(f"the connection was lost ({type(exc).__name__})" if exc else "the gateway closed the connection")
        self.flush()
        self.done.set()

    def pause_writing(self) -> None:
        """The gateway doesn't read: no orders until it does."""
        self.blocked = True

    def resume_writing(self) -> None:
        """It reads again."""
        self.blocked = False

    def room(self, settling: int = 0) -> int:
        """How many orders may go now, or once ``settling`` answers are settled."""
        return 0 if self.blocked else self.link.room(monotonic(), settling)

    def tick(self) -> None:
        """Let the link look at the time."""
        self.link.tick(monotonic())
        self.flush()

    def flush(self) -> None:
        """Write what the link wants written, tell what happened, close when it is over."""
        data = self.link.output()
        if data and self._transport is not None:
            self._transport.write(data)
        events = self.link.events()
        if events:
            self._deliver(self, events)
        if self.link.phase is Phase.DOWN and self._transport is not None:
            self._transport.close()

    def cut(self, reason: str) -> None:
        """End it now."""
        self.link.closed(reason)
        self.flush()
        if self._transport is not None:
            self._transport.abort()


class Dialler:
    """Keeps one link to ``host`` and ``port``: a new one whenever the last is over, until :meth:`run` is cancelled."""

    def __init__(self, name: str, host: str, port: int, make: Callable[[], Link], clock: Clock, deliver: Deliver) -> None:
        self.name = name
        self.wire: Wire | None = None
        self._at = (host, port)
        self._make = make
        self._clock = clock
        self._deliver = deliver
        self._forbidden = False

    async def run(self) -> None:
        """Connect, wait until it is over, connect again."""
        wait = FIRST_WAIT_S
        while True:
            wire = Wire(self._make(), self._clock, self._watch, self.name)
            was_up = await self._once(wire)
            wait = FIRST_WAIT_S if was_up else FORBIDDEN_WAIT_S if self._forbidden else min(wait * 2, LONGEST_WAIT_S)
            await asyncio.sleep(wait)

    async def _once(self, wire: Wire) -> bool:
        """One connection from beginning to end; whether it was ever logged in."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(wire.link.settings.connect_s):
                await loop.create_connection(lambda: wire, *self._at)
        except OSError as error:
            log.info("a gateway can't be reached", extra={"link": self.name, "reason": type(error).__name__})
            return False
        self.wire = wire
        try:
            await wire.done.wait()
        finally:
            self.wire = None
            if not wire.done.is_set():
                wire.cut("we stop")
        return wire.link.was_up

    def _watch(self, wire: Wire, events: list[LinkEvent]) -> None:
        for event in events:
            match event:
                case Up():
                    self._forbidden = False
                    log.info("a link is up", extra={"link": self.name})
                case Down():
                    self._forbidden = event.forbidden
                    level = logging.WARNING if event.forbidden or event.in_doubt else logging.INFO
                    log.log(level, "a link is down", extra={"link": self.name, "reason": event.reason, "in_doubt": len(event.in_doubt)})
                case _:
                    pass
        self._deliver(wire, events)

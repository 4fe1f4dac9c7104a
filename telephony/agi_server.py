"""The FastAGI server: takes Asterisk's connections and has each call served; nobody who connects can stop it or a neighbour's call."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from hotline.clock import Clock
from hotline.ids import CallId, ChannelId
from telephony.agi import AgiLink
from telephony.agi_wire import Garbled
from telephony.errors import HungUp
from telephony.ports import Arrival

log = structlog.get_logger("telephony")
LOOPBACK = "127.0.0.1"
MOST_CALLS = 2000
CALL = re.compile(r"c-\d{8}-[0-9a-f]{1,32}\Z", re.ASCII)
CHANNEL = re.compile(r"[\w.-]{1,150}\Z", re.ASCII)
Serve = Callable[[AgiLink, Arrival], Awaitable[None]]
"""Serves one call. When it returns the connection is closed; a caller who isn't hung up goes on in the dialplan behind ``AGI()``."""


class AgiServer:
    """See the module. ``refused`` counts those who were no call of Asterisk's, by reason; ``broken`` calls that went wrong here."""

    def __init__(self, serve: Serve, clock: Clock, most: int = MOST_CALLS) -> None:
        self._serve = serve
        self._clock = clock
        self._most = most
        self._links: dict[AgiLink, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self.refused: Counter[str] = Counter()
        self.broken = 0

    @property
    def calls(self) -> int:
        """How many calls are on."""
        return len(self._links)

    def link(self) -> AgiLink:
        """The protocol of one more connection (a factory for ``create_server``)."""
        return AgiLink(self._clock, self._begin, self._refuse)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Calls are served inside; at the end those still on are given back to the dialplan."""
        async with asyncio.TaskGroup() as self._group:
            try:
                yield
            finally:
                self._group = None
                for task in self._links.values():
                    task.cancel()

    @asynccontextmanager
    async def listening(self, port: int, host: str = LOOPBACK) -> AsyncIterator[None]:
        """Take connections on ``port`` inside. Raises OSError when it is taken."""
        listener = await asyncio.get_running_loop().create_server(self.link, host, port)
        try:
            async with self.running():
                yield
        finally:
            listener.close()

    def _refuse(self, why: str) -> None:
        self.refused[why] += 1
        log.info("a FastAGI connection was no call", why=why)

    def _begin(self, link: AgiLink) -> None:
        if self._group is None or len(self._links) >= self._most:
            self._refuse("too many calls")
            link.close()
            return
        try:
            arrival = arrival_of(link, self._clock)
        except Garbled as error:
            self._refuse(str(error))
            link.close()
            return
        self._links[link] = self._group.create_task(self._take(link, arrival), name=arrival.call)

    async def _take(self, link: AgiLink, arrival: Arrival) -> None:
        """Serve one call; nothing but our own cancellation is raised."""
        try:
            await self._serve(link, arrival)
        except HungUp:
            pass
        except Exception as error:  # one broken call must not take the others with it
            self.broken += 1
            log.exception("a call over FastAGI went wrong", call=arrival.call, kind=type(error).__name__)
        finally:
            self._links.pop(link, None)
            link.close()


def arrival_of(link: AgiLink, clock: Clock) -> Arrival:
    """Who calls, by the environment and the arguments ``AGI(agi://..., call, trunk)``. Raises Garbled.

    A dialplan that names no call of ours gets one made from Asterisk's own id of the channel.
    """
    values, now = link.environment.values, clock.now()
    channel = values.get("agi_uniqueid", "")
    if not CHANNEL.match(channel):
        raise Garbled("no channel")
    given = link.environment.arguments()
    call, trunk = [*given, "", ""][:2]
    if not CALL.match(call):
        digits = re.sub(r"\D", "", channel, flags=re.ASCII) or "0"
        call = f"c-{now.local():%Y%m%d}-{digits}"
    caller = values.get("agi_callerid", "")
    return Arrival(
        call=CallId(call),
        line=ChannelId(channel),
        ani="" if caller == "unknown" else caller,
        dnis=values.get("agi_extension", ""),
        trunk=trunk or "agi",
        at=now,
        internal=trunk == "internal",
    )

"""Which seats have a phone: told by AMI the moment it changes, and looked at over ARI on each connection and now and then.

A look takes its time; what AMI told of an endpoint meanwhile is newer than the look.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

from hotline.clock import Clock
from telephony.ari_found import SEAT, look_at_endpoints
from telephony.ari_link import AriLink
from telephony.ports import SeatReachable, SwitchAway

log = structlog.get_logger("telephony")
ANSWER_S = 0.3
"""How long phones get to answer when they are asked whether they are there (a local one takes 2 ms)."""
LOOK_AGAIN_S = 60.0
"""The endpoints are looked at this often even when nobody told of a change."""


class Asker(Protocol):
    """Who can have phones asked (:class:`telephony.ami_commands.AmiCommands`)."""

    async def ask_phones(self, endpoints: Iterable[str]) -> int:
        """Have these endpoints' phones asked whether they are there; how many have one at all. Raises SwitchAway."""
        ...


class SeatEndpoints:
    """See the module. Each change is told once, as SeatReachable."""

    def __init__(self, link: AriLink, asker: Asker, emit: Callable[[SeatReachable], object], clock: Clock) -> None:
        self._link, self._asker, self._emit, self._clock = link, asker, emit, clock
        self._reachable: dict[str, bool] = {}
        self._told: Counter[str] = Counter()

    def on_peer_status(self, message: dict[str, str]) -> None:
        """AMI's word that an endpoint has, or has lost, its phone."""
        status = message.get("peerstatus")
        if message.get("channeltype") == "PJSIP" and status in ("Reachable", "Unreachable"):
            endpoint = message.get("peer", "").partition("/")[2]
            self._told[endpoint] += 1
            self._tell(endpoint, status == "Reachable")

    async def watch(self, look_again: asyncio.Event) -> None:
        """Look at all endpoints whenever ``look_again`` is set, and now and then; until cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await look_again.wait()
            except TimeoutError:
                pass
            look_again.clear()
            try:
                await self.look()
            except SwitchAway as error:
                log.info("endpoints not seen", why=str(error))

    async def look(self) -> None:
        """Tell what has changed since the last word. Raises SwitchAway."""
        before = self._told.copy()
        for endpoint, there in (await self._seen()).items():
            if self._told[endpoint] == before[endpoint]:
                self._tell(endpoint, there)

    async def _seen(self) -> dict[str, bool]:
        """Every endpoint, and whether it has a phone. One that seems lost is asked before we believe it."""
        seen = await look_at_endpoints(self._link)
        doubtful = [name for name, there in seen.items() if not there and SEAT.match(name) and self._reachable.get(name, True)]
        if not doubtful or not await self._asker.ask_phones(doubtful):
            return seen
        await asyncio.sleep(ANSWER_S)
        return await look_at_endpoints(self._link)

    def _tell(self, endpoint: str, there: bool) -> None:
        if SEAT.match(endpoint) and self._reachable.get(endpoint) is not there:
            self._reachable[endpoint] = there
            self._emit(SeatReachable(endpoint, there, self._clock.now()))

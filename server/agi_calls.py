"""Calls that come over FastAGI, from a dialplan of the site's own: the same dialogs on another line.

Self-service is held here. Who wants a person is handed over by ``EXEC Stasis``: from then on the call is one like any other, and
this connection only waits until Asterisk is done with it. When anything fails the connection is closed and the caller goes on in the
dialplan behind ``AGI()``, which leads to the fallback queue. After a restart of ours a caller is taken up again only if he was handed
over; who was in a menu is in the fallback.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta

import structlog

from hotline.errors import HotlineError
from hotline.events import AgentWanted, EndedHow
from hotline.ids import CallId
from ivr.walk import Goodbye, WantsAgent, walk
from server.call_path import note_arrival, note_end
from server.calls import LiveCall
from server.house import House
from server.progress import Progress
from telephony.agi import AgiLink
from telephony.agi_line import AgiLine
from telephony.agi_server import AgiServer
from telephony.ports import Arrival, HungUp, LineEnded

log = structlog.get_logger("agi")
APPLICATION = "hotline"
"""Our application in Asterisk (asterisk_conf renders the same)."""


@asynccontextmanager
async def fastagi(house: House) -> AsyncIterator[None]:
    """Serve FastAGI inside, when the settings have a port for it. A port somebody else has costs FastAGI, not the house."""
    port = house.settings.asterisk.fastagi_port
    async with AsyncExitStack() as stack:
        if port:
            try:
                await stack.enter_async_context(AgiServer(AgiCalls(house).serve, house.clock).listening(port))
            except OSError as error:
                log.error("no FastAGI: the port of asterisk.fastagi_port is taken", port=port, why=error.strerror)
        yield


class AgiCalls:
    """Serves one call at a time per connection."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def serve(self, link: AgiLink, arrival: Arrival) -> None:
        """One call, until it is over or somebody else's."""
        live = LiveCall(arrival)
        if not self._house.takes_calls() or not self._house.calls.enter(live):
            return  # the dialplan goes on
        link.on_gone = lambda: self._gone(link, arrival)
        how: EndedHow | None = "caller_hung_up"
        try:
            with AgiLine(link, arrival.call, arrival.line).holding() as line:
                live.line = line
                note_arrival(self._house, live)
                try:
                    how = await self._talk(live, line)
                except HungUp:
                    pass
                except Exception as error:  # as in the call path: one broken call must not take the worker with it
                    log.exception("a call over FastAGI went wrong", call=live.call, kind=type(error).__name__)
                    how = "we_hung_up"
                    with suppress(HotlineError):
                        await line.hang_up("failure")
            if how is not None:
                await note_end(self._house, live, how)
        finally:
            self._house.calls.leave(live)

    async def _talk(self, live: LiveCall, line: AgiLine) -> EndedHow | None:
        """Self-service; how the call ended, None when it is somebody else's now. Raises HungUp."""
        house = self._house
        await line.answer()
        wish = await walk(house.talk(live, line), house.core, house.gate, needs=house.needs())
        if isinstance(wish, Goodbye):
            await line.hang_up()
            return "we_hung_up"
        house.journal.append(AgentWanted(at=wish.at, call=live.call, skill=wish.skill))
        return await self._hand_over(live, line, wish)

    async def _hand_over(self, live: LiveCall, line: AgiLine, wish: WantsAgent) -> EndedHow | None:
        """Into our Stasis application, where the floor takes the call. Raises HungUp when the caller left before he arrived there."""
        arrival, house = live.arrival, self._house
        house.calls.leave(live)
        house.handed[arrival.call] = Progress(
            arrival.call, arrival.at, arrival.line, depositor=wish.depositor, account=wish.account, unit=wish.unit, refused=wish.refused,
            wanted_at=wish.at, skill=wish.skill, internal=arrival.internal,
        )  # fmt: skip
        longest = timedelta(seconds=house.settings.asterisk.longest_call_s)
        try:
            await line.hand_over(longest, "Stasis", APPLICATION, "arrived", arrival.call, arrival.trunk)
        except HungUp:
            if not self._never_arrived(arrival.call):
                return None
            raise
        if self._never_arrived(arrival.call):
            log.error("nobody heard the call that was handed over", call=arrival.call)
        return None  # the dialplan goes on: back from the floor to the fallback, or never there

    def _never_arrived(self, call: CallId) -> bool:
        return self._house.handed.pop(call, None) is not None

    def _gone(self, link: AgiLink, arrival: Arrival) -> None:
        """The connection's end is the call's, unless it was handed over."""
        live = self._house.calls.get(arrival.call)
        if live is not None and live.line is not None and isinstance(live.line, AgiLine) and link.gone_at is not None:
            self._house.calls.line_ended(LineEnded(arrival.call, arrival.line, link.gone_at, by_caller=not link.we_hung_up))

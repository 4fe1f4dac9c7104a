"""A phone's registration with the exchange (RFC 3261 §10): made, refreshed before it runs out, remade when lost, taken back."""

from __future__ import annotations

import asyncio

from robots.agent import Agent
from robots.errors import RegistrationRefused
from robots.sip import Address, Request, Response, parse_address, parse_semicolons
from robots.timers import Destination

_RETRY = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""Seconds between attempts while the exchange is away."""


class Registration:
    """One contact at one exchange."""

    def __init__(self, agent: Agent, server: Destination) -> None:
        self.registered = False
        self.granted = 0
        """Seconds the exchange granted last."""
        self._agent = agent
        self._server = server
        self._call_id = agent.new_call_id()
        self._cseq = 0
        self._expires = 0
        self._failures = 0
        self._timer: asyncio.TimerHandle | None = None
        self._who = Address(f"sip:{agent.identity.user}@{server[0]}")

    async def register(self, expires: int = 300, timeout: float = 8.0) -> None:
        """Register and keep registered. Raises RegistrationRefused (408: nobody answered)."""
        self._expires = expires
        await self._once(expires, timeout)

    async def unregister(self, timeout: float = 2.0) -> None:
        """Take the contact back, if there ever was one; raises RegistrationRefused when the exchange didn't confirm."""
        self.stop()
        self.registered = False
        if self.granted:
            await self._once(0, timeout)

    def stop(self) -> None:
        """No more refreshing."""
        self._expires = 0
        if self._timer is not None:
            self._timer.cancel()

    async def _once(self, expires: int, timeout: float) -> None:
        result: asyncio.Future[Response | None] = asyncio.get_running_loop().create_future()
        self._send(expires, result)
        try:
            async with asyncio.timeout(timeout):
                response = await result
        except TimeoutError:
            response = None
        if response is None or response.status >= 300:
            raise RegistrationRefused(response.status if response else 408, response.reason if response else "no answer")

    def _send(self, expires: int, result: asyncio.Future[Response | None] | None = None) -> None:
        def build() -> Request:
            self._cseq += 1
            uri = f"sip:{self._server[0]}:{self._server[1]}"
            sender = self._who.with_tag(self._call_id[:12])
            request = self._agent.compose("REGISTER", uri, sender, self._who, self._call_id, self._cseq)
            request.add("Expires", str(expires))
            return request

        def received(response: Response | None, request: Request) -> None:
            if response is not None and response.status < 200:
                return
            if response is not None and response.status == 423 and response.get("Min-Expires").isdigit():
                least = int(response.get("Min-Expires"))
                if expires < least:  # too brief for this exchange: as long as it wants then
                    self._expires = least
                    self._send(least, result)
                    return
            self._settle(response, expires)
            if result is not None and not result.done():
                result.set_result(response)

        self._agent.ask(build, self._server, received)

    def _settle(self, response: Response | None, expires: int) -> None:
        accepted = response is not None and response.status < 300
        if expires == 0 or self._expires == 0:
            return
        self.registered = accepted
        if response is not None and accepted:
            self.granted, self._failures = self._granted(response, expires), 0
            self._again_in(max(0.5, self.granted * 0.8))
        elif self.granted:  # it was registered before: the exchange may only be restarting
            self._again_in(_RETRY[min(self._failures, len(_RETRY) - 1)])
            self._failures += 1

    def _again_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._agent.loop.call_later(seconds, self._refresh)

    def _refresh(self) -> None:
        if self._expires:
            self._send(self._expires)

    def _granted(self, response: Response, asked: int) -> int:
        """Seconds until it runs out, by our own contact's parameter, else the Expires header, else as asked."""
        ours = parse_address(self._agent.contact).uri
        for value in response.all("Contact"):
            contact = parse_address(value)
            if contact.uri == ours and contact.parameter("expires").isdigit():
                return int(contact.parameter("expires"))
        header = (parse_semicolons(response.get("Expires")) or [("", "")])[0][0]
        return int(header) if header.isdigit() else asked

"""A dialog (RFC 3261 §12): the two tags, the route and the two CSeq counters that make requests belong to one call."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from robots.agent import Agent
from robots.sip import Address, Request, Response, parse_address
from robots.timers import Destination


@dataclass(slots=True)
class Dialog:
    """One side's view; ``peer`` is where the INVITE went to or came from."""

    agent: Agent
    call_id: str
    local: Address
    remote: Address
    target: str
    peer: Destination
    routes: tuple[str, ...] = ()
    local_cseq: int = 0
    remote_cseq: int = -1

    @property
    def key(self) -> tuple[str, str]:
        """What finds the dialog: Call-ID and our tag."""
        return self.call_id, self.local.parameter("tag")

    def request(self, method: str) -> Request:
        """The next request of ours inside the dialog."""
        self.local_cseq += 1
        return self._compose(method, self.local_cseq)

    def ack(self, invite: Request) -> Request:
        """The ACK of a 2xx to ``invite``: its CSeq number and its credentials (RFC 3261 §13.2.2.4)."""
        ack = self._compose("ACK", invite.cseq()[0])
        for name in ("Authorization", "Proxy-Authorization"):
            for value in invite.all(name):
                ack.add(name, value)
        return ack

    def _compose(self, method: str, cseq: int) -> Request:
        request = self.agent.compose(method, self.target, self.local, self.remote, self.call_id, cseq)
        for route in self.routes:
            request.add("Route", route)
        return request

    def destination(self) -> Destination:
        """Where the next request goes: the first route, else the other side's contact."""
        return self.agent.route_to(parse_address(self.routes[0]).uri if self.routes else self.target, self.peer)

    def learn(self, response: Response) -> None:
        """Take tag, contact and route from a response to our first INVITE."""
        self.remote = parse_address(response.get("To"))
        self.refresh_target(response)
        if response.status >= 200:
            self.routes = tuple(reversed(response.all("Record-Route")))

    def refresh_target(self, message: Request | Response) -> None:
        """Take the other side's contact, when the message names one."""
        contact = parse_address((message.all("Contact") or [""])[0]).uri
        if contact.lower().startswith("sip:"):
            self.target = contact

    def in_order(self, request: Request) -> bool:
        """Whether the other side's request is newer than its last; remembers it when so."""
        number = request.cseq()[0]
        if number <= self.remote_cseq:
            return False
        self.remote_cseq = number
        return True


def dialog_of_invite(agent: Agent, invite: Request, source: Destination) -> Dialog:
    """The dialog that an arriving INVITE opens, with a tag of ours."""
    dialog = Dialog(
        agent,
        invite.get("Call-ID"),
        parse_address(invite.get("To")).with_tag(secrets.token_hex(6)),
        parse_address(invite.get("From")),
        parse_address(invite.get("From")).uri,
        source,
        tuple(invite.all("Record-Route")),
        remote_cseq=invite.cseq()[0],
    )
    dialog.refresh_target(invite)
    return dialog

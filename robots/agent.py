"""One SIP user agent on one UDP socket: composes requests, answers challenges, hands on what arrives.

Calls and registrations live above it; sockets and bytes end here. Odd input is counted and dropped, never raised.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass

from hotline.clock import Clock
from hotline.errors import HotlineError
from hotline.moment import Moment
from hotline.secret import Secret
from robots.digest import CantAnswer, authorize, choose
from robots.media import drain, is_ipv4
from robots.sip import Address, MalformedSip, Request, Response, escape_user, host_port, new_branch, parse
from robots.timers import Destination, Timers
from robots.transactions import ServerTransaction, Transactions

log = logging.getLogger(__name__)
ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, NOTIFY"
USER_AGENT = "hotline-robot/1"
_CHALLENGES = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}
_ROUNDS = 2
"""Challenges answered per request: the second only helps when the first nonce was stale."""


@dataclass(slots=True)
class Traffic:
    """Datagrams of one agent."""

    sent: int = 0
    received: int = 0
    malformed: int = 0
    dropped: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the agent is: address to bind, user and password, the exchange's address (None: it has none)."""

    user: str
    password: Secret | None
    bind: str
    port: int
    server: Destination | None


class Listener:
    """What an agent's owner does with what arrives; this one ignores it all."""

    def on_request(self, request: Request, transaction: ServerTransaction) -> None:
        """A new request, not an ACK."""

    def on_ack(self, request: Request) -> None:
        """The ACK of a 2xx."""

    def on_stray(self, response: Response) -> None:
        """A response without transaction: a repeated 2xx."""


class Agent:
    """The socket, its transactions and the identity behind them."""

    def __init__(self, identity: Identity, listener: Listener, clock: Clock, timers: Timers) -> None:
        self.identity = identity
        self.clock = clock
        self.timers = timers
        self.traffic = Traffic()
        self.loop = asyncio.get_running_loop()
        self.drop: Callable[[str, bytes], bool] | None = None
        """For tests: asked with ``in`` or ``out`` and the datagram whether the network loses it."""
        self._listener = listener
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.setblocking(False)
        try:
            self._sock.bind((identity.bind, identity.port))
        except OSError:
            self._sock.close()
            raise
        self.port = int(self._sock.getsockname()[1])
        self.received_at: Moment = clock.now()
        """When the datagram now being handled arrived."""
        self.transactions = Transactions(self.send, self.loop, timers)
        self.loop.add_reader(self._sock, self._readable)
        self._open = True

    @property
    def contact(self) -> str:
        """Where requests reach us."""
        return f"<sip:{escape_user(self.identity.user)}@{self.identity.bind}:{self.port}>"

    def compose(self, method: str, uri: str, sender: Address, to: Address, call_id: str, cseq: int) -> Request:
        """A request with the headers every request has, and a fresh branch."""
        request = Request(method=method, uri=uri)
        request.add("Via", f"SIP/2.0/UDP {self.identity.bind}:{self.port};rport;branch={new_branch()}")
        request.add("Max-Forwards", "70")
        request.add("From", str(sender))
        request.add("To", str(to))
        request.add("Call-ID", call_id)
        request.add("CSeq", f"{cseq} {method}")
        request.add("User-Agent", USER_AGENT)
        if method in ("INVITE", "REGISTER", "OPTIONS"):
            request.add("Contact", self.contact)
            request.add("Allow", ALLOW)
        return request

    def new_call_id(self) -> str:
        """A Call-ID nobody used before."""
        return f"{secrets.token_hex(10)}@{self.identity.bind}"

    def ask(self, build: Callable[[], Request], destination: Destination, on_response: Callable[[Response | None, Request], None]) -> None:
        """Send what ``build`` makes and answer challenges with a second one; ``on_response`` gets all other responses.

        ``build`` must give each request a new CSeq and branch. None instead of a response: nobody answered.
        """
        self._ask(build, destination, on_response, (), _ROUNDS)

    def _ask(
        self,
        build: Callable[[], Request],
        destination: Destination,
        on_response: Callable[[Response | None, Request], None],
        challenges: tuple[Response, ...],
        rounds: int,
    ) -> None:
        request = build()
        for challenge in challenges:
            self._authorize(request, challenge)

        def received(response: Response | None) -> None:
            if response is not None and response.status in _CHALLENGES and rounds and self._answerable(response):
                self._ask(build, destination, on_response, (response,), rounds - 1)
            else:
                on_response(response, request)

        self.transactions.request(request, destination, received)

    def _answerable(self, response: Response) -> bool:
        try:
            choose(response.all(_CHALLENGES[response.status][0]))
        except CantAnswer:
            return False
        return self.identity.password is not None

    def _authorize(self, request: Request, response: Response) -> None:
        asked, answered = _CHALLENGES[response.status]
        if self.identity.password is not None:
            challenge = choose(response.all(asked))
            request.add(answered, authorize(challenge, request.method, request.uri, self.identity.user, self.identity.password))

    def send(self, data: bytes, destination: Destination) -> None:
        """Put a datagram on the wire; a network that refuses it is a network that lost it."""
        if self.drop is not None and self.drop("out", data):
            self.traffic.dropped += 1
            return
        try:
            self._sock.sendto(data, destination)
            self.traffic.sent += 1
        except (OSError, ValueError, OverflowError):
            self.traffic.failed += 1

    def route_to(self, uri: str, otherwise: Destination) -> Destination:
        """The address behind a URI when it names one, else ``otherwise``: no name server is ever asked."""
        host, port = host_port(uri)
        return (host, port) if is_ipv4(host) else otherwise

    def close(self) -> None:
        """Give the socket back and forget every transaction."""
        if self._open:
            self._open = False
            self.transactions.abandon_all()
            self.loop.remove_reader(self._sock)
            self._sock.close()

    def _readable(self) -> None:
        drain(self._sock, self._arrived)

    def _arrived(self, data: bytes, source: Destination) -> None:
        if not self._open:
            return
        self.received_at = self.clock.now()
        if self.drop is not None and self.drop("in", data):
            self.traffic.dropped += 1
            return
        self.traffic.received += 1
        if not data.strip(b"\r\n\0 "):
            return  # a keep-alive
        try:
            self._handle(data, source)
        except (MalformedSip, HotlineError) as error:
            self.traffic.malformed += 1
            log.debug("sip message dropped", extra={"why": type(error).__name__})

    def _handle(self, data: bytes, source: Destination) -> None:
        message = parse(data)
        if isinstance(message, Response):
            if not self.transactions.response(message):
                self._listener.on_stray(message)
            return
        transaction = self.transactions.arrived(message, source)
        if message.method == "ACK":
            if transaction is not None:
                self._listener.on_ack(message)
        elif transaction is not None:
            self._listener.on_request(message, transaction)

"""SIP transactions over UDP (RFC 3261 §17): who repeats what until when.

No sockets and no clock here: a ``send`` function and a :class:`Scheduler` are handed in, so tests run the timers by hand.
One law is ours: a 2xx to INVITE is repeated here too (§13.3.1.4), until :meth:`ServerTransaction.acknowledged`.
"""

from __future__ import annotations

from collections.abc import Callable

from robots.sip import MAGIC, Request, Response, parse_semicolons, reply
from robots.timers import Destination, Repeating, Scheduler, Send, Timers


def top_via(message: Request | Response) -> dict[str, str]:
    """The parameters of the topmost Via; its ``sent-by`` under that name."""
    first = (message.all("Via") or [""])[0]
    before, _, tail = first.partition(";")
    sent_by = before.split()[-1] if before.split() else ""
    return {"sent-by": sent_by, **dict(parse_semicolons(tail))}


class ClientTransaction(Repeating):
    """Our request until its final response; ``on_response(None)`` says that none came.

    ``on_over`` is called once, when nothing more may be received for it.
    """

    def __init__(
        self,
        request: Request,
        destination: Destination,
        send: Send,
        scheduler: Scheduler,
        timers: Timers,
        on_response: Callable[[Response | None], None],
        on_over: Callable[[], object],
    ) -> None:
        super().__init__(scheduler)
        self.request = request
        self.invite = request.method == "INVITE"
        self._destination = destination
        self._send = send
        self._timers = timers
        self._on_response = on_response
        self._on_over = on_over
        self._interval = timers.t1
        self._proceeding = False
        self._finished = False
        self._ack: bytes | None = None

    def start(self) -> None:
        """Send it for the first time."""
        self._send(self.request.to_bytes(), self._destination)
        self._after("repeat", self._interval, self._repeat)
        self._after("give up", self._timers.give_up, self._give_up)

    def _repeat(self) -> None:
        self._send(self.request.to_bytes(), self._destination)
        doubled = 2 * self._interval
        self._interval = doubled if self.invite else min(doubled, self._timers.t2)
        if self._proceeding:
            self._interval = self._timers.t2
        self._after("repeat", self._interval, self._repeat)

    def _give_up(self) -> None:
        self._finished = True
        self._end()
        self._on_response(None)

    def _end(self) -> None:
        self._stop()
        self._on_over()

    def receive(self, response: Response) -> None:
        """A response that belongs to this transaction."""
        if response.status < 200:
            self._provisional(response)
        elif self._finished:
            if self._ack is not None:
                self._send(self._ack, self._destination)  # our ACK was lost
        else:
            self._final(response)

    def _provisional(self, response: Response) -> None:
        if self._finished:
            return
        self._proceeding = True
        if self.invite:  # §17.1.1.2: no repeating any more, and it may ring as long as it likes
            self._stop()
        self._on_response(response)

    def _final(self, response: Response) -> None:
        self._finished = True
        self._stop()
        if self.invite and response.status >= 300:
            self._ack = ack_of_refusal(self.request, response).to_bytes()
            self._send(self._ack, self._destination)
            self._after("linger", self._timers.give_up, self._end)
        elif self.invite:
            self._end()  # the ACK of a 2xx, and of its repetitions, is the call's business
        else:
            self._after("linger", self._timers.t4, self._end)
        self._on_response(response)


def ack_of_refusal(invite: Request, response: Response) -> Request:
    """The ACK of a non-2xx: same branch, the response's To (RFC 3261 §17.1.1.3)."""
    ack = Request(method="ACK", uri=invite.uri)
    ack.add("Via", invite.all("Via")[0])
    for name in ("From", "Call-ID", "Max-Forwards"):
        ack.add(name, invite.get(name))
    ack.add("To", response.get("To"))
    ack.add("CSeq", f"{invite.cseq()[0]} ACK")
    for route in invite.all("Route"):
        ack.add("Route", route)
    return ack


class ServerTransaction(Repeating):
    """Somebody's request: absorbs its repetitions and answers them with what was answered last."""

    def __init__(
        self, request: Request, source: Destination, send: Send, scheduler: Scheduler, timers: Timers, on_over: Callable[[], object]
    ) -> None:
        super().__init__(scheduler)
        self.request = request
        self.source = source
        self._reply_to = reply_address(request, source)
        self._send = send
        self._timers = timers
        self._on_over = on_over
        self._last: Response | None = None
        self._interval = timers.t1
        self.on_no_ack: Callable[[], None] | None = None
        self.finished = False

    def respond(self, status: int, reason: str, *, tag: str = "", headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> None:
        """Send a response; after a final one every further call does nothing."""
        if self.finished:
            return
        response = reply(self.request, status, reason, tag)
        response.headers.extend(headers)
        if body:
            response.add("Content-Type", "application/sdp")
            response.body = body
        self._last = response
        self._send(response.to_bytes(), self._reply_to)
        if status < 200:
            return
        self.finished = True
        if self.request.method == "INVITE":
            self._after("repeat", self._interval, self._repeat)
            self._after("give up", self._timers.give_up, self._no_ack)
        else:
            self._after("linger", self._timers.give_up, self._end)

    def again(self) -> None:
        """The same request came once more."""
        if self._last is not None and "acknowledged" not in self._handles:
            self._send(self._last.to_bytes(), self._reply_to)

    def acknowledged(self) -> None:
        """The ACK of our final response arrived."""
        if self.finished:
            self._stop()
            self._after("acknowledged", self._timers.t4, self._end)

    def _repeat(self) -> None:
        self.again()
        self._interval = min(2 * self._interval, self._timers.t2)
        self._after("repeat", self._interval, self._repeat)

    def _no_ack(self) -> None:
        self._end()
        if self.on_no_ack is not None:
            self.on_no_ack()

    def _end(self) -> None:
        self._stop()
        self._on_over()


def reply_address(request: Request, source: Destination) -> Destination:
    """Where responses go (RFC 3581): to the source port when asked by ``rport``, else to the port Via names."""
    via = top_via(request)
    if "rport" in via:
        return source
    port = via["sent-by"].rpartition(":")[2]
    return source[0], int(port) if port.isascii() and port.isdigit() and 0 < int(port) < 65536 else 5060


def server_key(request: Request) -> tuple[str, ...]:
    """What makes two requests the same one (§17.2.3); an ACK has the key of its INVITE when that was refused."""
    via = top_via(request)
    method = "INVITE" if request.method == "ACK" else request.method
    branch = via.get("branch", "")
    if branch.startswith(MAGIC):
        return branch, via["sent-by"].lower(), method
    return request.get("Call-ID"), request.get("From"), str(request.cseq()[0]), method, branch


class Transactions:
    """All transactions of one phone."""

    def __init__(self, send: Send, scheduler: Scheduler, timers: Timers) -> None:
        self._send = send
        self._scheduler = scheduler
        self._timers = timers
        self._clients: dict[tuple[str, str], ClientTransaction] = {}
        self._servers: dict[tuple[str, ...], ServerTransaction] = {}

    def request(self, request: Request, destination: Destination, on_response: Callable[[Response | None], None]) -> None:
        """Send a request and report its responses (None: nobody answered)."""
        key = (top_via(request)["branch"], request.method)
        transaction = ClientTransaction(
            request, destination, self._send, self._scheduler, self._timers, on_response, lambda: self._clients.pop(key, None)
        )
        self._clients[key] = transaction
        transaction.start()

    def response(self, response: Response) -> bool:
        """Give a response to its transaction; False when it has none (any more)."""
        transaction = self._clients.get((top_via(response).get("branch", ""), response.cseq()[1]))
        if transaction is not None:
            transaction.receive(response)
        return transaction is not None

    def arrived(self, request: Request, source: Destination) -> ServerTransaction | None:
        """A new request's transaction; None when it is a repetition or the ACK of a refusal, both settled here."""
        key = server_key(request)
        known = self._servers.get(key)
        if known is not None:
            if request.method == "ACK":
                known.acknowledged()
            else:
                known.again()
            return None
        transaction = ServerTransaction(request, source, self._send, self._scheduler, self._timers, lambda: self._servers.pop(key, None))
        if request.method != "ACK":
            self._servers[key] = transaction
        return transaction

    def find_invite(self, cancel: Request) -> ServerTransaction | None:
        """The INVITE that a CANCEL means."""
        key = server_key(cancel)
        return self._servers.get(tuple("INVITE" if part == "CANCEL" else part for part in key))

    def abandon_all(self) -> None:
        """Stop every timer."""
        for transaction in (*self._clients.values(), *self._servers.values()):
            transaction.abandon()
        self._clients.clear()
        self._servers.clear()

"""One telephone call as its holder sees it: what both directions have in common.

:class:`robots.outgoing.OutgoingCall` and :class:`robots.incoming.IncomingCall` add how it begins. Everything that happens is
stamped in :class:`Moments` on the clock of the phone, at the datagram's arrival or right after its sending.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from hotline.masking import mask_phone
from hotline.moment import Moment
from robots.dialog import Dialog
from robots.errors import CallOver, CallRefused
from robots.heard import Heard
from robots.moments import EndedBy, Moments
from robots.sdp import Direction, MalformedSdp
from robots.session import Session
from robots.sip import Request, Response
from robots.speaking import Speaker
from robots.transactions import ServerTransaction


class Call(Speaker):
    """A call in progress or over. Ask :attr:`moments`, :attr:`heard`; act with the verbs."""

    def __init__(self, dialog: Dialog, session: Session, number: str, caller: str) -> None:
        super().__init__(session)
        self.dialog = dialog
        self.number = number
        """The number dialled."""
        self.caller = caller
        """The number the caller shows."""
        self.moments = Moments()
        self.status = 0
        """The final SIP status of the INVITE."""
        self.ended_by: EndedBy | None = None
        self.end_reason = ""
        """The Reason header of the BYE, CANCEL or refusal that ended it (RFC 3326)."""
        self.on_hang_up: Callable[[Call], None] | None = None
        """Called once, when the call is over, whoever ended it."""
        self.on_hold_change: Callable[[bool], None] | None = None
        """Called when the other side holds (True) or takes us back (False)."""
        self._reached = {name: asyncio.Event() for name in ("rang", "answered", "acked", "ended")}
        self.on_over: Callable[[Call], None] | None = None
        """The phone's own hook, called before :attr:`on_hang_up`."""
        self._acks: dict[int, bytes] = {}
        self._bye_confirmed: asyncio.Event | None = None
        self._unacked: tuple[int, ServerTransaction] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {mask_phone(self.caller)} to {mask_phone(self.number)}, {self.state}>"

    @property
    def state(self) -> Literal["beginning", "up", "over"]:
        """How far the call is."""
        if self.over:
            return "over"
        return "up" if self.moments.answered is not None else "beginning"

    @property
    def over(self) -> bool:
        """Whether the call is over."""
        return self.moments.ended is not None

    @property
    def heard(self) -> Heard:
        """Everything heard so far."""
        return self.session.media.heard

    async def answered(self, timeout: float = 30.0) -> Moment:
        """Wait for the 200 OK. Raises CallRefused, or TimeoutError after ``timeout`` seconds."""
        return await self._reach("answered", timeout)

    async def acked(self, timeout: float = 30.0) -> Moment:
        """Wait for the ACK. Raises CallRefused when the call ends without, TimeoutError after ``timeout``."""
        return await self._reach("acked", timeout)

    async def ended(self, timeout: float = 60.0) -> Moment:
        """Wait for the end. Raises TimeoutError after ``timeout`` seconds."""
        return await self._reach("ended", timeout)

    async def _reach(self, name: Literal["rang", "answered", "acked", "ended"], timeout: float) -> Moment:
        async with asyncio.timeout(timeout):
            await self._reached[name].wait()
        at: Moment | None = getattr(self.moments, name)
        if at is None:
            raise CallRefused(self.status or 408, self.end_reason)
        return at

    def _must_be_up(self) -> None:
        if self.state != "up":
            raise CallOver()

    # -- hold ----------------------------------------------------------------------------------------------------

    @property
    def held_by_peer(self) -> bool:
        """Whether the other side put us on hold."""
        return self.session.held_by_them

    async def hold(self, direction: Direction = "sendonly") -> None:
        """Put the other side on hold by re-INVITE. Raises CallRefused (491: both at once), CallOver."""
        await self._reinvite(direction)

    async def retrieve(self) -> None:
        """Take the other side back from hold. Raises as :meth:`hold`."""
        await self._reinvite("sendrecv")

    async def _reinvite(self, direction: Direction) -> None:
        self._must_be_up()
        body = self.session.offer(direction)
        result: asyncio.Future[Response | None] = asyncio.get_running_loop().create_future()

        def build() -> Request:
            request = self.dialog.request("INVITE")
            request.add("Content-Type", "application/sdp")
            request.body = body
            return request

        def received(response: Response | None, request: Request) -> None:
            if response is not None and response.status < 200:
                return
            if response is not None and response.status < 300:
                self._acknowledge(request, response)
            if not result.done():
                result.set_result(response)

        self.dialog.agent.ask(build, self.dialog.destination(), received)
        response = await result
        if response is None or response.status >= 300:
            raise CallRefused(response.status if response else 408, response.reason if response else "")
        self.moments.holds.append((direction, self.dialog.agent.received_at))
        if not self.over:
            self.session.speak()

    def _acknowledge(self, invite: Request, response: Response) -> None:
        """Send the ACK of a 2xx and use its SDP; a 2xx without usable SDP is acknowledged all the same."""
        self.dialog.refresh_target(response)
        ack = self.dialog.ack(invite).to_bytes()
        self._acks[invite.cseq()[0]] = ack
        self.dialog.agent.send(ack, self.dialog.destination())
        try:
            self.session.take_answer(response.body)
        except MalformedSdp:
            self.end_reason = "no usable SDP"

    def repeated(self, response: Response) -> None:
        """A 2xx came once more: our ACK was lost (RFC 3261 §13.2.2.4)."""
        ack = self._acks.get(response.cseq()[0])
        if ack is not None and response.cseq()[1] == "INVITE":
            self.dialog.agent.send(ack, self.dialog.destination())

    # -- ending --------------------------------------------------------------------------------------------------

    async def hang_up(self, patience: float = 4.0) -> None:
        """End the call, whatever its state; returns when the other side confirmed, or ``patience`` seconds passed."""
        if self.state == "up":
            await self._bye(patience)
        elif not self.over:
            await self._break_off(patience)
        elif self._bye_confirmed is not None:
            await self._wait_for_confirmation(self._bye_confirmed, patience)

    async def _break_off(self, patience: float) -> None:
        """End a call that is not answered yet: each direction in its own way."""
        raise NotImplementedError

    async def _bye(self, patience: float) -> None:
        self._bye_confirmed = confirmed = asyncio.Event()

        def received(response: Response | None, request: Request) -> None:
            if response is None or response.status >= 200:
                confirmed.set()

        self.dialog.agent.ask(lambda: self.dialog.request("BYE"), self.dialog.destination(), received)
        now = self.dialog.agent.clock.now()
        self.moments.bye_sent = now
        self._finish("us", now)
        await self._wait_for_confirmation(confirmed, patience)

    async def _wait_for_confirmation(self, confirmed: asyncio.Event, patience: float) -> None:
        try:
            async with asyncio.timeout(patience):
                await confirmed.wait()
        except TimeoutError:
            self.end_reason = self.end_reason or "BYE was not confirmed"

    def _mark(self, name: Literal["rang", "answered", "acked"], at: Moment) -> None:
        if getattr(self.moments, name) is None:
            setattr(self.moments, name, at)
        self._reached[name].set()

    def _finish(self, by: EndedBy, at: Moment) -> None:
        if self.over:
            return
        self.moments.ended, self.ended_by = at, by
        self.session.media.close()
        for event in self._reached.values():
            event.set()
        for hook in (self.on_over, self.on_hang_up):
            if hook is not None:
                hook(self)

    # -- what the other side asks inside the call ------------------------------------------------------------------

    def on_request(self, request: Request, transaction: ServerTransaction) -> None:
        """A request inside the dialog, not an ACK."""
        tag = self.dialog.local.parameter("tag")
        if not self.dialog.in_order(request):
            transaction.respond(500, "Out of order", tag=tag)
        elif request.method == "BYE":
            transaction.respond(200, "OK", tag=tag)
            self._hung_up(request)
        elif self.over:
            transaction.respond(481, "Call Does Not Exist", tag=tag)
        elif request.method == "INVITE":
            self._reinvited(request, transaction, tag)
        elif request.method in ("OPTIONS", "INFO", "NOTIFY", "MESSAGE"):
            transaction.respond(200, "OK", tag=tag)
        else:
            transaction.respond(405, "Method Not Allowed", tag=tag)

    def _hung_up(self, request: Request) -> None:
        at = self.dialog.agent.received_at
        if self.moments.bye_received is None:
            self.moments.bye_received = at
        self.end_reason = self.end_reason or request.get("Reason")
        self._finish("peer", at)

    def _reinvited(self, request: Request, transaction: ServerTransaction, tag: str) -> None:
        if self.state != "up":
            transaction.respond(491, "Request Pending", tag=tag)
            return
        before = self.held_by_peer
        try:
            body = self.session.take_offer(request.body) if request.body.strip() else self.session.offer()
        except MalformedSdp:
            transaction.respond(488, "Not Acceptable Here", tag=tag)
            return
        self.dialog.refresh_target(request)
        transaction.respond(200, "OK", tag=tag, headers=(("Contact", self.dialog.agent.contact),), body=body)
        self.session.speak()
        self.note_invite(request.cseq()[0], transaction)
        if before != self.held_by_peer and self.on_hold_change is not None:
            self.on_hold_change(self.held_by_peer)

    def note_invite(self, cseq: int, transaction: ServerTransaction) -> None:
        """Remember a 2xx of ours that waits for its ACK."""
        self._unacked = (cseq, transaction)

    def on_ack(self, request: Request) -> None:
        """The ACK of a 2xx of ours."""
        if self._unacked is None or self._unacked[0] != request.cseq()[0]:
            return
        self._unacked[1].acknowledged()
        if request.body.strip() and self.session.theirs is None:
            self._late_answer(request)
        if not self.over:
            self._mark("acked", self.dialog.agent.received_at)

    def _late_answer(self, request: Request) -> None:
        """The INVITE came without an offer, ours was in the 200 OK: the answer is here."""
        try:
            self.session.take_answer(request.body)
            self.session.speak()
        except MalformedSdp:
            self.end_reason = "no usable SDP"

"""Being called: ring, answer, refuse, or be too late (RFC 3261 §13.3, §9.2)."""

from __future__ import annotations

from robots.call import Call
from robots.dialog import Dialog
from robots.errors import CallOver
from robots.session import Session
from robots.sip import Request
from robots.transactions import ServerTransaction

REASONS = {480: "Temporarily Unavailable", 486: "Busy Here", 503: "Service Unavailable", 603: "Decline", 404: "Not Found"}


class IncomingCall(Call):
    """A call somebody makes to us. 100 went out before anybody saw it."""

    def __init__(self, dialog: Dialog, session: Session, number: str, caller: str, transaction: ServerTransaction) -> None:
        super().__init__(dialog, session, number, caller)
        self._transaction = transaction
        self._answer = b""
        self._tag = dialog.local.parameter("tag")
        self.invite = transaction.request
        """The INVITE as it came, for its headers."""
        self.moments.invited = dialog.agent.received_at
        transaction.on_no_ack = self._no_ack

    def prepare(self) -> None:
        """Read the offer and say 100. Raises MalformedSdp when it can't be answered."""
        if self.invite.body.strip():
            self._answer = self.session.take_offer(self.invite.body)
        self._transaction.respond(100, "Trying")
        self.moments.trying = self.dialog.agent.clock.now()

    async def ring(self, *, early_media: bool = False) -> None:
        """Say 180; with ``early_media`` 183 and start sending already. Raises CallOver."""
        self._must_wait()
        body = self._answered_sdp() if early_media else b""
        self._respond(183 if early_media else 180, "Session Progress" if early_media else "Ringing", body)
        self._mark("rang", self.dialog.agent.clock.now())
        if early_media:
            self.session.speak()

    async def answer(self) -> None:
        """Say 200 OK and start sending; returns at once (see :meth:`acked`). Raises CallOver when the caller has left."""
        self._must_wait()
        self._respond(200, "OK", self._answered_sdp())
        self.status = 200
        self._mark("answered", self.dialog.agent.clock.now())
        self.note_invite(self.invite.cseq()[0], self._transaction)
        if self.session.theirs is not None:
            self.session.speak()

    async def refuse(self, status: int = 603, reason: str = "") -> None:
        """Refuse the call (603, 486 busy, 480 unavailable, ...). Raises CallOver."""
        self._must_wait()
        self._refuse(status, reason or REASONS.get(status, "Refused"))
        self._finish("us", self.dialog.agent.clock.now())

    def _refuse(self, status: int, reason: str) -> None:
        self.status = status
        self._respond(status, reason, b"")

    def _respond(self, status: int, reason: str, body: bytes) -> None:
        headers = (("Contact", self.dialog.agent.contact),)
        self._transaction.respond(status, reason, tag=self._tag, headers=headers, body=body)

    def _answered_sdp(self) -> bytes:
        if not self._answer:
            self._answer = self.session.offer()  # the INVITE brought none: ours goes first, the ACK brings theirs
        return self._answer

    def _must_wait(self) -> None:
        if self.state != "beginning":
            raise CallOver()

    def cancelled(self, cancel: Request) -> None:
        """The caller gave up before we answered."""
        at = self.dialog.agent.received_at
        if self.state == "beginning":
            self.moments.cancelled = at
            self.end_reason = cancel.get("Reason")
            self._refuse(487, "Request Terminated")
            self._finish("peer", at)

    def _no_ack(self) -> None:
        """Our 200 OK was never acknowledged: end it (RFC 3261 §13.3.1.4)."""
        if self.state == "up":
            self.dialog.agent.ask(lambda: self.dialog.request("BYE"), self.dialog.destination(), lambda response, request: None)
            self.moments.bye_sent = self.dialog.agent.clock.now()
            self._finish("nobody", self.moments.bye_sent)

    async def _bye(self, patience: float) -> None:
        """A called phone must not send BYE before the ACK (RFC 3261 §15); it waits for it, but not for ever."""
        if self.moments.acked is None:
            try:
                await self.acked(patience / 2)
            except (TimeoutError, CallOver):
                self.end_reason = self.end_reason or "no ACK"
        if not self.over:
            await super()._bye(patience)

    async def _break_off(self, patience: float) -> None:
        self._refuse(603, REASONS[603])
        self._finish("us", self.dialog.agent.clock.now())

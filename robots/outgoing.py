"""Calling somebody: INVITE, what comes back, and changing one's mind (RFC 3261 §13, §9)."""

from __future__ import annotations

from hotline.moment import Moment
from robots.call import Call
from robots.dialog import Dialog
from robots.sdp import MalformedSdp
from robots.session import Session
from robots.sip import Request, Response


class OutgoingCall(Call):
    """A call we make."""

    def __init__(self, dialog: Dialog, session: Session, number: str, caller: str, extra: tuple[tuple[str, str], ...]) -> None:
        super().__init__(dialog, session, number, caller)
        self._offer = session.offer()
        self._extra = extra
        self._invite: Request | None = None
        self._want_cancel = False

    async def ringing(self, timeout: float = 30.0) -> Moment:
        """Wait for 180. Raises CallRefused when the call ends (or is answered) without ringing, TimeoutError."""
        return await self._reach("rang", timeout)

    def start(self) -> None:
        """Send the INVITE."""
        self.dialog.agent.ask(self._build, self.dialog.destination(), self._received)
        self.moments.invited = self.dialog.agent.clock.now()

    def _build(self) -> Request:
        request = self.dialog.request("INVITE")
        for name, value in self._extra:
            request.add(name, value)
        request.add("Content-Type", "application/sdp")
        request.body = self._offer
        self._invite = request
        return request

    def _received(self, response: Response | None, request: Request) -> None:
        at = self.dialog.agent.received_at
        if response is None:
            self.status = self.status or 408
            self._finish("us" if self._want_cancel else "nobody", self.dialog.agent.clock.now())
        elif response.status < 200:
            self._progress(response, at)
        elif response.status < 300:
            self._accepted(response, request, at)
        else:
            self.status, self.end_reason = response.status, response.get("Reason") or response.reason
            self._finish("us" if self._want_cancel else "nobody", at)

    def _progress(self, response: Response, at: Moment) -> None:
        self.moments.trying = self.moments.trying or at
        if response.status > 100:
            self.dialog.learn(response)
        if response.status == 180:
            self._mark("rang", at)
        if response.body.strip():
            self._early_media(response)
        if self._want_cancel:
            self._send_cancel()

    def _early_media(self, response: Response) -> None:
        try:
            self.session.take_answer(response.body)
        except MalformedSdp:
            return  # the 200 OK may bring a better one

    def _accepted(self, response: Response, request: Request, at: Moment) -> None:
        self.status = response.status
        self.dialog.learn(response)
        self._acknowledge(request, response)
        acked = self.dialog.agent.clock.now()
        if self.over or self._want_cancel or self.session.theirs is None:
            self._too_late(at)
            return
        self.session.speak()
        self._mark("answered", at)
        self._reached["rang"].set()
        self._mark("acked", acked)

    def _too_late(self, at: Moment) -> None:
        """Answered although we had given up (the CANCEL crossed the 200 OK), or without usable SDP: BYE at once."""
        self.dialog.agent.ask(lambda: self.dialog.request("BYE"), self.dialog.destination(), lambda response, request: None)
        self.moments.bye_sent = self.dialog.agent.clock.now()
        self._finish("us" if self._want_cancel else "nobody", at)

    async def _break_off(self, patience: float) -> None:
        self._want_cancel = True
        if self.moments.trying is not None:
            self._send_cancel()
        try:
            await self.ended(patience)
        except TimeoutError:
            self._finish("us", self.dialog.agent.clock.now())

    def _send_cancel(self) -> None:
        """Send the CANCEL, once; only after a provisional response (RFC 3261 §9.1)."""
        if self.moments.cancelled is not None or self._invite is None:
            return
        cancel = Request(method="CANCEL", uri=self._invite.uri)
        for name in ("Via", "Max-Forwards", "From", "To", "Call-ID", "Route"):
            for value in self._invite.all(name):
                cancel.add(name, value)
        cancel.add("CSeq", f"{self._invite.cseq()[0]} CANCEL")
        self.dialog.agent.transactions.request(cancel, self.dialog.peer, lambda response: None)
        self.moments.cancelled = self.dialog.agent.clock.now()

"""A scripted telephone: registers, calls, is called, several calls at a time, on one UDP socket of its own.

    async with Phone(bind="127.0.0.1", server=("127.0.0.1", 5060), user="hl-3", password=secret) as phone:
        await phone.register()
        call = await phone.wait_for_call(30)
        await call.ring()
        await call.answer()
        await call.ended()

Leaving the context hangs every call up and takes the registration back, within two seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self

from hotline.clock import Clock, SystemClock
from hotline.errors import HotlineError
from hotline.secret import Secret
from robots.agent import ALLOW, Agent, Identity, Listener
from robots.call import Call
from robots.dialog import Dialog, dialog_of_invite
from robots.errors import RegistrationRefused
from robots.g711 import Codec
from robots.incoming import IncomingCall
from robots.media import Media, NoFreePort
from robots.mouth import Quiet
from robots.outgoing import OutgoingCall
from robots.pacer import Pacer
from robots.registration import Registration
from robots.sdp import MalformedSdp
from robots.session import EVENT_TYPE, Session
from robots.sip import Address, Request, Response, escape_user, parse_address, user_of
from robots.timers import Timers
from robots.transactions import ServerTransaction

CLOSING_S = 2.0


class Phone(Listener):
    """One telephone. ``server`` is the exchange (None: none); ``port`` 0 takes any; ``rtp_ports`` a range, both included."""

    def __init__(
        self,
        *,
        bind: str = "127.0.0.1",
        port: int = 0,
        server: tuple[str, int] | None = None,
        user: str = "phone",
        password: Secret | None = None,
        codecs: tuple[Codec, ...] = ("PCMA", "PCMU"),
        rtp_ports: tuple[int, int] = (22000, 22999),
        event_type: int | None = EVENT_TYPE,
        quiet: Quiet = "silence",
        keep_s: float | None = None,
        most_calls: int | None = None,
        clock: Clock | None = None,
        timers: Timers | None = None,
        pacer: Pacer | None = None,
    ) -> None:
        self.calls: list[Call] = []
        """Calls not yet over."""
        self._identity = Identity(user, password, bind, port, server)
        self._clock = clock or SystemClock()
        self._timers = timers or Timers()
        self._pacer = pacer or Pacer()
        self._codecs, self._rtp_ports, self._event_type = codecs, rtp_ports, event_type
        self._quiet, self._keep_s, self._most_calls = quiet, keep_s, most_calls
        self._arrivals: asyncio.Queue[IncomingCall] = asyncio.Queue()
        self._dialogs: dict[tuple[str, str], Call] = {}
        self._agent: Agent | None = None
        self._registration: Registration | None = None

    async def __aenter__(self) -> Self:
        """Open the socket. Raises OSError when the address is taken."""
        self._agent = Agent(self._identity, self, self._clock, self._timers)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<Phone {self._identity.user} at {self._identity.bind}, {len(self.calls)} calls>"

    @property
    def agent(self) -> Agent:
        """The user agent below: its counts, its port, its ``drop`` hook. Raises RuntimeError outside of the context."""
        if self._agent is None:
            raise RuntimeError("the phone is not plugged in: use it as `async with Phone(...) as phone`")
        return self._agent

    @property
    def uri(self) -> str:
        """The phone's own SIP address, to be dialled directly."""
        return parse_address(self.agent.contact).uri

    # -- registration --------------------------------------------------------------------------------------------

    @property
    def registered(self) -> bool:
        """Whether the exchange holds our contact, as far as we know."""
        return self._registration is not None and self._registration.registered

    async def register(self, expires: int = 300, timeout: float = 8.0) -> None:
        """Register and stay registered. Raises RegistrationRefused (408: nobody answered)."""
        if self._identity.server is None:
            raise RegistrationRefused(0, "this phone has no exchange")
        if self._registration is None:
            self._registration = Registration(self.agent, self._identity.server)
        await self._registration.register(expires, timeout)

    async def unregister(self, timeout: float = 2.0) -> None:
        """Take the registration back; harmless without one. Raises RegistrationRefused when it wasn't confirmed."""
        if self._registration is not None:
            registration, self._registration = self._registration, None
            await registration.unregister(timeout)

    # -- calls ---------------------------------------------------------------------------------------------------

    async def dial(self, number: str, *, caller: str = "", headers: tuple[tuple[str, str], ...] = ()) -> OutgoingCall:
        """Call ``number`` (or a whole ``sip:`` URI) showing ``caller``; returns when the INVITE is out. Raises NoFreePort."""
        server = self._identity.server or (self._identity.bind, 5060)
        target = number if number.startswith("sip:") else f"sip:{escape_user(number)}@{server[0]}:{server[1]}"
        shown = caller or self._identity.user
        home = server[0] if self._identity.password is not None else self._identity.bind
        local = Address(f"sip:{escape_user(shown)}@{home}").with_tag(self.agent.new_call_id()[:12])
        peer = self._identity.server or self.agent.route_to(target, server)
        dialog = Dialog(self.agent, self.agent.new_call_id(), local, Address(target), target, peer)
        call = OutgoingCall(dialog, self._new_session(), number, shown, headers)
        self._keep(call)
        call.start()
        return call

    async def wait_for_call(self, timeout: float = 30.0) -> IncomingCall:
        """The next incoming call (100 was sent, nothing else). Raises TimeoutError after ``timeout`` seconds."""
        async with asyncio.timeout(timeout):
            return await self._arrivals.get()

    def _new_session(self) -> Session:
        media = Media(self._identity.bind, self._rtp_ports, self._pacer, self._clock, quiet=self._quiet, keep_s=self._keep_s)
        return Session(media, self._codecs, self._event_type)

    def _keep(self, call: Call) -> None:
        """Take a call into the books until it is over; ended ones linger so that late BYEs find them."""
        self._dialogs[call.dialog.key] = call
        self.calls.append(call)
        call.on_over = self._over

    def _over(self, call: Call) -> None:
        if call in self.calls:
            self.calls.remove(call)
        if self._agent is not None:
            self._agent.loop.call_later(self._timers.give_up, self._dialogs.pop, call.dialog.key, None)

    # -- what arrives --------------------------------------------------------------------------------------------

    def on_request(self, request: Request, transaction: ServerTransaction) -> None:
        """A new request from the network."""
        tag = parse_address(request.get("To")).parameter("tag")
        call = self._dialogs.get((request.get("Call-ID"), tag))
        if request.method == "CANCEL":
            self._cancelled(request, transaction)
        elif call is not None:
            call.on_request(request, transaction)
        elif tag:
            transaction.respond(481, "Call Does Not Exist")
        elif request.get("Require"):
            transaction.respond(420, "Bad Extension", headers=(("Unsupported", request.get("Require")),))
        elif request.method == "INVITE":
            self._invited(request, transaction)
        elif request.method in ("OPTIONS", "NOTIFY", "INFO", "MESSAGE"):
            headers = (("Allow", ALLOW), ("Accept", "application/sdp"), ("Contact", self.agent.contact))
            transaction.respond(200, "OK", tag=self.agent.new_call_id()[:12], headers=headers)
        else:
            transaction.respond(405, "Method Not Allowed", headers=(("Allow", ALLOW),))

    def _invited(self, request: Request, transaction: ServerTransaction) -> None:
        if self._most_calls is not None and len(self.calls) >= self._most_calls:
            transaction.respond(486, "Busy Here")
            return
        dialog = dialog_of_invite(self.agent, request, transaction.source)
        try:
            session = self._new_session()
        except NoFreePort:
            transaction.respond(503, "Service Unavailable")
            return
        call = IncomingCall(dialog, session, user_of(request.uri), user_of(dialog.remote.uri), transaction)
        try:
            call.prepare()
        except MalformedSdp:
            session.media.close()
            transaction.respond(488, "Not Acceptable Here")
            return
        self._keep(call)
        self._arrivals.put_nowait(call)

    def _cancelled(self, request: Request, transaction: ServerTransaction) -> None:
        invite = self.agent.transactions.find_invite(request)
        if invite is None:
            transaction.respond(481, "Call Does Not Exist")
            return
        transaction.respond(200, "OK")
        for call in tuple(self.calls):
            if isinstance(call, IncomingCall) and call.invite is invite.request:
                call.cancelled(request)

    def on_ack(self, request: Request) -> None:
        """The ACK of a 2xx."""
        call = self._dialogs.get((request.get("Call-ID"), parse_address(request.get("To")).parameter("tag")))
        if call is not None:
            call.on_ack(request)

    def on_stray(self, response: Response) -> None:
        """A repeated 2xx."""
        call = self._dialogs.get((response.get("Call-ID"), parse_address(response.get("From")).parameter("tag")))
        if call is not None and 200 <= response.status < 300:
            call.repeated(response)

    async def close(self) -> None:
        """Hang everything up, take the registration back, give the socket back: two seconds at most."""
        if self._agent is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_S):
                await asyncio.gather(*(call.hang_up(CLOSING_S / 2) for call in tuple(self._dialogs.values())))
                with contextlib.suppress(HotlineError):
                    await self.unregister()
        for call in tuple(self.calls):
            call.session.media.close()
        if self._registration is not None:
            self._registration.stop()
        self._agent.close()
        self._agent = None

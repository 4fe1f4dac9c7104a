"""The one WebSocket to Asterisk: connects, listens, asks, notices a dead link, connects again.

Laws: no event starts a task; a handler that raises loses its event, never the link; a link without an answered ping for 5 s
is dead, whatever TCP says; when somebody else registered our application (``ApplicationReplaced``) we stop commanding at
once and do not take it back, for two controllers would fight over every call.
"""

from __future__ import annotations

import asyncio
import base64
import random
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import msgspec
import structlog
from websockets.exceptions import WebSocketException

from hotline.cancellation import apart
from hotline.clock import Clock
from hotline.secret import Secret
from telephony.ari_messages import Event
from telephony.ari_rest import OnReply, Rest, RestOverHttp, RestOverWebSocket
from telephony.ari_socket import AriSocket, open_socket
from telephony.ari_wire import FrameReader, Reply, RestReply
from telephony.event_clock import EventClock
from telephony.ports import SwitchAway

log = structlog.get_logger("telephony")
WANTED = (
    "StasisStart", "StasisEnd", "ChannelDtmfReceived", "PlaybackFinished", "RecordingFinished", "RecordingFailed",
    "ChannelHangupRequest", "ChannelDestroyed", "Dial", "ChannelHold", "ChannelUnhold", "ApplicationReplaced",
)  # fmt: skip
"""The event types we live by; Asterisk is asked to send no others (a call makes about 40, these are about 12)."""
PING_EVERY_S = 2.0
PONG_WITHIN_S = 2.5
BACK_OFF_S = (0.1, 0.2, 0.4, 0.8, 1.6, 2.0)


@dataclass(frozen=True, slots=True)
class AriAddress:
    """Where Asterisk's HTTP server listens, and as whom we come. Seconds between pings, and until a pong must have come."""

    host: str
    port: int
    user: str
    password: Secret
    app: str = "hotline"
    rest_over_websocket: bool = True
    ping_every: float = PING_EVERY_S
    pong_within: float = PONG_WITHIN_S

    def authorization(self) -> str:
        """The header that says who we are."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password.reveal()}".encode()).decode()


class Listener(Protocol):
    """Who lives by the link's events. Nothing here may block."""

    def on_event(self, event: Event) -> None:
        """An event of one of the WANTED types; ``link.times`` tells, at once, when it happened."""
        ...

    async def on_connected(self) -> None:
        """The link is up and requests may be made; events may have come already."""
        ...

    def on_lost(self, why: str) -> None:
        """The link is down; every open request has got its status 0."""
        ...


class AriLink:
    """See the module. ``run`` until cancelled; ``send`` and ``ask`` meanwhile."""

    def __init__(self, address: AriAddress, clock: Clock, listener: Listener) -> None:
        self._address = address
        self._clock = clock
        self._listener = listener
        self._rest: Rest | None = None
        self._tries = 0
        self._up = asyncio.Event()
        self.reader = FrameReader(WANTED)
        self.times = EventClock(clock)
        self.replaced = False
        self.counts: Counter[str] = Counter()
        """``handler failed``, ``connected``, ``half-open``: how often."""
        self.events = 0

    @property
    def connected(self) -> bool:
        """Whether requests can be made."""
        return self._rest is not None and not self.replaced

    def send(self, method: str, uri: str, on_reply: OnReply, body: str | None = None) -> None:
        """Send a request whose reply goes to ``on_reply``. Raises SwitchAway when the link is down."""
        if self._rest is None or self.replaced:
            raise SwitchAway("application replaced" if self.replaced else "not connected")
        self._rest.send(method, uri, body, on_reply)

    def tell(self, method: str, uri: str) -> None:
        """Send a request whose outcome does not matter; nothing happens when the link is down."""
        if self._rest is not None and not self.replaced:
            self._rest.send(method, uri, None, _no_matter)

    async def ask(self, method: str, uri: str, body: str | None = None) -> Reply:
        """Send a request and wait for its reply, whatever its HTTP status. Raises SwitchAway when none comes."""
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.send(method, uri, partial(_settle, answer), body)
        reply = await answer
        if reply.status == 0:
            raise SwitchAway(reply.body)
        return reply

    @property
    def settled(self) -> bool:
        """Whether the link is up and the listener has compared."""
        return self._up.is_set() and not self.replaced

    async def back(self) -> None:
        """Wait until :attr:`settled`. Raises SwitchAway when that will never be."""
        await self._up.wait()
        if self.replaced:
            raise SwitchAway("application replaced")

    async def run(self) -> None:
        """Keep the link up until cancelled; ends by itself only when the application was taken from us."""
        while not self.replaced:
            try:
                why = await apart(self._connection())
            except (OSError, WebSocketException, TimeoutError) as error:
                why = type(error).__name__
            log.warning("link to Asterisk down", why=why, tries=self._tries)
            delay = BACK_OFF_S[min(self._tries, len(BACK_OFF_S) - 1)]
            self._tries += 1
            if not self.replaced:
                await asyncio.sleep(delay * random.uniform(0.75, 1.25))

    async def _connection(self) -> str:
        """One connection from opening to its end; why it ended."""
        socket = await self._open()
        why = "closed"
        self.times.forget()
        self.times.caught_up(self._clock.now())
        try:
            async with asyncio.TaskGroup() as group:
                self._rest = rest = self._make_rest(socket)
                socket.hand_to(self.frame)
                group.create_task(self._beat(socket, rest))
                group.create_task(self._greet())
                async for frame in socket:  # only what came in pieces gets here; ends when the socket is closed
                    self.frame(frame if isinstance(frame, bytes) else frame.encode())
                raise ConnectionError("closed")
        except* (OSError, WebSocketException, SwitchAway, TimeoutError) as group_error:
            why = _first(group_error)
        finally:
            socket.drop()
            await self._drop(why)
        return why

    async def _open(self) -> AriSocket:
        address = self._address
        url = f"ws://{address.host}:{address.port}/ari/events?app={address.app}&subscribeAll=false"
        return await open_socket(url, address.authorization())

    def _make_rest(self, socket: AriSocket) -> Rest:
        address = self._address
        if address.rest_over_websocket:
            return RestOverWebSocket(socket.write)
        return RestOverHttp(f"http://{address.host}:{address.port}/ari", address.authorization())

    async def _greet(self) -> None:
        """Ask for the events we want only, then tell the listener."""
        kinds = [{"type": name} for name in (*WANTED, "RESTResponse")]  # the filter would swallow replies, too
        wish = msgspec.json.encode({"allowed": kinds}).decode()
        reply = await self.ask("PUT", f"applications/{self._address.app}/eventFilter", wish)
        if not reply.ok:
            log.warning("Asterisk does not filter events", status=reply.status)
        await self._listener.on_connected()
        self._up.set()
        self._tries = 0
        self.counts["connected"] += 1

    async def _beat(self, socket: AriSocket, rest: Rest) -> None:
        """Notice a half-open link and overdue replies."""
        while True:
            await asyncio.sleep(self._address.ping_every / 2)
            rest.sweep()
            await asyncio.sleep(self._address.ping_every / 2)
            rest.sweep()
            sent = self._clock.now()
            pong = await socket.ping()
            try:
                async with asyncio.timeout(self._address.pong_within):
                    await pong
            except TimeoutError:
                self.counts["half-open"] += 1
                raise TimeoutError("half-open") from None
            self.times.caught_up(sent)

    def frame(self, data: bytes) -> None:
        """Take one frame as it came."""
        message = self.reader.read(data)
        if message is None:
            return
        try:
            if isinstance(message, RestReply):
                if isinstance(self._rest, RestOverWebSocket):
                    self._rest.reply(message)
                return
            self.events += 1
            if message.type == "ApplicationReplaced":
                self._give_way()
            else:
                self._listener.on_event(message)
        except Exception as error:  # noqa: BLE001 - one handler's fault must not cut the calls of all the others
            self.counts["handler failed"] += 1  # no traceback with values: a keyed digit may be among them
            log.error("handler of a message failed", kind=type(message).__name__, error=type(error).__name__, where=_where(error))

    def _give_way(self) -> None:
        self.replaced = True
        log.error("another controller registered our application; this one stops commanding")
        if self._rest is not None:
            self._rest.close()
        self._up.set()  # whoever waits for us need not wait any longer
        self._listener.on_lost("application_replaced")

    async def _drop(self, why: str) -> None:
        rest, self._rest = self._rest, None
        if not self.replaced:
            self._up.clear()
        if rest is not None:
            rest.close()
            if isinstance(rest, RestOverHttp):
                await rest.shut()
            if not self.replaced:
                self._listener.on_lost(why)


def _settle(answer: asyncio.Future[Reply], reply: Reply) -> None:
    if not answer.done():
        answer.set_result(reply)


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _no_matter(reply: Reply) -> None:
    """A reply nobody waits for."""


def _first(group: BaseExceptionGroup[Any]) -> str:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__


def decode_reply(reply: Reply) -> Mapping[str, Any]:
    """The JSON object in a reply's body; empty when there is none."""
    try:
        return msgspec.json.decode(reply.body or "{}", type=dict[str, Any])
    except msgspec.DecodeError:
        return {}

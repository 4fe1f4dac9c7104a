"""One FastAGI connection: Asterisk calls us, says whose call it is, and then carries out one command at a time.

Laws, as real Asterisk 22 taught them:

* a reply belongs to the command under way and to no other. ``HANGUP`` is a line of its own at any moment, not a reply: it ends the call;
* two commands in one segment lose the second: Asterisk reads both and then waits for more. So the next command is sent when the
  reply of the one before has come, never sooner;
* a new command cuts ``STREAM FILE`` and ``WAIT FOR DIGIT`` short: the first then gives no reply at all, the second gives result 1.
  That is how a cancelled prompt is stopped, and why its late reply is known by its ``endpos``;
* a result of -1 is a hang-up or a file that isn't there; only asking again tells which.

Whoever connects and isn't Asterisk costs a closed socket and a count, whatever he sends or doesn't send.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self, cast

import structlog

from hotline.clock import Clock
from hotline.moment import Moment
from telephony.agi_wire import Environment, Garbled, Reply, ReplyReader
from telephony.errors import HungUp, SwitchAway

log = structlog.get_logger("telephony")
ENVIRONMENT_S = 5.0
"""A caller's environment is there within a millisecond; who takes longer is no Asterisk."""
REPLY_S = 10.0
"""A command that neither plays nor waits is answered at once; ``ANSWER`` takes half a second when the caller sends no sound."""
SETTLED_S = 0.03
"""So long after a command Asterisk has read it; one that cuts it short isn't sent sooner."""
NUDGE_S = 1.0
MOST_WAITING = 64 * 1024
"""Bytes without a line's end that we keep."""
Kind = Literal["prompt", "wait", "plain"]
"""A prompt and a wait can be cut short by another command; a prompt cut short gives no reply."""
CUT_BY = b"NOOP\n"


@dataclass(slots=True, eq=False)
class _Asked:
    """A command and who waits for its reply."""

    data: bytes
    kind: Kind
    longest: float
    reply: asyncio.Future[Reply]
    sent: float = -1.0
    given_up: bool = False
    """Nobody waits for the reply any more."""


class AgiConnection(asyncio.Protocol):
    """See the module. ``ready`` is called once when the environment is there, ``refused`` with a reason when it never will be."""

    def __init__(self, clock: Clock, ready: Callable[[Self], None], refused: Callable[[str], None]) -> None:
        self.environment = Environment()
        self.gone_at: Moment | None = None
        self.on_gone: Callable[[], None] = lambda: None
        self.we_hung_up = False
        self._clock = clock
        self._ready = ready
        self._refused = refused
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._replies = ReplyReader()
        self._buffer = b""
        self._waiting: deque[_Asked] = deque()
        self._under_way: deque[_Asked] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._away = ""

    # -- the connection ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connected; nothing is known of him yet."""
        self._transport = cast(asyncio.Transport, transport)
        self._timer = self._loop.call_later(ENVIRONMENT_S, self._refuse, "no environment in time")

    def data_received(self, data: bytes) -> None:
        """Lines, in whatever pieces they come."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            if self._transport is None:
                return
            try:
                self._line(line.decode(errors="replace").rstrip("\r"))
            except Garbled as error:
                self._refuse(str(error))
                return
        if len(self._buffer) > MOST_WAITING:
            self._refuse("a line without end")

    def eof_received(self) -> bool:
        """The other side closed: nothing more can be asked."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, and for us the call with it."""
        if not self.environment.complete and self._transport is not None:
            self._transport = None
            self._refused("closed before a call")
        self._transport = None
        self.end()

    def close(self) -> None:
        """Close; the channel goes on in the dialplan behind ``AGI()`` unless it was hung up."""
        if self._transport is not None:
            self._transport.close()
        self._transport = None
        self.end()

    def _line(self, line: str) -> None:
        if not self.environment.complete:
            self.environment.take(line)
            if self.environment.complete:
                self._stop_timer()
                self._ready(self)
        elif line == "HANGUP":
            self.end()
        elif (reply := self._replies.take(line)) is not None:
            self._replied(reply)

    def _refuse(self, why: str) -> None:
        if not self.environment.complete:
            self._refused(why)
        else:
            log.error("a FastAGI peer talks nonsense", why=why)
            self._away = why
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        self.end()

    def end(self) -> None:
        """No command will be carried out any more: the caller hung up, or we don't hear Asterisk."""
        self._stop_timer()
        if self.gone_at is not None:
            return
        self.gone_at = self._clock.now()
        for asked in (*self._under_way, *self._waiting):
            if not asked.reply.done():
                asked.reply.set_exception(self._why())
                asked.reply.exception()  # whoever gave up waiting has not to be told
        self._under_way.clear()
        self._waiting.clear()
        self.on_gone()

    def check(self) -> None:
        """Raise HungUp or SwitchAway once the call is gone."""
        if self.gone_at is not None:
            raise self._why()

    def _why(self) -> HungUp | SwitchAway:
        return SwitchAway(self._away) if self._away else HungUp(self.gone_at)

    # -- commands ------------------------------------------------------------------------------------------------

    def send(self, data: bytes, *, kind: Kind = "plain", longest: float = REPLY_S) -> asyncio.Future[Reply]:
        """Have a command carried out after those before it. The future raises HungUp, or SwitchAway when no reply comes."""
        asked = _Asked(data, kind, longest, self._loop.create_future())
        if self.gone_at is not None:
            asked.reply.set_exception(self._why())
        else:
            self._waiting.append(asked)
            self._next()
        return asked.reply

    async def ask(self, data: bytes, *, longest: float = REPLY_S) -> Reply:
        """The reply. Raises HungUp, SwitchAway."""
        return await self.reply(self.send(data, longest=longest))

    async def reply(self, coming: asyncio.Future[Reply]) -> Reply:
        """Wait for a reply. Raises HungUp, SwitchAway. Cancelled while a prompt or a wait is under way, it cuts that short."""
        try:
            return await asyncio.shield(coming)
        except asyncio.CancelledError:
            self._give_up(coming)
            raise

    def _next(self) -> None:
        if not self._under_way and self._waiting and self._transport is not None:
            self._write(self._waiting.popleft())

    def _write(self, asked: _Asked) -> None:
        asked.sent = self._loop.time()
        self._under_way.append(asked)
        self._stop_timer()
        self._timer = self._loop.call_later(asked.longest, self._silent)
        if self._transport is not None:
            self._transport.write(asked.data)

    def _replied(self, reply: Reply) -> None:
        if not self._under_way:
            raise Garbled("a reply nobody asked for")
        asked = self._under_way.popleft()
        if asked.kind == "prompt" and asked.given_up and reply.end is None and self._under_way:
            asked.reply.cancel()
            asked = self._under_way.popleft()  # the prompt was cut short and gives no reply
        if reply.code == 511:
            self._under_way.appendleft(asked)
            self.end()
            return
        if not self._under_way:
            self._stop_timer()
        if not asked.reply.done():
            asked.reply.set_result(reply)
        self._next()

    def _silent(self) -> None:
        """Asterisk doesn't answer: nothing is known of the call any more."""
        self._away = "no reply to an AGI command"
        log.error("no reply to an AGI command")
        if self._transport is not None:
            self._transport.abort()
        self._transport = None
        self.end()

    def cut_short(self, reply: asyncio.Future[Reply]) -> None:
        """Have a prompt or a wait end now; what isn't sent yet is not sent, its future is cancelled."""
        for asked in tuple(self._waiting):
            if asked.reply is reply:
                self._waiting.remove(asked)
                reply.cancel()
        for asked in tuple(self._under_way):
            if asked.reply is reply and asked.kind != "plain":
                settled = asked.sent + SETTLED_S - self._loop.time()
                self._loop.call_later(max(0.0, settled), self._cut, asked)

    def _give_up(self, reply: asyncio.Future[Reply]) -> None:
        """Whoever asked is gone."""
        for asked in self._under_way:
            asked.given_up = asked.given_up or asked.reply is reply
        self.cut_short(reply)

    def _cut(self, asked: _Asked) -> None:
        """Send a command whose only purpose is to be there; again when Asterisk read it together with the one before."""
        if asked in self._under_way:
            noop = _Asked(CUT_BY, "plain", REPLY_S, self._loop.create_future())
            self._write(noop)
            self._loop.call_later(NUDGE_S, self._cut, noop)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

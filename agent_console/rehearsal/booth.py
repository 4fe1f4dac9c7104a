"""The booths: one WebSocket is one rehearsal, so many at once and no more.

Laws:

* what is no frame of ours ends that socket and nothing else;
* a page that closes, or says nothing for ``idle_s`` seconds, ends its walk; so does one that doesn't read what it is told;
* the house keeps a walk's transcript, without the digits keyed, and the last few of those that are over; nothing else of it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, assert_never

import msgspec
import structlog
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from agent_console.needs import Hall, Walk
from agent_console.rehearsal import wire as w

Socket = WebSocket[Any, Any, Any]

log = structlog.get_logger("rehearsal")

MOST_UNREAD = 256
"""Frames a page may be behind."""
KEPT_TRANSCRIPTS = 32
DIAL_S = 10.0
"""Seconds between opening a line and dialling."""
GOODBYE_S = 3.0
NORMAL, NOT_OURS, BROKEN, FULL = 1000, 1008, 1011, 1013


class _Over(Exception):
    """Ends a booth: the close code and, when there is something to say, why."""

    def __init__(self, code: int, why: str = "", *, gone: bool = False) -> None:
        super().__init__(why)
        self.code = code
        self.why = why
        self.gone = gone


class Booths:
    """At most ``most`` rehearsals at once, each ended when its page says nothing for ``idle_s`` seconds."""

    def __init__(self, hall: Hall, most: int, idle_s: float) -> None:
        self._hall = hall
        self._most = most
        self._idle_s = idle_s
        self._texts: OrderedDict[str, Callable[[], str]] = OrderedDict()
        self.busy = 0

    def transcript(self, name: str) -> str | None:
        """What a walk came to so far; None for one that nobody knows, or no longer."""
        text = self._texts.get(name)
        return text() if text else None

    async def attend(self, socket: Socket) -> None:
        """Hold one rehearsal, from the page's Begin to its end."""
        await socket.accept()
        over = await self._hold(socket)
        if not over.gone:
            await _close(socket, over)

    async def _hold(self, socket: Socket) -> _Over:
        over = _Over(BROKEN, "预演出错，已结束")
        try:
            first = await self._hear(socket, min(DIAL_S, self._idle_s))
            if not isinstance(first, w.Begin):
                return _Over(NOT_OURS, "先拨号，再按键")
            if self.busy >= self._most:
                return _Over(FULL, f"同时只能进行 {self._most} 场预演，请稍后再试")
            self.busy += 1
            try:
                await self._walk(socket, first)
            finally:
                self.busy -= 1
        except* _Over as ended:
            over = next(_leaves(ended))
        except* Exception as failed:  # a rehearsal is a call: whatever breaks in it ends it and nothing else
            log.error("a rehearsal failed", exc_info=failed)
        return over

    async def _walk(self, socket: Socket, choice: w.Begin) -> None:
        """Ends by an exception group with _Over in it."""
        name = secrets.token_urlsafe(12)
        unread: asyncio.Queue[w.Told | None] = asyncio.Queue(MOST_UNREAD)

        def tell(told: w.Told) -> None:
            if unread.full():
                raise _Over(FULL, "页面来不及接收，预演已结束")
            unread.put_nowait(told)

        walk = self._hall.walk(name, choice, tell)
        self._texts[name] = walk.text
        if len(self._texts) > KEPT_TRANSCRIPTS + self._most:
            self._texts.popitem(last=False)
        async with asyncio.TaskGroup() as group:
            group.create_task(_talk(walk, unread))
            group.create_task(_tell(socket, unread))
            group.create_task(self._listen(socket, walk))

    async def _listen(self, socket: Socket, walk: Walk) -> None:
        while True:
            asked = await self._hear(socket, self._idle_s)
            match asked:
                case w.Key():
                    walk.press(asked.key)
                case w.Fill():
                    walk.fill(asked.what)
                case w.Leave():
                    walk.leave()
                case w.Begin():
                    raise _Over(NOT_OURS, "这场预演已经开始")
                case _:
                    assert_never(asked)

    async def _hear(self, socket: Socket, patience_s: float) -> w.Asked:
        """The page's next frame."""
        try:
            async with asyncio.timeout(patience_s):
                return w.read(await socket.receive_text())
        except TimeoutError:
            raise _Over(NORMAL, "太久没有按键，预演已结束") from None
        except (msgspec.MsgspecError, UnicodeError):
            raise _Over(NOT_OURS, "收到的内容无法识别，预演已结束") from None
        except (WebSocketDisconnect, OSError):
            raise _Over(NORMAL, gone=True) from None


async def _talk(walk: Walk, unread: asyncio.Queue[w.Told | None]) -> None:
    await walk.run()
    await unread.put(None)


async def _tell(socket: Socket, unread: asyncio.Queue[w.Told | None]) -> None:
    """Send what is told until the walk is over."""
    try:
        while (told := await unread.get()) is not None:
            await socket.send_text(w.write(told))
    except (WebSocketDisconnect, OSError):
        raise _Over(NORMAL, gone=True) from None
    raise _Over(NORMAL)


async def _close(socket: Socket, over: _Over) -> None:
    try:
        async with asyncio.timeout(GOODBYE_S):  # who doesn't read doesn't read this either
            if over.why:
                await socket.send_text(w.write(w.Refused(over.why)))
            await socket.close(over.code)
    except (WebSocketDisconnect, OSError, RuntimeError):
        log.debug("the page was gone first")


def _leaves(group: BaseExceptionGroup[_Over]) -> Iterator[_Over]:
    """The ends in a group of groups."""
    for one in group.exceptions:
        if isinstance(one, BaseExceptionGroup):
            yield from _leaves(one)
        else:
            yield one

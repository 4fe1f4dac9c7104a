"""ARI requests, two ways: over the event WebSocket (cheap, in order), or over HTTP for an Asterisk that lacks that.

Laws: every request gets exactly one reply, be it a status 0 when time runs out or the link is cut; a request is never sent
twice; the reply may come before or after the event it causes, and callers accept both orders.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Protocol

import aiohttp

from telephony.ari_wire import Reply, RestReply, write_request

OnReply = Callable[[Reply], None]
GIVE_UP_S = 5.0
"""A request unanswered this long counts as not answered (Asterisk answers in under 3 ms, 0.2 s when overloaded)."""


class Rest(Protocol):
    """Sends requests while a connection is up."""

    def send(self, method: str, uri: str, body: str | None, on_reply: OnReply) -> None:
        """Send one request; ``on_reply`` is called once, never from within this call."""
        ...

    def sweep(self) -> None:
        """Give up the requests whose time has run out; called about once a second."""
        ...

    def close(self) -> None:
        """Give up all requests."""
        ...


class RestOverWebSocket:
    """``RESTRequest`` frames written by ``write``; replies are handed to :meth:`reply`."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._numbers = count(1)
        self._waiting: dict[str, tuple[float, OnReply]] = {}
        self._loop = asyncio.get_running_loop()

    def send(self, method: str, uri: str, body: str | None, on_reply: OnReply) -> None:
        """Send one request over the WebSocket."""
        number = str(next(self._numbers))
        self._waiting[number] = (self._loop.time() + GIVE_UP_S, on_reply)
        self._write(write_request(number, method, uri, body))

    def reply(self, reply: RestReply) -> None:
        """Hand a reply to whoever waits for it; nobody waits for one that came too late."""
        waiting = self._waiting.pop(reply.request_id, None)
        if waiting is not None:
            waiting[1](Reply(reply.status_code, reply.message_body))

    def sweep(self) -> None:
        """Give up what is overdue. Requests wait in the order they were sent, so the first that is not overdue ends it."""
        now = self._loop.time()
        overdue = []
        for number, (deadline, _) in self._waiting.items():
            if deadline > now:
                break
            overdue.append(number)
        for number in overdue:
            self._waiting.pop(number)[1](Reply(0, "time-out"))

    def close(self) -> None:
        """Give up all."""
        waiting, self._waiting = self._waiting, {}
        for _, on_reply in waiting.values():
            on_reply(Reply(0, "link cut"))


class RestOverHttp:
    """Plain HTTP with keep-alive; keeps the tasks that wait for replies, and awaits them in :meth:`shut`."""

    def __init__(self, base: str, authorization: str) -> None:
        self._base = base
        self._tasks: set[asyncio.Task[None]] = set()
        self._session = aiohttp.ClientSession(
            headers={"Authorization": authorization},
            timeout=aiohttp.ClientTimeout(total=GIVE_UP_S),
            connector=aiohttp.TCPConnector(limit=64),
        )

    def send(self, method: str, uri: str, body: str | None, on_reply: OnReply) -> None:
        """Send one request over HTTP."""
        task = asyncio.create_task(self._exchange(method, uri, body, on_reply))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _exchange(self, method: str, uri: str, body: str | None, on_reply: OnReply) -> None:
        headers = {"Content-Type": "application/json"} if body is not None else None
        reply = Reply(0, "link cut")
        try:
            async with self._session.request(method, f"{self._base}/{uri}", data=body, headers=headers) as answer:
                reply = Reply(answer.status, await answer.text())
        except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError, RuntimeError) as error:  # RuntimeError: the session is closed
            reply = Reply(0, type(error).__name__)
        finally:
            on_reply(reply)

    def sweep(self) -> None:
        """Nothing to do: the session has the time-out."""

    def close(self) -> None:
        """Cancel what is under way; each still gets its reply of status 0."""
        for task in self._tasks:
            task.cancel()

    async def shut(self) -> None:
        """Wait for the cancelled and close the connections kept alive."""
        self.close()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._session.close()

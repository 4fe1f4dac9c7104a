"""The dispatcher: commands become deeds. In order within a lane (a call, a seat), side by side across lanes.

A command that waits for the commit is only begun when its events are durable. Each has a time-out, commit included. Whatever goes
wrong comes back by ``failed``; nothing that goes wrong with one command stops the next.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from acd.model.commands import Command, Connect, EndTalk, HangUpSeat, Ring, ShowPresence, StopRinging
from acd.needs import Hands
from hotline.errors import HotlineError

TIME_OUT_S = 10.0
"""How long a command may take, waiting for its commit included."""

log = structlog.get_logger()


class Dispatcher:
    """Carries out commands through ``hands`` while :meth:`start`'s task group lives."""

    def __init__(self, hands: Hands, failed: Callable[[Command, str], None], stale: Callable[[Command], bool]) -> None:
        self._deeds: Mapping[type[Command], Callable[[Any], Awaitable[None]]] = {
            Ring: hands.ring,
            StopRinging: hands.stop_ringing,
            Connect: hands.connect,
            EndTalk: hands.end_talk,
            HangUpSeat: hands.hang_up_seat,
            ShowPresence: hands.show_presence,
        }
        self._failed = failed
        self._stale = stale
        self._lanes: dict[str, deque[tuple[Command, Awaitable[object] | None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._group: asyncio.TaskGroup | None = None
        self.failures = 0

    def start(self, group: asyncio.TaskGroup) -> None:
        """Begin with what has been given so far."""
        self._group = group
        for lane in self._lanes:
            self._run(group, lane)

    def give(self, command: Command, durable: Awaitable[object] | None) -> None:
        """Put ``command`` at the end of its lane; ``durable`` is done when its events are (None: they are)."""
        waiting = self._lanes.get(command.lane)
        if waiting is not None:
            waiting.append((command, durable))
            return
        self._lanes[command.lane] = deque([(command, durable)])
        if self._group is not None:
            self._run(self._group, command.lane)

    async def drain(self, within_s: float) -> None:
        """Wait until everything given is done; what isn't ``within_s`` seconds later is given up."""
        try:
            async with asyncio.timeout(within_s):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        except TimeoutError:
            log.warning("commands given up at the end", lanes=len(self._lanes))

    def close(self) -> None:
        """Begin nothing more, and break off what was begun."""
        self._group = None
        for task in self._tasks:
            task.cancel()
        self._lanes.clear()

    def _run(self, group: asyncio.TaskGroup, lane: str) -> None:
        task = group.create_task(self._lane(lane), name=f"floor {lane}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _lane(self, name: str) -> None:
        waiting = self._lanes[name]
        while waiting:
            command, durable = waiting.popleft()
            why = await self._carry_out(command, durable)
            if why:
                self.failures += 1
                self._failed(command, why)
        self._lanes.pop(name, None)

    async def _carry_out(self, command: Command, durable: Awaitable[object] | None) -> str:
        """Do it; empty, or why it could not be done."""
        try:
            async with asyncio.timeout(TIME_OUT_S):
                if command.waits_for_commit and durable is not None:
                    await (asyncio.shield(durable) if isinstance(durable, asyncio.Future) else durable)
                if not self._stale(command):
                    await self._deeds[type(command)](command)
        except TimeoutError:
            log.warning("command timed out", command=command.id)
            return "timed_out"
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return "cancelled"  # what it waited for was cancelled, not the lane
        except HotlineError as error:  # a leg that is gone: the word of it is on its way, the floor settles it
            log.info("command refused", command=command.id, why=str(error))
            return type(error).__name__
        except Exception as error:  # whatever else the hands stumble over comes back to the floor as a signal too
            log.exception("command failed", command=command.id)
            return type(error).__name__
        return ""

"""The calls that are on: for each its line, the dialog that may be cancelled, and the moment it ended.

A line has one holder. While a caller waits, the waiting dialog holds it; before the bridge is made the dialog is cancelled and
waited for (at most ``LETTING_GO``), so nobody plays a prompt into a talk.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hotline.clock import Clock
from hotline.events import EndedHow
from hotline.ids import CallId, DepositorId
from hotline.moment import Moment
from ivr.waiting import Left
from server.progress import Progress
from telephony.ports import Arrival, HungUp, Line, LineEnded, SwitchAway

T = TypeVar("T")
LETTING_GO = 0.1
"""Seconds a waiting dialog gets to let go of its line (architecture.md: <= 100 ms)."""
WORD_OF_HANG_UP = 0.2
"""Seconds between a refusal because a channel is gone and the word that it is, at most (they come by different ways)."""
TRIES, AGAIN = 20, 0.5
"""So often, and so many seconds apart, something is asked of an exchange that we can't hear."""
REMEMBERED = 1000
"""Calls that are over and kept in mind."""
LAST_WORD = 2.0
"""Seconds we wait for the exchange to tell when a channel ended that we hung up."""


@dataclass
class LiveCall:
    """One call whose path is running."""

    arrival: Arrival
    progress: Progress | None = None
    line: Line | None = None
    waiting: asyncio.Task[Any] | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    end: LineEnded | None = None
    how: EndedHow | None = None
    """Set by who knows better than the path how it ended (the reconciler, a lost exchange)."""
    estimated: bool = False
    depositor: DepositorId | None = None
    wanted_at: Moment | None = None
    """When he asked for a person: his place in the queue, whatever happens to him there."""
    skill: str = ""
    """What the person he asked for must know."""
    account: int = 0
    unit: DepositorId | None = None
    """Which of his accounts the caller meant; the employer he logged in for."""
    left: Left | None = None
    """How he left the waiting room by himself, the last time he did."""
    refused: int = 0
    """Login attempts refused in this call."""

    def __post_init__(self) -> None:
        if self.progress is not None:
            self.wanted_at, self.skill = self.progress.wanted_at, self.progress.skill
            came = self.progress
            self.depositor, self.account, self.unit, self.refused = came.depositor, came.account, came.unit, came.refused

    @property
    def call(self) -> CallId:
        """Its id."""
        return self.arrival.call

    async def hold_line(self, dialog: Coroutine[Any, Any, T], pointless: Coroutine[Any, Any, Any]) -> T | None:
        """Run a dialog that may be taken off the line at any await; what it came to, None when it was taken off. Raises what it raises.

        It is taken off when ``pointless`` is over, too: a talk can be over before anybody came to let go of the line for it.
        """
        loop = asyncio.get_running_loop()
        task, over = loop.create_task(dialog), loop.create_task(pointless)
        self.waiting = task
        try:
            await asyncio.wait([task, over], return_when=asyncio.FIRST_COMPLETED)
        finally:  # whatever is not done now (our own path is being ended, or it has become pointless) ends here
            self.waiting = None
            over.cancel()
            task.cancel()
            await asyncio.wait([task, over])
        return None if task.cancelled() else task.result()

    async def let_go(self) -> None:
        """Take the waiting dialog, if any, off the line and wait until it is off."""
        task = self.waiting
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=LETTING_GO)

    async def insist(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do something at the exchange, over a cut link if need be. Raises HungUp when the caller is gone meanwhile."""
        for _ in range(TRIES):
            try:
                return await act()
            except SwitchAway:
                if await self.gone_within(AGAIN):
                    raise HungUp() from None
        return None

    async def gone_within(self, seconds: float) -> bool:
        """Whether the caller's channel is gone; the word of it may come a moment after what failed because of it."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ended.wait(), seconds)
        return self.ended.is_set()

    async def end_moment(self, clock: Clock) -> Moment:
        """When the caller's channel ended, as the exchange tells it; the present moment when it doesn't tell in time."""
        await self.gone_within(LAST_WORD)
        return self.end.at if self.end else clock.now()


class Calls:
    """All of them, by id."""

    def __init__(self) -> None:
        self._calls: dict[CallId, LiveCall] = {}
        self._over: OrderedDict[CallId, None] = OrderedDict()
        self._none = asyncio.Event()
        self._none.set()

    def __iter__(self) -> Iterator[LiveCall]:
        return iter(list(self._calls.values()))

    def __len__(self) -> int:
        return len(self._calls)

    def get(self, call: CallId) -> LiveCall | None:
        """The call, if its path is running."""
        return self._calls.get(call)

    def enter(self, live: LiveCall) -> bool:
        """Register a call; False when its path is running already (a doubled arrival changes nothing)."""
        if live.call in self._calls:
            return False
        self._calls[live.call] = live
        self._over.pop(live.call, None)
        self._none.clear()
        return True

    def leave(self, live: LiveCall) -> None:
        """The path is over."""
        self._calls.pop(live.call, None)
        self.note_over(live.call)
        if not self._calls:
            self._none.set()

    def note_over(self, call: CallId) -> None:
        """The call's end is written, though others may not have heard of it yet."""
        self._over[call] = None
        if len(self._over) > REMEMBERED:
            self._over.popitem(last=False)

    @property
    def over(self) -> Collection[CallId]:
        """The calls whose paths were here and are over (as far back as we remember)."""
        return self._over.keys()

    async def all_over(self) -> None:
        """Wait until no path runs."""
        await self._none.wait()

    def line_ended(self, signal: LineEnded, how: EndedHow | None = None, estimated: bool = False) -> None:
        """The exchange (or the reconciler) says the caller's channel is gone."""
        live = self._calls.get(signal.call)
        if live is not None and live.end is None:
            live.end, live.how, live.estimated = signal, how or live.how, estimated
            live.ended.set()

"""Stand-ins for the rooms the floor needs: hands that note what they did, a journal that says when it is durable."""

from __future__ import annotations

import asyncio

from acd.model.commands import Command, Connect, EndTalk, HangUpSeat, Ring, ShowPresence, StopRinging
from hotline.errors import HotlineError
from hotline.events import Event


class FakeRefusal(HotlineError):
    """The fake was told to refuse."""


class FakeHands:
    """Does nothing, and notes it in ``begun`` and ``done``. ``slow``: seconds a kind of command takes; ``refuse``: kinds that fail."""

    def __init__(self) -> None:
        self.begun: list[Command] = []
        self.done: list[Command] = []
        self.slow: dict[type[Command], float] = {}
        self.refuse: set[type[Command]] = set()

    async def _do(self, command: Command) -> None:
        self.begun.append(command)
        await asyncio.sleep(self.slow.get(type(command), 0))
        if type(command) in self.refuse:
            raise FakeRefusal
        self.done.append(command)

    async def ring(self, command: Ring) -> None:
        """See :class:`acd.needs.Hands`."""
        await self._do(command)

    async def stop_ringing(self, command: StopRinging) -> None:
        """See :class:`acd.needs.Hands`."""
        await self._do(command)

    async def connect(self, command: Connect) -> None:
        """See :class:`acd.needs.Hands`."""
        await self._do(command)

    async def end_talk(self, command: EndTalk) -> None:
        """See :class:`acd.needs.Hands`."""
        await self._do(command)

    async def hang_up_seat(self, command: HangUpSeat) -> None:
        """See :class:`acd.needs.Hands`."""
        await self._do(command)

    async def show_presence(self, command: ShowPresence) -> None:
        """See :class:`acd.needs.Hands`."""
        await self._do(command)


class FakeJournal:
    """Keeps events in memory. ``held``: nothing becomes durable until :meth:`commit`; ``broken``: it takes nothing at all."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.held = False
        self.broken = False
        self._open: list[asyncio.Future[None]] = []

    def append(self, *events: Event) -> asyncio.Future[None]:
        """See :class:`acd.needs.EventSink`."""
        if self.broken:
            raise FakeRefusal
        self.events += events
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open.append(durable)
        if not self.held:
            self.commit()
        return durable

    def commit(self) -> None:
        """Everything taken so far is durable."""
        for durable in self._open:
            if not durable.done():
                durable.set_result(None)
        self._open.clear()

    def fail(self) -> None:
        """Nothing of what is open can be made durable."""
        for durable in self._open:
            durable.cancel()
        self._open.clear()

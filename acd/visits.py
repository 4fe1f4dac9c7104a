"""A visit: one call's stay on the floor as the call path sees it, who awaits it like a person at a counter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from acd.model.signals import LeftHow
from hotline import events as ev
from hotline.ids import AgentNo, CallId, OfferId, SeatNo
from hotline.moment import Moment


class Answered(msgspec.Struct, frozen=True):
    """An agent took the call (200 OK of his phone); the floor has ordered that the two be joined."""

    offer: OfferId
    seat: SeatNo
    agent: AgentNo
    at: Moment


class Talked(msgspec.Struct, frozen=True):
    """There was a talk and it is over. ``by`` agent: the caller is still on his line, the survey's turn."""

    seat: SeatNo
    agent: AgentNo
    by: ev.EndedBy
    at: Moment


class Abandoned(msgspec.Struct, frozen=True):
    """The caller is gone without a talk: ``hung_up`` or ``switch_restart``."""

    how: str
    at: Moment


class LeftQueue(msgspec.Struct, frozen=True):
    """The caller is still on his line but no longer waits: ``went_back`` or ``timed_out``."""

    how: str
    at: Moment


Outcome = Talked | Abandoned | LeftQueue


class Desk(Protocol):
    """What a visit asks of the floor."""

    def position(self, call: CallId) -> int:
        """The call's place, 1 for the next; 0 when it doesn't wait."""
        ...

    def estimate(self, call: CallId) -> tuple[int, int] | None:
        """How many seconds the call will yet wait, from and to; None when that can't be said."""
        ...

    def leave(self, call: CallId, how: LeftHow, at: Moment | None) -> bool:
        """The caller leaves; False when it is too late for that."""
        ...


class Visit:
    """From joining the queue to the one outcome. Any number of tasks may await it; cancelling one of them ends nothing."""

    def __init__(self, call: CallId, desk: Desk) -> None:
        loop = asyncio.get_running_loop()
        self.call = call
        self._desk = desk
        self._answered: asyncio.Future[Answered | None] = loop.create_future()
        self._outcome: asyncio.Future[Outcome] = loop.create_future()

    async def answered(self) -> Answered | None:
        """Wait for an agent; None when the visit ended without one."""
        return await asyncio.shield(self._answered)

    async def outcome(self) -> Outcome:
        """Wait for the end of the visit."""
        return await asyncio.shield(self._outcome)

    @property
    def talking(self) -> Answered | None:
        """Who answered, as far as somebody has and the talk isn't over."""
        return self._answered.result() if self._answered.done() and not self._outcome.done() else None

    @property
    def over(self) -> Outcome | None:
        """The outcome, when there is one."""
        return self._outcome.result() if self._outcome.done() else None

    def position(self) -> int:
        """1 for the next to be answered; 0 when he doesn't wait (any more)."""
        return self._desk.position(self.call)

    def estimate(self) -> tuple[int, int] | None:
        """How many seconds he will yet wait, from and to, true four times out of five; None when that can't be said honestly."""
        return self._desk.estimate(self.call)

    def leave(self, how: LeftHow, at: Moment | None = None) -> bool:
        """The caller leaves, ``at`` the exchange's moment (now when not told). False: an agent was faster, or it is over.

        ``hung_up`` ends a talk as well; ``went_back`` and ``timed_out`` don't.
        """
        return self._desk.leave(self.call, how, at)

    def note(self, event: ev.Event) -> None:
        """Take notice of an event of this call (the floor tells them in order)."""
        handler = _NOTES.get(type(event))
        if handler is not None and not self._outcome.done():
            handler(self, event)

    def _note_answer(self, event: ev.CallAnswered) -> None:
        if not self._answered.done():
            self._answered.set_result(Answered(event.offer, event.seat, event.agent, event.at))

    def _note_talk_ended(self, event: ev.TalkEnded) -> None:
        self._end(Talked(event.seat, event.agent, event.by, event.at))

    def _note_abandoned(self, event: ev.CallAbandoned) -> None:
        stays = event.how in ("went_back", "timed_out")
        self._end(LeftQueue(event.how, event.at) if stays else Abandoned(event.how, event.at))

    def _end(self, outcome: Outcome) -> None:
        if not self._answered.done():
            self._answered.set_result(None)
        self._outcome.set_result(outcome)


_NOTES: dict[type[ev.Event], Callable[..., None]] = {
    ev.CallAnswered: Visit._note_answer,
    ev.TalkEnded: Visit._note_talk_ended,
    ev.CallAbandoned: Visit._note_abandoned,
}

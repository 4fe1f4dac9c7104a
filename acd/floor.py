"""The keeper of the floor: takes a signal, asks the rules, hands events to the journal and commands to the dispatcher.

It never awaits: a signal is settled before the next is looked at, so two parties that collide are simply first and second. What a
signal led to is durable before anybody is rung or joined because of it; hang-ups and presence don't wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import structlog

from acd import image
from acd.dispatch import Dispatcher
from acd.model.commands import CancelTimer, Command, SetTimer, Timer
from acd.model.signals import AnySignal, CallerLeft, CallerWaits, CommandFailed, LeftHow, TimeUp
from acd.model.state import FloorState, IllegalMove
from acd.needs import EventSink, Hands, Timers
from acd.rules import Decided, Step, apply, is_stale, pending_timers, standing_commands, work
from acd.rules.estimates import estimate
from acd.view import FloorView, view
from acd.visits import Visit
from hotline.clock import Clock
from hotline.events import CallAnswered, CallEvent, Event, Needs
from hotline.ids import AgentNo, CallId, ChannelId, QueueName
from hotline.moment import Moment, elapsed_us
from hotline.routing import PLAIN_ROUTING, RoutingSettings
from hotline.settings import SeatSettings

STOP_WITHIN_S = 2.0
"""How long commands already given may take when the floor closes (Ctrl-C ends all within 3 s)."""

NOBODY = AgentNo("")
EARLIEST_S = 0.001
"""The finest a loop's timer may be."""
log = structlog.get_logger()


class Floor:
    """All seats and waiting callers of one centre, and the only one who changes them."""

    def __init__(
        self, settings: SeatSettings, journal: EventSink, hands: Hands, clock: Clock, timers: Timers,
        routing: RoutingSettings = PLAIN_ROUTING,
    ) -> None:  # fmt: skip
        self._state = FloorState(settings, routing)
        self._settings = settings
        self._routing = routing
        self._journal = journal
        self._clock = clock
        self._timers = timers
        self._dispatcher = Dispatcher(hands, self._command_failed, lambda command: is_stale(self._state, command))
        self._visits: dict[CallId, Visit] = {}
        self._running = False
        self.faults = 0
        """Signals a rule stumbled over, events a restore could not use: 0 unless the rules are wrong."""

    # -- signals -----------------------------------------------------------------------------------------------

    def take(self, signal: AnySignal) -> Decided:
        """Settle ``signal``: nothing is awaited, nothing raised. What it led to is returned (no events: nothing changed)."""
        step = Step(self._state, signal.at)
        try:
            work(step, signal)
        except Exception:  # a wrong rule must not take the floor down; what it did so far is true and is written
            self.faults += 1
            log.exception("rule failed", kind=type(signal).__name__)
        decided = step.decided()
        durable = self._write(decided.events)
        for command in decided.commands:
            self._give(command, durable)
        return decided

    def _write(self, events: tuple[Event, ...]) -> Awaitable[object] | None:
        """Journal ``events`` before anything comes of them, then tell the visits."""
        durable = self._append(events) if events else None
        for event in events:
            visit = self._visits.get(event.call) if isinstance(event, CallEvent) else None
            if visit is None:
                continue
            visit.note(event)
            if visit.over is not None:
                del self._visits[visit.call]
        return durable

    def _append(self, events: tuple[Event, ...]) -> Awaitable[object]:
        try:
            return self._journal.append(*events)
        except Exception as error:  # the floor lives on without a journal; what would need the commit fails and is tried again
            self.faults += 1
            log.exception("journal refused events", count=len(events))
            refused: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            refused.set_exception(error)
            refused.exception()
            return refused

    def _give(self, command: Command, durable: Awaitable[object] | None) -> None:
        if isinstance(command, SetTimer):
            self._set(command)
        elif isinstance(command, CancelTimer):
            self._timers.cancel(command.timer)
        else:
            self._dispatcher.give(command, durable)

    def _set(self, command: SetTimer) -> None:
        if self._running:  # before that, running() derives them all from the state
            self._timers.set(command.timer, max(0.0, self._left_s(command)), partial(self._time_up, command))

    def _time_up(self, command: SetTimer, timer: Timer) -> None:
        left_s = self._left_s(command)
        if left_s > 0:  # uvloop rounds to milliseconds and may be early; the rules take nothing that is
            self._timers.set(timer, left_s + EARLIEST_S, partial(self._time_up, command))
        else:
            self.take(TimeUp(timer, at=self._clock.now()))

    def _left_s(self, command: SetTimer) -> float:
        """Seconds until a timer is due; not positive when it is."""
        passed = timedelta(microseconds=elapsed_us(command.since, self._clock.now()))
        return (command.after - passed).total_seconds()

    def _command_failed(self, command: Command, why: str) -> None:
        self.take(CommandFailed(command, why, at=self._clock.now()))

    # -- callers -----------------------------------------------------------------------------------------------

    def enter(
        self, call: CallId, line: ChannelId, queue: QueueName, wanted_at: Moment, *,
        requires: Needs = (), priority: str = "", sticky: AgentNo = NOBODY,
    ) -> Visit:  # fmt: skip
        """A caller who asked for a person at ``wanted_at`` joins ``queue``; a call that is on the floor already keeps its place.

        ``requires``: skills he needs beside those of the queue; ``priority`` by name; ``sticky``: the agent who knows him.
        """
        visit = self.visit(call)
        if visit is not None:
            return visit
        visit = self._visits[call] = Visit(call, self)
        self.take(CallerWaits(call, line, queue, wanted_at, requires, priority, sticky, at=self._clock.now()))
        return visit

    def visit(self, call: CallId) -> Visit | None:
        """The visit of a call that is on the floor (after a restart: taken up again where it was); None when it isn't."""
        found = self._state.calls.get(call)
        if found is None:
            return None
        visit = self._visits.get(call)
        if visit is None:
            visit = self._visits[call] = Visit(call, self)
            if found.stage == "talking" and found.seat is not None and found.offer is not None:
                agent = self._state.seats[found.seat].agent
                visit.note(CallAnswered(at=found.since, call=call, offer=found.offer, seat=found.seat, agent=agent))
        return visit

    def position(self, call: CallId) -> int:
        """1 for the next to be answered; 0 when the call doesn't wait."""
        return self._state.position(call)

    def estimate(self, call: CallId) -> tuple[int, int] | None:
        """How many seconds the call will yet wait, from and to (four times out of five); None when that can't be said."""
        found = self._state.calls.get(call)
        return estimate(self._state, found) if found is not None and found.stage == "waiting" else None

    def leave(self, call: CallId, how: LeftHow, at: Moment | None = None) -> bool:
        """The caller of ``call`` leaves; False when that is too late (see :meth:`acd.visits.Visit.leave`)."""
        return bool(self.take(CallerLeft(call, how, at=at or self._clock.now())).events)

    # -- looking -----------------------------------------------------------------------------------------------

    @property
    def exchange(self) -> str:
        """The run of the exchange the floor knows; empty: it has never heard one."""
        return self._state.started

    def view(self) -> FloorView:
        """The floor as it is now, frozen."""
        return view(self._state)

    # -- restart -----------------------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """The floor as it is, for :meth:`restore`; it belongs to the last event handed to the journal."""
        return image.encode(self._state)

    def restore(self, snapshot: bytes | None, events: Iterable[Event]) -> None:
        """Become the floor of ``snapshot`` (None: an empty one) with the journal's later ``events``; before :meth:`running`.

        Commands that the crash may have swallowed are given again. Raises UnreadableSnapshot (then replay from the beginning).
        An event that contradicts the rest is skipped and counted.
        """
        empty = FloorState(self._settings, self._routing)
        self._state = empty if snapshot is None else image.decode(snapshot, self._settings, self._routing)
        for event in events:
            try:
                apply(self._state, event)
            except IllegalMove:
                self.faults += 1
                log.error("event skipped on restore", kind=type(event).__name__)
        for command in standing_commands(self._state):
            self._dispatcher.give(command, None)

    # -- life --------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Floor]:
        """Carry out commands and run timers while the block lasts; then finish what was begun, for a moment.

        After :meth:`restore`, signals of what really exists should be taken first (server/restart.py): timers that ran out
        meanwhile run out here.
        """
        async with asyncio.TaskGroup() as group:
            self._running = True
            for timer in pending_timers(self._state):
                self._set(timer)
            self._dispatcher.start(group)
            try:
                yield self
                self._stop_timers()
                await self._dispatcher.drain(STOP_WITHIN_S)
            finally:
                self._stop_timers()
                self._dispatcher.close()

    def _stop_timers(self) -> None:
        self._running = False
        self._timers.clear()

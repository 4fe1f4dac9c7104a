"""Virtual time: signals in the order of their moments, given to the rules that the hotline runs on, with nobody to wait for.

An offer is answered at the moment it is made, a talk lasts as long as it was drawn to, wrap-up is in it (its cap is 0), a caller
leaves when his patience is over. Two things in the same microsecond: talks end before callers leave, and both before somebody comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import NamedTuple

from acd.model import signals as sig
from acd.model.state import FloorState
from acd.rules import Decided, decide
from hotline.events import CallOffered, Event
from hotline.ids import AgentNo, CallId, ChannelId, OfferId, QueueName, SeatNo
from hotline.moment import Moment
from hotline.routing import PLAIN_ROUTING, RoutingSettings
from hotline.settings import SeatSettings

EPOCH_US = 1_763_917_200_000_000
"""A Monday at one in the morning, Shanghai; only the differences matter."""
LINE = ChannelId("twin")
AGENTS = QueueName("agents")
PATIENT = -1


class Comer(NamedTuple):
    """A caller: when he comes, how long he keeps an agent, how long he waits (:data:`PATIENT`: for ever), all in microseconds."""

    at: int
    work: int
    patience: int = PATIENT
    queue: QueueName = AGENTS
    priority: str = ""


Came = Callable[[int, Comer, int], None]
"""``came(number, comer, wait)`` is told once of each caller when it is settled: his wait, or -1 when he left."""
Pace = Callable[[SeatNo, int], int]
"""How long a work takes at a seat."""


class Twin:
    """A floor and its virtual time."""

    def __init__(
        self, agents: int, came: Came, *, routing: RoutingSettings = PLAIN_ROUTING, pace: Pace | None = None,
        listen: Callable[[tuple[Event, ...]], None] | None = None,
    ) -> None:  # fmt: skip
        self.floor = FloorState(SeatSettings(count=agents, wrap_up_cap_s=0), routing)
        self.signals = 0
        self.busy_us = 0
        """Work done by all seats."""
        self.now = 0
        self._came = came
        self._pace = pace
        self._listen = listen
        self._pending: dict[CallId, tuple[int, Comer]] = {}
        self._due: list[tuple[int, int, str]] = []
        """When, 0 end of a talk or 1 end of patience, whose."""
        for number in range(1, agents + 1):
            seat = SeatNo(number)
            self._take(sig.SignIn(seat, AgentNo(f"{8000 + number}"), f"hl-{number}", at=moment(0)))
            self._take(sig.GoAvailable(seat, at=moment(0)))

    def live_through(self, comers: Iterable[Comer]) -> None:
        """Let ``comers`` (in the order they come) come, and everybody be served or leave."""
        due, came, pending = self._due, self._came, self._pending
        for number, comer in enumerate(comers):
            at = comer.at
            while due and due[0][0] <= at:
                self._happens(*heappop(due))
            call = CallId(f"t-{number}")
            pending[call] = (number, comer)
            now = moment(at)
            decided = self._take(sig.CallerWaits(call, LINE, comer.queue, now, (), comer.priority, at=now))
            if not self._answer(decided, at) and comer.patience >= 0:
                heappush(due, (at + comer.patience, 1, call))
        while due:
            self._happens(*heappop(due))
        for number, comer in pending.values():
            came(number, comer, -1)

    def _happens(self, at: int, kind: int, whose: str) -> None:
        self.now = at
        if kind == 0:
            self._answer(self._take(sig.SeatHungUp(OfferId(whose), at=moment(at))), at)
        elif (found := self._pending.pop(CallId(whose), None)) is not None:
            self._take(sig.CallerLeft(CallId(whose), "hung_up", at=moment(at)))
            self._came(*found, -1)

    def _answer(self, decided: Decided, at: int) -> bool:
        """Whoever was offered is answered now; whether anybody was."""
        answered = False
        for event in decided.events:
            if type(event) is CallOffered:
                answered = True
                number, comer = self._pending.pop(event.call)
                self._take(sig.OfferAnswered(event.offer, at=event.at))
                work = comer.work if self._pace is None else self._pace(event.seat, comer.work)
                self.busy_us += work
                heappush(self._due, (at + work, 0, event.offer))
                self._came(number, comer, at - comer.at)
        return answered

    def _take(self, signal: sig.AnySignal) -> Decided:
        self.signals += 1
        decided = decide(self.floor, signal)
        if self._listen is not None:
            self._listen(decided.events)
        return decided


def moment(us: int) -> Moment:
    """Virtual microseconds as a moment."""
    return Moment(EPOCH_US + us, us, "twin")

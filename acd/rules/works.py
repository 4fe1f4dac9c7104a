"""Work that isn't a call: text chats, several at a time for one agent, paused while he talks.

An agent has room while he is available and idle and holds fewer chats than his settings say; the one with the fewest comes first. A
voice call is offered to him all the same: it pauses his chats until the talk is over. An agent who signs out gives his chats back at
their old place; one on break keeps what he has and gets no more.
"""

from __future__ import annotations

from acd.model.signals import WorkOver, WorkWaits
from acd.model.state import FloorState, Seat, Work
from acd.rules import routes
from acd.rules.apply_works import room
from acd.rules.step import Step
from hotline import events as ev
from hotline.ids import SeatNo

# -- signals -------------------------------------------------------------------------------------------------------


def work_waits(step: Step, signal: WorkWaits) -> None:
    """A text chat joins its queue."""
    if signal.work in step.floor.works:
        return step.refuse("already")
    routing = step.floor.routing
    queue = routing.queue(signal.queue)
    worth = routing.priority(signal.priority or queue.priority)
    return step.happen(
        ev.WorkQueued(
            at=signal.at, work=signal.work, queue=signal.queue, wanted_at=signal.wanted_at,
            requires=routes.together(queue.requires, signal.requires), tier=worth.tier, head_start_s=worth.head_start_s,
        )
    )  # fmt: skip


def work_over(step: Step, signal: WorkOver) -> None:
    """Done, or left; what isn't there can't end."""
    if signal.work not in step.floor.works:
        return step.refuse("not_waiting")
    return step.happen(ev.WorkEnded(at=signal.at, work=signal.work, how=signal.how))


def give_back(step: Step, seat: Seat) -> None:
    """The agent leaves: his chats wait for others."""
    for work in sorted(step.floor.held.get(seat.seat, ())):
        step.happen(ev.WorkReturned(at=step.at, work=work, seat=seat.seat, agent=seat.agent))


def pause(step: Step, seat: Seat, talks: bool) -> None:
    """His chats wait while he ``talks``."""
    if talks and step.floor.held.get(seat.seat):
        step.happen(ev.TextsPaused(at=step.at, seat=seat.seat, agent=seat.agent))
    elif not talks and seat.seat in step.floor.paused:
        step.happen(ev.TextsResumed(at=step.at, seat=seat.seat, agent=seat.agent))


# -- matching --------------------------------------------------------------------------------------------------------


def match_texts(step: Step) -> None:
    """Give waiting chats to agents with room until one side has run out: as for calls, only who is fresh has to be looked at."""
    floor, texts = step.floor, step.floor.texts
    for name in texts.fresh_works:
        texts.homes[name].waiting.add(floor.works[name].key)
    newcomers = [floor.works[name] for name in texts.fresh_works]
    texts.fresh_works.clear()
    while texts.fresh_seats:
        seat = floor.seats[min(texts.fresh_seats, key=lambda number: room(floor, number))]
        work = _next(floor, seat)
        if work is None:
            _enter(floor, seat)
        else:
            _give(step, work, seat)
    for work in newcomers:
        best = texts.homes[work.work].idle.first() if work.work in texts.homes else None
        if best is not None:
            _give(step, work, floor.seats[SeatNo(best[-1])])
            match_texts(step)  # who was given one may have room for another


def _enter(floor: FloorState, seat: Seat) -> None:
    texts = floor.texts
    del texts.fresh_seats[seat.seat]
    profile = texts.entered[seat.seat] = texts.profile(seat.agent)
    for rank, group in profile.groups:
        group.idle.add((rank, *room(floor, seat.seat)))


def _next(floor: FloorState, seat: Seat) -> Work | None:
    heads = [(rank, key) for rank, group in floor.texts.profile(seat.agent).groups if (key := group.waiting.first()) is not None]
    return floor.works[floor.pieces[min(heads)[1][-1]]] if heads else None


def _give(step: Step, work: Work, seat: Seat) -> None:
    held = len(step.floor.held.get(seat.seat, ()))
    considered = max(1, len(step.floor.texts.homes[work.work].idle))
    step.happen(ev.WorkGiven(at=step.at, work=work.work, seat=seat.seat, agent=seat.agent, considered=considered, held=held))

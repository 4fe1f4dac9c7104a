"""What events make of text chats: they wait, an agent has them, they end."""

from __future__ import annotations

from acd.model.groups import Group
from acd.model.heaps import AnyKey
from acd.model.state import FloorState, IllegalMove, Work
from acd.rules.indexes import index_texts
from acd.rules.moves import meet, seat_at
from hotline import events as ev
from hotline.ids import SeatNo


def room(floor: FloorState, number: SeatNo) -> AnyKey:
    """Lowest is given the next chat: who has fewest, then who is idle longest."""
    seat = floor.seats[number]
    return len(floor.held.get(number, ())), *floor.key(seat.idle_since, number)


def index_work(floor: FloorState, work: Work) -> None:
    """Enter a chat into the indexes."""
    floor.pieces[work.key[3]] = work.work
    if work.seat is not None:
        floor.held.setdefault(work.seat, set()).add(work.work)
        return
    group, new = floor.texts.group(work.group)
    if new:
        _enter_group(floor, group)
    floor.texts.homes[work.work] = group
    floor.texts.fresh_works[work.work] = None


def _enter_group(floor: FloorState, group: Group) -> None:
    for number, profile in floor.texts.entered.items():
        rank = profile.rank(group.name)
        if rank is not None:
            group.idle.add((rank, *room(floor, number)))


def _waits_no_more(floor: FloorState, work: Work) -> None:
    group = floor.texts.homes.pop(work.work)
    if work.work in floor.texts.fresh_works:
        del floor.texts.fresh_works[work.work]
    else:
        group.waiting.remove(work.key[3])


def _work(floor: FloorState, event: ev.WorkEvent) -> Work:
    found = floor.works.get(event.work)
    if found is None:
        raise IllegalMove(f"{event!r}: no such work")
    return found


def queued(floor: FloorState, event: ev.WorkQueued) -> None:
    """It waits."""
    if event.work in floor.works:
        raise IllegalMove(f"{event!r}: it is on the floor already")
    meet(floor, event.wanted_at)
    floor.entries += 1
    key = floor.key(event.wanted_at, floor.entries, event.tier, 1_000_000 * event.head_start_s)
    work = Work(work=event.work, queue=event.queue, wanted_at=event.wanted_at, key=key, requires=event.requires)
    floor.works[work.work] = work
    index_work(floor, work)


def given(floor: FloorState, event: ev.WorkGiven) -> None:
    """An agent has it."""
    work, seat = _work(floor, event), seat_at(floor, event)
    if work.seat is not None:
        raise IllegalMove(f"{event!r}: somebody has it")
    _waits_no_more(floor, work)
    work.seat = seat.seat
    floor.held.setdefault(seat.seat, set()).add(work.work)
    index_texts(floor, seat)


def returned(floor: FloorState, event: ev.WorkReturned) -> None:
    """It waits again."""
    work = _work(floor, event)
    _let_go(floor, work)
    index_work(floor, work)


def ended(floor: FloorState, event: ev.WorkEnded) -> None:
    """It is gone."""
    work = _work(floor, event)
    if work.seat is None:
        _waits_no_more(floor, work)
    else:
        _let_go(floor, work)
    del floor.works[work.work], floor.pieces[work.key[3]]


def _let_go(floor: FloorState, work: Work) -> None:
    if work.seat is None:
        raise IllegalMove(f"{work!r}: nobody has it")
    seat = floor.seats[work.seat]
    floor.held[work.seat].discard(work.work)
    if not floor.held[work.seat]:
        floor.paused.discard(work.seat)
    work.seat = None
    index_texts(floor, seat)


def paused(floor: FloorState, event: ev.TextsPaused | ev.TextsResumed) -> None:
    """The seat's chats wait, or go on."""
    change = floor.paused.add if isinstance(event, ev.TextsPaused) else floor.paused.discard
    change(event.seat)

"""Where a call waits, and how long: for the agent who knows the caller, in the queue that takes over, until it is too much.

A call's timers run while it waits without an offer. Whatever moves it, its waiting time and its place among callers alike are kept,
and it never comes to a queue twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from acd.model.commands import CancelTimer, SetTimer, Timer, TimerKind
from acd.model.groups import GroupName
from acd.model.signals import CallerWaits, SetQueueHours
from acd.model.state import Call, FloorState, Seat
from acd.rules import callers
from acd.rules.estimates import estimate
from acd.rules.step import Step, takes_calls
from hotline import events as ev
from hotline.events import Needs
from hotline.ids import AgentNo, CallId, OfferId, QueueName, SeatNo
from hotline.moment import Moment, elapsed_us
from hotline.routing import Overflow, QueueRouting

SECOND = 1_000_000


def together(asked: Mapping[str, int], more: Needs = ()) -> Needs:
    """What the queue asks and what this caller needs besides: each skill once, with the higher level, sorted."""
    if not more:
        return tuple(sorted(asked.items())) if asked else ()
    needs = dict(asked)
    for skill, level in more:
        needs[skill] = max(level, needs.get(skill, 0))
    return tuple(sorted(needs.items()))


# -- timers --------------------------------------------------------------------------------------------------------


def call_timers(floor: FloorState, call: Call) -> Iterator[SetTimer]:
    """The timers of a call that waits."""
    queue = floor.routing.queue(call.queue)
    if call.only:
        yield _timer(call, "sticky", queue.sticky_s)
    waits = [way.over for way in queue.overflow if way.when == "wait" and not _was_in(call, way.to)]
    if waits:
        yield _timer(call, "overflow", min(waits))
    if queue.longest_wait_s:
        yield _timer(call, "longest_wait", queue.longest_wait_s)


def _timer(call: Call, kind: TimerKind, seconds: int) -> SetTimer:
    return SetTimer(Timer(kind, SeatNo(0), OfferId(""), call.call), call.wanted_at, timedelta(seconds=seconds))


def begin_to_wait(step: Step, call: Call) -> None:
    """The call has no offer (any more): perhaps it waits elsewhere from now on, and its timers run."""
    groups = step.floor.groups
    if not (call.only or call.queue in groups.leaky or call.queue in groups.timed):
        return
    if call.only and not _at_work(step.floor, call.only):
        step.happen(ev.StickyReleased(at=step.at, call=call.call, agent=call.only, why="not_available"))
    overflow(step, call)
    for timer in call_timers(step.floor, call):
        step.do(timer)


def stop_timers(step: Step, call: Call) -> None:
    """The call is offered, or leaves."""
    if call.only or call.queue in step.floor.groups.timed:
        for timer in call_timers(step.floor, call):
            step.do(CancelTimer(timer.timer))


def time_up(step: Step, timer: Timer) -> None:
    """One of a call's timers ran out; it means nothing unless the call waits and the time has really come."""
    call = step.floor.calls.get(timer.call)
    if call is None or call.stage != "waiting" or timer not in [mine.timer for mine in call_timers(step.floor, call)]:
        return
    if timer.kind == "longest_wait":
        callers.leave(step, call, "timed_out")
    elif timer.kind == "sticky":
        stop_timers(step, call)
        step.happen(ev.StickyReleased(at=step.at, call=call.call, agent=call.only, why="time_up"))
        begin_to_wait(step, call)
    else:
        stop_timers(step, call)
        begin_to_wait(step, call)


# -- the agent who knows him -----------------------------------------------------------------------------------------


def sticky_agent(floor: FloorState, signal: CallerWaits, queue: QueueRouting, name: GroupName) -> AgentNo:
    """The agent the caller is kept for: who knows him, when he is free, or at work and the queue lets callers wait for him."""
    number = floor.agents.get(signal.sticky)
    if number is None or floor.groups.profile(signal.sticky).rank(name) is None:
        return AgentNo("")
    seat = floor.seats[number]
    patient = queue.sticky_s > 0 and takes_calls(floor, seat) and not seat.planned
    return signal.sticky if patient or floor.is_free(seat) else AgentNo("")


def release(step: Step, seat: Seat) -> None:
    """The agent takes no calls for now: nobody waits for him any more."""
    for call in _kept_for(step.floor, seat.agent):
        stop_timers(step, call)
        step.happen(ev.StickyReleased(at=step.at, call=call.call, agent=seat.agent, why="not_available"))
        begin_to_wait(step, call)


def _kept_for(floor: FloorState, agent: AgentNo) -> list[Call]:
    groups = floor.groups
    kept = [floor.arrivals[key[-1]] for group in groups.reserved.get(agent, ()) for key in group.waiting.head(len(group.waiting))]
    return [floor.calls[name] for name in (*kept, *groups.fresh_calls) if floor.calls[name].only == agent]


def _at_work(floor: FloorState, agent: AgentNo) -> bool:
    number = floor.agents.get(agent)
    return number is not None and takes_calls(floor, floor.seats[number])


# -- ways out --------------------------------------------------------------------------------------------------------


def overflow(step: Step, call: Call) -> None:
    """Send a waiting call on as long as a way out of its queue applies; each queue sees it once."""
    while (way := _way_out(step.floor, call, step.at)) is not None:
        target = step.floor.routing.queue(way.to)
        step.happen(
            ev.CallOverflowed(
                at=step.at, call=call.call, left=call.queue, queue=QueueName(way.to), why=way.when,
                requires=together(target.requires, call.asks), prefers=together(target.prefers),
            )
        )  # fmt: skip


def _way_out(floor: FloorState, call: Call, at: Moment) -> Overflow | None:
    queue = floor.routing.queues.get(call.queue)
    if queue is None:
        return None
    return next((way for way in queue.overflow if not _was_in(call, way.to) and _applies(floor, call, way, at)), None)


def _was_in(call: Call, queue: str) -> bool:
    return queue == call.queue or queue in call.been


def _applies(floor: FloorState, call: Call, way: Overflow, at: Moment) -> bool:
    match way.when:
        case "closed":
            return call.queue in floor.closed
        case "nobody":
            return not floor.groups.staff(call.group._replace(only=AgentNo("")))
        case "wait":
            return elapsed_us(call.wanted_at, at) >= way.over * SECOND
        case "length":
            return floor.position(call.call) > way.over
        case "estimate":
            told = estimate(floor, call)
            return told is not None and told[1] > way.over


def queue_hours(step: Step, signal: SetQueueHours) -> None:
    """The queue opens or closes; who waits when it closes goes where its settings send him, or is still served (domain/kpi.md)."""
    if (signal.queue not in step.floor.closed) == signal.open:
        return step.refuse("already")
    step.happen(ev.QueueHours(at=signal.at, queue=signal.queue, open=signal.open))
    return None if signal.open else send_on(step, "closed", signal.queue)


def send_on(step: Step, when: str, queue: QueueName | None = None) -> None:
    """Look at the ways out ``when`` anew for all who wait (in ``queue``): its condition has come true."""
    routing = step.floor.routing
    concerned = {name for name, asked in routing.queues.items() if any(way.when == when for way in asked.overflow)}
    if not concerned or (queue is not None and queue not in concerned):
        return
    waiting = [call for call in step.floor.calls.values() if call.stage == "waiting" and call.queue in concerned]
    for call in sorted(waiting, key=lambda call: call.key):
        if queue in (None, call.queue) and _way_out(step.floor, call, step.at) is not None:
            stop_timers(step, call)
            begin_to_wait(step, call)


def waiting_call(floor: FloorState, name: CallId | None) -> Call | None:
    """The call when it is on the floor and waits without an offer."""
    call = floor.calls.get(name) if name is not None else None
    return call if call is not None and call.stage == "waiting" else None

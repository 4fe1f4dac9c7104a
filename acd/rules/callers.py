"""What callers do: wait, and leave. Nobody loses his place, and everybody has exactly one outcome."""

from __future__ import annotations

from acd.model.signals import CallerLeft, CallerWaits
from acd.model.state import Call, FloorState
from acd.rules import offers
from acd.rules.step import Step
from hotline import events as ev
from hotline.ids import QueueName


def caller_waits(step: Step, signal: CallerWaits) -> None:
    """The call stands in its queue, at the place its ``wanted_at`` gives it."""
    floor = step.floor
    if signal.call in floor.calls:
        return step.refuse("already")
    place = _place(floor, signal)
    return step.happen(
        ev.CallQueued(
            at=signal.at, call=signal.call, queue=signal.queue, position=place, line=signal.line, wanted_at=signal.wanted_at
        )
    )  # fmt: skip


def _place(floor: FloorState, signal: CallerWaits) -> int:
    queue = floor.queues.get(QueueName(signal.queue))
    return 1 if queue is None else queue.standing.rank(floor.key(signal.wanted_at, floor.entries + 1)) + 1


def caller_left(step: Step, signal: CallerLeft) -> None:
    """He hung up, went back to the menu, or waited too long. Who is talking can only hang up: his key came too late."""
    call = step.floor.calls.get(signal.call)
    if call is None:
        return step.refuse("not_waiting")
    if call.stage == "talking":
        if signal.how != "hung_up":
            return step.refuse("talking")
        return offers.end_talk(step, call, "switch" if signal.by_switch else "caller", estimated=signal.estimated)
    return leave(step, call, signal.how)


def leave(step: Step, call: Call, how: str) -> None:
    """A call without an agent is abandoned; the phone it rang is silenced and its seat is free again."""
    stage: ev.AbandonStage = "ringing" if call.stage == "ringing" else "waiting"
    seat = None
    if stage == "ringing":
        seat = offers.seat_of(step, call)
        offers.withdraw(step, call, "caller_left")
    step.happen(ev.CallAbandoned(at=step.at, call=call.call, stage=stage, how=how))
    if seat is not None:
        offers.settle(step, seat)

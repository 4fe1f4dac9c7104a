"""What callers do: wait, and leave. Nobody loses his place, and everybody has exactly one outcome."""

from __future__ import annotations

from acd.model.groups import GroupName
from acd.model.signals import CallerLeft, CallerWaits
from acd.model.state import Call
from acd.rules import offers, routes
from acd.rules.estimates import foresee
from acd.rules.step import Step
from hotline import events as ev
from hotline.ids import AgentNo


def caller_waits(step: Step, signal: CallerWaits) -> None:
    """The call stands in its queue, at the place its ``wanted_at`` and its priority give it."""
    floor = step.floor
    if signal.call in floor.calls:
        return step.refuse("already")
    queue = floor.routing.queue(signal.queue)
    requires, prefers = routes.together(queue.requires, signal.requires), routes.together(queue.prefers)
    name = signal.priority or queue.priority
    worth = floor.routing.priority(name)
    group = GroupName(signal.queue, requires, prefers, worth.weight, AgentNo(""))
    key = floor.key(signal.wanted_at, floor.entries + 1, worth.tier, 1_000_000 * worth.head_start_s)
    row = floor.standing.get(signal.queue)
    position = 1 if row is None else row.rank(key) + 1
    step.happen(
        ev.CallQueued(
            at=signal.at, call=signal.call, queue=signal.queue, position=position, line=signal.line, wanted_at=signal.wanted_at,
            requires=requires, prefers=prefers, asks=signal.requires, priority="" if name == "normal" else name,
            tier=worth.tier, head_start_s=worth.head_start_s, weight=worth.weight,
            only=routes.sticky_agent(floor, signal, queue, group) if signal.sticky else AgentNo(""),
            estimate=foresee(floor, group, position),
        )
    )  # fmt: skip
    routes.begin_to_wait(step, floor.calls[signal.call])
    return None


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
    """A call without an agent is abandoned; the phones it rang are silenced and their seats are free again."""
    stage: ev.AbandonStage = "ringing" if call.stage == "ringing" else "waiting"
    rung = [step.floor.seats[number] for number in (call.seat, *call.also.values()) if number is not None]
    for seat in rung:
        offers.withdraw(step, seat, "caller_left")
    if stage == "waiting":
        routes.stop_timers(step, call)
    step.happen(ev.CallAbandoned(at=step.at, call=call.call, stage=stage, how=how))
    for seat in rung:
        offers.settle(step, seat)

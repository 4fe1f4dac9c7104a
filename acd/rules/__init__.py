"""What the floor decides: signals in, events and commands out. No I/O, no clock, no random.

The laws, each a property test in tests/acd:

1. a call that waits is waiting, ringing, talking, or has had exactly one outcome: answered, or left;
2. a seat has at most one live offer, and so has a call, unless its queue rings several phones at once;
3. no seat is free while a call it can serve waits without an offer (as long as the exchange is there);
4. who was first is right; late, doubled, foreign signals change nothing;
5. the events alone rebuild the floor; a snapshot and the events behind it do too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from acd.model import signals as sig
from acd.model.state import FloorState
from acd.rules import callers, offers, routes, seats, switch, works
from acd.rules.apply import apply
from acd.rules.matching import match
from acd.rules.restart import is_stale, pending_timers, standing_commands
from acd.rules.step import Decided, Step

__all__ = ["HANDLERS", "Decided", "Step", "apply", "decide", "is_stale", "pending_timers", "standing_commands", "work"]

HANDLERS: Mapping[type[sig.Signal], Callable[[Step, Any], None]] = {
    sig.SignIn: seats.sign_in,
    sig.SignOut: seats.sign_out,
    sig.GoAvailable: seats.go_available,
    sig.GoOnBreak: seats.go_on_break,
    sig.EndWrapUp: seats.end_wrap_up,
    sig.WorkWaits: works.work_waits,
    sig.WorkOver: works.work_over,
    sig.ExtendWrapUp: seats.extend_wrap_up,
    sig.Force: seats.force,
    sig.SetQueueHours: routes.queue_hours,
    sig.EndpointReachable: seats.endpoint_reachable,
    sig.CallerWaits: callers.caller_waits,
    sig.CallerLeft: callers.caller_left,
    sig.OfferRang: offers.rang,
    sig.OfferAnswered: offers.answered,
    sig.OfferRefused: offers.refused,
    sig.SeatHungUp: offers.seat_hung_up,
    sig.HeldBySeat: offers.held,
    sig.TimeUp: switch.time_up,
    sig.CommandFailed: switch.command_failed,
    sig.SwitchGone: switch.gone,
    sig.SwitchBack: switch.back,
}
"""Each signal's rule (a test holds it against the union)."""


def decide(floor: FloorState, signal: sig.AnySignal) -> Decided:
    """What ``signal`` leads to on ``floor``, which is changed by the events returned and by nothing else."""
    step = Step(floor, signal.at)
    work(step, signal)
    return step.decided()


def work(step: Step, signal: sig.AnySignal) -> None:
    """The signal's rule, then matching: whatever happened, no free seat and waiting caller are left side by side."""
    HANDLERS[type(signal)](step, signal)
    match(step)
    if step.floor.texts.busy:
        works.match_texts(step)

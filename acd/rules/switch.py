"""What timers, failed commands and the exchange's coming and going mean for the floor."""

from __future__ import annotations

from datetime import timedelta

from acd.model.commands import Connect, Ring, Timer
from acd.model.signals import CommandFailed, SwitchBack, SwitchGone, TimeUp
from acd.model.state import Seat
from acd.rules import callers, offers, routes, seats
from acd.rules.step import Step
from hotline import events as ev
from hotline.moment import Moment, elapsed_us


def time_up(step: Step, signal: TimeUp) -> None:
    """A timer ran out. It names its offer: one that comes too late finds another, or none, and means nothing."""
    timer = signal.timer
    if timer.call:
        return routes.time_up(step, timer)
    if timer.kind == "phone_retry":
        return seats.retry_phone(step, timer)
    if timer.kind == "break_limit":
        return seats.break_limit(step, timer)
    seat = step.floor.seated(timer.seat)
    if seat is None or seat.offer != timer.offer:
        return None
    if timer.kind == "ring":
        return _rang_out(step, seat)
    return _wrap_up_time(step, seat, timer) if seat.activity == "wrap_up" else None


def _rang_out(step: Step, seat: Seat) -> None:
    if seat.activity != "ringing" or seat.call is None:
        return
    if step.floor.away:  # perhaps he did answer: we couldn't hear it, so it isn't held against him
        offers.withdraw(step, seat, "switch_lost")
        offers.settle(step, seat)
    else:
        offers.let_ring(step, seat)


def _wrap_up_time(step: Step, seat: Seat, timer: Timer) -> None:
    settings = step.floor.settings
    if timer.kind == "wrap_up_cap":
        if elapsed_us(seat.since, step.at) < 1_000_000 * (settings.wrap_up_cap_s + seat.extended_s):
            return  # it was extended meanwhile
        # the cap's own moment: a timer that was late (we were away) must not lengthen the wrap-up that is reported
        offers.end_wrap_up(step, seat, "cap", _due(seat.since, settings.wrap_up_cap_s + seat.extended_s))
        offers.settle(step, seat)
    elif not seat.over_target and seat.call is not None:
        at = _due(seat.since, settings.wrap_up_target_s)
        step.happen(ev.WrapUpOverTarget(at=at, call=seat.call, seat=seat.seat, agent=seat.agent))


def _due(since: Moment, seconds: int) -> Moment:
    return since.after(timedelta(seconds=seconds))


def command_failed(step: Step, signal: CommandFailed) -> None:
    """A ring that failed sends the call on to the next seat; a join that failed ends the talk that could not be.

    What was to be taken apart and could not be is found and settled by the reconciler.
    """
    command = signal.command
    if not isinstance(command, Ring | Connect):
        return
    call = step.floor.live(command.offer)
    if call is None:
        return
    if isinstance(command, Ring) and call.stage == "ringing":
        offers.decline(step, step.floor.seats[call.seat_of(command.offer)], "failed")
    elif isinstance(command, Connect) and call.stage == "talking":
        offers.end_talk(step, call, "switch")


def gone(step: Step, signal: SwitchGone) -> None:
    """We don't hear the exchange: nothing is offered, everything else stays as it is until we know more."""
    if not step.floor.away:
        step.happen(ev.SwitchLost(at=signal.at, why=signal.why))


def back(step: Step, signal: SwitchBack) -> None:
    """We hear it again. Another run of it means that all lines of the old one are dead: their calls are closed here."""
    floor = step.floor
    if not floor.away and floor.started == signal.started:
        return
    if floor.started and floor.started != signal.started:
        step.at = signal.died_at or floor.away_since or signal.at
        _close_all(step)
        step.at = signal.at
    step.happen(ev.SwitchConnected(at=signal.at, asterisk=signal.asterisk, started=signal.started))


def _close_all(step: Step) -> None:
    for call in list(step.floor.calls.values()):
        if call.stage == "talking":
            offers.end_talk(step, call, "switch", estimated=True, bridge=False)
        else:
            callers.leave(step, call, "switch_restart")

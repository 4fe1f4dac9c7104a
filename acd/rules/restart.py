"""After a restart: what of the floor's facts still has to be waited for, or may never have been done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from acd.model.commands import Command, Connect, Ring, SetTimer, Timer
from acd.model.state import FloorState, Seat
from acd.rules.offers import break_limit
from acd.rules.routes import call_timers
from acd.rules.step import shown
from hotline.ids import OfferId


def pending_timers(floor: FloorState) -> tuple[SetTimer, ...]:
    """The timers that belong to the floor as it is; one that is overdue runs out at once."""
    waiting = (call for call in floor.calls.values() if call.stage == "waiting")
    return (
        *(timer for seat in floor.seats.values() for timer in _timers(floor, seat)),
        *(timer for call in waiting for timer in call_timers(floor, call)),
    )


def _timers(floor: FloorState, seat: Seat) -> Iterator[SetTimer]:
    settings = floor.settings
    if seat.offer is not None and seat.activity == "ringing":
        yield SetTimer(Timer("ring", seat.seat, seat.offer), seat.since, timedelta(seconds=settings.ring_s))
    if seat.offer is not None and seat.activity == "wrap_up":
        if not seat.over_target and settings.wrap_up_target_s < settings.wrap_up_cap_s:
            yield SetTimer(Timer("wrap_up_target", seat.seat, seat.offer), seat.since, timedelta(seconds=settings.wrap_up_target_s))
        yield SetTimer(Timer("wrap_up_cap", seat.seat, seat.offer), seat.since, timedelta(seconds=settings.wrap_up_cap_s + seat.extended_s))
    if seat.retry is not None:
        yield SetTimer(Timer("phone_retry", seat.seat, seat.retry), seat.presence_since, timedelta(seconds=settings.retry_phone_s))

    limit = break_limit(floor, seat)
    if limit is not None and not seat.over_limit:
        yield SetTimer(Timer("break_limit", seat.seat, OfferId("")), seat.presence_since, timedelta(seconds=limit))


def standing_commands(floor: FloorState) -> tuple[Command, ...]:
    """The commands the floor as it is must have led to: doing them again finds them done, or does what the crash prevented."""
    commands: list[Command] = []
    for call in floor.calls.values():
        if call.seat is None or call.offer is None:
            continue
        seat = floor.seats[call.seat]
        if call.stage == "ringing":
            longest = timedelta(seconds=floor.settings.ring_s)
            for offer, number in ((call.offer, call.seat), *call.also.items()):
                rung = floor.seats[number]
                commands.append(Ring(call.call, offer, number, rung.agent, rung.endpoint, longest))
        else:
            commands.append(Connect(call.call, call.offer, call.line, seat.seat, seat.agent, again=True))
    return (*commands, *(command for seat in floor.seats if (command := shown(floor, seat)) is not None))


def is_stale(floor: FloorState, command: Command) -> bool:
    """Whether ``command`` has lost its reason while it waited: ringing and joining are only done for live offers."""
    if not isinstance(command, Ring | Connect):
        return False
    call = floor.live(command.offer)
    return call is None or call.stage != ("ringing" if isinstance(command, Ring) else "talking")

"""After a restart: what of the floor's facts still has to be waited for, or may never have been done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from acd.model.commands import Command, Connect, Ring, SetTimer, Timer
from acd.model.state import FloorState, Seat
from acd.rules.step import shown


def pending_timers(floor: FloorState) -> tuple[SetTimer, ...]:
    """The timers that belong to the floor as it is; one that is overdue runs out at once."""
    return tuple(timer for seat in floor.seats.values() for timer in _timers(floor, seat))


def _timers(floor: FloorState, seat: Seat) -> Iterator[SetTimer]:
    settings = floor.settings
    if seat.offer is not None and seat.activity == "ringing":
        yield SetTimer(Timer("ring", seat.seat, seat.offer), seat.since, timedelta(seconds=settings.ring_s))
    if seat.offer is not None and seat.activity == "wrap_up":
        if not seat.over_target and settings.wrap_up_target_s < settings.wrap_up_cap_s:
            yield SetTimer(Timer("wrap_up_target", seat.seat, seat.offer), seat.since, timedelta(seconds=settings.wrap_up_target_s))
        yield SetTimer(Timer("wrap_up_cap", seat.seat, seat.offer), seat.since, timedelta(seconds=settings.wrap_up_cap_s))
    if seat.retry is not None:
        yield SetTimer(Timer("phone_retry", seat.seat, seat.retry), seat.presence_since, timedelta(seconds=settings.retry_phone_s))


def standing_commands(floor: FloorState) -> tuple[Command, ...]:
    """The commands the floor as it is must have led to: doing them again finds them done, or does what the crash prevented."""
    commands: list[Command] = []
    for call in floor.calls.values():
        if call.seat is None or call.offer is None:
            continue
        seat = floor.seats[call.seat]
        if call.stage == "ringing":
            longest = timedelta(seconds=floor.settings.ring_s)
            commands.append(Ring(call.call, call.offer, seat.seat, seat.agent, seat.endpoint, longest))
        else:
            commands.append(Connect(call.call, call.offer, call.line, seat.seat, seat.agent, again=True))
    return (*commands, *(command for seat in floor.seats if (command := shown(floor, seat)) is not None))


def is_stale(floor: FloorState, command: Command) -> bool:
    """Whether ``command`` has lost its reason while it waited: ringing and joining are only done for live offers."""
    if not isinstance(command, Ring | Connect):
        return False
    call = floor.live(command.offer)
    return call is None or call.stage != ("ringing" if isinstance(command, Ring) else "talking")

"""One step of the floor: what happens in it is applied at once and written down, what is to be done is collected."""

from __future__ import annotations

from typing import NamedTuple

from acd.model.commands import Command, ShowPresence
from acd.model.state import FloorState, Seat
from acd.rules.apply import apply
from hotline import events as ev
from hotline.ids import SeatNo
from hotline.moment import Moment


class Decided(NamedTuple):
    """What a signal led to. No events: nothing changed; ``refused`` then says why, when somebody may want to know.

    ``refused`` is one of ``already``, ``no_such_seat``, ``signed_out``, ``talking``, ``endpoint_taken``, ``unreachable``,
    ``not_in_wrap_up``, ``no_more_extensions``, ``not_waiting``, or empty.
    """

    events: tuple[ev.Event, ...]
    commands: tuple[Command, ...]
    refused: str = ""


class Step:
    """A signal being worked on. Rules say what happens and what is to be done; they never touch the floor themselves."""

    __slots__ = ("_shown", "at", "commands", "events", "floor", "refused")

    def __init__(self, floor: FloorState, at: Moment) -> None:
        self.floor = floor
        self.at = at
        self.events: list[ev.Event] = []
        self.commands: list[Command] = []
        self.refused = ""
        self._shown: dict[SeatNo, ShowPresence | None] = {}

    def happen(self, event: ev.Event) -> None:
        """``event`` is true from now on."""
        if isinstance(event, ev.SeatEvent) and event.seat not in self._shown:
            self._shown[event.seat] = shown(self.floor, event.seat)
        apply(self.floor, event)
        self.events.append(event)

    def do(self, command: Command) -> None:
        """``command`` is to be carried out."""
        self.commands.append(command)

    def refuse(self, why: str) -> None:
        """The signal changes nothing, and ``why``."""
        self.refused = why

    def decided(self) -> Decided:
        """All of it, with what the outside has to be shown of the seats it changed."""
        for seat, before in self._shown.items():
            now = shown(self.floor, seat)
            if now == before:
                continue
            if before is not None and (now is None or now.endpoint != before.endpoint or now.agent != before.agent):
                self.do(_gone(before))
            if now is not None:
                self.do(now)
        return Decided(tuple(self.events), tuple(self.commands), self.refused)


def shown(floor: FloorState, seat: SeatNo) -> ShowPresence | None:
    """What the outside should know of ``seat``; None when nobody is signed in there."""
    found = floor.seated(seat)
    return None if found is None else ShowPresence(seat, found.agent, found.endpoint, True, takes_calls(floor, found))


def takes_calls(floor: FloorState, seat: Seat) -> bool:
    """Whether the seat is given calls when it is idle."""
    return seat.presence == "available" and floor.reachable(seat.endpoint)


def _gone(before: ShowPresence) -> ShowPresence:
    return ShowPresence(before.seat, before.agent, before.endpoint, False, False)

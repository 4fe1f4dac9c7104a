"""A story: one call's events without repetitions, in the order they happened, asked for by kind.

Inside one boot of the machine events are ordered by the monotonic clock, because the wall clock may be stepped; boots are
ordered by the earliest wall time seen in each. Events of the same moment come in the order of a call's life, so any order of
arrival gives the same story.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, get_args

from hotline.events import AnyEvent, Event
from hotline.moment import Moment

E = TypeVar("E", bound=Event)
_RANK: dict[type, int] = {kind: rank for rank, kind in enumerate(get_args(AnyEvent))}


class Story:
    """One call's events (at least one), to be asked what came first, last, or at all."""

    def __init__(self, events: Iterable[Event]) -> None:
        unique = list(dict.fromkeys(events))
        self._boots: dict[str, int] = {}
        for event in unique:
            wall = self._boots.get(event.at.boot, event.at.wall)
            self._boots[event.at.boot] = min(wall, event.at.wall)
        self._by_kind: dict[type, list[Event]] = {}
        self._told = self._in_order(unique)
        for event in self._told:
            self._by_kind.setdefault(type(event), []).append(event)

    def order(self, at: Moment) -> tuple[int, str, int]:
        """A key that sorts moments of this story in the order they happened."""
        return (self._boots.get(at.boot, at.wall), at.boot, at.mono)

    def first(self, kind: type[E]) -> E | None:
        """The earliest event of ``kind``, or None."""
        found = self.all(kind)
        return found[0] if found else None

    def last(self, kind: type[E]) -> E | None:
        """The latest event of ``kind``, or None."""
        found = self.all(kind)
        return found[-1] if found else None

    def all(self, kind: type[E], until: Moment | None = None) -> list[E]:
        """Every event of ``kind``, in order; up to and including the moment ``until`` when given."""
        told = [event for event in self._by_kind.get(kind, ()) if isinstance(event, kind)]
        return told if until is None else [event for event in told if self.order(event.at) <= self.order(until)]

    def beginning(self) -> Moment:
        """The moment of the earliest event."""
        return self._told[0].at

    def _in_order(self, events: list[Event]) -> list[Event]:
        def place(event: Event) -> tuple[tuple[int, str, int], int]:
            return (self.order(event.at), _RANK.get(type(event), len(_RANK)))

        if len({place(event) for event in events}) < len(events):  # two of a kind at one moment: any fixed order will do
            events = sorted(events, key=repr)
        return sorted(events, key=place)

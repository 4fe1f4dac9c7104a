"""When a rehearsal takes place: now, or at a time of the centre's own calendar at which people are there, are gone, or it is a holiday."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from agent_console.rehearsal.wire import SceneName
from hotline.calendar import Staffing
from hotline.clock import Clock
from hotline.moment import SHANGHAI, Moment

TITLES: dict[SceneName, str] = {"now": "现在", "staffed": "人工时段", "closed": "非人工时段", "holiday": "节假日"}
INTO_THE_DAY = timedelta(minutes=30)
"""How long after opening or closing the time is."""
LONGEST_LOOK = 370
"""Days looked ahead for a holiday."""
WEEKDAYS = "一二三四五六日"


class ShiftedClock:
    """Another clock, so much later."""

    def __init__(self, clock: Clock, by: timedelta) -> None:
        self._clock = clock
        self._by = by

    def now(self) -> Moment:
        """The moment it is in the rehearsal."""
        return self._clock.now().after(self._by)


@dataclass(frozen=True, slots=True)
class Scene:
    """A time to rehearse at: the clock that shows it and whether people are there."""

    name: SceneName
    clock: Clock
    staffed: Callable[[], bool]

    def words(self) -> str:
        """``2026-11-23 09:30 周一``."""
        local = self.clock.now().local()
        return f"{local:%Y-%m-%d %H:%M} 周{WEEKDAYS[local.weekday()]}"


def scene_of(name: SceneName, staffing: Staffing, clock: Clock) -> Scene:
    """The scene ``name`` of a centre. ``staffing`` must not be "always" for another one than now."""
    if name == "now":
        return Scene(name, clock, lambda: staffing.is_staffed(clock.now()))
    now = clock.now().local()
    shifted = ShiftedClock(clock, _moment(name, staffing, now) - now)
    return Scene(name, shifted, lambda: staffing.is_staffed(shifted.now()))


def _moment(name: SceneName, staffing: Staffing, now: datetime) -> datetime:
    """The first such moment on a day after today."""
    calendar = staffing.calendar
    if name == "holiday":
        tomorrow = now.date() + timedelta(days=1)
        ahead = [tomorrow + timedelta(days=days) for days in range(LONGEST_LOOK)]
        off = [day for day in ahead if not calendar.is_working_day(day)]
        return _at(next((day for day in off if day in calendar.special), off[0]), staffing.opens, INTO_THE_DAY)
    working = calendar.working_day_after(now.date(), 1)
    return _at(working, staffing.opens if name == "staffed" else staffing.closes, INTO_THE_DAY)


def _at(day: date, of_day: time, later: timedelta) -> datetime:
    return datetime.combine(day, of_day, SHANGHAI) + later

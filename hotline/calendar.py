"""Working days and staffed hours 人工服务时间: which days count, whether an agent can be asked for now, and how that is said.

Source: the State Council's yearly notices on holidays, kept in ``etc/calendar.csv`` (date, kind, status); deadlines of seed 001
§2.5 count these days. A year whose notice isn't out yet is provisional; a year not in the file falls back to Monday to Friday,
is provisional too and never an error.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from hotline.errors import ConfigError
from hotline.moment import Moment
from hotline.settings import CentreSettings

OFF = "off"
MAKE_UP = "make-up workday"
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days that differ from "Monday to Friday": off, or a make-up workday 调休上班."""

    special: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}))
    official_years: frozenset[int] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Calendar:
        """The calendar in the CSV ``text``. Raises ConfigError naming the line."""
        special: dict[date, str] = {}
        provisional: set[int] = set()
        for number, row in enumerate(csv.reader(text.splitlines()), start=1):
            if not row or row[0] == "date":
                continue
            try:
                day, (kind, status) = date.fromisoformat(row[0]), row[1:3]
            except ValueError:
                raise ConfigError(f"calendar line {number}: expected date,kind,status such as 2026-01-01,off,official") from None
            if kind not in (OFF, MAKE_UP):
                raise ConfigError(f"calendar line {number}: kind {kind!r} is neither {OFF!r} nor {MAKE_UP!r}")
            special[day] = kind
            if status != "official":
                provisional.add(day.year)
        return cls(MappingProxyType(special), frozenset({day.year for day in special} - provisional))

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on ``day``, make-up days included."""
        kind = self.special.get(day)
        return kind == MAKE_UP if kind else day.weekday() < 5

    def is_provisional(self, year: int) -> bool:
        """Whether the official notice for ``year`` is missing, so that a day of it may still change."""
        return year not in self.official_years

    def working_day_after(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``, which itself doesn't count (tickets: the day of creation is day 0)."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_working_day(day)
        return day


@dataclass(frozen=True, slots=True)
class Staffing:
    """When agents can be asked for: on working days from ``opens`` until before ``closes`` (Asia/Shanghai), or always.

    ``closes`` before ``opens`` means the night that begins on a working day; both equal mean the whole day.
    """

    calendar: Calendar
    opens: time
    closes: time
    always: bool = False

    @classmethod
    def of(cls, centre: CentreSettings, calendar: Calendar) -> Staffing:
        """The staffed hours of a centre's settings."""
        return cls(calendar, time.fromisoformat(centre.staffed_from), time.fromisoformat(centre.staffed_to), centre.always_staffed)

    def is_staffed(self, at: Moment) -> bool:
        """Whether ``at`` is inside staffed hours."""
        if self.always:
            return True
        local = at.local()
        today, now = local.date(), local.time()
        if self.opens < self.closes:
            return self.opens <= now < self.closes and self.calendar.is_working_day(today)
        if now >= self.opens:
            return self.calendar.is_working_day(today)
        return now < self.closes and self.calendar.is_working_day(today - timedelta(days=1))

    def next_opening(self, at: Moment) -> datetime:
        """When people can be asked for next, local time; ``at`` itself when they can be now."""
        if self.is_staffed(at):
            return at.local()
        local = at.local()
        day = local.date()
        while True:
            opening = datetime.combine(day, self.opens, local.tzinfo)
            if opening > local and self.calendar.is_working_day(day):
                return opening
            day += timedelta(days=1)

    @property
    def service_hours(self) -> str:
        """The hours as they are spoken in prompts: ``工作日九点到十七点``."""
        if self.always:
            return "每天二十四小时"
        if self.opens == self.closes:
            return "工作日二十四小时" if self.opens == time() else f"工作日{spoken_time(self.opens)}到次日{spoken_time(self.closes)}"
        next_day = "次日" if self.closes < self.opens else ""
        return f"工作日{spoken_time(self.opens)}到{next_day}{spoken_time(self.closes)}"


def spoken_time(at: time) -> str:
    """A time of day in words on the 24-hour clock: 九点, 八点三十分, 两点零五分."""
    hour = "两" if at.hour == 2 else spoken_number(at.hour)
    if at.minute == 0:
        return f"{hour}点"
    return f"{hour}点{'零' if at.minute < 10 else ''}{spoken_number(at.minute)}分"


def spoken_number(number: int) -> str:
    """A number from 0 to 99 in words: 零, 十, 十七, 二十三."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _DIGITS[ones]
    return f"{_DIGITS[tens] if tens > 1 else ''}十{_DIGITS[ones] if ones else ''}"

"""The moments of one call record: full dates or bare clock times, read in a zone, none before the call came in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hotline.moment import Moment
from kpi.documents import Given

_FULL = re.compile(r"^(19[7-9]\d|2\d{3})-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?$")
_CLOCK = re.compile(r"^\d{1,2}:\d\d(:\d\d(\.\d{1,6})?)?$")
_SOME_DAY = "2001-01-01T"
"""Bare clock times need a day to be told apart by; which one changes no figure."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_US = 24 * 3600 * 1_000_000


class Times:
    """Reads a call's moments one after another, the arrival first.

    A bare clock time more than twelve hours before the arrival is taken as after midnight; any other moment before the arrival is
    refused. ``stated`` collects them; ``dated`` says whether they carry dates (None before the first).
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.stated: list[Moment] = []
        self.dated: bool | None = None

    def read(self, given: Given, key: str) -> Moment | None:
        """The moment in field ``key``, or None when not stated. Raises DocumentError naming the field."""
        text = given.text(key)
        if text is None:
            return None
        dated = bool(_FULL.match(text))
        when = self._parse(text, dated)
        if when is None:
            raise given.wrong(key, f"{text!r} is no time; write 2026-11-20T09:00:00 or 09:00:00")
        if self.dated not in (None, dated):
            raise given.wrong(key, "full dates and bare clock times stand in one call; write all of them with the date")
        self.dated = dated
        wall = (when - _EPOCH) // timedelta(microseconds=1)
        first = self.stated[0].wall if self.stated else wall
        if not dated and first - wall > _DAY_US // 2:
            wall += _DAY_US
        if wall < first:
            raise given.wrong(key, "is before the call came in; correct this one or t_in")
        self.stated.append(Moment(wall, wall, "record"))
        return self.stated[-1]

    def _parse(self, text: str, dated: bool) -> datetime | None:
        if not dated and not _CLOCK.match(text):
            return None
        whole = text if dated else _SOME_DAY + ("0" + text if text[1] == ":" else text)
        try:
            when = datetime.fromisoformat(whole)
        except ValueError:
            return None
        return when if when.tzinfo else when.replace(tzinfo=self.zone)

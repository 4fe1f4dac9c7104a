"""A moment: when something happened, on two clocks at once.

The wall clock says which day a call belongs to; the monotonic clock says how long things took. Asterisk takes every time
from ``gettimeofday``, so a stepped clock corrupts its durations; ours are differences of ``mono`` whenever both moments
were taken in the same boot of the machine. Across boots only the wall clock is left and the result is ``estimated``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The zone of every reported figure, whatever zone the machine is in (domain/kpi.md: days are Asia/Shanghai)."""


class Moment(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """When: ``wall`` microseconds since 1970 UTC, ``mono`` microseconds since ``boot`` began (``boot``: short boot id)."""

    wall: int
    mono: int
    boot: str = ""

    def __repr__(self) -> str:
        return f"<{self.local():%Y-%m-%d %H:%M:%S.%f}>"

    def local(self) -> datetime:
        """The aware Asia/Shanghai time of day of this moment."""
        return datetime.fromtimestamp(self.wall / 1_000_000, UTC).astimezone(SHANGHAI)

    def day(self) -> date:
        """The Asia/Shanghai calendar day this moment belongs to."""
        return self.local().date()

    def after(self, span: timedelta) -> Moment:
        """The moment ``span`` later (or earlier, when negative) on both clocks."""
        us = span // timedelta(microseconds=1)
        return Moment(self.wall + us, self.mono + us, self.boot)


def elapsed_us(start: Moment, end: Moment) -> int:
    """Microseconds from ``start`` to ``end``, never negative.

    Monotonic inside one boot; the wall clock otherwise (see :func:`is_estimated`).
    """
    if start.boot == end.boot:
        return max(0, end.mono - start.mono)
    return max(0, end.wall - start.wall)


def is_estimated(start: Moment, end: Moment) -> bool:
    """Whether the span between the two had to be taken from the wall clock (a reboot lies between them)."""
    return start.boot != end.boot

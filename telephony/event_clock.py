"""When it really happened: an event's own time stamp on our two clocks (reliability: accuracy of time).

Asterisk stamps an event with its wall clock, in milliseconds; we learn of it a little later, and much later when many come
at once. Laws:

* *lateness* is the receive time minus the stamp, less the smallest such difference of the last minute (a running minimum: the
  quickest event is taken to have taken no time at all);
* a moment is ``now`` moved back by its lateness: never later than now, never moved by a step of anybody's wall clock;
* nothing received after an answered ping was sent before that ping, so an event that seems later than that (and a slack) is not
  late: the other wall clock was set back, and the difference is learnt anew. Set forward it is a new minimum by itself;
* a step of our own wall clock forgets what was learnt: on one machine it is the same clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hotline.clock import Clock
from hotline.moment import Moment

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
WINDOW_US = 30_000_000
"""Half the life of a learnt minimum: clocks drift, 20 ppm are 1.2 ms in a minute."""
SLACK_US = 2_000_000
"""What Asterisk itself may sit on an event before sending it."""
STEP_US = 200_000
"""Our wall clock moved this much against the monotonic one: somebody set it (slewing is at most 0.5 ms per second)."""


class EventClock:
    """Maps the stamps of one connection to moments."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lowest: int | None = None
        self._before: int | None = None
        self._window_ends = 0
        self._floor: int | None = None
        self._wall_offset: int | None = None
        self.steps = 0
        """How often a wall clock was seen to be set."""

    def caught_up(self, since: Moment) -> None:
        """Whatever is received from now on was sent after ``since`` (connecting, or the sending of a ping now answered)."""
        self._floor = since.mono

    def forget(self) -> None:
        """Learn anew (a new connection, a stepped clock)."""
        self._lowest = self._before = self._floor = None

    def event(self, stamp: datetime) -> Moment:
        """The moment of an event that was just received and carries ``stamp``; teaches the clock."""
        now = self._now()
        late = self._learn(now, _microseconds(stamp))
        return now if late <= 0 else _earlier(now, late)

    def past(self, stamp: datetime) -> Moment:
        """The moment of ``stamp``, a time in the past told by an event or a reply; teaches nothing."""
        now = self._now()
        offset = now.mono - now.wall if self._lowest is None else _least(self._lowest, self._before)
        late = now.mono - _microseconds(stamp) - offset
        return now if late <= 0 else _earlier(now, late)

    def _now(self) -> Moment:
        now = self._clock.now()
        offset = now.wall - now.mono
        if self._wall_offset is None or abs(offset - self._wall_offset) > STEP_US:
            if self._wall_offset is not None:
                self.steps += 1
                self._lowest = self._before = None
            self._wall_offset = offset
        return now

    def _learn(self, now: Moment, stamp: int) -> int:
        difference = now.mono - stamp
        if self._lowest is None:
            self._lowest, self._before, self._window_ends = difference, None, now.mono + WINDOW_US
            return 0
        if now.mono > self._window_ends:
            stale = now.mono > self._window_ends + WINDOW_US
            self._before, self._lowest = (None if stale else self._lowest), difference
            self._window_ends = now.mono + WINDOW_US
        self._lowest = min(self._lowest, difference)
        late = difference - _least(self._lowest, self._before)
        if self._floor is not None and late > now.mono - self._floor + SLACK_US:
            self.steps += 1
            self._lowest, self._before = difference, None
            return 0
        return late


def _microseconds(stamp: datetime) -> int:
    return (stamp - EPOCH) // MICROSECOND


def _least(one: int, other: int | None) -> int:
    return one if other is None else min(one, other)


def _earlier(now: Moment, late: int) -> Moment:
    return Moment(now.wall - late, max(0, now.mono - late), now.boot)

"""When an event happened: late ones are put back, no clock that is set moves a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hotline.moment import Moment
from telephony.event_clock import EventClock

MS = 1000
HOUR = 3600 * 1000 * MS
START = 1_763_949_600_000_000


class TwoClocks:
    """Our wall and monotonic clocks, and the exchange's wall clock; each is set by hand, in microseconds."""

    def __init__(self) -> None:
        self.wall = START
        self.mono = 5_000_000_000
        self.theirs = START

    def now(self) -> Moment:
        return Moment(self.wall, self.mono, "boot")

    def pass_(self, microseconds: int) -> None:
        """Time passes for all of them."""
        self.wall += microseconds
        self.mono += microseconds
        self.theirs += microseconds

    def stamp(self, ago: int = 0) -> datetime:
        """What the exchange writes on an event of so long ago: milliseconds, cut off."""
        return datetime.fromtimestamp((self.theirs - ago) // MS / 1000, UTC)


def _learnt() -> tuple[TwoClocks, EventClock]:
    clocks = TwoClocks()
    clock = EventClock(clocks)
    clock.caught_up(clocks.now())
    clock.event(clocks.stamp())
    return clocks, clock


def test_an_event_that_comes_late_is_put_back_to_when_it_happened() -> None:
    clocks, clock = _learnt()
    clocks.pass_(1_000 * MS)
    at = clock.event(clocks.stamp(ago=40 * MS))
    assert at == clocks.now().after(timedelta(milliseconds=-40))


def test_the_quickest_event_of_the_last_minute_is_the_measure() -> None:
    clocks = TwoClocks()
    clock = EventClock(clocks)
    assert clock.event(clocks.stamp(ago=30 * MS)) == clocks.now()  # nothing better is known yet
    clocks.pass_(MS)
    clock.event(clocks.stamp(ago=2 * MS))
    clocks.pass_(MS)
    assert clock.event(clocks.stamp(ago=30 * MS)).mono == clocks.mono - 28 * MS


def test_our_wall_clock_set_back_an_hour_changes_no_moment() -> None:
    clocks, clock = _learnt()
    clocks.pass_(10 * MS)
    clocks.wall -= HOUR
    clocks.theirs -= HOUR  # one machine, one clock
    before = clock.event(clocks.stamp())
    clocks.pass_(2_000 * MS)
    after = clock.event(clocks.stamp())
    assert after.mono - before.mono == 2_000 * MS
    assert clock.steps == 1


def test_our_wall_clock_set_forward_an_hour_changes_no_moment() -> None:
    clocks, clock = _learnt()
    clocks.wall += HOUR
    clocks.theirs += HOUR
    before = clock.event(clocks.stamp())
    clocks.pass_(2_000 * MS)
    assert clock.event(clocks.stamp()).mono - before.mono == 2_000 * MS
    assert before.mono == clocks.mono - 2_000 * MS


def test_the_exchanges_clock_set_back_is_told_from_a_late_event_by_the_last_answered_ping() -> None:
    clocks, clock = _learnt()
    clocks.pass_(2_000 * MS)
    clock.caught_up(clocks.now())
    clocks.pass_(500 * MS)
    clocks.theirs -= HOUR  # another machine: ours stays
    assert clock.event(clocks.stamp()) == clocks.now()
    assert clock.steps == 1
    clocks.pass_(100 * MS)
    assert clock.event(clocks.stamp(ago=20 * MS)).mono == clocks.mono - 20 * MS


def test_events_that_waited_while_our_process_was_stopped_are_late_and_no_step() -> None:
    clocks, clock = _learnt()
    clocks.pass_(60_000 * MS)  # SIGSTOP for a minute: no ping was answered meanwhile
    assert clock.event(clocks.stamp(ago=55_000 * MS)).mono == clocks.mono - 55_000 * MS
    assert clock.steps == 0


def test_a_drifting_clock_is_followed() -> None:
    clocks, clock = _learnt()
    for _ in range(24 * 60):  # a day at 50 ppm: 4.3 s in all
        clocks.pass_(60_000 * MS)
        clocks.theirs -= 3 * MS
        clock.caught_up(clocks.now())
        clock.event(clocks.stamp())
    at = clock.event(clocks.stamp(ago=10 * MS))
    assert abs(clocks.mono - at.mono - 10 * MS) <= 6 * MS
    assert clock.steps == 0


def test_a_time_in_the_past_teaches_nothing_and_may_be_long_ago() -> None:
    clocks, clock = _learnt()
    clocks.pass_(600_000 * MS)
    assert clock.past(clocks.stamp(ago=HOUR)).mono == clocks.mono - HOUR
    assert clock.past(clocks.stamp(ago=-HOUR)) == clocks.now()
    assert clock.event(clocks.stamp(ago=5 * MS)).mono >= clocks.mono - 5 * MS


def test_before_any_event_the_past_is_told_by_our_own_wall_clock() -> None:
    clocks = TwoClocks()
    assert EventClock(clocks).past(clocks.stamp(ago=7 * MS)).mono == clocks.mono - 7 * MS


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5_000 * MS),
            st.integers(0, 3_000 * MS),
            st.sampled_from(["", "", "", "ours", "theirs", "both"]),
            st.integers(-HOUR, HOUR),
            st.booleans(),
        ),
        max_size=40,
    )
)
def test_no_moment_is_ever_later_than_now_or_before_the_boot(steps: list[tuple[int, int, str, int, bool]]) -> None:
    clocks, clock = _learnt()
    for passed, late, stepped, by, caught_up in steps:
        clocks.pass_(passed)
        clocks.wall += by if stepped in ("ours", "both") else 0
        clocks.theirs += by if stepped in ("theirs", "both") else 0
        if caught_up:
            clock.caught_up(clocks.now())
        for at in (clock.event(clocks.stamp(ago=late)), clock.past(clocks.stamp(ago=late))):
            assert 0 <= at.mono <= clocks.mono
            assert at.wall - at.mono == clocks.wall - clocks.mono

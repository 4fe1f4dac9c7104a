"""Working days, make-up days, years not announced yet; staffed hours and how they are said."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.calendar import Calendar, Staffing, spoken_number, spoken_time
from hotline.errors import ConfigError
from hotline.settings import CentreSettings
from tests.hotline.samples import moment

CALENDAR = Calendar.parse((Path(__file__).parents[2] / "etc" / "calendar.csv").read_text())
TENDER = Staffing.of(CentreSettings(), CALENDAR)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2025-10-01", False),
        ("2025-10-08", False),
        ("2025-10-09", True),
        ("2025-10-11", True),
        ("2025-10-12", False),
        ("2026-01-01", False),
        ("2026-01-04", True),
        ("2026-02-14", True),
        ("2026-02-23", False),
        ("2026-02-28", True),
        ("2026-05-09", True),
        ("2026-09-20", True),
        ("2026-10-10", True),
        ("2026-11-21", False),
        ("2024-01-01", True),
        ("2031-06-07", False),
    ],
)
def test_offices_work_as_the_state_council_says(day: str, works: bool) -> None:
    assert CALENDAR.is_working_day(date.fromisoformat(day)) is works


def test_every_make_up_day_of_the_notices_is_a_weekend_day_worked() -> None:
    made_up = [day for day, kind in CALENDAR.special.items() if kind == "make-up workday"]
    assert len(made_up) == 11
    assert all(day.weekday() >= 5 and CALENDAR.is_working_day(day) for day in made_up)


def test_a_year_without_notice_is_provisional_and_never_an_error() -> None:
    assert [CALENDAR.is_provisional(year) for year in (2024, 2025, 2026, 2027, 2099)] == [True, False, False, True, True]
    assert CALENDAR.working_day_after(date(2098, 12, 31), 5).year == 2099


@pytest.mark.parametrize(
    ("created", "days", "due"),
    [
        ("2026-09-18", 2, "2026-09-21"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-09-24", 5, "2026-10-09"),
        ("2026-11-20", 5, "2026-11-27"),
        ("2026-04-30", 5, "2026-05-11"),
        ("2026-12-29", 5, "2027-01-06"),
        ("2026-01-01", 2, "2026-01-05"),
        ("2026-10-09", 3, "2026-10-13"),
    ],
)
def test_working_days_are_counted_from_the_day_after(created: str, days: int, due: str) -> None:
    assert CALENDAR.working_day_after(date.fromisoformat(created), days) == date.fromisoformat(due)


@given(day=st.dates(date(2020, 1, 1), date(2040, 1, 1)), count=st.integers(0, 30))
def test_counting_day_by_day_or_at_once_ends_on_the_same_day(day: date, count: int) -> None:
    step = day
    for _ in range(count):
        step = CALENDAR.working_day_after(step, 1)
    assert step == CALENDAR.working_day_after(day, count)


@pytest.mark.parametrize("line", ["2026-13-01,off,official", "2026-01-01", "2026-01-01,holiday,official", "tomorrow,off,official"])
def test_a_wrong_line_of_the_calendar_is_named(line: str) -> None:
    with pytest.raises(ConfigError, match="line 3"):
        Calendar.parse(f"date,kind,status\n2025-01-01,off,official\n{line}\n")


def test_an_empty_calendar_works_monday_to_friday() -> None:
    monday = date(2025, 11, 17)
    assert [Calendar.parse("").is_working_day(monday + timedelta(days=each)) for each in range(7)] == [True] * 5 + [False] * 2


@pytest.mark.parametrize(
    ("clock", "staffed"),
    [
        ("2025-11-20 08:59:59.999999", False),
        ("2025-11-20 09:00:00", True),
        ("2025-11-20 16:59:59.999999", True),
        ("2025-11-20 17:00:00", False),
        ("2025-11-22 10:00:00", False),
        ("2025-10-11 10:00:00", True),
        ("2025-10-01 10:00:00", False),
    ],
)
def test_agents_are_there_from_the_first_minute_until_before_the_last_on_working_days(clock: str, staffed: bool) -> None:
    assert TENDER.is_staffed(moment(clock)) is staffed


def test_a_centre_that_is_always_staffed_is_always_staffed() -> None:
    always = Staffing.of(CentreSettings(always_staffed=True), CALENDAR)
    assert always.is_staffed(moment("2025-10-01 03:00:00"))
    assert always.service_hours == "每天二十四小时"


@pytest.mark.parametrize(
    ("clock", "staffed"),
    [("2025-11-21 23:00:00", True), ("2025-11-22 05:59:59", True), ("2025-11-22 06:00:00", False), ("2025-11-24 05:00:00", False)],
)
def test_a_night_shift_belongs_to_the_working_day_it_began_on(clock: str, staffed: bool) -> None:
    night = Staffing.of(CentreSettings(staffed_from="22:00", staffed_to="06:00"), CALENDAR)
    assert night.is_staffed(moment(clock)) is staffed


@pytest.mark.parametrize(
    ("opens", "closes", "said"),
    [
        ("09:00", "17:00", "工作日九点到十七点"),
        ("08:30", "17:30", "工作日八点三十分到十七点三十分"),
        ("10:05", "20:20", "工作日十点零五分到二十点二十分"),
        ("02:00", "12:00", "工作日两点到十二点"),
        ("22:00", "06:00", "工作日二十二点到次日六点"),
        ("00:00", "00:00", "工作日二十四小时"),
        ("08:00", "08:00", "工作日八点到次日八点"),
    ],
)
def test_the_hours_are_said_as_people_say_them(opens: str, closes: str, said: str) -> None:
    assert Staffing.of(CentreSettings(staffed_from=opens, staffed_to=closes), CALENDAR).service_hours == said


def test_numbers_and_times_in_words() -> None:
    assert [spoken_number(each) for each in (0, 2, 10, 11, 20, 23, 59)] == ["零", "二", "十", "十一", "二十", "二十三", "五十九"]
    assert spoken_time(time(0, 1)) == "零点零一分"


@given(clock=st.datetimes())
def test_being_staffed_never_raises(clock: object) -> None:
    assert TENDER.is_staffed(moment(str(clock)[:19])) in (True, False)


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        ("2026-11-20 08:59:00", "2026-11-20 09:00:00"),
        ("2026-11-20 12:00:00", "2026-11-20 12:00:00"),
        ("2026-11-20 17:00:00", "2026-11-23 09:00:00"),
        ("2026-09-19 10:00:00", "2026-09-20 09:00:00"),
        ("2025-09-30 18:00:00", "2025-10-09 09:00:00"),
    ],
)
def test_the_next_opening_is_told_over_weekends_holidays_and_make_up_days(asked: str, opens: str) -> None:
    assert f"{TENDER.next_opening(moment(asked)):%Y-%m-%d %H:%M:%S}" == opens


@given(st.integers(0, 366 * 24 * 60), st.times(), st.times())
def test_at_its_next_opening_a_centre_is_staffed(minutes: int, opens: time, closes: time) -> None:
    staffing = Staffing(CALENDAR, opens.replace(second=0, microsecond=0), closes.replace(second=0, microsecond=0))
    at = moment("2025-12-20 00:00:00").after(timedelta(minutes=minutes))
    opening = staffing.next_opening(at)
    assert opening >= at.local()
    assert staffing.is_staffed(moment(f"{opening:%Y-%m-%d %H:%M:%S}"))

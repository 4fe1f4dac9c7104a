"""The seven figures and three indicators of the guideline add up, whatever happened in whichever order."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.moment import Moment
from server.cli import main
from sms_bridge.bridge import Bridge
from sms_bridge.figures.rules import Change, Period, Sent, count_persons, figures, period_of
from sms_bridge.figures.store import read_figures, reconcile
from sms_bridge.model import Consent, Lane, SmsClass
from tests.hotline.samples import moment
from tests.sms_bridge.conftest import PERSON, SPOUSE
from tests.sms_bridge.relay.house import NAME, by_day, house, message, noted

DAY, SPAN = 86_400_000_000, timedelta(hours=1)
MONTH = period_of("month", date(2026, 11, 23))


@pytest.mark.parametrize(
    ("span", "first", "after"),
    [
        ("day", date(2026, 11, 22), date(2026, 11, 23)),
        ("week", date(2026, 11, 16), date(2026, 11, 23)),
        ("month", date(2026, 11, 1), date(2026, 12, 1)),
        ("quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("year", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_periods_are_whole_days_of_shanghai(span: str, first: date, after: date) -> None:
    found = period_of(span, date(2026, 11, 22))  # type: ignore[arg-type]
    assert (found.first, found.after) == (first, after)
    assert Moment(found.microseconds()[0], 0).local().isoformat() == f"{first}T00:00:00+08:00"


changes = st.lists(
    st.builds(Change, st.sampled_from("abcd"), st.sampled_from(list(SmsClass)), st.booleans(), st.integers(0, 60)), max_size=60
)


@given(given_changes=changes, first=st.integers(0, 50), days=st.integers(1, 10))
def test_persons_move_by_who_opened_less_who_closed_in_every_period(given_changes: list[Change], first: int, days: int) -> None:
    base = MONTH.microseconds()[0]
    ordered = [Change(c.depositor, c.sms_class, c.opened, base + c.at_us * DAY // 2) for c in sorted(given_changes, key=lambda c: c.at_us)]
    begin, middle, end = (date.fromordinal(MONTH.first.toordinal() + n) for n in (0, first, first + days))
    whole, one, other = (Period("day", *each) for each in ((begin, end), (begin, middle), (middle, end)))
    persons = {name: count_persons(ordered, each) for name, each in (("whole", whole), ("one", one), ("other", other))}
    for found in persons.values():
        assert found.now == found.before + found.opened - found.closed
        assert found.ever >= found.now
    if first:
        assert persons["other"].before == persons["one"].now
    assert persons["whole"].now == persons["other"].now
    assert persons["whole"].opened == persons["one"].opened + persons["other"].opened or not first


def test_a_person_with_two_classes_is_one_and_one_who_comes_back_is_new_again() -> None:
    at = MONTH.microseconds()[0]
    story = [("a", "loan", True), ("a", "account", True), ("a", "loan", False), ("a", "account", False), ("a", "loan", True)]
    found = count_persons([Change(who, cls, opened, at + n) for n, (who, cls, opened) in enumerate(story)], MONTH)
    assert (found.ever, found.now, found.opened, found.closed) == (1, 1, 2, 1)


def test_figures_that_do_not_add_up_are_named() -> None:
    persons = count_persons([], MONTH)
    good = figures(MONTH, [Sent("MT-ZH01", "collection", "success", 3, 4, 2000)], persons, depositors=10)
    assert good.broken == ()
    assert (good.cost, good.coverage) == (2000, (0, 10))
    assert "条数 >= 总发送量" in figures(MONTH, [Sent("MT-ZH01", "collection", "success", 3, 2, 0)], persons).broken
    assert figures(period_of("day", date(2026, 11, 1)), [], persons).cost is None


async def test_what_went_through_the_gateway_is_what_is_counted_and_paid_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with house(f"sqlite:///{tmp_path / 'sms.db'}", clock=by_day(), log=log, bridge={"price": 350}) as home:
        await home.put(*(message(n) for n in range(5)), message(6, Lane.BULK, "长" * 100))
        await home.until(lambda states: states["delivered"] == 6)
        day = by_day().now().day()
        found = await home.tables.read(lambda c: read_figures(c, period_of("month", day)))
        bill = "gateway_id,price\n" + "\n".join(f"{each['id']},0.035" for each in noted(log, "taken"))
        extra = f"{bill}\nffffffffffffffff,0.035\nnonsense,0.035\n{noted(log, 'taken')[0]['id']},0.035\n"
        agreed = await home.tables.read(lambda c: reconcile(c, NAME, period_of("day", day), bill))
        wrong = await home.tables.read(lambda c: reconcile(c, NAME, period_of("day", day), extra))
    assert (found.total, found.parts, found.success, found.cost, found.broken) == (6, 7, 6, 7 * 350, ())
    assert found.by_class == {"loan": 5, "notice": 1}
    assert (agreed.agree, agreed.only_ours, agreed.only_theirs, agreed.broken) == (7, (), (), ())
    assert (wrong.only_theirs, len(wrong.twice_billed), wrong.broken) == (("f" * 16,), 1, ((10, "gateway_id is no Msg_Id"),))


async def test_openings_and_closings_are_counted_from_what_was_consented_to(bridge: Bridge) -> None:
    at = moment("2026-11-23 10:00:00")
    how = Consent("hotline", "test")
    for person in (PERSON, SPOUSE):
        await bridge.subscriptions.open(person, set(SmsClass), how, at)
    await bridge.subscriptions.close(SPOUSE, set(SmsClass), how, at.after(SPAN))
    found = await bridge.tables.read(lambda c: read_figures(c, period_of("day", at.day()), complaints=2, depositors=8, centres=(14, 15)))
    assert (found.persons.ever, found.persons.now, found.persons.opened, found.persons.closed) == (2, 1, 2, 1)
    assert (found.complaints, found.coverage, found.centres, found.broken) == (2, (1, 8), (14, 15), ())


def test_the_report_command_prints_all_ten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOTLINE_RUNTIME__FOLDER", str(tmp_path))
    assert main(["sms", "report", "month", "2026-11-23", "-o", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {f"S{n}" for n in range(1, 11)} <= told.keys()
    assert main(["sms", "report", "day", "2026-11-23"]) == 0
    assert "总发送量" in capsys.readouterr().out
    assert main(["sms", "report", "day", "2026-13-23"]) != 0

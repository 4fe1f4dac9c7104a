"""The attack in small: the production rule withstands every strategy, the undefended town doesn't, honest callers get in."""

from __future__ import annotations

import asyncio
import json

import pytest

from fund_core.model import PinStanding
from fund_core.weak_pin import pin_fault
from hotline.settings import LoginSettings
from ivr.guard.attack import report
from ivr.guard.attack.strategies import STRATEGIES
from ivr.guard.attack.town import HABITS, POPULAR, Town
from ivr.guard.attack.week import Exercise, Week
from server.cli import main

pytestmark = pytest.mark.thorough

BUDGETS = LoginSettings()
GUESSES = 2_500
NAMES = [strategy.name for strategy in STRATEGIES]


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(1, 1_000)


def week(town: Town, name: str | None, budgets: LoginSettings = BUDGETS, guesses: int = GUESSES) -> Week:
    strategy = next((each for each in STRATEGIES if each.name == name), None)
    return asyncio.run(Exercise(town, 1, budgets, guesses, honest_a_day=100).run(strategy))


@pytest.mark.parametrize("name", NAMES)
def test_no_strategy_opens_an_account_and_none_that_knows_the_rules_alone_can_hope_for_more_than_one_in_a_million(
    town: Town, name: str
) -> None:
    came = week(town, name)
    assert came.entered == GUESSES
    assert came.opened == set()
    assert came.expected is not None
    if not name.startswith("hidden"):
        assert came.expected / came.evaluated <= 1e-6


def test_the_same_guesses_undefended_open_accounts_by_the_hundred(town: Town) -> None:
    opened = {name: len(week(town, name).undefended) for name in ("initial-pin", "spray-rotating-blocks", "birthday")}
    assert opened["initial-pin"] == sum(citizen.standing is PinStanding.INITIAL for citizen in town.citizens)
    assert min(opened.values()) >= 20


def test_control_where_weak_pins_open_the_budgets_alone_do_not_hold(town: Town) -> None:
    """The exercise can fail: with the policy taken away, a careful attacker who knows the birthdays gets in."""
    open_town = LoginSettings(weak_pins_open=True, strangers_hour=10_000)
    came = week(town, "birthday", open_town, guesses=1_500)
    assert len(came.opened) > 5
    assert came.expected is None


def test_quiet_days_let_in_at_least_999_of_a_thousand_honest_callers_who_mistype_once_or_twice() -> None:
    quiet = asyncio.run(Exercise(Town(1), 1, BUDGETS, 0).run(None)).honest
    assert quiet.calls == 7_000
    assert quiet.refused / quiet.calls <= 0.001


def test_during_an_attack_familiar_callers_get_in_but_for_those_whose_account_the_attack_locked(town: Town) -> None:
    honest = week(town, "initial-pin").honest
    familiar = honest.calls - honest.strangers
    assert familiar > 500
    assert (honest.refused - honest.strangers_refused) / familiar < 0.02


def test_the_same_seed_gives_the_same_figures_and_another_seed_another_town() -> None:
    first, second = (report.attack(["slow-and-low"], 7, 600, 300, BUDGETS) for _ in range(2))
    assert [result.figures() for result in first[1]] == [result.figures() for result in second[1]]
    assert [citizen.pin for citizen in Town(8, 300).citizens] != [citizen.pin for citizen in first[0].citizens]


def test_the_stated_habits_are_those_of_the_town() -> None:
    assert sum(HABITS.values()) == pytest.approx(1.0)
    citizens = Town(1).citizens
    for habit, share in HABITS.items():
        assert sum(citizen.habit == habit for citizen in citizens) / len(citizens) == pytest.approx(share, abs=0.015), habit
    assert [pin for pin in POPULAR if pin_fault(pin) is None] == []
    assert all(
        citizen.standing is not PinStanding.OWN for citizen in citizens if citizen.habit in ("initial", "birthday", "date", "pattern")
    )


def test_the_command_prints_its_assumptions_as_json_and_says_by_its_exit_code_whether_the_target_is_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["attack", "--strategy", "knows-the-rules", "--guesses", "300", "--accounts", "200"]
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["target_kept"] is True
    assert told["habits"] == HABITS
    assert [each["strategy"] for each in told["strategies"]] == ["quiet", "knows-the-rules"]
    assert main(arguments) == 0
    assert "kept" in capsys.readouterr().out
    assert main(["attack", "--strategy", "list"]) == 0
    assert "targeted" in capsys.readouterr().out
    assert main(["attack", "--strategy", "magic"]) == 2


@pytest.mark.parametrize(
    ("number", "code", "why"),
    [
        ("62010219900307000X", 0, "check digit X"),
        ("62010219900307000x", 0, "check digit X"),
        ("62010219900307000", 0, "left away"),
        ("620102198504122330", 1, "the check digit is 0 and should be 6"),
        ("620102199002310016", 1, "no such date of birth"),
        ("6222020200112230", 1, "16 places instead of 18; it could be a fund card"),
        ("nonsense", 1, "8 places"),
    ],
)
def test_check_id_says_why(number: str, code: int, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-id", number]) == code
    assert why in capsys.readouterr().out

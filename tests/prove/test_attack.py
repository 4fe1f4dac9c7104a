"""The attack at its full size: a million PINs by the strongest strategies, and every strategy at the size of the command."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fund_core.weak_pin import pin_fault
from hotline.settings import LoginSettings
from ivr.guard.attack import report

pytestmark = pytest.mark.prove


@pytest.mark.parametrize("name", ["knows-the-rules", "initial-pin", "targeted"])
def test_a_million_pins_open_at_most_one_account(name: str, evidence: Callable[..., None]) -> None:
    """Nearly all thirty lines of a hotline busy for a week."""
    _, results = report.attack([name], 1, 1_000_000, 10_000, LoginSettings())
    figures = results[1].figures()
    evidence(seed=1, **figures)
    assert figures["opened"] <= 1
    assert figures["expected_per_million_entered"] <= 1.0


def test_every_strategy_keeps_the_target(evidence: Callable[..., None]) -> None:
    budgets = LoginSettings()
    town, results = report.attack([], 1, report.GUESSES, 10_000, budgets)
    evidence(**report.as_json(town, results, 1, budgets))
    assert report.kept(results)
    assert results[0].figures()["honest_let_in_percent"] >= 99.9


def test_the_policy_leaves_so_many_pins(evidence: Callable[..., None]) -> None:
    left = sum(pin_fault(f"{pin:06d}") is None for pin in range(10**6))
    evidence(left=left)
    assert left == report.STRONG

"""``hotline attack`` and ``hotline check-id``."""

from __future__ import annotations

import json
import sys
from typing import Annotated

from cyclopts import Parameter

from hotline.identity import explain
from hotline.settings import LoginSettings


def attack(
    *,
    strategy: Annotated[list[str] | None, Parameter(negative=())] = None,
    seed: int = 1,
    guesses: int = 40_000,
    accounts: int = 10_000,
    weak_pins_open: Annotated[bool, Parameter(negative=())] = False,
    as_json: Annotated[bool, Parameter(name=["--json"], negative=())] = False,
) -> int:
    """Let PIN guessers at the login rule for seven virtual days, beside the same guesses undefended. Exit code 1: target missed.

    Parameters
    ----------
    strategy: only this one (may be repeated; `--strategy list` names them).
    seed: the same seed gives the same town, the same guesses and the same figures.
    guesses: PINs entered by each strategy that doesn't keep under the budgets (40,000: one line that never rests).
    accounts: accounts in the town.
    weak_pins_open: as if PINs that the policy refuses opened all the same (login.weak_pins_open).
    as_json: figures, budgets and assumptions as JSON.
    """
    from ivr.guard.attack import report
    from ivr.guard.attack.strategies import STRATEGIES

    names = strategy or []
    if unknown := set(names) - {each.name for each in STRATEGIES}:
        if unknown != {"list"}:
            print(f"hotline: there is no strategy {', '.join(sorted(unknown))}; there are:", file=sys.stderr)
        for each in STRATEGIES:
            print(f"{each.name:25} {each.words}")
        return 0 if unknown == {"list"} else 2
    budgets = LoginSettings(weak_pins_open=weak_pins_open)
    town, results = report.attack(names, seed, guesses, accounts, budgets)
    if as_json:
        print(json.dumps(report.as_json(town, results, seed, budgets), ensure_ascii=False, indent=1))
    else:
        report.print_table(town, results, seed)
    return 0 if report.kept(results) else 1


def check_id(number: str) -> int:
    """Whether NUMBER is a right identity number (GB 11643), and why; exit code 0 or 1. 17 digits stand for an X left away."""
    good, why = explain(number)
    print(why)
    return 0 if good else 1

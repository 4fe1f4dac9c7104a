"""What came of the attack, as a table for people and as JSON for programs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from fund_core.model import PinStanding
from hotline.settings import LoginSettings
from ivr.guard.attack.strategies import STRATEGIES, Strategy
from ivr.guard.attack.town import HABITS, Town
from ivr.guard.attack.week import DAYS, FAMILIAR, MISTYPED, Exercise, Week

GUESSES = 40_000
"""A PIN every fifteen seconds for seven days: one line that never rests."""
WIDTH = 170
"""Signs across: the figures of one strategy stand side by side, also in a pipe."""
STRONG = 905_207
"""PINs the policy allows (a test counts them)."""
TARGET = 1.0
"""Accounts opened per million PINs entered, at most."""


@dataclass(frozen=True, slots=True)
class Result:
    """A strategy and its week; no strategy is the quiet week, of honest callers alone."""

    strategy: Strategy | None
    week: Week

    def figures(self) -> dict[str, Any]:
        """Everything printed, by name. Rates are per million; shares in percent."""
        week = self.week
        return {
            "strategy": week.strategy,
            "words": self.strategy.words if self.strategy else "honest callers alone",
            "targeted": bool(self.strategy and self.strategy.targeted),
            "beyond_the_rules": bool(self.strategy and self.strategy.beyond),
            "entered": week.entered,
            "evaluated": week.evaluated,
            "opened": len(week.opened),
            "opened_per_million_entered": _rate(len(week.opened), week.entered),
            "opened_per_million_evaluated": _rate(len(week.opened), week.evaluated),
            "expected_per_million_entered": None if week.expected is None else _rate(week.expected, week.entered),
            "expected_per_million_evaluated": None if week.expected is None else _rate(week.expected, week.evaluated),
            "lock_out_only_opened": len(week.lock_only),
            "lock_out_only_per_million": _rate(len(week.lock_only), week.entered),
            "undefended_opened": len(week.undefended),
            "undefended_per_million": _rate(len(week.undefended), week.entered),
            "honest_calls": week.honest.calls,
            "honest_let_in_percent": _let_in(week.honest.calls, week.honest.refused),
            "strangers_let_in_percent": _let_in(week.honest.strangers, week.honest.strangers_refused),
            "familiar_let_in_percent": _let_in(
                week.honest.calls - week.honest.strangers, week.honest.refused - week.honest.strangers_refused
            ),
        }


def attack(names: Sequence[str], seed: int, guesses: int, accounts: int, budgets: LoginSettings) -> tuple[Town, list[Result]]:
    """Run the quiet week and the strategies named (all when none is). Raises KeyError with an unknown name."""
    known = {strategy.name: strategy for strategy in STRATEGIES}
    chosen = [known[name] for name in names] or list(STRATEGIES)
    town = Town(seed, accounts)
    exercise = Exercise(town, seed, budgets, guesses)

    async def all_weeks() -> list[Result]:
        return [Result(strategy, await exercise.run(strategy)) for strategy in (None, *chosen)]

    return town, asyncio.run(all_weeks())


def kept(results: Sequence[Result]) -> bool:
    """Whether every strategy that knows no more than our rules opens at most one account per million PINs, by theory and here."""
    within = [result for result in results if result.strategy and not result.strategy.beyond]
    return all(max(_rate(r.week.expected or 0.0, r.week.entered), _rate(len(r.week.opened), r.week.entered)) <= TARGET for r in within)


def as_json(town: Town, results: Sequence[Result], seed: int, budgets: LoginSettings) -> dict[str, Any]:
    """The whole exercise with its assumptions."""
    return {
        "seed": seed,
        "accounts": len(town.citizens),
        "days": DAYS,
        "habits": HABITS,
        "standing_percent": _standing(town),
        "familiar_calls": FAMILIAR,
        "mistyped_0_1_2": MISTYPED,
        "budgets": {name: getattr(budgets, name) for name in budgets.__struct_fields__},
        "target_kept": kept(results),
        "strategies": [result.figures() for result in results],
    }


def print_table(town: Town, results: Sequence[Result], seed: int) -> None:
    """The same for people: defended, beside lock-out alone and nothing at all; targeted and hidden lists apart."""
    console = Console()
    console.width = max(console.width, WIDTH)
    table = Table(title=f"{len(town.citizens):,} accounts, {DAYS} virtual days, seed {seed}; rates per 10^6 PINs", title_justify="left")
    table.add_column("strategy", no_wrap=True)
    columns = ("entered", "judged", "opened", "/10^6 in", "/10^6 jd", "theory in", "theory jd", "lock only", "/10^6", "no defence", "/10^6",
               "honest in", "strangers")  # fmt: skip
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for group in range(4):
        for result in results:
            if _group(result.strategy) == group:
                table.add_row(*_cells(result.figures()))
        table.add_section()
    console.print(table, soft_wrap=True)
    standing = _standing(town)
    console.print(
        f"PINs as people choose them: {', '.join(f'{name} {share:.0%}' for name, share in HABITS.items())}.\n"
        f"Initial PINs ({standing['initial']:.1f} %) and PINs the policy refuses ({standing['weak']:.1f} %) open nothing: they are "
        "replaced with a code to the bound mobile or at a counter. Honest callers are those with a PIN of their own "
        f"({standing['own']:.1f} %); {1 - FAMILIAR:.0%} call as strangers.\n"
        "judged: the verdict counted. theory: the guesses' chances added up, over all towns with these habits. "
        "lock only: three wrong PINs a day lock the account, nothing else.\n"
        "hidden-list knows PINs that no rule names. No budget can bring a careful attacker below a PIN's own popularity, nor, once "
        f"everybody has one of the {STRONG:,} PINs the policy allows, below {1_000_000 / STRONG:.2f} per 10^6 judged: "
        "only a second factor could.",
        soft_wrap=True,
    )
    console.print(f"Target, at most {TARGET:.0f} account opened per 10^6 PINs entered: {'kept' if kept(results) else 'MISSED'}.")


def _group(strategy: Strategy | None) -> int:
    """The quiet week, attacks on everybody, on victims, and with lists nobody has."""
    if strategy is None:
        return 0
    return 3 if strategy.beyond else 2 if strategy.targeted else 1


def _cells(figures: dict[str, Any]) -> list[str]:
    quiet = not figures["entered"]
    rates = ("opened_per_million_entered", "opened_per_million_evaluated", "expected_per_million_entered", "expected_per_million_evaluated")
    return [
        figures["strategy"],
        f"{figures['entered']:,}",
        f"{figures['evaluated']:,}",
        str(figures["opened"]),
        *("" if quiet or figures[rate] is None else f"{figures[rate]:.2f}" for rate in rates),
        str(figures["lock_out_only_opened"]),
        f"{figures['lock_out_only_per_million']:,.0f}",
        str(figures["undefended_opened"]),
        f"{figures['undefended_per_million']:,.0f}",
        f"{figures['honest_let_in_percent']:.2f} %",
        f"{figures['strangers_let_in_percent']:.1f} %",
    ]


def _standing(town: Town) -> dict[str, float]:
    """Percent of the accounts by what their PIN is worth."""
    found = Counter(citizen.standing for citizen in town.citizens)
    return {standing.value: 100 * found[standing] / len(town.citizens) for standing in PinStanding}


def _rate(opened: float, guesses: int) -> float:
    return opened / guesses * 1_000_000 if guesses else 0.0


def _let_in(calls: int, refused: int) -> float:
    return 100 * (calls - refused) / calls if calls else 100.0

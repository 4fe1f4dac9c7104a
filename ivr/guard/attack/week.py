"""Seven virtual days at the production gate: attackers and honest callers, in the order of the clock.

Gate, rule and weak-PIN policy are those of the house, unmodified; core and counters are in memory, subjects are not hashed, and the
moment is the strategy's own. The same guesses are also tried on the same accounts with no defence at all, and with a lock-out per account
and day alone (as telephone banking commonly has it), where initial and weak PINs open like any other.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from heapq import merge
from itertools import islice

from fund_core.model import PinStanding
from hotline.ids import CallerKey
from hotline.moment import Moment
from hotline.secret import Secret
from hotline.settings import LoginSettings
from ivr.guard.attack.strategies import CAREFUL_A_WEEK, Guess, Strategy
from ivr.guard.attack.town import BLOCKS, Citizen, Town, TownCore
from ivr.guard.rule import Counts, Origin, Ruling
from ivr.lockout import LoginGate
from ivr.store import MemoryAttempts

MONDAY = Moment(1_767_542_400_000_000, 0, "attack")
"""Monday 2026-01-05 00:00 in Shanghai."""
DAYS = 7
HONEST_A_DAY = 1_000
FAMILIAR = 0.8
"""Share of honest calls from the bound mobile or a number known by an earlier login."""
MISTYPED = (0.88, 0.09, 0.03)
"""Share of honest calls that key the PIN right at once, after one mistake, after two."""


@dataclass
class Honest:
    """Honest callers and how many of them were not let in, though they keyed their PIN right at last."""

    calls: int = 0
    refused: int = 0
    strangers: int = 0
    strangers_refused: int = 0


@dataclass
class Week:
    """What came of one strategy."""

    strategy: str
    entered: int = 0
    evaluated: int = 0
    opened: set[str] = field(default_factory=set)
    expected: float | None = 0.0
    """Accounts opened on average over all towns: the chances of all guesses that counted; None where weak PINs open."""
    undefended: set[str] = field(default_factory=set)
    lock_only: set[str] = field(default_factory=set)
    honest: Honest = field(default_factory=Honest)


class _Watch(MemoryAttempts):
    """The counters, noting whether the last verdict counted."""

    counted_last = False

    async def charge(self, day: date, changes: Mapping[str, int], ruling: Callable[[Counts], Ruling]) -> Ruling:
        ruled = await super().charge(day, changes, ruling)
        self.counted_last = ruled.counts
        return ruled


class Exercise:
    """A town and its gate, for one strategy at a time."""

    def __init__(self, town: Town, seed: int, budgets: LoginSettings, guesses: int, honest_a_day: int = HONEST_A_DAY) -> None:
        self._town = town
        self._seed = seed
        self._budgets = budgets
        self._guesses = guesses
        self._honest_a_day = honest_a_day

    async def run(self, strategy: Strategy | None) -> Week:
        """Seven days of ``strategy``, or of honest callers alone."""
        week = Week(strategy.name if strategy else "quiet")
        store = _Watch()
        gate = LoginGate(TownCore(self._town), store, str, self._budgets, CallerKey)
        dice = random.Random(f"{week.strategy} {self._seed}")
        events = merge(self._attack(strategy, dice), self._honest(random.Random(f"honest {self._seed}")), key=lambda event: event[0])
        plain: dict[tuple[str, int], int] = {}
        for at, what in events:
            if isinstance(what, _Call):
                await self._serve(week.honest, gate, at, what)
            else:
                await self._guess(week, gate, store, at, what)
                self._undefended(week, plain, at, what)
        return week

    def _attack(self, strategy: Strategy | None, dice: random.Random) -> Iterator[tuple[float, Guess | _Call]]:
        if strategy is None:
            return iter(())
        number = min(self._guesses, CAREFUL_A_WEEK) if strategy.careful else self._guesses
        apart = DAYS * 86_400 / number
        return ((at * apart, guess) for at, guess in enumerate(islice(strategy.guesses(self._town, dice), number)))

    def _honest(self, dice: random.Random) -> Iterator[tuple[float, Guess | _Call]]:
        """Calls of people whose PIN opens, in the daytime."""
        people = [citizen for citizen in self._town.citizens if citizen.standing is PinStanding.OWN]
        for day in range(DAYS):
            for at in sorted(dice.uniform(8, 20) * 3600 for _ in range(self._honest_a_day)):
                familiar = dice.random() < FAMILIAR
                who = dice.choice(people)
                ani = who.mobile if familiar else f"1540{dice.randrange(BLOCKS):03d}{dice.randrange(10_000):04d}"
                yield day * 86_400 + at, _Call(who, ani, familiar, dice.choices((0, 1, 2), MISTYPED)[0], dice.randrange(10**6))

    async def _guess(self, week: Week, gate: LoginGate, store: _Watch, at: float, guess: Guess) -> None:
        ani, number, pin = guess
        opened = await gate.judge(Secret(number), Secret(pin), _moment(at), _origin(ani))
        week.entered += 1
        if store.counted_last:
            week.evaluated += 1
            chance = self._town.chance(pin, self._town.by_account.get(number))
            week.expected = None if week.expected is None or self._budgets.weak_pins_open else week.expected + chance
        if opened is not None:
            week.opened.add(opened)

    def _undefended(self, week: Week, plain: dict[tuple[str, int], int], at: float, guess: Guess) -> None:
        _, number, pin = guess
        citizen, day = self._town.by_account.get(number), int(at // 86_400)
        if citizen is None:
            return
        if citizen.pin == pin:
            week.undefended.add(citizen.depositor)
            if plain.get((number, day), 0) < self._budgets.tries_per_account_day:
                week.lock_only.add(citizen.depositor)
        else:
            plain[number, day] = plain.get((number, day), 0) + 1

    async def _serve(self, honest: Honest, gate: LoginGate, at: float, call: _Call) -> None:
        honest.calls += 1
        honest.strangers += not call.familiar
        for attempt in range(self._budgets.tries_per_call):
            pin = call.who.pin if attempt >= call.mistakes else _mistyped(call.who.pin, call.dice + attempt)
            moment = _moment(at + 20 * attempt)
            if await gate.judge(Secret(call.who.account), Secret(pin), moment, _origin(call.ani)):
                return
        honest.refused += 1
        honest.strangers_refused += not call.familiar


@dataclass(frozen=True, slots=True)
class _Call:
    """One honest call."""

    who: Citizen
    ani: str
    familiar: bool
    mistakes: int
    dice: int


def _origin(ani: str) -> Origin:
    """Here nobody reads the counters, so that keys need no hashing."""
    return Origin(CallerKey(ani), CallerKey(ani[:-4]))


def _moment(seconds: float) -> Moment:
    return MONDAY.after(timedelta(seconds=seconds))


def _mistyped(pin: str, dice: int) -> str:
    """One digit struck beside itself."""
    place, by = dice % 6, 1 + dice // 6 % 9
    return f"{pin[:place]}{(int(pin[place]) + by) % 10}{pin[place + 1 :]}"

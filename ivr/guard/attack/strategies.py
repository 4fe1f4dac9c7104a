"""The attackers: each knows our rules and budgets (nothing rests on secrecy) and tries PINs in its own order.

A guess is a caller number, a number keyed and a PIN. ``careful`` strategies stay under every budget, so that each PIN they enter is
judged; the others dial as fast as their lines allow.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, cycle, islice

from fund_core.weak_pin import birthday_parts, initial_pin, number_tails, pin_fault
from ivr.guard.attack.town import BLOCKS, POPULAR, Citizen, Town

Guess = tuple[str, str, str]
"""Caller number, number keyed, PIN keyed."""
Guesses = Callable[[Town, random.Random], Iterator[Guess]]
VICTIMS = 50
CAREFUL_A_WEEK = 110 * 24 * 7
"""Guesses a week that stay under the house's budget of failing strangers an hour."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """One attacker. ``careful``: so many guesses a week at most; ``targeted``: knows his victims; ``beyond``: knows what no rule names."""

    name: str
    words: str
    guesses: Guesses
    careful: bool = False
    targeted: bool = False
    beyond: bool = False


def fresh_callers(dice: random.Random) -> Iterator[str]:
    """A forged number of a block of its own for every guess."""
    while True:
        yield f"0{dice.randrange(10**9, 10**10)}"


def strong_pins(dice: random.Random) -> Iterator[str]:
    """Random PINs that the policy lets people choose: what is left to guess for who knows the rules."""
    while True:
        if not pin_fault(pin := f"{dice.randrange(10**6):06d}"):
            yield pin


def _spread(town: Town, callers: Iterator[str], pins: Iterator[str]) -> Iterator[Guess]:
    """Every PIN over all accounts before the next."""
    for pin in pins:
        for citizen in town.citizens:
            yield next(callers), citizen.account, pin


def one_account(town: Town, dice: random.Random) -> Iterator[Guess]:
    """Brute force on one account from ever new numbers: the most popular first, then all others."""
    victim = dice.choice(town.citizens)
    first, callers = dice.randrange(10**6), fresh_callers(dice)
    rest = (f"{(first + 617_633 * at) % 10**6:06d}" for at in range(10**6))
    return ((next(callers), victim.account, pin) for pin in chain(POPULAR, rest))


def top_from_one_caller(town: Town, dice: random.Random) -> Iterator[Guess]:
    """The most popular PINs over all accounts from one telephone."""
    return _spread(town, cycle(["09315550001"]), iter(POPULAR))


def top_from_many_callers(town: Town, dice: random.Random) -> Iterator[Guess]:
    """The same from a thousand numbers in ten blocks."""
    return _spread(town, cycle([f"0931555{at:04d}" if at < 100 else f"09315{at // 100}{at:05d}" for at in range(1000)]), iter(POPULAR))


def top_from_rotating_blocks(town: Town, dice: random.Random) -> Iterator[Guess]:
    """The same, each guess from a number of another block."""
    return _spread(town, fresh_callers(dice), iter(POPULAR))


def top_from_local_blocks(town: Town, dice: random.Random) -> Iterator[Guess]:
    """The same from forged mobiles of the town itself, among the honest ones."""
    callers = (f"1540{dice.randrange(BLOCKS):03d}{dice.randrange(10_000):04d}" for _ in cycle("x"))
    return _spread(town, callers, iter(POPULAR))


def slow_and_low(town: Town, dice: random.Random) -> Iterator[Guess]:
    """Seven days under every budget: each PIN five times a day, each number once, each account once a day."""
    callers, citizens = fresh_callers(dice), cycle(dice.sample(town.citizens, len(town.citizens)))
    dates = (f"{year:02d}{month:02d}{day:02d}" for year in range(60, 100) for month in range(1, 13) for day in range(1, 29))
    for _ in range(7):
        today = [*POPULAR, *islice(dates, CAREFUL_A_WEEK // 35 - len(POPULAR))]
        for pin in today * 5:
            yield next(callers), next(citizens).account, pin


def initial_pins(town: Town, dice: random.Random) -> Iterator[Guess]:
    """Knows the identity numbers: last four and 00, for everybody, again and again."""
    callers = fresh_callers(dice)
    return ((next(callers), citizen.account, initial_pin(citizen.owner.citizen_id)) for citizen in cycle(town.citizens))


def birthdays(town: Town, dice: random.Random) -> Iterator[Guess]:
    """Knows the identity numbers: every form of the birthday, for everybody."""
    callers = fresh_callers(dice)
    for form in range(16):
        for citizen in town.citizens:
            forms = sorted(birthday_parts(citizen.owner.citizen_id))
            if form < len(forms):
                yield next(callers), citizen.account, forms[form]


def targeted(town: Town, dice: random.Random) -> Iterator[Guess]:
    """Fifty victims of whom everything is known; calls with the victim's own mobile, forged, and never stops."""
    victims = dice.sample(town.citizens, VICTIMS)
    books = {victim.depositor: _all_about(victim, dice) for victim in victims}
    for victim in cycle(victims):
        yield victim.mobile, victim.account, next(books[victim.depositor])


def _all_about(victim: Citizen, dice: random.Random) -> Iterator[str]:
    own = (initial_pin(victim.owner.citizen_id), *sorted(birthday_parts(victim.owner.citizen_id)), *sorted(number_tails(victim.owner)))
    yield from own
    yield from POPULAR
    yield from strong_pins(dice)


def enumeration(town: Town, dice: random.Random) -> Iterator[Guess]:
    """Account numbers one after the other, half of them nobody's, to learn which exist."""
    callers, pins = fresh_callers(dice), strong_pins(dice)
    return ((next(callers), f"12329{at % (2 * len(town.citizens)):06d}", next(pins)) for at in range(10**9))


def knows_the_rules(town: Town, dice: random.Random) -> Iterator[Guess]:
    """Only PINs that the policy allows, on all accounts, each guess from another block."""
    callers, pins = fresh_callers(dice), strong_pins(dice)
    return ((next(callers), citizen.account, next(pins)) for citizen in cycle(town.citizens))


def hidden_favourites(town: Town, dice: random.Random) -> Iterator[Guess]:
    """Has a list of favourites that no rule names."""
    callers, pins = fresh_callers(dice), cycle(dice.sample(town.hidden, len(town.hidden)))
    return ((next(callers), citizen.account, next(pins)) for citizen in cycle(town.citizens))


STRATEGIES = (
    Strategy("one-account", "one account, all PINs, popular first", one_account),
    Strategy("spray-one-caller", "popular PINs over all accounts, one number", top_from_one_caller),
    Strategy("spray-many-callers", "the same from 1,000 numbers in 10 blocks", top_from_many_callers),
    Strategy("spray-local-mobiles", "the same from forged mobiles of the town", top_from_local_blocks),
    Strategy("spray-rotating-blocks", "the same, every guess from another block", top_from_rotating_blocks),
    Strategy("slow-and-low", "seven days under every budget, popular PINs and dates", slow_and_low, careful=True),
    Strategy("initial-pin", "identity numbers known: last four and 00", initial_pins),
    Strategy("birthday", "identity numbers known: every form of the birthday", birthdays),
    Strategy("enumeration", "account numbers one after the other", enumeration),
    Strategy("knows-the-rules", "only PINs the policy allows", knows_the_rules),
    Strategy("knows-the-rules-careful", "the same under every budget", knows_the_rules, careful=True),
    Strategy("targeted", "50 victims, all their numbers known, their mobile forged", targeted, targeted=True),
    Strategy("hidden-list", "a list of favourites no rule names", hidden_favourites, beyond=True),
    Strategy("hidden-list-careful", "the same under every budget", hidden_favourites, careful=True, beyond=True),
)

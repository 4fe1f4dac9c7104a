"""The guard of the login: budgets that a hundred lines at once can't overdraw, one sound for every refusal, who is familiar."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund_core.fake import FakeCore
from fund_core.people import demo_depositors, demo_unit_pin, demo_units, unit_key
from fund_core.weak_pin import pin_fault
from hotline.clock import HandClock
from hotline.events import LoggedIn
from hotline.ids import CallerKey
from hotline.secret import Secret
from hotline.settings import LoginSettings
from ivr.guard.blind import blinder
from ivr.guard.rule import NOWHERE, Attempt, Counts, Origin, Ruling, rule
from ivr.lockout import UNIT, LoginGate
from ivr.login import Caller, log_in, log_in_unit
from ivr.manners import Nav
from ivr.needs import AttemptStore
from ivr.store import MemoryAttempts, SqlAttempts
from tests.ivr.scripted import House

NOON = HandClock(wall=1_764_043_200_000_000).now()
DAY = NOON.day()
PEOPLE = demo_depositors(count=120)
FIRST = PEOPLE[0]
WRONG = "135792"
USUAL = LoginSettings()
ROOMY = LoginSettings(tries_per_caller_day=999, tries_per_block_day=999, tries_per_pin_day=999, strangers_hour=999)
"""Budgets that bind nobody but the account's own."""


class Watched:
    """A store that notes which attempts counted; the rule is the gate's own."""

    def __init__(self, *stores: AttemptStore) -> None:
        self.stores = stores
        self.rulings: list[Ruling] = []

    async def charge(self, day: date, changes: Mapping[str, int], ruling: Callable[[Counts], Ruling]) -> Ruling:
        ruled = await self.stores[len(self.rulings) % len(self.stores)].charge(day, changes, ruling)
        self.rulings.append(ruled)
        return ruled

    async def knows(self, pair: str, since: date) -> bool:
        return await self.stores[0].knows(pair, since)

    async def remember(self, pair: str, day: date) -> None:
        await self.stores[0].remember(pair, day)

    @property
    def judged(self) -> int:
        return sum(ruled.counts for ruled in self.rulings)


def gate_of(core: FakeCore, attempts: AttemptStore, budgets: LoginSettings = USUAL) -> LoginGate:
    return LoginGate(core, attempts, blinder(Secret("key")), budgets, lambda ani: CallerKey(f"key of {ani}"))


def origin(caller: int, block: int = 0) -> Origin:
    return Origin(CallerKey(f"caller {caller}"), CallerKey(f"block {block}"))


# -- a hundred lines at once ------------------------------------------------------------------------------------------


Guess = tuple[str, str, Origin]
CROWDS: dict[str, tuple[LoginSettings, int, Callable[[int], Guess]]] = {
    "one account": (ROOMY, 3, lambda at: (FIRST.account, f"{at:06d}", origin(at, at))),
    "one caller": (LoginSettings(), 10, lambda at: (PEOPLE[at].account, f"{at:06d}", origin(1))),
    "one block of numbers": (LoginSettings(), 30, lambda at: (PEOPLE[at].account, f"{at:06d}", origin(at))),
    "nobody's number": (LoginSettings(), 30, lambda at: (PEOPLE[at].account, f"{at:06d}", NOWHERE)),
    "one PIN": (LoginSettings(), 5, lambda at: (PEOPLE[at].account, WRONG, origin(at, at))),
    "the whole house": (LoginSettings(strangers_hour=60), 60, lambda at: (PEOPLE[at].account, f"{at:06d}", origin(at, at))),
}


@pytest.mark.thorough
@pytest.mark.parametrize("crowd", CROWDS)
async def test_a_hundred_lines_at_once_get_not_one_guess_more_than_the_budget(crowd: str, counters_url: str) -> None:
    """Two processes' stores on one database, a hundred attempts in the air: exactly the budget is judged for real."""
    budgets, budget, guess = CROWDS[crowd]
    stores = [SqlAttempts(counters_url), SqlAttempts(counters_url)]
    watched = Watched(*stores)
    gates = [gate_of(FakeCore(PEOPLE), watched, budgets) for _ in stores]
    guesses = [guess(at) for at in range(100)]
    attempts = [gates[at % 2].judge(Secret(number), Secret(pin), NOON, where) for at, (number, pin, where) in enumerate(guesses)]
    assert await asyncio.gather(*attempts) == [None] * 100
    assert (len(watched.rulings), watched.judged) == (100, budget)
    for store in stores:
        store.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("attempts")]


async def test_a_hundred_lines_at_once_ask_for_no_more_codes_than_the_budget(counters_url: str) -> None:
    """One caller, and a block of callers who each ask once."""
    store = SqlAttempts(counters_url)
    gate = gate_of(FakeCore(), store, LoginSettings())
    one = await asyncio.gather(*(gate.may_ask_for_code(origin(7, 1), NOON) for _ in range(100)))
    assert sum(one) == LoginSettings().tries_per_caller_day
    block = await asyncio.gather(*(gate.may_ask_for_code(origin(100 + at, 2), NOON) for at in range(100)))
    assert sum(block) == LoginSettings().tries_per_block_day
    assert await gate.may_ask_for_code(origin(7, 3), NOON.after(timedelta(days=1)))
    store.close()


async def test_who_set_his_pin_with_a_code_has_his_tries_back_and_nobody_else_has(counters_url: str) -> None:
    store = SqlAttempts(counters_url)
    gate = gate_of(FakeCore(), store, ROOMY)
    for person in PEOPLE[:2]:
        for at in range(3):
            await gate.judge(Secret(person.account), Secret(f"{at:06d}"), NOON, origin(at))
    await gate.forget_tries(PEOPLE[0].depositor, NOON)
    assert await gate.judge(Secret(PEOPLE[0].account), Secret(PEOPLE[0].pin), NOON, origin(9)) == PEOPLE[0].depositor
    assert await gate.judge(Secret(PEOPLE[1].account), Secret(PEOPLE[1].pin), NOON, origin(9)) is None
    store.close()


@pytest.mark.thorough
async def test_the_right_pin_beyond_the_budget_opens_nothing_however_the_lines_crowd(counters_url: str) -> None:
    store = SqlAttempts(counters_url)
    gate = gate_of(FakeCore(), store, ROOMY)
    wrong = [gate.judge(Secret(FIRST.account), Secret(f"{at:06d}"), NOON, origin(at)) for at in range(3)]
    assert await asyncio.gather(*wrong) == [None] * 3
    assert await gate.judge(Secret(PEOPLE[1].account), Secret(PEOPLE[1].pin), NOON, origin(0)) == PEOPLE[1].depositor
    right = [gate.judge(Secret(FIRST.account), Secret(FIRST.pin), NOON, origin(at)) for at in range(100)]
    assert await asyncio.gather(*right) == [None] * 100
    store.close()


@pytest.mark.thorough
async def test_a_hundred_who_know_their_pins_all_get_in_at_once_and_leave_no_count(counters_url: str) -> None:
    store = SqlAttempts(counters_url)
    people = [person for person in PEOPLE if not person.initial][:80]
    gate = gate_of(FakeCore(PEOPLE), store, ROOMY)
    came = await asyncio.gather(
        *(gate.judge(Secret(p.account), Secret(p.pin), NOON, origin(at)) for at, p in enumerate(people))
    )  # fmt: skip
    assert came == [person.depositor for person in people]
    left: dict[str, int] = {}
    subjects = [f"d:{person.depositor}" for person in people] + ["p:block 0", "c:caller 7", f"h:{NOON.local().hour}:failing"]
    await store.charge(DAY, dict.fromkeys(subjects, 0), lambda counts: left.update(counts) or Ruling(True, {}))  # type: ignore[func-returns-value]
    assert set(left.values()) == {0}
    store.close()


# -- the rule ---------------------------------------------------------------------------------------------------------


def attempt(familiar: bool = False, right: bool = False) -> Attempt:
    return Attempt(("d:1",), "pin", origin(1), 12, familiar, right)


FULL = {"d:1": 3, "c:caller 1": 10, "p:block 0": 30, "s:pin": 5, "h:12:failing": 120, "h:12:entered": 0}


def test_every_budget_is_kept_to_the_last_attempt_and_refused_beyond_it() -> None:
    assert rule(attempt(), FULL, LoginSettings()) == Ruling(True, {})
    for subject in ("c:caller 1", "p:block 0", "s:pin", "h:12:failing"):
        ruled = rule(attempt(), {**FULL, subject: FULL[subject] + 1}, LoginSettings())
        assert ruled == Ruling(False, {"d:1": -1, "p:block 0": -1, "s:pin": -1, "h:12:failing": -1}), subject
    locked = rule(attempt(), {**FULL, "d:1": 4}, LoginSettings())
    assert locked == Ruling(False, {"p:block 0": -1, "s:pin": -1, "h:12:failing": -1})


def test_a_familiar_caller_answers_for_his_account_alone() -> None:
    beyond = {subject: 1000 for subject in FULL} | {"d:1": 3}
    assert rule(attempt(familiar=True), beyond, LoginSettings()) == Ruling(True, {})
    assert rule(attempt(familiar=True), {**beyond, "d:1": 4}, LoginSettings()) == Ruling(False, {})
    assert set(attempt(familiar=True).charge()) == {"d:1", "c:caller 1", "h:12:entered"}


def test_the_house_closes_to_strangers_only_while_most_of_them_fail() -> None:
    busy = {**FULL, "h:12:failing": 200}
    assert rule(attempt(), {**busy, "h:12:entered": 300}, LoginSettings()).counts
    assert not rule(attempt(), {**busy, "h:12:entered": 299}, LoginSettings()).counts


def test_callers_without_a_number_share_the_budget_of_a_block_and_no_callers() -> None:
    assert set(Attempt(("d:1",), "pin", NOWHERE, 12, False, False).charge()) == {
        "d:1",
        "p:unknown",
        "s:pin",
        "h:12:failing",
        "h:12:entered",
    }


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2), st.booleans(), st.booleans()), max_size=60))
def test_whatever_comes_no_counter_is_left_below_or_above_what_failed(steps: list[tuple[int, int, int, bool, bool]]) -> None:
    """Counters never fall below zero, and wrong PINs that counted on an account never exceed its budget."""
    counts: dict[str, int] = {}
    wrong: dict[str, int] = {}

    def add(changes: Mapping[str, int]) -> None:
        for subject, change in changes.items():
            counts[subject] = counts.get(subject, 0) + change

    for account, caller, pin, familiar, right in steps:
        tried = Attempt((f"d:{account}",), str(pin), origin(caller), 12, familiar, right)
        before = dict(counts)
        add(tried.charge())
        ruled = rule(tried, counts, LoginSettings())
        add(ruled.corrections)
        assert min(counts.values()) >= 0
        if ruled.counts and right:
            assert {subject: count for subject, count in counts.items() if count and subject != tried.entered} == {
                subject: count for subject, count in before.items() if count and subject != tried.entered
            }
        wrong[tried.accounts[0]] = wrong.get(tried.accounts[0], 0) + (ruled.counts and not right)
    assert all(number <= min(3, counts[account]) for account, number in wrong.items())


# -- who is familiar --------------------------------------------------------------------------------------------------


async def test_the_bound_mobile_and_a_number_that_logged_in_before_get_in_during_an_attack() -> None:
    core, attempts = FakeCore(PEOPLE), MemoryAttempts()
    gate = gate_of(core, attempts)
    before = Origin(CallerKey("office"), CallerKey("block"))
    assert await gate.judge(Secret(FIRST.account), Secret(FIRST.pin), NOON, before) == FIRST.depositor
    for at in range(125):
        await gate.judge(Secret(PEOPLE[at % 100 + 10].account), Secret(f"{at:06d}"), NOON, origin(at, at))
    mobile = Origin(CallerKey(f"key of {FIRST.mobile}"), CallerKey("block"))
    stranger = Origin(CallerKey("hotel"), CallerKey("block"))
    assert await gate.judge(Secret(FIRST.account), Secret(FIRST.pin), NOON, mobile) == FIRST.depositor
    assert await gate.judge(Secret(FIRST.account), Secret(FIRST.pin), NOON, before) == FIRST.depositor
    assert await gate.judge(Secret(FIRST.account), Secret(FIRST.pin), NOON, stranger) is None
    long_ago = NOON.after(timedelta(hours=-1))
    assert await gate.judge(Secret(FIRST.account), Secret(FIRST.pin), long_ago, stranger) == FIRST.depositor, "the hour before was quiet"


async def test_familiarity_ends_and_is_of_one_account_only() -> None:
    attempts = MemoryAttempts()
    gate = gate_of(FakeCore(PEOPLE), attempts)
    here = origin(1)
    await gate.judge(Secret(FIRST.account), Secret(FIRST.pin), NOON, here)

    async def charged(number: str, days: int) -> bool:
        attempts.counted.clear()
        await gate.judge(Secret(number), Secret(WRONG), NOON.after(timedelta(days=days)), here)
        return any(subject.startswith("p:") for subject, _ in attempts.counted)

    assert not await charged(FIRST.account, 180)
    assert await charged(FIRST.account, 181)
    assert await charged(PEOPLE[1].account, 0)


async def test_a_spent_budget_costs_the_account_no_try_so_one_telephone_locks_three_accounts_at_most() -> None:
    attempts = MemoryAttempts()
    gate = gate_of(FakeCore(PEOPLE), attempts)
    for at in range(300):
        await gate.judge(Secret(PEOPLE[at % 100].account), Secret(f"{at:06d}"), NOON, origin(1))
    assert sum(attempts.counted.get((f"d:{person.depositor}", DAY), 0) for person in PEOPLE) == 10


# -- what opens nothing -----------------------------------------------------------------------------------------------


def person_like(kind: str) -> tuple[str, str]:
    """Account and right PIN of somebody whose PIN opens nothing."""
    if kind == "initial":
        person = next(person for person in PEOPLE if person.initial)
        return person.account, person.pin
    return FIRST.account, FIRST.citizen_id[8:14]


async def test_an_initial_pin_opens_nothing_and_a_pin_the_policy_refuses_neither() -> None:
    core = FakeCore(PEOPLE)
    core.people[0] = core_people_with(person_like("weak")[1])
    for kind in ("initial", "weak"):
        number, pin = person_like(kind)
        assert await gate_of(core, MemoryAttempts()).judge(Secret(number), Secret(pin), NOON) is None, kind
    legacy = gate_of(core, MemoryAttempts(), LoginSettings(weak_pins_open=True))
    number, pin = person_like("weak")
    assert await legacy.judge(Secret(number), Secret(pin), NOON) == FIRST.depositor
    number, pin = person_like("initial")
    assert await legacy.judge(Secret(number), Secret(pin), NOON) is None


def core_people_with(pin: str) -> object:
    from dataclasses import replace

    return replace(FIRST, pin=pin)


# -- one sound, one time ----------------------------------------------------------------------------------------------


CAUSES = (
    "unknown number", "wrong PIN", "locked account", "caller's budget", "block's budget", "PIN's budget", "house's budget",
    "initial PIN", "weak PIN",
)  # fmt: skip


def refused_house(cause: str, delay: float) -> House:
    """A call that is refused three times for one cause, the number keyed being right in all causes but the first."""
    number, pin = {
        "unknown number": ("1232999999", FIRST.pin),
        "wrong PIN": (FIRST.account, WRONG),
        "initial PIN": person_like("initial"),
        "weak PIN": person_like("weak"),
    }.get(cause, (FIRST.account, FIRST.pin))
    house = House([("公积金账号", f"{number}#"), ("六位", pin)] * 3)
    house.core = FakeCore(PEOPLE)
    if cause == "weak PIN":
        house.core.people[0] = core_people_with(pin)  # type: ignore[call-overload]
    house.core.delay_s = delay
    house.talk.origin = origin(1)
    hour = NOON.local().hour
    pin_subject = f"s:{blinder(Secret('key'))(f'pin {pin}')}"
    counted = {
        "locked account": {f"d:{FIRST.depositor}": 3},
        "caller's budget": {"c:caller 1": 10},
        "block's budget": {"p:block 0": 30},
        "PIN's budget": {pin_subject: 5},
        "house's budget": {f"h:{hour}:failing": 120},
    }.get(cause, {})
    house.attempts.counted.update({(subject, DAY): count for subject, count in counted.items()})
    house.gate = house.new_gate()
    return house


@pytest.mark.parametrize("delay", [0.0, 0.3, 0.45, 3.0], ids=["quick core", "steady core", "core at the deadline", "slow core"])
def test_a_classifier_that_sees_words_moments_and_work_cannot_tell_one_cause_from_another(delay: float) -> None:
    """Nine causes, one observation: every prompt at the same microsecond, the same events, the same questions to the core."""
    seen = []
    for cause in CAUSES:
        house = refused_house(cause, delay)
        assert house.run(lambda h: log_in(h.talk, h.gate, Caller())) is Nav.MAIN, cause
        words = [(round(at, 6), words) for at, words in house.line.heard]
        moments = [event.at for event in house.events]
        seen.append((words, moments, house.kinds(), house.core.asked, round(house.ended_at, 6)))
    assert all(each == seen[0] for each in seen), [cause for cause, each in zip(CAUSES, seen, strict=True) if each != seen[0]]
    assert seen[0][3] == {"identify": 3, "verify": 3}
    assert seen[0][0][-1][1].startswith("很抱歉，身份验证未通过")


def test_the_same_observation_does_tell_a_refusal_from_a_login() -> None:
    """Control: what the classifier looks at would show a difference if there were one."""
    house = House([("公积金账号", f"{FIRST.account}#"), ("六位", FIRST.pin)])
    house.run(lambda h: log_in(h.talk, h.gate, Caller()))
    assert house.core.asked == {"identify": 1, "verify": 1, "accounts": 1}


# -- units, several accounts, ambiguous numbers -----------------------------------------------------------------------


def test_a_unit_logs_in_with_its_own_number_and_pin_and_is_no_person() -> None:
    number, _ = demo_units()[2]
    house = House([("单位公积金账号", f"{number}#"), ("六位", demo_unit_pin(number))])
    caller = Caller()
    assert house.run(lambda h: log_in_unit(h.talk, h.gate, caller)) == unit_key(number)
    assert (caller.depositor, caller.unit) == (None, unit_key(number))
    event = house.events[-1]
    assert isinstance(event, LoggedIn)
    assert event.unit


async def test_a_units_number_is_nobodys_at_the_persons_door_and_a_persons_none_at_the_units() -> None:
    number, _ = demo_units()[2]
    gate = gate_of(FakeCore(), MemoryAttempts())
    assert await gate.judge(Secret(number), Secret(demo_unit_pin(number)), NOON) is None
    assert await gate.judge(Secret(FIRST.account), Secret(FIRST.pin), NOON, kinds=UNIT) is None
    for _ in range(3):
        await gate.judge(Secret(number), Secret(WRONG), NOON, kinds=UNIT)
    assert await gate.judge(Secret(number), Secret(demo_unit_pin(number)), NOON, kinds=UNIT) is None


TWO = next(person for person in PEOPLE if person.second_account and not person.initial)


@pytest.mark.parametrize(
    ("number", "choice", "which"),
    [(TWO.citizen_id, [("请按", "2")], 1), (TWO.citizen_id, [("请按", "1")], 0), (TWO.account, [], 0), (TWO.second_account, [], 1)],
    ids=["second chosen", "first chosen", "first keyed", "second keyed"],
)
def test_who_has_several_accounts_chooses_one_unless_he_keyed_its_number(number: str, choice: list[tuple[str, str]], which: int) -> None:
    keyed = number.replace("X", "*") if len(number) == 18 else number
    house = House([("公积金账号", f"{keyed}#"), ("六位", TWO.pin), *choice])
    house.core = FakeCore(PEOPLE)
    house.gate = house.new_gate()
    caller = Caller()
    assert house.run(lambda h: log_in(h.talk, h.gate, caller)) == TWO.depositor
    assert (caller.account, [event.account for event in house.events if isinstance(event, LoggedIn)]) == (which, [which])


def test_who_goes_back_instead_of_choosing_an_account_is_not_logged_in() -> None:
    house = House([("公积金账号", f"{TWO.card}#"), ("六位", TWO.pin), ("尾号", "*")])
    house.core = FakeCore(PEOPLE)
    house.gate = house.new_gate()
    caller = Caller()
    assert house.run(lambda h: log_in(h.talk, h.gate, caller)) is Nav.BACK
    assert caller.depositor is None
    assert house.kinds() == []


async def test_a_number_that_is_ones_card_and_anothers_identity_number_logs_in_either_and_counts_for_both() -> None:
    class Ambiguous(FakeCore):
        async def identify(self, number: str, kinds: object) -> object:  # type: ignore[override]
            self.asked["identify"] = self.asked.get("identify", 0) + 1
            return {("citizen_id",): PEOPLE[0].depositor, ("card",): PEOPLE[1].depositor}.get(kinds)  # type: ignore[call-overload]

    attempts = MemoryAttempts()
    gate = gate_of(Ambiguous(PEOPLE), attempts)
    both = ("citizen_id", "card")
    assert await gate.judge(Secret("621" * 6), Secret(PEOPLE[0].pin), NOON, kinds=both) == PEOPLE[0].depositor
    assert await gate.judge(Secret("621" * 6), Secret(PEOPLE[1].pin), NOON, kinds=both) == PEOPLE[1].depositor
    for _ in range(3):
        await gate.judge(Secret("621" * 6), Secret(WRONG), NOON, kinds=both)
    assert [attempts.counted[f"d:{PEOPLE[at].depositor}", DAY] for at in (0, 1)] == [3, 3]
    assert await gate.judge(Secret("621" * 6), Secret(PEOPLE[1].pin), NOON, kinds=both) is None


def test_the_wrong_pin_of_these_tests_is_nobodys() -> None:
    assert WRONG not in {person.pin for person in PEOPLE}
    assert all(pin_fault(person.pin, person.owner) is None for person in PEOPLE if not person.initial)

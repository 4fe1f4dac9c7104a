"""Login and lock-out: three tries, one sound for every refusal, durable counters, nothing to be learnt from time or words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from fund_core.fake import FakeCore, Fault
from fund_core.port import CoreAnsweredWrong, CoreAway
from hotline.clock import HandClock
from hotline.events import LoggedIn, LoginRefused
from hotline.ids import CallerKey
from hotline.secret import Secret
from hotline.settings import LoginSettings
from ivr.guard.blind import blinder
from ivr.guard.rule import Ruling
from ivr.lockout import LoginGate
from ivr.login import Caller, log_in
from ivr.manners import Nav
from ivr.needs import AttemptStore
from ivr.store import MemoryAttempts, SqlAttempts
from tests.ivr.scripted import House

FIRST = FakeCore().people[0]
WRONG = "135792" if FIRST.pin != "135792" else "135793"
DAY = date(2025, 11, 25)
NOON = HandClock(wall=1_764_043_200_000_000).now()
BUDGETS = LoginSettings()
COUNTS = Ruling(True, {})


def gate_of(core: FakeCore, attempts: AttemptStore, budgets: LoginSettings = BUDGETS) -> LoginGate:
    return LoginGate(core, attempts, blinder(Secret("key")), budgets, lambda ani: CallerKey(ani))


def attempt(account: str = FIRST.account, pin: str = FIRST.pin) -> list[tuple[str, str]]:
    return [("公积金账号", f"{account}#"), ("六位", pin)]


def log_in_with(house: House, caller: Caller | None = None) -> object:
    return house.run(lambda h: log_in(h.talk, h.gate, caller or Caller()))


def test_the_right_pin_at_the_second_try_lets_him_in() -> None:
    house = House([*attempt(pin=WRONG), *attempt()])
    assert log_in_with(house) == FIRST.depositor
    assert house.kinds() == ["LoginRefused", "LoggedIn"]
    assert isinstance(house.events[1], LoggedIn)


def test_after_the_third_failure_one_text_is_played_and_no_fourth_try_is_given() -> None:
    house = House([*attempt(pin=WRONG), *attempt(pin=WRONG), *attempt(pin=WRONG), *attempt()])
    caller = Caller()
    assert log_in_with(house, caller) is Nav.MAIN
    assert [event.attempt for event in house.events if isinstance(event, LoginRefused)] == [1, 2, 3]
    assert house.line.text.splitlines()[-1].startswith("很抱歉，身份验证未通过")
    assert house.line.text.count("您输入的账号或密码不正确") == 2
    again = House(attempt())
    assert log_in_with(again, Caller(refused=3)) is Nav.MAIN
    assert again.line.text.startswith("很抱歉，身份验证未通过")
    assert again.core.asked == {}


def test_the_verdict_comes_at_its_deadline_right_or_wrong() -> None:
    for pin in (FIRST.pin, WRONG):
        house = House([*attempt(pin=pin), ("公积金账号", "**")])
        log_in_with(house)
        verdict = next(event for event in house.events if isinstance(event, LoggedIn | LoginRefused))
        asked = max(at for at, words in house.line.heard if "六位" in words and at * 1e6 < verdict.at.mono - 1_000_000_000)
        assert (verdict.at.mono - 1_000_000_000) / 1e6 - asked - 0.5 == pytest.approx(1.5, abs=0.01)


def test_three_wrong_on_one_account_lock_it_for_the_day_whatever_door_is_taken() -> None:
    house = House([*attempt(pin=WRONG), *attempt(FIRST.citizen_id, WRONG), *attempt(FIRST.card, WRONG)])
    log_in_with(house)
    another_call = House(attempt())
    another_call.attempts = house.attempts
    another_call.gate = another_call.new_gate()
    log_in_with(another_call)
    assert "LoggedIn" not in another_call.kinds()


def test_two_wrong_and_one_right_do_not_lock() -> None:
    attempts = MemoryAttempts()
    for pins in ((WRONG, FIRST.pin), (WRONG, FIRST.pin)):
        house = House([step for pin in pins for step in attempt(pin=pin)])
        house.attempts = attempts
        house.gate = house.new_gate()
        assert log_in_with(house) == FIRST.depositor
    assert attempts.counted[f"d:{FIRST.depositor}", DAY] == 2


async def test_the_lock_ends_with_the_day() -> None:
    gate = gate_of(FakeCore(), MemoryAttempts())
    for _ in range(3):
        assert await gate.judge(Secret(FIRST.account), Secret(WRONG), NOON) is None
    assert await gate.judge(Secret(FIRST.account), Secret(FIRST.pin), NOON) is None
    tomorrow = NOON.after(timedelta(hours=12))
    assert await gate.judge(Secret(FIRST.account), Secret(FIRST.pin), tomorrow) == FIRST.depositor


def test_an_unknown_number_has_a_counter_that_does_not_show_the_number() -> None:
    house = House(attempt("1232999999", WRONG))
    log_in_with(house)
    subjects = [subject for subject, _ in house.attempts.counted]
    assert [subject[:2] for subject in subjects if subject.startswith(("n:", "d:"))] == ["n:"]
    for secret in ("1232999999", WRONG):
        assert secret not in str(subjects)


@pytest.mark.parametrize(
    ("keys", "means"),
    [
        (("99*1232900001#", ""), "cleared and keyed again"),
        (("1232900001", ""), "no # at the end"),
        (("1A2B3C2D900001#", ""), "letters are passed over"),
    ],
)
def test_a_number_may_be_keyed_in_many_ways(keys: tuple[str, str], means: str) -> None:
    house = House([("公积金账号", keys[0]), ("六位", FIRST.pin)])
    assert log_in_with(house) == FIRST.depositor, means


def test_two_stars_cancel_wherever_they_are_pressed() -> None:
    for keys in ("**", "1234**", "62010219900307000**"):
        assert log_in_with(House([("公积金账号", keys)])) is Nav.BACK
    assert log_in_with(House([("公积金账号", "1234#"), ("六位", "12**")])) is Nav.BACK


def test_a_hash_after_the_pin_is_harmless() -> None:
    assert log_in_with(House(attempt(pin=f"{FIRST.pin}#"))) == FIRST.depositor
    house = House([*attempt(pin=f"{WRONG}#"), *attempt()])
    assert log_in_with(house) == FIRST.depositor
    assert "您的输入有误" not in house.line.text


def test_a_pin_too_short_is_asked_again_and_thirty_digits_are_no_number() -> None:
    house = House([("公积金账号", "1" * 30 + "#"), ("公积金账号", f"{FIRST.account}#"), ("六位", "123#"), ("六位", FIRST.pin)])
    assert log_in_with(house) == FIRST.depositor
    assert house.line.text.count("您的输入有误，请重新输入") == 2


def test_who_keys_nothing_three_times_gets_no_further() -> None:
    house = House([])
    assert log_in_with(house) is Nav.FAILED
    assert house.line.text.count("没有检测到您的输入") == 2


def test_neither_pin_nor_number_shows_in_events_or_reprs() -> None:
    house = House([*attempt(pin=WRONG), *attempt()])
    caller = Caller()
    log_in_with(house, caller)
    shown = repr(house.events) + repr(caller) + repr(house.talk) + repr(house.attempts.counted)
    for secret in (FIRST.pin, WRONG, FIRST.account):
        assert secret not in shown


# -- the counters ---------------------------------------------------------------------------------------------------


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AttemptStore]:
    if request.param == "memory":
        yield MemoryAttempts()
        return
    attempts = SqlAttempts(f"sqlite:///{tmp_path}/ivr.sqlite")
    yield attempts
    attempts.close()


async def counted(store: AttemptStore, *subjects: str, day: date = DAY) -> list[int]:
    """Charge one more on each; how many there are now."""
    seen: dict[str, int] = {}

    def look(counts: Mapping[str, int]) -> Ruling:
        seen.update(counts)
        return COUNTS

    await store.charge(day, dict.fromkeys(subjects, 1), look)
    return [seen[subject] for subject in subjects]


async def test_attempts_are_counted_apart_by_subject_and_day_and_can_be_taken_back(store: AttemptStore) -> None:
    assert [await counted(store, "d:1"), await counted(store, "d:1", "d:2")] == [[1], [2, 1]]
    await store.charge(DAY, {}, lambda _: Ruling(False, {"d:1": -1, "d:2": 1, "d:3": -1}))
    assert await counted(store, "d:1", "d:2", "d:3") == [2, 3, 1]


async def test_a_ruling_is_shown_what_is_only_looked_at_and_corrects_in_the_same_breath(store: AttemptStore) -> None:
    await counted(store, "h:right")
    ruling = await store.charge(DAY, {"d:1": 1, "h:right": 0, "h:other": 0}, lambda counts: Ruling(False, {"d:1": -counts["d:1"]}))
    assert ruling == Ruling(False, {"d:1": -1})
    assert await counted(store, "d:1", "h:right", "h:other") == [1, 2, 1]


async def test_a_pair_is_remembered_until_it_is_too_old(store: AttemptStore) -> None:
    assert not await store.knows("pair", DAY)
    await store.remember("pair", DAY)
    await store.remember("pair", DAY)
    assert await store.knows("pair", DAY)
    assert not await store.knows("pair", DAY + timedelta(days=1))


async def test_counters_survive_a_restart_and_yesterdays_are_dropped(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ivr.sqlite"
    first = SqlAttempts(url)
    await counted(first, "d:1")
    first.close()
    second = SqlAttempts(url)
    assert await counted(second, "d:1") == [2]
    assert await counted(second, "d:1", day=date(2025, 11, 26)) == [1]
    assert await counted(second, "d:1") == [1]
    second.close()


async def test_an_attempt_given_up_midway_costs_nothing_because_it_told_nothing() -> None:
    core, attempts = FakeCore(), MemoryAttempts()

    async def hang(depositor: object, pin: Secret) -> None:
        await asyncio.Event().wait()

    core.verify = hang  # type: ignore[method-assign,assignment]
    judging = asyncio.ensure_future(gate_of(core, attempts).judge(Secret(FIRST.account), Secret(FIRST.pin), NOON))
    await asyncio.sleep(0)
    judging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await judging
    assert attempts.counted == {}


@pytest.mark.parametrize(("fault", "error"), [(Fault.WRONG_PERSON, CoreAnsweredWrong), (Fault.FAILING, CoreAway)])
async def test_a_core_that_names_somebody_else_or_fails_opens_nothing_and_costs_no_try(fault: Fault, error: type[Exception]) -> None:
    core, attempts = FakeCore(), MemoryAttempts()
    core.fault = fault
    with pytest.raises(error):
        await gate_of(core, attempts).judge(Secret(FIRST.account), Secret(FIRST.pin), NOON)
    assert attempts.counted == {}

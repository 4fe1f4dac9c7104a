"""The demo core and the fake pass one contract; the fake's faults; where the demo's PINs are."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fund_core.demo import DemoCore
from fund_core.fake import FakeCore, Fault
from fund_core.people import DemoDepositor, demo_depositors
from fund_core.pins import DEMO, PinVault
from fund_core.port import CoreAnsweredWrong, CoreAway, FundCore
from fund_core.weak_pin import PinFault, pin_fault
from hotline.identity import is_citizen_id, luhn_holds
from hotline.secret import Secret
from tests.contracts.fund_core import FundCoreContract


@pytest.fixture(scope="module")
def people() -> list[DemoDepositor]:
    return demo_depositors(count=12)


@pytest.fixture(scope="module")
def demo_core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoCore]:
    core = DemoCore(tmp_path_factory.mktemp("core") / "demo.sqlite", Secret("pepper"), count=12)
    yield core
    core.close()


class TestDemoCore(FundCoreContract):
    @pytest.fixture
    def core(self, demo_core: DemoCore) -> FundCore:
        return demo_core


class TestFakeCore(FundCoreContract):
    @pytest.fixture
    def core(self, people: list[DemoDepositor]) -> FundCore:
        return FakeCore(people)


async def test_the_demo_file_is_made_once_and_holds_no_pin(tmp_path: Path, people: list[DemoDepositor]) -> None:
    file = tmp_path / "demo.sqlite"
    DemoCore(file, Secret("pepper"), count=12).close()
    held = file.read_bytes()
    again = DemoCore(file, Secret("pepper"), count=12)
    assert (await again.verify(people[0].depositor, Secret(people[0].pin))).right
    again.close()
    assert people[0].account.encode() in held
    for person in people:
        assert person.pin.encode() not in held.replace(person.account.encode(), b"")
    other = DemoCore(file, Secret("another pepper"), count=12)
    assert not (await other.verify(people[0].depositor, Secret(people[0].pin))).right
    other.close()


async def test_a_file_of_an_older_version_is_made_anew(tmp_path: Path, people: list[DemoDepositor]) -> None:
    file = tmp_path / "demo.sqlite"
    with closing(sqlite3.connect(file)) as old:
        old.execute("CREATE TABLE st_common_person (custid TEXT PRIMARY KEY, grzh TEXT)")
        old.execute("INSERT INTO st_common_person VALUES ('d000001', '1')")
        old.commit()
    core = DemoCore(file, Secret("pepper"), count=12)
    assert [account.number for account in await core.accounts(people[0].depositor)] == [people[0].account]
    core.close()


async def test_a_core_that_was_closed_is_away(tmp_path: Path, people: list[DemoDepositor]) -> None:
    core = DemoCore(tmp_path / "demo.sqlite", Secret("pepper"), count=2)
    core.close()
    with pytest.raises(CoreAway):
        await core.account(people[0].depositor)


def test_invented_people_are_the_same_each_time_all_different_and_well_formed() -> None:
    people = demo_depositors(count=300)
    assert people == demo_depositors(count=300)
    assert people[:12] == demo_depositors(count=12)
    for field in ("depositor", "name", "account", "citizen_id", "card"):
        assert len({getattr(person, field) for person in people}) == 300, field
    for person in people:
        assert person.name.startswith("演示")
        assert person.citizen_id.startswith("9999")
        assert is_citizen_id(person.citizen_id)
        assert luhn_holds(person.card)
        assert pin_fault(person.pin, person.owner) == (PinFault.INITIAL if person.initial else None)
    assert 0.1 < sum(person.initial for person in people) / 300 < 0.3
    assert not any(person.initial for person in people[:3])


async def test_a_broken_hash_on_file_opens_nothing() -> None:
    vault = PinVault(Secret("pepper"), DEMO)
    assert not await vault.judge("not a hash", Secret("123456"))
    assert not await vault.judge(None, Secret("nobody's"))
    assert await vault.judge(vault.hash(Secret("246810")), Secret("246810"))
    vault.close()


@pytest.mark.parametrize(("fault", "error"), [(Fault.FAILING, CoreAway), (Fault.HALF, CoreAnsweredWrong)])
async def test_a_failing_fake_fails_every_question(fault: Fault, error: type[Exception], people: list[DemoDepositor]) -> None:
    core = FakeCore(people)
    core.fault = fault
    with pytest.raises(error):
        await core.account(people[0].depositor)
    with pytest.raises(error):
        await core.verify(people[0].depositor, Secret("000000"))


async def test_a_confused_fake_answers_about_somebody_else(people: list[DemoDepositor]) -> None:
    core = FakeCore(people)
    core.fault = Fault.WRONG_PERSON
    assert (await core.account(people[0].depositor)).depositor != people[0].depositor


async def test_a_silent_fake_never_answers_but_can_be_given_up(people: list[DemoDepositor]) -> None:
    core = FakeCore(people)
    core.fault = Fault.SILENT
    question = asyncio.ensure_future(core.account(people[0].depositor))
    await asyncio.sleep(0)
    assert not question.done()
    question.cancel()
    with pytest.raises(asyncio.CancelledError):
        await question

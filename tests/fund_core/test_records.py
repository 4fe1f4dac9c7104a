"""The demo core and the fake tell the same past and fill the same quotas."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from fund_core.appointments import AppointmentKind, Half, SlotFull, Wish
from fund_core.demo import DemoCore
from fund_core.fake import FakeCore, Fault
from fund_core.people import DemoDepositor, demo_depositors
from fund_core.port import CoreAnsweredWrong, CoreAway, FundCore
from hotline.secret import Secret
from tests.contracts.fund_records import MONDAY, TODAY, AppointmentsContract, RecordsContract

COUNT = 20


@pytest.fixture(scope="module")
def people() -> list[DemoDepositor]:
    return demo_depositors(count=COUNT)


@pytest.fixture(scope="module")
def demo_core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoCore]:
    core = DemoCore(tmp_path_factory.mktemp("core") / "demo.sqlite", Secret("pepper"), count=COUNT)
    yield core
    core.close()


class TestDemoRecords(RecordsContract):
    @pytest.fixture
    def core(self, demo_core: DemoCore) -> FundCore:
        return demo_core


class TestFakeRecords(RecordsContract):
    @pytest.fixture
    def core(self, people: list[DemoDepositor]) -> FundCore:
        return FakeCore(people)


class TestDemoAppointments(AppointmentsContract):
    @pytest.fixture
    def core(self, tmp_path: Path) -> Iterator[FundCore]:
        opened = DemoCore(tmp_path / "demo.sqlite", Secret("pepper"), count=COUNT)
        yield opened
        opened.close()


class TestFakeAppointments(AppointmentsContract):
    @pytest.fixture
    def core(self, people: list[DemoDepositor]) -> FundCore:
        return FakeCore(people)


async def test_the_demo_and_the_fake_tell_the_same_past(demo_core: DemoCore, people: list[DemoDepositor]) -> None:
    fake = FakeCore(people)
    for person in people:
        whose = person.depositor
        assert await demo_core.details(whose, count=50) == await fake.details(whose, count=50)
        assert await demo_core.person(whose) == await fake.person(whose)
        if person.loan:
            assert await demo_core.repayments(whose, 50) == await fake.repayments(whose, 50)


async def test_two_processes_on_one_file_never_book_more_than_there_is_room(tmp_path: Path, people: list[DemoDepositor]) -> None:
    both = [DemoCore(tmp_path / "demo.sqlite", Secret("pepper"), count=COUNT) for _ in range(2)]
    wishes = [Wish(f"r{at}", p.depositor, AppointmentKind.LOAN, "0901", MONDAY, Half.MORNING) for at, p in enumerate(people)]
    tried = await asyncio.gather(*(both[at % 2].book(wish, TODAY) for at, wish in enumerate(wishes)), return_exceptions=True)
    for core in both:
        core.close()
    assert [type(each).__name__ for each in tried].count("Appointment") == 10
    assert [type(each) for each in tried].count(SlotFull) == COUNT - 10


async def test_appointments_outlive_the_process(tmp_path: Path, people: list[DemoDepositor]) -> None:
    wish = Wish("r", people[0].depositor, AppointmentKind.LOAN, "0901", MONDAY, Half.MORNING)
    core = DemoCore(tmp_path / "demo.sqlite", Secret("pepper"), count=COUNT)
    booked = await core.book(wish, TODAY)
    core.close()
    again = DemoCore(tmp_path / "demo.sqlite", Secret("pepper"), count=COUNT)
    assert list(await again.appointments(people[0].depositor, TODAY)) == [booked]
    assert await again.book(wish, TODAY) == booked
    again.close()


async def test_offices_are_booked_on_the_working_days_of_the_calendar(tmp_path: Path) -> None:
    made_up = date(2025, 11, 22)
    core = DemoCore(tmp_path / "demo.sqlite", Secret("pepper"), count=2, is_working_day=lambda day: day == made_up)
    slots = await core.slots(AppointmentKind.LOAN, "0901", TODAY)
    core.close()
    assert {slot.day for slot in slots} == {made_up}


@pytest.mark.parametrize(("fault", "error"), [(Fault.FAILING, CoreAway), (Fault.HALF, CoreAnsweredWrong)])
async def test_a_failing_fake_fails_the_new_questions_too(fault: Fault, error: type[Exception], people: list[DemoDepositor]) -> None:
    core = FakeCore(people)
    core.fault = fault
    for question in (core.person, core.details, core.interest, core.repayments, core.overdue, core.loan_progress, core.unit_deposit):
        with pytest.raises(error):
            await question(people[0].depositor)
    for asked in (core.appointments(people[0].depositor, TODAY), core.cancel(people[0].depositor, "1", TODAY)):
        with pytest.raises(error):
            await asked


async def test_a_confused_fake_names_somebody_else(people: list[DemoDepositor]) -> None:
    core = FakeCore(people)
    core.fault = Fault.WRONG_PERSON
    whose = people[0].depositor
    for answer in (await core.details(whose), await core.repayments(whose), await core.overdue(whose), await core.person(whose)):
        assert answer.depositor != whose

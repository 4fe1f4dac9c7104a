"""The contract of the rest of the fund core's port: the past, what is under way, and appointments."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from fund_core.appointments import LAST_AHEAD, AlreadyBooked, AppointmentKind, Half, NotBookable, SlotFull, Wish
from fund_core.model import AccountStatus
from fund_core.people import DemoDepositor, demo_units, unit_key
from fund_core.port import FundCore, NotOnFile
from fund_core.records import DetailKind, LoanStage
from hotline.ids import DepositorId

STRANGER = DepositorId("stranger")
TODAY = date(2025, 11, 20)
"""A Thursday."""
MONDAY = date(2025, 11, 24)
LOAN = AppointmentKind.LOAN


class RecordsContract:
    """Subclass with a fixture ``core`` that knows the people of a fixture ``people``."""

    async def test_a_person_is_told_by_name_and_employer(self, core: FundCore, people: list[DemoDepositor]) -> None:
        person = await core.person(people[0].depositor)
        assert (person.depositor, person.name) == (people[0].depositor, people[0].name)
        assert person.employer == dict(demo_units())[people[0].unit]
        assert people[0].name not in repr(person)

    async def test_the_newest_movement_leaves_the_balance_and_each_follows_from_the_one_before(
        self, core: FundCore, people: list[DemoDepositor]
    ) -> None:
        some = False
        for person in people:
            details = await core.details(person.depositor, count=50)
            assert details.depositor == person.depositor
            for newer, older in zip(details.rows, details.rows[1:], strict=False):
                assert newer.balance - newer.amount == older.balance
                assert newer.day >= older.day
            if details.rows:
                some = True
                assert details.rows[0].balance == person.balance
            assert (await core.details(person.depositor, count=2)).rows == details.rows[:2]
        assert some

    async def test_six_movements_are_told_unless_more_are_asked_for(self, core: FundCore, people: list[DemoDepositor]) -> None:
        assert len((await core.details(people[0].depositor)).rows) == 6
        assert (await core.details(people[0].depositor)).rows[0].kind is DetailKind.DEPOSIT

    async def test_a_second_account_has_movements_of_its_own(self, core: FundCore, people: list[DemoDepositor]) -> None:
        owner = next(person for person in people if person.second_account)
        second = await core.details(owner.depositor, 1)
        assert second.rows != (await core.details(owner.depositor, 0)).rows
        assert second.rows[0].balance == (await core.account(owner.depositor, 1)).balance
        with pytest.raises(NotOnFile):
            await core.details(owner.depositor, 2)

    async def test_the_last_settlement_is_one_of_the_movements(self, core: FundCore, people: list[DemoDepositor]) -> None:
        told = 0
        for person in people:
            settled = [row for row in (await core.details(person.depositor, count=50)).rows if row.kind is DetailKind.INTEREST]
            if settled:
                interest = await core.interest(person.depositor)
                assert (interest.depositor, interest.day, interest.interest) == (person.depositor, settled[0].day, settled[0].amount)
                assert (interest.day.month, interest.day.day) == (6, 30)
                assert interest.balance == settled[0].balance
                told += 1
            else:
                with pytest.raises(NotOnFile):
                    await core.interest(person.depositor)
        assert told > 0

    async def test_repayments_lead_to_what_is_outstanding(self, core: FundCore, people: list[DemoDepositor]) -> None:
        told = 0
        for person in people:
            if person.loan is None:
                with pytest.raises(NotOnFile):
                    await core.repayments(person.depositor)
                continue
            repaid = await core.repayments(person.depositor, 50)
            assert repaid.depositor == person.depositor
            if repaid.rows:
                told += 1
                assert repaid.rows[0].outstanding == person.loan.outstanding
            for newer, older in zip(repaid.rows, repaid.rows[1:], strict=False):
                assert newer.outstanding + newer.principal == older.outstanding
                assert newer.day > older.day
            assert (await core.repayments(person.depositor, 1)).rows == repaid.rows[:1]
        assert told > 1

    async def test_what_is_overdue_is_told_with_its_sum(self, core: FundCore, people: list[DemoDepositor]) -> None:
        for person in people:
            if person.loan is not None:
                overdue = await core.overdue(person.depositor)
                assert (overdue.depositor, overdue.count) == (person.depositor, person.loan.overdue)
                assert overdue.amount == person.loan.overdue * person.loan.due
        with pytest.raises(NotOnFile):
            await core.overdue(STRANGER)

    async def test_an_application_is_told_with_its_stage_or_said_not_to_be(self, core: FundCore, people: list[DemoDepositor]) -> None:
        stages = set()
        for person in people:
            try:
                progress = await core.loan_progress(person.depositor)
            except NotOnFile:
                assert person.loan is None
                continue
            stages.add(progress.stage)
            assert progress.depositor == person.depositor
            assert (progress.stage is LoanStage.PAID_OUT) == (person.loan is not None)
            assert progress.number not in repr(progress)
        assert len(stages) > 1

    async def test_an_employers_deposit_is_for_those_who_are_in_good_standing(self, core: FundCore, people: list[DemoDepositor]) -> None:
        number = people[0].unit
        deposit = await core.unit_deposit(unit_key(number))
        staff = [person for person in people if person.unit == number and person.status is AccountStatus.NORMAL]
        assert (deposit.unit, deposit.paid_through, deposit.depositors) == (unit_key(number), "202510", len(staff))
        assert deposit.amount == sum(person.own_deposit + person.employer_deposit for person in staff)
        assert deposit.booked == date(2025, 10, 12)
        for stranger in (people[0].depositor, STRANGER):
            with pytest.raises(NotOnFile):
                await core.unit_deposit(stranger)

    async def test_nothing_is_told_of_who_is_not_on_file(self, core: FundCore) -> None:
        for question in (core.person, core.details, core.interest, core.repayments, core.overdue, core.loan_progress):
            with pytest.raises(NotOnFile):
                await question(STRANGER)


class AppointmentsContract:
    """Subclass with a fixture ``core`` without appointments, which knows the people of a fixture ``people``."""

    def wish(self, person: DemoDepositor, request: str = "r1", kind: AppointmentKind = LOAN) -> Wish:
        """Monday morning at the first office."""
        return Wish(request, person.depositor, kind, "0901", MONDAY, Half.MORNING)

    @pytest.mark.parametrize("kind", AppointmentKind)
    async def test_every_kind_has_offices_with_room_on_the_next_working_days(self, core: FundCore, kind: AppointmentKind) -> None:
        offices = await core.offices(kind)
        assert len(offices) > 3
        assert len({office.code for office in offices}) == len(offices)
        slots = await core.slots(kind, offices[0].code, TODAY)
        assert [slot.day for slot in slots[::2]] == [date(2025, 11, 21), MONDAY, date(2025, 11, 25)]
        assert [slot.half for slot in slots] == [Half.MORNING, Half.AFTERNOON] * 3
        assert {slot.left for slot in slots} == {10}
        assert len(await core.slots(kind, offices[0].code, TODAY, 99)) == 20
        assert await core.slots(kind, "nowhere", TODAY) == []

    async def test_a_booked_appointment_is_told_until_its_day_is_over(self, core: FundCore, people: list[DemoDepositor]) -> None:
        booked = await core.book(self.wish(people[0]), TODAY)
        assert (booked.depositor, booked.kind, booked.day, booked.half) == (people[0].depositor, LOAN, MONDAY, Half.MORNING)
        assert (booked.office.code, booked.cancelled, len(booked.number)) == ("0901", False, 8)
        for day in (TODAY, MONDAY):
            assert list(await core.appointments(people[0].depositor, day)) == [booked]
        assert list(await core.appointments(people[0].depositor, MONDAY + timedelta(days=1))) == []
        assert list(await core.appointments(people[1].depositor, TODAY)) == []

    async def test_the_same_request_books_once_whatever_is_asked_the_second_time(self, core: FundCore, people: list[DemoDepositor]) -> None:
        booked = await asyncio.gather(*(core.book(self.wish(people[0]), TODAY) for _ in range(3)))
        again = await core.book(replace(self.wish(people[0]), day=date(2025, 11, 25)), TODAY)
        assert {each.number for each in [*booked, again]} == {booked[0].number}
        assert len(await core.appointments(people[0].depositor, TODAY)) == 1
        monday = [slot.left for slot in await core.slots(LOAN, "0901", TODAY) if slot.day == MONDAY]
        assert monday == [9, 10]

    async def test_a_full_slot_takes_nobody_more_and_room_comes_back_with_a_cancellation(
        self, core: FundCore, people: list[DemoDepositor]
    ) -> None:
        tried = await asyncio.gather(
            *(core.book(self.wish(person, f"r {person.depositor}"), TODAY) for person in people[:12]), return_exceptions=True
        )
        assert [type(each) for each in tried].count(SlotFull) == 2
        taken = next(each for each in tried if not isinstance(each, BaseException))
        left = next(person for person, each in zip(people, tried, strict=False) if isinstance(each, SlotFull))
        assert [slot.left for slot in await core.slots(LOAN, "0901", TODAY) if slot.day == MONDAY] == [0, 10]
        await core.cancel(taken.depositor, taken.number, TODAY)
        assert (await core.book(self.wish(left, "again"), TODAY)).day == MONDAY

    async def test_a_day_without_any_room_is_not_offered(self, core: FundCore, people: list[DemoDepositor]) -> None:
        for at, person in enumerate(people[:20]):
            half = Half.MORNING if at < 10 else Half.AFTERNOON
            await core.book(replace(self.wish(person, f"r{at}"), half=half), TODAY)
        assert [slot.day for slot in await core.slots(LOAN, "0901", TODAY)][::2] == [
            date(2025, 11, 21),
            date(2025, 11, 25),
            date(2025, 11, 26),
        ]

    async def test_nobody_has_two_appointments_of_one_kind(self, core: FundCore, people: list[DemoDepositor]) -> None:
        booked = await core.book(self.wish(people[0]), TODAY)
        with pytest.raises(AlreadyBooked) as refused:
            await core.book(replace(self.wish(people[0], "r2"), office="0902"), TODAY)
        assert refused.value.appointment == booked
        other = await core.book(self.wish(people[0], "r3", AppointmentKind.WITHDRAWAL), TODAY)
        assert [each.number for each in await core.appointments(people[0].depositor, TODAY)] == sorted([booked.number, other.number])

    async def test_a_cancelled_appointment_is_gone_and_cancelling_again_is_harmless(
        self, core: FundCore, people: list[DemoDepositor]
    ) -> None:
        booked = await core.book(self.wish(people[0]), TODAY)
        for _ in range(2):
            assert (await core.cancel(people[0].depositor, booked.number, TODAY)).cancelled
        assert list(await core.appointments(people[0].depositor, TODAY)) == []
        assert (await core.book(self.wish(people[0], "r2"), TODAY)).number != booked.number

    async def test_nobody_cancels_what_is_not_his_or_is_over(self, core: FundCore, people: list[DemoDepositor]) -> None:
        booked = await core.book(self.wish(people[0]), TODAY)
        for whose, number, day in (
            (people[1].depositor, booked.number, TODAY),
            (people[0].depositor, "99999999", TODAY),
            (people[0].depositor, booked.number, MONDAY + timedelta(days=1)),
        ):
            with pytest.raises(NotOnFile):
                await core.cancel(whose, number, day)
        assert len(await core.appointments(people[0].depositor, TODAY)) == 1

    @pytest.mark.parametrize(
        ("change", "word"),
        [
            ({"day": TODAY}, "ahead"),
            ({"day": date(2025, 11, 22)}, "no working day"),
            ({"day": TODAY + timedelta(days=LAST_AHEAD + 1)}, "30 days"),
            ({"office": "nowhere"}, "nowhere"),
            ({"request": ""}, "request"),
        ],
    )
    async def test_what_cannot_be_booked_is_said_by_name(
        self, core: FundCore, people: list[DemoDepositor], change: dict[str, object], word: str
    ) -> None:
        with pytest.raises(NotBookable, match=word):
            await core.book(replace(self.wish(people[0]), **change), TODAY)  # type: ignore[arg-type]
        assert list(await core.appointments(people[0].depositor, TODAY)) == []

    async def test_who_is_not_on_file_books_nothing(self, core: FundCore) -> None:
        with pytest.raises(NotOnFile):
            await core.book(Wish("r", STRANGER, LOAN, "0901", MONDAY, Half.MORNING), TODAY)

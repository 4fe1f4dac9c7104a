"""The fake's past and appointments, in memory, with the fake's faults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from fund_core.appointments import (
    AlreadyBooked,
    Appointment,
    AppointmentKind,
    Half,
    NotBookable,
    Office,
    Slot,
    SlotFull,
    Wish,
    days_to_book,
    wish_fault,
    with_room,
)
from fund_core.faults import Faulty
from fund_core.histories import OFFICES, QUOTA, application, movements, overdue_amount, repayments, unit_deposit
from fund_core.model import AccountStatus
from fund_core.people import DemoDepositor, DemoLoan, demo_units, unit_key
from fund_core.port import NotOnFile
from fund_core.records import DetailKind, Details, Interest, LoanProgress, Overdue, Person, Repayments, UnitDeposit
from hotline.ids import DepositorId


class FakeRecords(Faulty):
    """See :class:`fund_core.records.Records`."""

    async def person(self, depositor: DepositorId) -> Person:
        """See the port."""
        await self._trouble("person")
        found = self._person(depositor)
        return Person(self._whom(depositor), found.name, dict(demo_units())[found.unit])

    async def details(self, depositor: DepositorId, which: int = 0, count: int = 6) -> Details:
        """See the port."""
        await self._trouble("details")
        return Details(self._whom(depositor), tuple(movements(self._owner(depositor, which), which)[:count]))

    async def interest(self, depositor: DepositorId, which: int = 0) -> Interest:
        """See the port."""
        await self._trouble("interest")
        for each in movements(self._owner(depositor, which), which):
            if each.kind is DetailKind.INTEREST:
                return Interest(self._whom(depositor), each.day, each.amount, each.balance)
        raise NotOnFile

    async def repayments(self, depositor: DepositorId, count: int = 6) -> Repayments:
        """See the port."""
        await self._trouble("repayments")
        return Repayments(self._whom(depositor), tuple(repayments(self._loan(depositor))[:count]))

    async def overdue(self, depositor: DepositorId) -> Overdue:
        """See the port."""
        await self._trouble("overdue")
        loan = self._loan(depositor)
        return Overdue(self._whom(depositor), loan.overdue, overdue_amount(loan))

    async def loan_progress(self, depositor: DepositorId) -> LoanProgress:
        """See the port."""
        await self._trouble("loan_progress")
        if (wish := application(self._person(depositor))) is None:
            raise NotOnFile
        return LoanProgress(self._whom(depositor), wish.number, wish.stage, wish.updated)

    async def unit_deposit(self, unit: DepositorId) -> UnitDeposit:
        """See the port."""
        await self._trouble("unit_deposit")
        if (number := next((each for each, _ in demo_units() if unit_key(each) == unit), None)) is None:
            raise NotOnFile
        staff = [person for person in self.people if person.unit == number and person.status is AccountStatus.NORMAL]
        return unit_deposit(self._whom(unit), "202510", [person.own_deposit + person.employer_deposit for person in staff])

    def _owner(self, depositor: DepositorId, which: int) -> DemoDepositor:
        person = self._person(depositor)
        if not 0 <= which < len(person.owner.accounts):
            raise NotOnFile
        return person

    def _loan(self, depositor: DepositorId) -> DemoLoan:
        if (loan := self._person(depositor).loan) is None:
            raise NotOnFile
        return loan


class FakeAppointments(Faulty):
    """See :class:`fund_core.appointments.Appointments`."""

    def __init__(self, people: Sequence[DemoDepositor]) -> None:
        super().__init__(people)
        self.is_working_day: Callable[[date], bool] = lambda day: day.weekday() < 5
        self.quota = QUOTA
        self._booked: dict[str, Appointment] = {}

    async def offices(self, kind: AppointmentKind) -> Sequence[Office]:
        """See the port."""
        await self._trouble("offices")
        return OFFICES

    async def slots(self, kind: AppointmentKind, office: str, today: date, days: int = 3) -> Sequence[Slot]:
        """See the port."""
        await self._trouble("slots")
        known = any(each.code == office for each in OFFICES)
        ahead = days_to_book(today, self.is_working_day)
        return with_room(ahead, lambda day, half: self._taken(kind, office, day, half), lambda half: self.quota * known, days)

    async def book(self, wish: Wish, today: date) -> Appointment:
        """See the port."""
        await self._trouble("book")
        if wish.request in self._booked:
            return self._booked[wish.request]
        if fault := wish_fault(wish, today, self.is_working_day):
            raise NotBookable(fault)
        self._person(wish.depositor)
        for standing in self._standing(wish.depositor, today):
            if standing.kind is wish.kind:
                raise AlreadyBooked(standing)
        office = next((each for each in OFFICES if each.code == wish.office), None)
        if office is None:
            raise NotBookable(f"no office {wish.office} takes appointments of this kind")
        if self._taken(wish.kind, wish.office, wish.day, wish.half) >= self.quota:
            raise SlotFull
        number = f"{len(self._booked) + 1:08d}"
        self._booked[wish.request] = Appointment(number, wish.depositor, wish.kind, office, wish.day, wish.half)
        return self._booked[wish.request]

    async def appointments(self, depositor: DepositorId, today: date) -> Sequence[Appointment]:
        """See the port."""
        await self._trouble("appointments")
        return [replace(each, depositor=self._whom(depositor)) for each in self._standing(depositor, today)]

    async def cancel(self, depositor: DepositorId, number: str, today: date) -> Appointment:
        """See the port."""
        await self._trouble("cancel")
        for request, each in self._booked.items():
            if (each.number, each.depositor) == (number, depositor) and each.day >= today:
                self._booked[request] = replace(each, cancelled=True)
                return self._booked[request]
        raise NotOnFile

    def _standing(self, depositor: DepositorId, today: date) -> list[Appointment]:
        mine = [each for each in self._booked.values() if each.depositor == depositor and each.day >= today and not each.cancelled]
        return sorted(mine, key=lambda each: (each.day, each.half is Half.AFTERNOON, each.number))

    def _taken(self, kind: AppointmentKind, office: str, day: date, half: Half) -> int:
        wanted = (kind, office, day, half)
        return sum((each.kind, each.office.code, each.day, each.half) == wanted and not each.cancelled for each in self._booked.values())

"""A core in memory that fails on demand: slow, silent, failing, half an answer, somebody else's answer.

It passes the same contract suite as the demo core while no fault is set. Not for production; ships for rehearsals and tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from fund_core.fake_records import FakeAppointments, FakeRecords
from fund_core.faults import Fault as Fault
from fund_core.model import Account, AccountStatus, BoundMobile, Loan, PinStanding, Unit, UnitStatus, Verdict
from fund_core.people import SECOND_BALANCE, DemoDepositor, demo_depositors, demo_unit_pin, demo_units, unit_key
from fund_core.port import NotOnFile
from fund_core.weak_pin import Owner, PinFault, pin_fault
from hotline.identity import LoginKind, complete
from hotline.ids import DepositorId
from hotline.money import Fen
from hotline.secret import Secret

_RATE = Decimal(8)


class FakeCore(FakeRecords, FakeAppointments):
    """Invented people in memory, and whatever goes wrong with them."""

    def __init__(self, people: Sequence[DemoDepositor] | None = None) -> None:
        super().__init__(people if people is not None else demo_depositors(count=12))
        self._unit_pins = {unit_key(unit): demo_unit_pin(unit) for unit, _ in demo_units()}

    async def identify(self, number: str, kinds: Sequence[LoginKind]) -> DepositorId | None:
        """See the port."""
        await self._trouble("identify")
        wanted = {"citizen_id": complete(number), "card": number, "account": number}
        for kind in kinds:
            if kind == "unit":
                return next((unit_key(unit) for unit, _ in demo_units() if unit == number), None)
            for person in self.people:
                if getattr(person, kind) == wanted[kind] or (kind == "account" and number and person.second_account == number):
                    return person.depositor
        return None

    async def verify(self, depositor: DepositorId | None, pin: Secret) -> Verdict:
        """See the port."""
        await self._trouble("verify")
        keyed = pin.reveal()
        if depositor is not None and self._unit_pins.get(depositor) == keyed:
            return Verdict(depositor, True)
        whom = self._whom(depositor) if depositor else None
        person = next((person for person in self.people if person.depositor == depositor), None)
        if person is None:
            return Verdict(whom, False)
        weak = PinStanding.WEAK if pin_fault(person.pin, person.owner) else PinStanding.OWN
        return Verdict(whom, person.pin == keyed, PinStanding.INITIAL if person.initial else weak, person.mobile)

    async def mobile(self, depositor: DepositorId | None) -> BoundMobile:
        """See the port."""
        await self._trouble("mobile")
        number = next((person.mobile for person in self.people if person.depositor == depositor), "")
        return BoundMobile(self._whom(depositor) if depositor else None, number)

    async def persons_with(self, mobile: str) -> Sequence[DepositorId]:
        """See the port."""
        await self._trouble("persons_with")
        found = sorted(person.depositor for person in self.people if mobile and person.mobile == mobile)
        return [self._whom(each) for each in found]

    async def set_pin(self, depositor: DepositorId, pin: Secret) -> PinFault | None:
        """See the port."""
        await self._trouble("set_pin")
        if depositor in self._unit_pins:
            return self._set_unit_pin(depositor, pin.reveal())
        person = self._person(depositor)
        fault = pin_fault(pin.reveal(), person.owner, person.pin)
        if fault is None:
            self._replace(replace(person, pin=pin.reveal(), initial=False))
        return fault

    async def bind_mobile(self, depositor: DepositorId, number: Secret) -> None:
        """See the port."""
        await self._trouble("bind_mobile")
        self._replace(replace(self._person(depositor), mobile=number.reveal()))

    async def account(self, depositor: DepositorId, which: int = 0) -> Account:
        """See the port."""
        await self._trouble("account")
        accounts = self._accounts(depositor)
        if not 0 <= which < len(accounts):
            raise NotOnFile
        return replace(accounts[which], depositor=self._whom(depositor))

    async def accounts(self, depositor: DepositorId) -> Sequence[Account]:
        """See the port."""
        await self._trouble("accounts")
        return [replace(account, depositor=self._whom(depositor)) for account in self._accounts(depositor)]

    async def loan(self, depositor: DepositorId) -> Loan:
        """See the port."""
        await self._trouble("loan")
        if (loan := self._person(depositor).loan) is None:
            raise NotOnFile
        return Loan(
            self._whom(depositor), loan.number, loan.granted, loan.outstanding, loan.term, loan.due, loan.due_day, loan.overdue
        )  # fmt: skip

    async def unit(self, number: str) -> Unit:
        """See the port."""
        await self._trouble("unit")
        return self._unit(number)

    async def own_unit(self, unit: DepositorId) -> Unit:
        """See the port."""
        await self._trouble("own_unit")
        return self._unit(next((number for number, _ in demo_units() if unit_key(number) == unit), ""))

    def _set_unit_pin(self, unit: DepositorId, pin: str) -> PinFault | None:
        number = next(number for number, _ in demo_units() if unit_key(number) == unit)
        fault = pin_fault(pin, Owner(accounts=(number,)), self._unit_pins[unit])
        if fault is None:
            self._unit_pins[unit] = pin
        return fault

    def _unit(self, number: str) -> Unit:
        for unit, name in demo_units():
            if unit == number:
                staff = sum(person.unit == unit for person in self.people)
                return Unit(self._whom(unit_key(unit)), unit, name, UnitStatus.NORMAL, staff, 0, _RATE, _RATE, "202510")
        raise NotOnFile

    def _accounts(self, depositor: DepositorId) -> list[Account]:
        p = self._person(depositor)
        main = Account(p.depositor, p.account, p.status, p.balance, p.own_deposit, p.employer_deposit, p.paid_through)
        if not p.second_account:
            return [main]
        return [main, Account(p.depositor, p.second_account, AccountStatus.SEALED, SECOND_BALANCE, Fen(0), Fen(0), "201912")]

    def _replace(self, person: DemoDepositor) -> None:
        self.people = [person if each.depositor == person.depositor else each for each in self.people]

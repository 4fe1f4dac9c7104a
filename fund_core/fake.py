"""A core in memory that fails on demand: slow, silent, failing, half an answer, somebody else's answer.

It passes the same contract suite as the demo core while no fault is set. Not for production; ships for rehearsals and tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from enum import Enum, auto

from fund_core.model import Account, Loan, Unit, Verdict
from fund_core.people import DemoDepositor, demo_depositors, demo_units
from fund_core.port import CoreAnsweredWrong, CoreAway, NotOnFile
from hotline.identity import LoginKind, complete
from hotline.ids import DepositorId
from hotline.secret import Secret

_RATE = Decimal(8)


class Fault(Enum):
    """What goes wrong with every answer while set."""

    FAILING = auto()
    SILENT = auto()
    HALF = auto()
    WRONG_PERSON = auto()


class FakeCore:
    """Invented people in memory. Set ``fault`` and ``delay_s`` at any time; ``asked`` counts the questions by name."""

    def __init__(self, people: Sequence[DemoDepositor] | None = None) -> None:
        self.people = list(people if people is not None else demo_depositors(count=12))
        self.fault: Fault | None = None
        self.delay_s = 0.0
        self.asked: dict[str, int] = {}

    async def identify(self, number: str, kinds: Sequence[LoginKind]) -> DepositorId | None:
        """See the port."""
        await self._trouble("identify")
        wanted = {"citizen_id": complete(number), "card": number, "account": number}
        for kind in kinds:
            for person in self.people:
                if getattr(person, kind) == wanted[kind]:
                    return person.depositor
        return None

    async def verify(self, depositor: DepositorId | None, pin: Secret) -> Verdict:
        """See the port."""
        await self._trouble("verify")
        right = any(person.depositor == depositor and person.pin == pin.reveal() for person in self.people)
        return Verdict(self._whom(depositor) if depositor else None, right)

    async def account(self, depositor: DepositorId) -> Account:
        """See the port."""
        await self._trouble("account")
        p = self._person(depositor)
        answer = Account(p.depositor, p.account, p.status, p.balance, p.own_deposit, p.employer_deposit, p.paid_through)
        return replace(answer, depositor=self._whom(depositor))

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
        for unit, name in demo_units():
            if unit == number:
                staff = sum(person.unit == unit for person in self.people)
                return Unit(unit, name, True, staff, 0, _RATE, _RATE, "202510")
        raise NotOnFile

    async def _trouble(self, question: str) -> None:
        self.asked[question] = self.asked.get(question, 0) + 1
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.fault is Fault.SILENT:
            await asyncio.Event().wait()
        if self.fault is Fault.FAILING:
            raise CoreAway
        if self.fault is Fault.HALF:
            raise CoreAnsweredWrong(question)

    def _person(self, depositor: DepositorId) -> DemoDepositor:
        for person in self.people:
            if person.depositor == depositor:
                return person
        raise NotOnFile

    def _whom(self, depositor: DepositorId) -> DepositorId:
        if self.fault is Fault.WRONG_PERSON:
            return next(person.depositor for person in self.people if person.depositor != depositor)
        return depositor

"""The past of the invented people: movements, interest, repayments, applications, each derived from the person alone.

Nothing is drawn: the same person has the same past in the demo core and in the fake, and the newest movement leaves the balance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fund_core.appointments import Office
from fund_core.model import AccountStatus
from fund_core.people import SECOND_BALANCE, DemoDepositor, DemoLoan
from fund_core.records import Detail, DetailKind, LoanStage, Repayment, UnitDeposit
from hotline.ids import DepositorId
from hotline.money import Fen

OFFICES = (Office("0901", "演示城关网点"), Office("0902", "演示河西网点"), Office("0903", "演示新区网点"), Office("0904", "演示东县网点"))
"""Offices that take appointments; their addresses are in the knowledge base."""
QUOTA = 10
"""Appointments of one kind in half a day at one office."""
MONTHS = 12
DAY_OF_DEPOSIT, DAY_BOOKED = 10, 12
LAST_REPAID = (2025, 10)
"""The month the demo's loans were last repaid in."""


@dataclass(frozen=True, slots=True)
class Application:
    """A loan application under way or paid out."""

    number: str
    stage: LoanStage
    updated: date


def movements(person: DemoDepositor, which: int) -> list[Detail]:
    """The latest movements on the person's ``which``-th account, newest first; they go back as far as the balance does."""
    if which:
        day = date(2025, 6, 30)
        return [Detail(day, DetailKind.INTEREST, Fen(SECOND_BALANCE * 15 // 1000), SECOND_BALANCE)]
    if person.status is AccountStatus.CLOSED:
        return [Detail(date(2025, 3, 14), DetailKind.CLOSING, Fen(-12 * _monthly(person)), Fen(0))]
    found: list[Detail] = []
    balance = person.balance
    for at in range(MONTHS):
        year, month = months_before(int(person.paid_through[:4]), int(person.paid_through[4:]), at)
        for detail in _month(person, year, month, balance):
            if detail.balance - detail.amount < 0:
                return found
            found.append(detail)
            balance = Fen(detail.balance - detail.amount)
    return found


def repayments(loan: DemoLoan) -> list[Repayment]:
    """The latest repayments, newest first: equal shares of the principal, and penalty after an overdue one."""
    principal = Fen(loan.granted // loan.term)
    paid = min(MONTHS, (loan.granted - loan.outstanding) // principal)
    found = []
    for at in range(paid):
        year, month = months_before(*LAST_REPAID, at + loan.overdue)
        left = Fen(loan.outstanding + at * principal)
        penalty = Fen(1_230) if at == 0 and loan.overdue else Fen(0)
        found.append(Repayment(date(year, month, loan.due_day), principal, Fen((left + principal) * 26 // 12_000), penalty, left))
    return found


def overdue_amount(loan: DemoLoan) -> Fen:
    """What is overdue."""
    return Fen(loan.overdue * loan.due)


def application(person: DemoDepositor) -> Application | None:
    """The latest loan application: paid out with a loan; under way for one in three of the others."""
    at = int(person.depositor[1:])
    if person.loan is not None:
        return Application(f"S{person.loan.number[-7:]}", LoanStage.PAID_OUT, date(2024, 5, 20))
    if at % 3:
        return None
    return Application(f"S{at:07d}", list(LoanStage)[at // 3 % 5], date(2025, 11, 1 + at % 18))


def unit_deposit(unit: DepositorId, paid_through: str, deposits: Sequence[int]) -> UnitDeposit:
    """The latest deposit of an employer who pays ``deposits`` a month for his staff; it was booked in the month it is for."""
    booked = date(int(paid_through[:4]), int(paid_through[4:]), DAY_BOOKED)
    return UnitDeposit(unit, paid_through, Fen(sum(deposits)), len(deposits), booked)


def months_before(year: int, month: int, count: int) -> tuple[int, int]:
    """The month ``count`` months before."""
    months = year * 12 + month - 1 - count
    return months // 12, months % 12 + 1


def _month(person: DemoDepositor, year: int, month: int, balance: Fen) -> list[Detail]:
    """The movements of a month, newest first: a deposit; in June the year's interest; a withdrawal in March for who has a loan."""
    found = []
    if month == 6:
        interest = Fen(balance * 15 // 1015)
        found.append(Detail(date(year, 6, 30), DetailKind.INTEREST, interest, balance))
        balance = Fen(balance - interest)
    if month == 3 and person.loan is not None:
        taken = Fen(-2 * _monthly(person))
        found.append(Detail(date(year, 3, 20), DetailKind.WITHDRAWAL, taken, balance))
        balance = Fen(balance - taken)
    found.append(Detail(date(year, month, DAY_OF_DEPOSIT), DetailKind.DEPOSIT, _monthly(person), balance))
    return found


def _monthly(person: DemoDepositor) -> Fen:
    return Fen(person.own_deposit + person.employer_deposit)

"""What the fund's system tells of the past and of what is under way: details 明细, interest 结息, repayments, overdue, progress.

Part of the port (fund_core/port.py). Money in fen, newest first; every answer names whom it is about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from hotline.ids import DepositorId
from hotline.money import Fen


class DetailKind(StrEnum):
    """Kinds of movements on a fund account (code table gjhtqywlx, put together as callers know them)."""

    DEPOSIT = "deposit"
    """汇缴"""
    BACK_PAYMENT = "back_payment"
    """补缴"""
    WITHDRAWAL = "withdrawal"
    """提取"""
    CLOSING = "closing"
    """销户提取"""
    INTEREST = "interest"
    """年终结息"""
    TRANSFER_IN = "transfer_in"
    """转入"""
    TRANSFER_OUT = "transfer_out"
    """转出"""
    OTHER = "other"


class LoanStage(StrEnum):
    """Where a loan application is (seed 002 annex 4, items 35 to 40): 受理, 审核, 签约, 担保落实, 审批, 发放."""

    ACCEPTED = "accepted"
    REVIEWED = "reviewed"
    SIGNED = "signed"
    SECURED = "secured"
    APPROVED = "approved"
    PAID_OUT = "paid_out"


@dataclass(frozen=True, slots=True)
class Person:
    """Who a depositor is, for texts that address him."""

    depositor: DepositorId
    name: str = field(repr=False)
    employer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Detail:
    """One movement: ``amount`` is added to the balance (negative when taken), ``balance`` is what is there afterwards."""

    day: date
    kind: DetailKind
    amount: Fen
    balance: Fen


@dataclass(frozen=True, slots=True)
class Details:
    """The latest movements on an account."""

    depositor: DepositorId
    rows: tuple[Detail, ...]


@dataclass(frozen=True, slots=True)
class Interest:
    """The latest yearly settlement: interest credited on ``day`` (30 June), and the balance after it."""

    depositor: DepositorId
    day: date
    interest: Fen
    balance: Fen


@dataclass(frozen=True, slots=True)
class Repayment:
    """One repayment of a loan; ``outstanding`` is what is left of the principal afterwards."""

    day: date
    principal: Fen
    interest: Fen
    penalty: Fen
    outstanding: Fen


@dataclass(frozen=True, slots=True)
class Repayments:
    """The latest repayments."""

    depositor: DepositorId
    rows: tuple[Repayment, ...]


@dataclass(frozen=True, slots=True)
class Overdue:
    """What is overdue of a loan: ``count`` instalments and their sum; 0 and 0 when nothing is."""

    depositor: DepositorId
    count: int
    amount: Fen


@dataclass(frozen=True, slots=True)
class LoanProgress:
    """A loan application: its number 受理编号, where it is, since when."""

    depositor: DepositorId
    number: str = field(repr=False)
    stage: LoanStage
    updated: date


@dataclass(frozen=True, slots=True)
class UnitDeposit:
    """An employer's latest deposit 汇缴: through which month (``YYYYMM``), how much, for how many, booked when."""

    unit: DepositorId
    paid_through: str
    amount: Fen
    depositors: int
    booked: date


class Records(Protocol):
    """Every method may raise CoreAway or CoreAnsweredWrong, and NotOnFile when there is no such person, loan or unit."""

    async def person(self, depositor: DepositorId) -> Person:
        """Who it is."""
        ...

    async def details(self, depositor: DepositorId, which: int = 0, count: int = 6) -> Details:
        """The latest ``count`` movements on the ``which``-th of his accounts, newest first; possibly none."""
        ...

    async def interest(self, depositor: DepositorId, which: int = 0) -> Interest:
        """The latest settlement. Raises NotOnFile also when there was none yet."""
        ...

    async def repayments(self, depositor: DepositorId, count: int = 6) -> Repayments:
        """The latest ``count`` repayments of his loan, newest first; possibly none."""
        ...

    async def overdue(self, depositor: DepositorId) -> Overdue:
        """What is overdue of his loan."""
        ...

    async def loan_progress(self, depositor: DepositorId) -> LoanProgress:
        """His latest loan application. Raises NotOnFile when he has none."""
        ...

    async def unit_deposit(self, unit: DepositorId) -> UnitDeposit:
        """The latest deposit of the employer who logged in."""
        ...

"""What the fund's business system tells, in the house's own words; money in fen, months as ``YYYYMM``.

Every answer names the person it is about, so that the asker can see that it is about the person he asked for.
Account and loan numbers are personal data: they don't show in ``repr``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from hotline.ids import DepositorId
from hotline.money import Fen


class AccountStatus(StrEnum):
    """账户状态; sealed 封存 is not frozen 冻结."""

    NORMAL = "normal"
    SEALED = "sealed"
    FROZEN = "frozen"
    CLOSED = "closed"
    OTHER = "other"


class PinStanding(StrEnum):
    """What a PIN on file is worth. An initial PIN opens nothing; nor does one that the policy refuses and was chosen before it."""

    OWN = "own"
    INITIAL = "initial"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The core's judgement of a PIN: ``depositor`` is who was judged (None: nobody we know), ``right`` whether it is the one on file.

    A right PIN opens only as its ``standing`` allows; of a wrong one the standing says nothing. ``mobile`` is the one bound to the
    person, right or wrong, empty when there is none: a call from it is familiar.
    """

    depositor: DepositorId | None
    right: bool
    standing: PinStanding = PinStanding.OWN
    mobile: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class BoundMobile:
    """The mobile bound to an account, where codes are sent; ``number`` is empty when none is bound."""

    depositor: DepositorId | None
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """A person's fund account 个人公积金账户."""

    depositor: DepositorId
    number: str = field(repr=False)
    status: AccountStatus
    balance: Fen
    own_deposit: Fen
    employer_deposit: Fen
    paid_through: str

    @property
    def monthly_deposit(self) -> Fen:
        """月缴存额: both shares."""
        return Fen(self.own_deposit + self.employer_deposit)


@dataclass(frozen=True, slots=True)
class Loan:
    """A person's housing loan 个人公积金贷款. ``term`` in months, ``due_day`` of the month, ``overdue`` in instalments."""

    depositor: DepositorId
    number: str = field(repr=False)
    granted: Fen
    outstanding: Fen
    term: int
    due: Fen
    due_day: int
    overdue: int


class UnitStatus(StrEnum):
    """单位账户状态: 正常, 开户, 缓缴, 销户, 封存, 其他 (code table dwzhzt)."""

    NORMAL = "normal"
    OPENED = "opened"
    DEFERRED = "deferred"
    CLOSED = "closed"
    SEALED = "sealed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Unit:
    """An employer's account 单位账户; ``unit`` is the employer's key. Rates in percent."""

    unit: DepositorId
    number: str
    name: str
    status: UnitStatus
    depositors: int
    sealed: int
    employer_rate: Decimal
    own_rate: Decimal
    paid_through: str

"""The port: what the house asks of the fund's business system (核心业务系统).

One core per installation; the demo core and the fake pass the same contract suite (tests/contracts/fund_core.py). An answer may
be late, missing or about somebody else: the asker bounds the time and checks whom the answer names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fund_core.appointments import Appointments
from fund_core.model import Account, BoundMobile, Loan, Unit, Verdict
from fund_core.records import Records
from fund_core.weak_pin import PinFault
from hotline.errors import HotlineError
from hotline.identity import LoginKind
from hotline.ids import DepositorId
from hotline.secret import Secret


class CoreAway(HotlineError):
    """The fund's business system does not answer."""


class CoreAnsweredWrong(HotlineError):
    """The fund's business system gave an answer that can't be right:"""


class NotOnFile(HotlineError):
    """The fund's business system has no such record."""


class FundCore(Records, Appointments, Protocol):
    """The fund's business system. Every method may raise CoreAway or CoreAnsweredWrong."""

    async def identify(self, number: str, kinds: Sequence[LoginKind]) -> DepositorId | None:
        """Whose account, identity, card or unit number this is, tried as each of ``kinds`` in order; None when nobody's.

        A unit 单位 has a key of its own kind, which opens no person's records.
        """
        ...

    async def verify(self, depositor: DepositorId | None, pin: Secret) -> Verdict:
        """Judge a person's or unit's six-digit PIN. For None the same work is done, and wrong: the time taken tells nothing."""
        ...

    async def mobile(self, depositor: DepositorId | None) -> BoundMobile:
        """The mobile bound to the person; an empty number when there is none, and for None."""
        ...

    async def persons_with(self, mobile: str) -> Sequence[DepositorId]:
        """Whose bound mobile this is, always in the same order; a mobile may hold several accounts (spouses)."""
        ...

    async def set_pin(self, depositor: DepositorId, pin: Secret) -> PinFault | None:
        """Replace a person's or unit's PIN by one of his own choice; why it is refused, or None when it holds now.

        The asker has seen to the proof (ivr.guard.codes): a code to the bound mobile, the counter, or the old PIN unless that is an
        initial one. Raises NotOnFile.
        """
        ...

    async def bind_mobile(self, depositor: DepositorId, number: Secret) -> None:
        """Bind another mobile; the asker has seen to the codes to the new *and* the old number. Raises NotOnFile."""
        ...

    async def account(self, depositor: DepositorId, which: int = 0) -> Account:
        """The person's fund account: the ``which``-th of :meth:`accounts`. Raises NotOnFile."""
        ...

    async def accounts(self, depositor: DepositorId) -> Sequence[Account]:
        """All accounts of the person, always in the same order, the main one first. Raises NotOnFile when there is none."""
        ...

    async def loan(self, depositor: DepositorId) -> Loan:
        """The person's loan. Raises NotOnFile."""
        ...

    async def unit(self, number: str) -> Unit:
        """The employer's account of that number. Raises NotOnFile."""
        ...

    async def own_unit(self, unit: DepositorId) -> Unit:
        """The account of the employer who logged in (its key from :meth:`identify`). Raises NotOnFile."""
        ...

"""The port: what the house asks of the fund's business system (核心业务系统).

One core per installation; the demo core and the fake pass the same contract suite (tests/contracts/fund_core.py). An answer may
be late, missing or about somebody else: the asker bounds the time and checks whom the answer names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fund_core.model import Account, Loan, Unit, Verdict
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


class FundCore(Protocol):
    """The fund's business system. Every method may raise CoreAway or CoreAnsweredWrong."""

    async def identify(self, number: str, kinds: Sequence[LoginKind]) -> DepositorId | None:
        """Whose account, identity or card number this is, tried as each of ``kinds`` in order; None when nobody's."""
        ...

    async def verify(self, depositor: DepositorId | None, pin: Secret) -> Verdict:
        """Judge a six-digit PIN. For None the same work is done and the verdict is wrong: the time taken tells nothing."""
        ...

    async def account(self, depositor: DepositorId) -> Account:
        """The person's fund account. Raises NotOnFile."""
        ...

    async def loan(self, depositor: DepositorId) -> Loan:
        """The person's loan. Raises NotOnFile."""
        ...

    async def unit(self, number: str) -> Unit:
        """The employer's account of that number. Raises NotOnFile."""
        ...

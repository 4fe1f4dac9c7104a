"""PIN lock-out (domain/identity.md "tries"): how many attempts on one account and day are judged for real.

An attempt is counted *before* it is judged and taken back when it was right or nobody judged it, so a hundred lines guessing at
once get no guess more than one line. A locked account is still judged, and the verdict thrown away: a locked account, a
wrong PIN and a number nobody has take the same steps and the same time. Unknown numbers have counters like real ones.
"""

from __future__ import annotations

import asyncio
from datetime import date

from fund_core.port import CoreAnsweredWrong, CoreAway, FundCore
from hotline.identity import login_kinds
from hotline.ids import DepositorId
from hotline.secret import Secret
from ivr.needs import AttemptStore, Blind


def may_open(attempts: int, limit: int) -> bool:
    """Whether the ``attempts``-th attempt of a day (from 1, itself included) may open an account: the rule of now."""
    return attempts <= limit


class LoginGate:
    """Judges logins for all lines. Budgets per caller, prefix and the whole house come in beside :func:`may_open`."""

    def __init__(self, core: FundCore, attempts: AttemptStore, blind: Blind, limit: int) -> None:
        self._core = core
        self._attempts = attempts
        self._blind = blind
        self._limit = limit

    async def judge(self, number: Secret, pin: Secret, day: date) -> DepositorId | None:
        """Who logs in with ``number`` and ``pin`` on ``day``, or None; why not is told to nobody. Raises what the core raises."""
        keyed = number.reveal()
        depositor = await self._core.identify(keyed, login_kinds(keyed))
        subject = f"d:{depositor}" if depositor else f"n:{self._blind(keyed)}"
        attempts = await self._attempts.charge(subject, day)
        try:
            verdict = await self._core.verify(depositor, pin)
            if verdict.depositor != depositor:
                raise CoreAnsweredWrong("about somebody else")
        except (CoreAway, CoreAnsweredWrong, asyncio.CancelledError):
            await self._attempts.refund(subject, day)
            raise
        if not verdict.right or depositor is None or not may_open(attempts, self._limit):
            return None
        await self._attempts.refund(subject, day)
        return depositor

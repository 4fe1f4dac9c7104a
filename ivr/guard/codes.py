"""Rule of the codes sent by SMS, and what they prove (domain/identity.md "PIN policy").

An initial PIN, or one the policy refuses, is replaced only with a code to the mobile that is bound already, or at a counter: who
guessed the PIN has not got the telephone. Another mobile is bound only with a code to the new *and* one to the old number (a lost
telephone: at the counter). A code is six digits from a cryptographic source, good once and for five minutes; wrong codes of an
account are counted for the day like wrong PINs, over all codes and lines, so that asking for many codes gives no more guesses.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from fund_core.model import PinStanding
from hotline.ids import DepositorId
from hotline.moment import Moment, elapsed_us
from hotline.secret import Secret
from ivr.guard.rule import Counts, Ruling
from ivr.needs import AttemptStore, Blind

Proof = Literal["old_pin", "code_to_bound_mobile", "code_to_new_mobile", "counter"]
"""How somebody showed that he may change something; ``counter``: in person, with his identity card."""
GOOD_FOR = timedelta(minutes=5)
CODES_PER_DAY = 5
WRONG_PER_DAY = 3


def may_set_pin(standing: PinStanding, proofs: Collection[Proof]) -> bool:
    """Whether a PIN may be replaced: the old one proves something only when it was the person's own and strong."""
    return "counter" in proofs or "code_to_bound_mobile" in proofs or ("old_pin" in proofs and standing is PinStanding.OWN)


def may_bind_mobile(bound: bool, proofs: Collection[Proof]) -> bool:
    """Whether another mobile may be bound; ``bound``: one is bound now. The first one is bound at a counter."""
    return "code_to_new_mobile" in proofs and ("counter" in proofs or (bound and "code_to_bound_mobile" in proofs))


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code on its way to a mobile, as the dialog keeps it: whose, until when, and a keyed hash of it."""

    depositor: DepositorId
    mark: str = field(repr=False)
    sent: Moment


def six_digits() -> str:
    """A code nobody can foresee."""
    return f"{secrets.randbelow(10**6):06d}"


class CodeDesk:
    """Makes and checks codes for all lines, with the durable counters of the login."""

    def __init__(self, attempts: AttemptStore, blind: Blind, draw: Callable[[], str] = six_digits) -> None:
        self._attempts = attempts
        self._blind = blind
        self._draw = draw

    async def make(self, depositor: DepositorId, at: Moment) -> tuple[SentCode, Secret] | None:
        """A code to send to a mobile of ``depositor``; None when he had his codes for today."""
        subject = f"codes:{depositor}"
        ruling = await self._attempts.charge(at.day(), {subject: 1}, lambda counted: Ruling(counted[subject] <= CODES_PER_DAY, {}))
        if not ruling.counts:
            return None
        code = self._draw()
        return SentCode(depositor, self._mark(depositor, at, code), at), Secret(code)

    async def check(self, sent: SentCode, keyed: Secret, at: Moment) -> bool:
        """Whether ``keyed`` is the code, in time, for the first time, and the account's wrong tries of the day are not used up."""
        right = self._mark(sent.depositor, sent.sent, keyed.reveal()) == sent.mark
        in_time = elapsed_us(sent.sent, at) <= GOOD_FOR // timedelta(microseconds=1)
        wrong, used = f"wrong codes:{sent.depositor}", f"used:{sent.mark}"

        def ruling(counted: Counts) -> Ruling:
            if not right:
                return Ruling(False, {used: -1})
            good = in_time and counted[wrong] <= WRONG_PER_DAY and counted[used] == 1
            return Ruling(good, {wrong: -1})

        return (await self._attempts.charge(at.day(), {wrong: 1, used: 1}, ruling)).counts

    def _mark(self, depositor: DepositorId, at: Moment, code: str) -> str:
        return self._blind(f"code {depositor} {at.wall} {code}")

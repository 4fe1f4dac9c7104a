"""The SMS bridge in memory, for leaves in virtual time: its own pure rules, no thread and no database.

It passes the same contract as the bridge behind its adapter (tests/contracts/sms_by_phone.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from fund_core.fake import FakeCore
from hotline.identity import is_mobile
from hotline.ids import CallId, DepositorId
from hotline.moment import Moment
from hotline.secret import Secret
from hotline.tables import StoreAway
from ivr.needs import CodePurpose, NoCode, SentCode, SmsClass
from sms_bridge.catalogue import topic as topic_of
from sms_bridge.model import CodeVerdict, KeptCode, NotComposed, Proof
from sms_bridge.needs import Persons
from sms_bridge.rules import CodeLimits, code_refusal, compose, judge_code, may_bind

SIGNATURE = "示范公积金"
CODE = "702915"


@dataclass
class _Code:
    purpose: CodePurpose
    whose: str
    number: str
    code: str
    day: date
    kept: KeptCode
    spent: bool = False


@dataclass
class FakeSms:
    """See :class:`ivr.needs.Sms`. ``sent``: texts by key, with their numbers. ``away``: nothing can be read or written."""

    core: Persons = field(default_factory=FakeCore)
    away: bool = False
    delay_s: float = 0.0
    sent: dict[str, tuple[str, str]] = field(default_factory=dict)
    codes: dict[str, _Code] = field(default_factory=dict)
    open: dict[DepositorId, frozenset[SmsClass]] = field(default_factory=dict)
    consents: list[tuple[str, str]] = field(default_factory=list)
    draw: list[str] = field(default_factory=list)
    """Codes to be sent next; then :data:`CODE`."""
    known: dict[DepositorId, str] = field(default_factory=dict)
    limits: CodeLimits = field(default_factory=CodeLimits)

    def texts_to(self, number: str) -> list[str]:
        """What a mobile was sent, in order."""
        return [text for to, text in self.sent.values() if to == number]

    async def send(
        self, key: str, topic: str, number: str, fields: Mapping[str, object], at: Moment, *, call: CallId, depositor: DepositorId | None
    ) -> None:
        await self._trouble()
        if not is_mobile(number):
            raise NotComposed(topic)
        self.sent.setdefault(key, (number, compose(topic_of(topic), fields, SIGNATURE)))

    async def mobile(self, depositor: DepositorId, at: Moment) -> str:
        await self._trouble()
        bound = (await self.core.mobile(depositor)).number
        before = self.known.get(depositor, "")
        if before and bound and before != bound:
            await self._farewell(depositor, before, bound, at)
        self.known[depositor] = bound
        return bound

    async def send_code(
        self, purpose: CodePurpose, depositor: DepositorId | None, number: str, at: Moment, *, call: CallId, asked: str = ""
    ) -> SentCode | NoCode:
        await self._trouble()
        real = depositor is not None and number != ""
        whose, to = (str(depositor), number) if real else ("", f"nobody {asked}")
        today = [code for code in self.codes.values() if code.day == at.day()]
        to_number = [code.kept.sent_us for code in today if code.number == to]
        if refused := code_refusal(to_number, sum(code.whose == whose for code in today) if real else 0, at, self.limits):
            return refused.value
        name = f"code {len(self.codes)}"
        digits = self.draw.pop(0) if self.draw else CODE
        kept = KeptCode(at.wall, at.after(self.limits.life).wall, 0, False)
        self.codes[name] = _Code(purpose, whose, to, digits if real else "never", at.day(), kept)
        if real:
            await self.send(name, "MT-YZ01", number, {"otp": digits, "ttl": 5}, at, call=call, depositor=depositor)
        return SentCode(name, number[-4:] if real else "")

    async def check_code(self, sent: SentCode, purpose: CodePurpose, keyed: Secret, at: Moment) -> bool:
        await self._trouble()
        code = self.codes[sent.id]
        wrong = sum(each.kept.wrong for each in self.codes.values() if each.whose and each.whose == code.whose and each.day == at.day())
        right = code.code == keyed.reveal() and code.purpose == purpose
        verdict = judge_code(code.kept, right, wrong, at, self.limits)
        kept = code.kept
        code.kept = KeptCode(
            kept.sent_us, kept.expires_us, kept.wrong + (verdict is CodeVerdict.WRONG), kept.used or verdict is CodeVerdict.RIGHT
        )
        return verdict is CodeVerdict.RIGHT

    async def bind(
        self, depositor: DepositorId, number: str, codes: Sequence[SentCode], at: Moment, *, call: CallId
    ) -> Literal["done", "already", "not_proven"]:
        old = await self.mobile(depositor, at)
        if not is_mobile(number):
            return "not_proven"
        if number == old:
            return "already"
        given = [self.codes[each.id] for each in codes]
        proofs: set[Proof] = {"login"}
        wanted: tuple[tuple[Proof, str, str], ...] = (("code_to_old", "bind_old", old), ("code_to_new", "bind_new", number))
        for proof, purpose, to in wanted:
            fits = [c for c in given if (c.purpose, c.number, c.whose) == (purpose, to, depositor) and c.kept.used and not c.spent]
            proofs |= {proof} if fits else set()
        if not may_bind(bool(old), proofs):
            return "not_proven"
        await self.core.bind_mobile(depositor, Secret(number))
        for each in given:
            each.spent = True
        await self.mobile(depositor, at)
        return "done"

    async def subscribed(self, depositor: DepositorId) -> frozenset[SmsClass]:
        await self._trouble()
        return self.open.get(depositor, frozenset())

    async def subscribe(
        self, depositor: DepositorId, classes: Collection[SmsClass], words: str, at: Moment, *, call: CallId
    ) -> frozenset[SmsClass]:
        await self._trouble()
        self.consents.append(("open", words))
        self.open[depositor] = self.open.get(depositor, frozenset()) | frozenset(classes)
        return self.open[depositor]

    async def unsubscribe(
        self, depositor: DepositorId, classes: Collection[SmsClass], words: str, at: Moment, *, call: CallId
    ) -> frozenset[SmsClass]:
        await self._trouble()
        self.consents.append(("close", words))
        self.open[depositor] = self.open.get(depositor, frozenset()) - frozenset(classes)
        return self.open[depositor]

    async def _farewell(self, depositor: DepositorId, old: str, new: str, at: Moment) -> None:
        person, account = await self.core.person(depositor), await self.core.account(depositor)
        fields = {"name": person.name, "acct_tail": account.number[-4:], "tail": new[-4:]}
        self.sent[f"rebound {depositor} {len(self.sent)}"] = (old, compose(topic_of("MT-BD01"), fields, SIGNATURE))

    async def _trouble(self) -> None:
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.away:
            raise StoreAway

"""Knowledge, SMS and tickets as the voice menu asks for them (:mod:`ivr.needs`): the words of one room in those of another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Literal

from back_office.knowledge.model import Article, ArticleId, Branch, Channel, Estate
from back_office.knowledge.rules import area_of, branch_sms
from back_office.knowledge.store import Knowledge
from back_office.tickets.model import NewTicket, Role, Source, TicketKind
from back_office.tickets.model import TicketState as S
from back_office.tickets.rules import WORKING_DAYS
from back_office.tickets.store import TicketStore
from hotline.callers import normal_number
from hotline.ids import CallId, DepositorId, RecordingId
from hotline.moment import Moment
from hotline.secret import Secret
from ivr import needs
from sms_bridge import model as sms
from sms_bridge.bridge import Bridge

HERE: sms.Way = "hotline"
TITLE = "电话留言"
TOLD: Mapping[S, needs.TicketState] = MappingProxyType(
    {
        S.DRAFT: "taken",
        S.TO_CONFIRM: "taken",
        S.SENT_BACK: "taken",
        S.REOPENED: "reopened",
        S.DISPATCHED: "dispatched",
        S.IN_HAND: "in_hand",
        S.EXTENSION_ASKED: "in_hand",
        S.RETURNED: "in_hand",
        S.SUSPENDED: "waiting_for_you",
        S.TO_FEED_BACK: "answer_soon",
        S.FED_BACK: "answered",
        S.CLOSED: "closed",
        S.VOID: "void",
    }
)
"""What a person is told of each state, as back_office.tickets.rules.TOLD words it."""


class KnowledgeByPhone:
    """:class:`ivr.needs.Knowledge`. ``counts``: whether what is told counts for the hot list (a rehearsal's doesn't)."""

    def __init__(self, knowledge: Knowledge, *, counts: bool = True) -> None:
        self._knowledge = knowledge
        self._counts = counts

    async def published(self, article: str, day: date) -> Article:
        """See the protocol."""
        return await self._knowledge.published(ArticleId(article), day, Channel.HOTLINE)

    async def hot(self, prefix: str, day: date, count: int = 5) -> Sequence[Article]:
        """See the protocol."""
        return await self._knowledge.hot(prefix, day, Channel.HOTLINE, count)

    async def used(self, article: str, day: date, *, by_sms: bool = False) -> None:
        """See the protocol."""
        if self._counts:
            await self._knowledge.used(ArticleId(article), day, Channel.SMS if by_sms else Channel.HOTLINE)

    async def branches_in(self, area: str) -> Sequence[Branch]:
        """See the protocol."""
        return await self._knowledge.branches_in(area)

    async def area_of(self, number: str) -> str | None:
        """See the protocol."""
        return area_of(normal_number(number), await self._knowledge.areas())

    async def branch(self, code: str) -> Branch | None:
        """See the protocol."""
        return await self._knowledge.branch(code)

    async def branch_sms(self, branch: needs.Branch) -> str:
        """See the protocol."""
        found = await self._knowledge.branch(branch.code)
        return branch_sms(found) if found is not None else ""

    async def estates_like(self, digits: str, count: int = 3) -> Sequence[Estate]:
        """See the protocol."""
        return await self._knowledge.estates_like(digits, count)


class SmsByPhone:
    """:class:`ivr.needs.Sms`."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    async def send(
        self, key: str, topic: str, number: str, fields: Mapping[str, object], at: Moment, *, call: CallId, depositor: DepositorId | None
    ) -> None:
        """See the protocol."""
        await self._bridge.outbox.put(sms.Message(key, topic, number, fields, depositor, call), at)

    async def mobile(self, depositor: DepositorId, at: Moment) -> str:
        """See the protocol."""
        return await self._bridge.bindings.number(depositor, at)

    async def send_code(
        self, purpose: needs.CodePurpose, depositor: DepositorId | None, number: str, at: Moment, *, call: CallId, asked: str = ""
    ) -> needs.SentCode | needs.NoCode:
        """See the protocol."""
        sent = await self._bridge.codes.send(sms.CodePurpose(purpose), depositor, number, at, asked=asked, call=call)
        return needs.SentCode(sent.id, sent.tail) if isinstance(sent, sms.SentCode) else sent.value

    async def check_code(self, sent: needs.SentCode, purpose: needs.CodePurpose, keyed: Secret, at: Moment) -> bool:
        """See the protocol."""
        verdict = await self._bridge.codes.check(sms.CodeId(sent.id), sms.CodePurpose(purpose), keyed, at)
        return verdict is sms.CodeVerdict.RIGHT

    async def bind(
        self, depositor: DepositorId, number: str, codes: Sequence[needs.SentCode], at: Moment, *, call: CallId
    ) -> Literal["done", "already", "not_proven"]:
        """See the protocol."""
        proofs = [sms.CodeId(code.id) for code in codes]
        bound = await self._bridge.bindings.bind(depositor, number, proofs, sms.Consent(HERE, call), at)
        return bound.value

    async def subscribed(self, depositor: DepositorId) -> frozenset[needs.SmsClass]:
        """See the protocol."""
        return _said(await self._bridge.subscriptions.of(depositor))

    async def subscribe(
        self, depositor: DepositorId, classes: Collection[needs.SmsClass], words: str, at: Moment, *, call: CallId
    ) -> frozenset[needs.SmsClass]:
        """See the protocol."""
        return _said(await self._bridge.subscriptions.open(depositor, _meant(classes), sms.Consent(HERE, call, words), at))

    async def unsubscribe(
        self, depositor: DepositorId, classes: Collection[needs.SmsClass], words: str, at: Moment, *, call: CallId
    ) -> frozenset[needs.SmsClass]:
        """See the protocol."""
        return _said(await self._bridge.subscriptions.close(depositor, _meant(classes), sms.Consent(HERE, call, words), at))


class TicketsByPhone:
    """:class:`ivr.needs.Tickets`."""

    def __init__(self, tickets: TicketStore) -> None:
        self._tickets = tickets

    async def progress(self, tail: str, *, phone: str = "", last4: str = "") -> needs.TicketProgress | None:
        """See the protocol."""
        found = await self._tickets.progress(tail, phone=phone, last4=last4)
        return needs.TicketProgress(found.tail, TOLD[found.state], found.due.day) if found is not None else None

    async def message(
        self, call: CallId, recording: RecordingId, phone: str, depositor: DepositorId | None, at: Moment
    ) -> needs.TicketTaken:
        """See the protocol. Of what kind it is nobody knows before it was listened to."""
        kind = TicketKind.OTHER
        new = NewTicket(
            f"message {recording}", kind, Source.VOICE_MESSAGE, HERE, Role.HOUSE,
            title=TITLE, call=call, recording=recording, depositor=depositor, phone=phone,
        )  # fmt: skip
        made = await self._tickets.create(new, at)
        return needs.TicketTaken(made.tail, WORKING_DAYS[kind])


def _said(classes: Collection[sms.SmsClass]) -> frozenset[needs.SmsClass]:
    return frozenset(each.value for each in classes)


def _meant(classes: Collection[needs.SmsClass]) -> frozenset[sms.SmsClass]:
    return frozenset(sms.SmsClass(each) for each in classes)

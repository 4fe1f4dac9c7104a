"""The rooms behind the menu, in memory, with a little in each, and what goes wrong with them when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from hotline.errors import UnknownThing
from hotline.ids import CallId, DepositorId, RecordingId
from hotline.journal_model import JournalUnavailable
from hotline.moment import SHANGHAI, Moment
from hotline.tables import StoreAway
from ivr.needs import Promised, Said, TicketTaken


@dataclass(frozen=True, slots=True)
class Told:
    """An article."""

    id: str
    spoken: str
    sms: str = ""
    title: str = "标题"
    sound: str = ""


@dataclass(frozen=True, slots=True)
class Office:
    """A branch."""

    code: str
    area: str
    name: str
    address: str
    phone: str = "09310000001"
    hours: str = "工作日九点到十七点"
    sound: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """An estate."""

    number: str
    name: str
    address: str
    lends: bool = True
    sound: str = ""


LOAN = Told("policy/loan", "连续缴存六个月以上可以申请贷款。期限最长30年。", "可申请贷款，最长30年。")
TOWN, RIVER = Office("0901", "0931", "城关网点", "城关区一号"), Office("0902", "0931", "河西网点", "河西区二号")
COUNTY = Office("0904", "0932", "东县网点", "东县四号")
GARDEN, COURT = Site("20250001", "演示花园", "大街十一号"), Site("20250002", "河畔苑", "路十二号", lends=False)


@dataclass
class FakeKnowledge:
    """:class:`ivr.needs.Knowledge` in memory. ``away``: its database can't be read; ``slow``: seconds an answer takes."""

    articles: list[Told] = field(default_factory=lambda: [LOAN])
    offices: list[Office] = field(default_factory=lambda: [TOWN, RIVER, COUNTY])
    sites: list[Site] = field(default_factory=lambda: [GARDEN, COURT])
    uses: list[tuple[str, bool]] = field(default_factory=list)
    away: bool = False
    slow: float = 0.0

    async def _trouble(self) -> None:
        await asyncio.sleep(self.slow)
        if self.away:
            raise StoreAway("locked")

    async def published(self, article: str, day: date) -> Told:
        await self._trouble()
        for each in self.articles:
            if each.id == article:
                return each
        raise UnknownThing(article)

    async def hot(self, prefix: str, day: date, count: int = 5) -> Sequence[Told]:
        await self._trouble()
        return [each for each in self.articles if each.id.startswith(prefix)][:count]

    async def used(self, article: str, day: date, *, by_sms: bool = False) -> None:
        await self._trouble()
        self.uses.append((article, by_sms))

    async def branches_in(self, area: str) -> Sequence[Office]:
        await self._trouble()
        return [each for each in self.offices if each.area == area]

    async def area_of(self, number: str) -> str | None:
        await self._trouble()
        return next((each.area for each in self.offices if number.startswith(each.area)), None)

    async def branch(self, code: str) -> Office | None:
        await self._trouble()
        return next((each for each in self.offices if each.code == code), None)

    async def branch_sms(self, branch: Any) -> str:
        return f"{branch.name}，{branch.address}"

    async def estates_like(self, digits: str, count: int = 3) -> Sequence[Site]:
        await self._trouble()
        found = [each for each in self.sites if each.number.startswith(digits)][:count]
        return found[:1] if found and found[0].number == digits else found

    def correct(self, article: str, spoken: str) -> None:
        """Publish another version."""
        self.articles = [replace(each, spoken=spoken) if each.id == article else each for each in self.articles]


@dataclass
class FakeMessages:
    """:class:`ivr.needs.Messages` beside a scripted line: what is shorter than 1.5 s was nothing."""

    line: Any
    kept: list[RecordingId] = field(default_factory=list)
    thrown_away: list[RecordingId] = field(default_factory=list)
    full: bool = False
    made: int = 0

    async def new(self, call: CallId) -> RecordingId:
        self.made += 1
        return RecordingId(f"m-{call[2:]}-{self.made}")

    async def said(self, recording: RecordingId) -> Said | None:
        seconds = self.line.recorded[recording]
        return Said(str(recording), seconds) if seconds >= 1.5 else None

    async def keep(self, recording: RecordingId) -> None:
        if self.full:
            raise OSError(28, "no space left")
        self.kept.append(recording)

    async def throw_away(self, recording: RecordingId) -> None:
        self.thrown_away.append(recording)


@dataclass
class FakeTickets:
    """As much of :class:`ivr.needs.Tickets` as messages take."""

    made: dict[RecordingId, tuple[CallId, str]] = field(default_factory=dict)
    away: bool = False

    async def message(self, call: CallId, recording: RecordingId, phone: str, depositor: DepositorId | None, at: Moment) -> TicketTaken:
        if self.away:
            raise StoreAway("locked")
        self.made[recording] = (call, phone)
        return TicketTaken("20250001", 5)


@dataclass
class FakeCallBacks:
    """:class:`ivr.needs.CallBacks`: what was promised. ``opens``: when people are there again, for who keeps no place."""

    promised: list[tuple[CallId, str, Moment | None, str]] = field(default_factory=list)
    opens: datetime = datetime(2025, 11, 26, 9, 0, tzinfo=SHANGHAI)
    away: bool = False

    async def promise(self, call: CallId, number: str, wanted_at: Moment | None, skill: str = "general") -> Promised:
        if self.away:
            raise JournalUnavailable("slow")
        self.promised.append((call, number, wanted_at, skill))
        return Promised(self.opens if wanted_at is None else None)

"""The keeper of what people text: each text is understood, answered at once, and never answered twice.

Laws: identity is the sender's number and the core's word that it is bound, never anything written in the text; TD always works; a
text nobody understands gets help once an hour and becomes a ticket the second time; what the core can't tell now is tried again for
three minutes and then said so. A reply's key is the text's id, so a text that is read twice after a kill has one answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from fund_core.port import CoreAnsweredWrong, CoreAway, FundCore, NotOnFile
from hotline.clock import Clock
from hotline.identity import is_mobile
from hotline.ids import DepositorId
from hotline.moment import Moment
from hotline.tables import StoreAway
from sms_bridge.bridge import Bridge
from sms_bridge.mo.answers import ANSWERS, day
from sms_bridge.mo.grammar import CLASS_NAMES, CLOSE, OPEN, SCORE, TICKET, UNKNOWN, Keyword, Request, about_sms, keywords, understand
from sms_bridge.model import Consent, Message, NotComposed, SmsClass
from sms_bridge.needs import TicketKind, Tickets
from sms_bridge.store.inbox import Arrived, Inbox

log = logging.getLogger(__name__)

HELP_EVERY = timedelta(hours=1)
MOST_AN_HOUR = 30
"""Texts of one number that are answered; a loop between two machines ends here. TD is heard all the same."""
PATIENCE = timedelta(minutes=3)
"""A reply is due within this (domain/sms.md §3.1); so long the core is asked again."""
AT_ONCE, AGAIN_S, POLL_S = 8, 5.0, 0.2

NOTHING, NOT_BY_TEXT, WHICH, BUSY, BIND = "MO-98", "MO-98.1", "MO-98.2", "MO-98.3", "MO-91"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; no topic: nothing. ``state``: what became of the text."""

    topic: str = ""
    fields: Mapping[str, object] | None = None
    state: str = "answered"
    score: tuple[int, int] | None = None


class Answering:
    """One per database."""

    def __init__(self, bridge: Bridge, inbox: Inbox, core: FundCore, tickets: Tickets, clock: Clock) -> None:
        self._bridge = bridge
        self._inbox = inbox
        self._core = core
        self._tickets = tickets
        self._clock = clock
        self.on_reply: Callable[[], None] = lambda: None
        """Called when replies were put into the outbox."""
        self._wake = asyncio.Event()
        self._later: dict[tuple[int, ...], float] = {}

    def wake(self) -> None:
        """Texts came in."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                answered = await self.step()
            except StoreAway as error:
                log.warning("texts wait for the database", extra={"reason": str(error)})
                answered = 0
            if not answered:
                await self._rest()

    async def step(self) -> int:
        """Answer what is there; how many texts were settled."""
        at = self._clock.now()
        arrived = [each for each in await self._inbox.new(at) if self._later.get(each.ids, 0) <= at.mono / 1e6]
        settled = 0
        for begin in range(0, len(arrived), AT_ONCE):
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._settle(each)) for each in arrived[begin : begin + AT_ONCE]]
            settled += sum(task.result() for task in tasks)
        if settled:
            self.on_reply()
        return settled

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _settle(self, arrived: Arrived) -> bool:
        at = self._clock.now()
        try:
            reply = await self._reply(arrived, at)
        except (CoreAway, CoreAnsweredWrong) as error:
            if at.wall - arrived.at_us < PATIENCE // timedelta(microseconds=1):
                self._later[arrived.ids] = at.mono / 1e6 + AGAIN_S
                return False
            log.warning("a text could not be answered", extra={"reason": str(error), "text": arrived.ids[0]})
            reply = Reply(BUSY, {})
        self._later.pop(arrived.ids, None)
        await self._inbox.settle(arrived, reply.state, at, reply=self._row(arrived, reply, at), score=reply.score)
        return True

    def _row(self, arrived: Arrived, reply: Reply, at: Moment) -> dict[str, object] | None:
        if not reply.topic:
            return None
        key = f"mo {arrived.ids[0]}"
        try:
            return self._bridge.outbox.row(Message(key, reply.topic, arrived.number, reply.fields or {}, link_id=arrived.link_id), at)
        except NotComposed as error:
            log.error("a reply could not be composed", extra={"reason": str(error), "text": arrived.ids[0]})
            return self._bridge.outbox.row(Message(key, BUSY, arrived.number, {}, link_id=arrived.link_id), at)

    async def _reply(self, arrived: Arrived, at: Moment) -> Reply:
        if not is_mobile(arrived.number):
            return Reply(state="ignored")
        survey = await self._inbox.open_survey(arrived.number_mark, at)
        request = understand(arrived.text, survey is not None)
        since = at.after(-HELP_EVERY).wall
        answered = await self._inbox.lately(arrived.number_mark, ("answered", "ticket", "helped"), since)
        if request.id == CLOSE:
            return await self._close(arrived, request, at, silent=answered >= MOST_AN_HOUR)
        if answered >= MOST_AN_HOUR:
            return Reply(state="ignored")
        if request.id == SCORE and survey is not None:
            return Reply("MO-97", {}, score=(survey, int(request.argument)))
        if request.id == UNKNOWN:
            return await self._unknown(arrived, request, since, at)
        if request.id == TICKET:
            return await self._ticket(arrived, request, at)
        return await self._entry(arrived, request, keywords()[request.id], at)

    async def _entry(self, arrived: Arrived, request: Request, entry: Keyword, at: Moment) -> Reply:
        if entry.id == "MO-08.7":
            return await self._progress(arrived, request, entry)
        if not entry.bound and entry.purpose is None:
            return Reply(entry.id, {})
        persons = await self._persons(arrived.number)
        if not persons:
            return Reply(BIND, {})
        if entry.id == OPEN:
            return await self._open(arrived, request, persons, at)
        who = await self._choose(persons, request)
        if who is None:
            tails = "、".join([(await self._core.account(each)).number[-4:] for each in persons])
            return Reply(WHICH, {"code": entry.words[0], "tails": tails})
        if entry.purpose is not None:
            await self._bridge.codes.send(entry.purpose, who[0], arrived.number, at, topic=entry.id)
            return Reply()
        answer = ANSWERS.get(entry.id)
        if answer is None:
            return Reply(NOT_BY_TEXT, {"item": entry.item})
        try:
            return Reply(entry.id, await answer(self._core, who[0], who[1], at.day()))
        except NotOnFile:
            return Reply(NOTHING, {"item": entry.item})

    async def _persons(self, number: str) -> list[DepositorId]:
        """Who has this number bound, as the core has it now."""
        found = await self._core.persons_with(number)
        return [each for each in found if (await self._core.mobile(each)).number == number]

    async def _choose(self, persons: list[DepositorId], request: Request) -> tuple[DepositorId, int] | None:
        """Who is meant and which of his accounts; None when the number has several persons and none was named."""
        if not request.tail:
            return (persons[0], 0) if len(persons) == 1 else None
        for person in persons:
            for which, account in enumerate(await self._core.accounts(person)):
                if account.number.endswith(request.tail):
                    return person, which
        return None

    async def _open(self, arrived: Arrived, request: Request, persons: list[DepositorId], at: Moment) -> Reply:
        names = _names(request.classes)
        words = f"您已开通{names}短信服务，回复TD可关闭。"
        for person in persons:
            await self._bridge.subscriptions.open(person, request.classes, Consent("sms", f"text {arrived.ids[0]}", words), at)
        await self._inbox.refuse(arrived.number_mark, False, at)
        return Reply(OPEN, {"classes": names})

    async def _close(self, arrived: Arrived, request: Request, at: Moment, *, silent: bool) -> Reply:
        """TD: also when the core is away, and off the bound number; by the notes of who was bound here, and the core if it answers."""
        known = set(await self._bridge.bindings.accounts_of(arrived.number))
        try:
            known |= set(await self._persons(arrived.number))
        except (CoreAway, CoreAnsweredWrong, NotOnFile):
            log.info("TD without the core", extra={"text": arrived.ids[0]})
        how = Consent("sms", f"text {arrived.ids[0]}")
        for person in sorted(known):
            await self._bridge.subscriptions.close(person, request.classes, how, at)
        if request.classes == frozenset(SmsClass):
            await self._inbox.refuse(arrived.number_mark, True, at)
        return Reply(state="answered") if silent else Reply(CLOSE, {"classes": _names(request.classes)})

    async def _unknown(self, arrived: Arrived, request: Request, since: int, at: Moment) -> Reply:
        if await self._inbox.lately(arrived.number_mark, ("helped",), since):
            return await self._ticket(arrived, request, at)
        return Reply(UNKNOWN, {}, state="helped")

    async def _ticket(self, arrived: Arrived, request: Request, at: Moment) -> Reply:
        content = request.argument or arrived.text
        kind: TicketKind = "other" if request.id == UNKNOWN else "suggestion" if request.suggestion else "complaint"
        about = about_sms(content)
        tail, days = await self._tickets.open(f"sms {arrived.ids[0]}", kind, content, arrived.number, about, at)
        return Reply("MO-96", {"ticket_tail": tail, "days": days}, state="ticket")

    async def _progress(self, arrived: Arrived, request: Request, entry: Keyword) -> Reply:
        found = await self._tickets.progress(request.argument, arrived.number) if request.argument else None
        if found is None:
            return Reply(NOTHING, {"item": entry.item})
        return Reply(entry.id, {"no": request.argument, "stage": found[0], "due": day(found[1])})


def _names(classes: frozenset[SmsClass]) -> str:
    """账户、贷款."""
    return "、".join(name for each, name in CLASS_NAMES.items() if each in classes)

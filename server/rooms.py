"""The rooms behind the voice menu, opened: knowledge base and tickets in ``back_office.db``, SMS in ``sms.db``.

A room whose database can't be opened is left shut, with an error in the log: calls are taken all the same, and the keys of what it
serves are not offered until the next start.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

import structlog

from back_office.knowledge.demo import fill
from back_office.knowledge.store import Knowledge
from back_office.schema import SCHEMA
from back_office.tickets.store import TicketStore
from fund_core.port import FundCore
from hotline.calendar import Calendar
from hotline.db import DatabaseTooNew
from hotline.ids import CallId
from hotline.moment import Moment
from hotline.sealed import Sealer
from hotline.tables import StoreAway, Tables
from hotline.vault import Vault
from ivr.needs import Needs
from server.for_callers import KnowledgeByPhone, SmsByPhone, TicketsByPhone
from server.places import Places
from sms_bridge.bridge import Bridge, open_bridge

log = structlog.get_logger("rooms")
IN_MEMORY = "sqlite://"
R = TypeVar("R", Tables, Bridge)


@dataclass(frozen=True, slots=True)
class Rooms:
    """What could be opened; :meth:`close` gives it back."""

    knowledge: Knowledge | None = None
    tickets: TicketStore | None = None
    sms: Bridge | None = None
    demo: bool = False
    """Whether the fund core is the demo's."""
    counts_uses: bool = True
    """Whether articles told count for the hot list."""
    _open: ExitStack = field(default_factory=ExitStack, repr=False)

    def needs(
        self, is_working_day: Callable[[date], bool], number_of: Callable[[CallId], str], likes_it_slow: Callable[[CallId], bool]
    ) -> Needs:
        """What the dialogs are handed."""
        return Needs(
            is_working_day=is_working_day,
            likes_it_slow=likes_it_slow,
            number_of=number_of,
            knowledge=KnowledgeByPhone(self.knowledge, counts=self.counts_uses) if self.knowledge is not None else None,
            sms=SmsByPhone(self.sms) if self.sms is not None else None,
            tickets=TicketsByPhone(self.tickets) if self.tickets is not None else None,
        )

    async def fill(self, at: Moment) -> None:
        """With a demo core: put the invented articles, branches and estates where they aren't yet."""
        if self.knowledge is None or not self.demo:
            return
        try:
            await fill(self.knowledge, at)
        except StoreAway as error:
            log.error("the demo's knowledge could not be written", why=str(error))

    def close(self) -> None:
        """Give the databases back."""
        self._open.close()


def open_rooms(places: Places, vault: Vault, core: FundCore, calendar: Calendar, *, rehearsal: bool = False) -> Rooms:
    """The rooms of ``places``. ``rehearsal``: texts and tickets are kept in memory, and nothing that is told is counted."""
    open_ = ExitStack()
    files = [places.runtime / "back_office.db", places.runtime / "sms.db"]
    knowledge_url, sms_url = (f"sqlite:///{file}" for file in files)
    office = _opened(lambda: Tables(knowledge_url, SCHEMA, "back_office"), files[0], open_)
    drawer = _opened(lambda: Tables(IN_MEMORY, SCHEMA, "rehearsal"), files[0], open_) if rehearsal else office
    bridge = _opened(
        lambda: open_bridge(IN_MEMORY if rehearsal else sms_url, vault.get("sms_key", 43), core, places.settings.sms.signature),
        files[1],
        open_,
    )
    sealer = Sealer(vault.get("ticket_key", 43), "ticket contact")
    return Rooms(
        knowledge=Knowledge(office) if office is not None else None,
        tickets=TicketStore(drawer, sealer, calendar) if drawer is not None else None,
        sms=bridge,
        demo=places.settings.core.kind == "demo",
        counts_uses=not rehearsal,
        _open=open_,
    )


def _opened(opening: Callable[[], R], file: Path, open_: ExitStack) -> R | None:
    """What ``opening`` opens, to be closed with ``open_``; None when it can't be had."""
    try:
        room = opening()
    except (StoreAway, DatabaseTooNew) as error:
        log.error("a room stays shut", database=file.name, why=str(error))
        return None
    open_.callback(room.close)
    return room

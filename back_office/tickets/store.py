"""Tickets in their tables: made once per request, found by what the caller keys, changed by one step at a time."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sqlalchemy import Connection, Row, func, insert, select, update

from back_office.tickets.model import (
    About,
    Due,
    IllegalStep,
    Move,
    NewTicket,
    NoSuchTicket,
    Role,
    Source,
    StepTaken,
    Ticket,
    TicketChanged,
    TicketKind,
    TicketNo,
    TicketState,
)
from back_office.tickets.rules import FIRST, TAILS, check_step, due, due_after_standing, feed_back_due, new_ticket_fault, ticket_no
from back_office.tickets.tables import steps, tickets
from hotline.calendar import Calendar
from hotline.ids import CallId, DepositorId, RecordingId
from hotline.moment import Moment
from hotline.sealed import Sealer
from hotline.tables import Tables, insert_or

DRAWS = 100
"""So many numbers are tried: even with half of all numbers given away one of them is free."""
LEAST_DIGITS = 7
"""What is shorter is no telephone: its last four digits would be all of it."""


def eight_digits() -> int:
    """The second half of a ticket's number: nobody can count on from his own to somebody else's."""
    return secrets.randbelow(TAILS)


class TicketStore:
    """The tickets. Every method may raise StoreAway. ``calendar`` counts the working days."""

    def __init__(self, tables: Tables, sealer: Sealer, calendar: Calendar, draw: Callable[[], int] = eight_digits) -> None:
        self._tables = tables
        self._sealer = sealer
        self._calendar = calendar
        self._draw = draw

    async def create(self, new: NewTicket, at: Moment) -> Ticket:
        """The ticket made for ``new.request``: a new one, or the one that was made before. Raises IllegalStep naming the fault."""
        if fault := new_ticket_fault(new):
            raise IllegalStep(fault)
        return await self._tables.write(lambda c: _made_before(c, new.request) or self._make(c, new, at))

    async def ticket(self, number: TicketNo) -> Ticket:
        """The ticket of that number. Raises NoSuchTicket."""
        return await self._tables.read(lambda c: _ticket(c, number))

    async def steps(self, number: TicketNo) -> list[StepTaken]:
        """How it came to stand where it stands, in order."""
        query = select(steps).where(steps.c.ticket == number).order_by(steps.c.number)
        return await self._tables.read(lambda c: [_step(row) for row in c.execute(query)])

    async def progress(self, tail: str, *, last4: str = "", phone: str = "") -> Ticket | None:
        """The ticket of those 8 digits for somebody who calls from its ``phone`` or keys the last four digits of it.

        None whether the number or the digits are wrong: the answer doesn't tell which.
        """
        row = await self._tables.read(lambda c: c.execute(select(tickets).where(tickets.c.tail == tail)).first())
        marks = {row.phone_mark, row.phone_tail_mark} - {None} if row is not None else set()
        asked = {self._sealer.mark(_phone(phone)) if phone else "", self._sealer.mark(f"{tail} {last4}") if last4 else ""} - {""}
        return _read(row) if row is not None and marks & asked else None

    async def contact(self, number: TicketNo) -> tuple[str, str]:
        """Name and telephone of the person, for whoever may see them; empty where unknown. Raises NoSuchTicket, SealBroken."""
        query = select(tickets.c.name_sealed, tickets.c.phone_sealed).where(tickets.c.number == number)
        row = await self._tables.read(lambda c: c.execute(query).first())
        if row is None:
            raise NoSuchTicket(number)
        name, phone = (self._sealer.unseal(sealed, number) if sealed else "" for sealed in row)
        return name, phone

    async def move(self, wanted: Move) -> Ticket:
        """Take one step. Raises NoSuchTicket, IllegalStep, TicketChanged (another step was taken since ``wanted.version``)."""
        return await self._tables.write(lambda c: self._move(c, wanted))

    def _make(self, connection: Connection, new: NewTicket, at: Moment) -> Ticket:
        for _ in range(DRAWS):
            number = ticket_no(at, self._draw())
            making = insert_or(connection, tickets).values(self._row(new, at, number)).on_conflict_do_nothing(index_elements=["tail"])
            if connection.execute(making.returning(tickets.c.number)).first() is not None:
                _note(connection, StepTaken(number, 1, at.wall, None, FIRST[new.source], new.who, new.role, ""))
                return _ticket(connection, number)
        raise IllegalStep("no free ticket number was drawn")

    def _row(self, new: NewTicket, at: Moment, number: TicketNo) -> dict[str, object]:
        last = due(new.kind, at, self._calendar)
        seal, mark, tail = self._sealer.seal, self._sealer.mark, number[8:]
        phone = _phone(new.phone)
        return {
            "number": number, "tail": tail, "request": new.request, "version": 1, "kind": new.kind.value, "about": new.about.value,
            "source": new.source.value, "state": FIRST[new.source].value, "title": new.title, "content": new.content,
            "confidential": new.confidential, "created_us": at.wall, "due": last.day, "due_provisional": last.provisional,
            "depositor": new.depositor, "call": new.call, "recording": new.recording, "external": new.external,
            "name_sealed": seal(new.name, number) if new.name else None,
            "phone_sealed": seal(phone, number) if phone else None,
            "phone_mark": mark(phone) if phone else None,
            "phone_tail_mark": mark(f"{tail} {phone[-4:]}") if len(phone) >= LEAST_DIGITS else None,
        }  # fmt: skip

    def _move(self, connection: Connection, wanted: Move) -> Ticket:
        found = _ticket(connection, wanted.ticket)
        if found.version != wanted.version:
            last = connection.execute(select(steps).where(steps.c.ticket == found.number).order_by(steps.c.number.desc()).limit(1)).one()
            raise TicketChanged(f"{last.who} brought it to {last.entered}")
        check_step(found.state, wanted.to, wanted.role)
        values = {"state": wanted.to.value, "version": found.version + 1, **self._clocks(connection, found, wanted)}
        connection.execute(update(tickets).where(tickets.c.number == found.number).values(values))
        taken = connection.scalar(select(func.count()).select_from(steps).where(steps.c.ticket == found.number)) or 0
        _note(connection, StepTaken(found.number, taken + 1, wanted.at.wall, found.state, wanted.to, wanted.who, wanted.role, wanted.why))
        return _ticket(connection, found.number)

    def _clocks(self, connection: Connection, found: Ticket, wanted: Move) -> dict[str, object]:
        """What the step does to the ticket's clocks."""
        values: dict[str, object] = {}
        if found.state is TicketState.SUSPENDED:
            since = connection.scalar(select(tickets.c.suspended_us).where(tickets.c.number == found.number)) or wanted.at.wall
            last = due_after_standing(found.due, Moment(since, 0).day(), wanted.at.day(), self._calendar)
            values |= {"suspended_us": None, "due": last.day, "due_provisional": last.provisional}
        if wanted.to is TicketState.SUSPENDED:
            values["suspended_us"] = wanted.at.wall
        if wanted.to is TicketState.RETURNED:
            values |= {"returned_us": wanted.at.wall, "feed_back_due": feed_back_due(wanted.at, self._calendar).day}
        if wanted.to is TicketState.CLOSED:
            values["closed_us"] = wanted.at.wall
        return values


def _phone(number: str) -> str:
    return "".join(sign for sign in number if sign in "0123456789")


def _made_before(connection: Connection, request: str) -> Ticket | None:
    row = connection.execute(select(tickets).where(tickets.c.request == request)).first()
    return _read(row) if row is not None else None


def _ticket(connection: Connection, number: TicketNo) -> Ticket:
    row = connection.execute(select(tickets).where(tickets.c.number == number)).first()
    if row is None:
        raise NoSuchTicket(number)
    return _read(row)


def _note(connection: Connection, step: StepTaken) -> None:
    left = step.left.value if step.left else None
    row = {
        "ticket": step.ticket, "number": step.number, "at_us": step.at_us, "left": left, "entered": step.entered.value,
        "who": step.who, "role": step.role.value, "why": step.why,
    }  # fmt: skip
    connection.execute(insert(steps).values(row))


def _step(row: Row[tuple[object, ...]]) -> StepTaken:
    left = TicketState(row.left) if row.left else None
    return StepTaken(TicketNo(row.ticket), row.number, row.at_us, left, TicketState(row.entered), row.who, Role(row.role), row.why)


def _read(row: Row[tuple[object, ...]]) -> Ticket:
    return Ticket(
        number=TicketNo(row.number),
        version=row.version,
        kind=TicketKind(row.kind),
        about=About(row.about),
        source=Source(row.source),
        state=TicketState(row.state),
        title=row.title,
        content=row.content,
        created_us=row.created_us,
        due=Due(row.due, row.due_provisional),
        confidential=row.confidential,
        call=CallId(row.call) if row.call else None,
        recording=RecordingId(row.recording) if row.recording else None,
        depositor=DepositorId(row.depositor) if row.depositor else None,
    )

"""The demo core's appointments: quotas per office, kind and half day, filled one at a time however many lines and processes ask."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import Boolean, Column, Connection, Date, ForeignKey, Integer, Row, String, Table, func, insert, select, update

from fund_core.appointments import (
    AlreadyBooked,
    Appointment,
    AppointmentKind,
    Half,
    NotBookable,
    Office,
    Slot,
    SlotFull,
    Wish,
    days_to_book,
    wish_fault,
    with_room,
)
from fund_core.demo_file import DemoFile
from fund_core.demo_tables import metadata, people
from fund_core.histories import OFFICES, QUOTA
from fund_core.people import DemoDepositor
from fund_core.port import NotOnFile
from hotline.ids import DepositorId

_offices = Table(
    "local_offices",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("place", Integer, nullable=False),
)
_quotas = Table(
    "local_quotas",
    metadata,
    Column("office", String(20), ForeignKey("local_offices.code"), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("half", String(10), primary_key=True),
    Column("quota", Integer, nullable=False),
)
_booked = Table(
    "local_appointments",
    metadata,
    Column("number", String(8), primary_key=True),
    Column("request", String(120), unique=True, nullable=False),
    Column("custid", String(20), ForeignKey("st_common_person.custid"), index=True, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("office", String(20), ForeignKey("local_offices.code"), nullable=False),
    Column("day", Date, index=True, nullable=False),
    Column("half", String(10), nullable=False),
    Column("cancelled", Boolean, nullable=False),
)
_with_office = select(_booked, _offices.c.name).join(_offices, _offices.c.code == _booked.c.office)


class DemoAppointments(DemoFile):
    """See :class:`fund_core.appointments.Appointments`."""

    is_working_day: Callable[[date], bool]

    async def offices(self, kind: AppointmentKind) -> Sequence[Office]:
        """See the port."""
        query = select(_offices).join(_quotas).where(_quotas.c.kind == kind.value).distinct().order_by(_offices.c.place)
        return [Office(row.code, row.name) for row in await self._ask(lambda c: c.execute(query).all())]

    async def slots(self, kind: AppointmentKind, office: str, today: date, days: int = 3) -> Sequence[Slot]:
        """See the port."""
        ahead = days_to_book(today, self.is_working_day)
        quotas, taken = await self._ask(lambda c: (_quota(c, kind, office), _taken(c, kind, office, ahead)))
        return with_room(ahead, lambda day, half: taken.get((day, half), 0), lambda half: quotas.get(half, 0), days)

    async def book(self, wish: Wish, today: date) -> Appointment:
        """See the port."""
        return await self._ask(lambda c: _book(c, wish, wish_fault(wish, today, self.is_working_day), today), alone=True)

    async def appointments(self, depositor: DepositorId, today: date) -> Sequence[Appointment]:
        """See the port."""
        return await self._ask(lambda c: _standing(c, depositor, today))

    async def cancel(self, depositor: DepositorId, number: str, today: date) -> Appointment:
        """See the port."""
        return await self._ask(lambda c: _cancel(c, depositor, number, today), alone=True)


def fill_appointments(connection: Connection, everybody: Sequence[DemoDepositor]) -> None:
    """Write the offices and their quotas into an empty file."""
    connection.execute(insert(_offices), [{"code": o.code, "name": o.name, "place": at} for at, o in enumerate(OFFICES)])
    quotas = [
        {"office": office.code, "kind": kind.value, "half": half.value, "quota": QUOTA}
        for office in OFFICES
        for kind in AppointmentKind
        for half in Half
    ]
    connection.execute(insert(_quotas), quotas)


def _book(connection: Connection, wish: Wish, fault: str, today: date) -> Appointment:
    made = connection.execute(_with_office.where(_booked.c.request == wish.request)).first()
    if made is not None:
        return _appointment(made)
    if fault:
        raise NotBookable(fault)
    if connection.scalar(select(people.c.custid).where(people.c.custid == wish.depositor)) is None:
        raise NotOnFile
    for standing in _standing(connection, wish.depositor, today):
        if standing.kind is wish.kind:
            raise AlreadyBooked(standing)
    quota = _quota(connection, wish.kind, wish.office)
    if not quota:
        raise NotBookable(f"no office {wish.office} takes appointments of this kind")
    if _taken(connection, wish.kind, wish.office, [wish.day]).get((wish.day, wish.half), 0) >= quota[wish.half]:
        raise SlotFull
    row = {
        "number": _free_number(connection), "request": wish.request, "custid": wish.depositor, "kind": wish.kind.value,
        "office": wish.office, "day": wish.day, "half": wish.half.value, "cancelled": False,
    }  # fmt: skip
    connection.execute(insert(_booked).values(row))
    return _appointment(connection.execute(_with_office.where(_booked.c.number == row["number"])).one())


def _standing(connection: Connection, depositor: DepositorId, today: date) -> list[Appointment]:
    mine = (_booked.c.custid == depositor, _booked.c.day >= today, _booked.c.cancelled.is_(False))
    afternoons_last = _booked.c.half == Half.AFTERNOON.value
    query = _with_office.where(*mine).order_by(_booked.c.day, afternoons_last, _booked.c.number)
    return [_appointment(row) for row in connection.execute(query)]


def _cancel(connection: Connection, depositor: DepositorId, number: str, today: date) -> Appointment:
    mine = (_booked.c.number == number, _booked.c.custid == depositor, _booked.c.day >= today)
    if not connection.execute(update(_booked).where(*mine).values(cancelled=True)).rowcount:
        raise NotOnFile
    return _appointment(connection.execute(_with_office.where(*mine)).one())


def _quota(connection: Connection, kind: AppointmentKind, office: str) -> dict[Half, int]:
    query = select(_quotas.c.half, _quotas.c.quota).where(_quotas.c.office == office, _quotas.c.kind == kind.value)
    return {Half(half): int(quota) for half, quota in connection.execute(query)}


def _taken(connection: Connection, kind: AppointmentKind, office: str, days: Sequence[date]) -> dict[tuple[date, Half], int]:
    query = (
        select(_booked.c.day, _booked.c.half, func.count())
        .where(_booked.c.office == office, _booked.c.kind == kind.value, _booked.c.day.in_(days), _booked.c.cancelled.is_(False))
        .group_by(_booked.c.day, _booked.c.half)
    )
    return {(day, Half(half)): int(count) for day, half, count in connection.execute(query)}


def _free_number(connection: Connection) -> str:
    while connection.scalar(select(_booked.c.number).where(_booked.c.number == (number := f"{secrets.randbelow(10**8):08d}"))):
        pass
    return number


def _appointment(row: Row[tuple[object, ...]]) -> Appointment:
    office = Office(row.office, row.name)
    depositor = DepositorId(row.custid)
    return Appointment(row.number, depositor, AppointmentKind(row.kind), office, row.day, Half(row.half), row.cancelled)

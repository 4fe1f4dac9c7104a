"""The demo core: a small fund in one SQLite file, with the table and column names of JGJ/T 320 as real centres have them.

Those names stop at fund_core/demo_tables.py and here: what leaves is :mod:`fund_core.model`. Queries run in one thread of their
own, PINs in another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Connection, Row, select, update

from fund_core.demo_appointments import DemoAppointments, fill_appointments
from fund_core.demo_records import DemoRecords, fill_records
from fund_core.demo_tables import STATUS_OF_DWZHZT, STATUS_OF_GRZHZT, accounts, loans, open_file, people, units
from fund_core.model import Account, AccountStatus, BoundMobile, Loan, PinStanding, Unit, UnitStatus, Verdict
from fund_core.people import demo_depositors
from fund_core.pins import DEMO, PinVault
from fund_core.port import CoreAnsweredWrong, NotOnFile
from fund_core.weak_pin import NOBODY, Owner, PinFault, pin_fault
from hotline.identity import LoginKind, complete
from hotline.ids import DepositorId
from hotline.money import Fen
from hotline.secret import Secret

_COLUMNS_OF_KIND = {
    "citizen_id": (people.c.zjhm, people.c.custid),
    "card": (people.c.lmkkh, people.c.custid),
    "account": (accounts.c.grzh, accounts.c.custid),
    "unit": (units.c.dwzh, units.c.custid),
}


class DemoCore(DemoRecords, DemoAppointments):
    """The core with invented people, made on the first start from ``seed``; later starts find the same file.

    ``is_working_day`` says on which days offices take appointments.
    """

    def __init__(
        self,
        file: Path,
        pepper: Secret,
        *,
        seed: int = 12329,
        count: int = 300,
        is_working_day: Callable[[date], bool] = lambda day: day.weekday() < 5,
    ) -> None:
        self._pins = PinVault(pepper, DEMO)
        super().__init__(open_file(file, demo_depositors(seed, count), self._pins, (fill_records, fill_appointments)))
        self.is_working_day = is_working_day

    def close(self) -> None:
        """Give threads and file back."""
        super().close()
        self._pins.close()

    async def identify(self, number: str, kinds: Sequence[LoginKind]) -> DepositorId | None:
        """See the port. Every kind asked for is looked up, found or not."""
        found = [await self._ask(lambda c, kind=kind: _find(c, number, kind)) for kind in kinds]  # type: ignore[misc]
        return next((depositor for depositor in found if depositor), None)

    async def verify(self, depositor: DepositorId | None, pin: Secret) -> Verdict:
        """See the port."""
        on_file = await self._ask(lambda c: _pin_on_file(c, depositor or ""))
        right = await self._pins.judge(on_file.stored if on_file else None, pin)
        weak = PinStanding.WEAK if pin_fault(pin.reveal(), on_file.owner if on_file else NOBODY) else PinStanding.OWN
        standing = PinStanding.INITIAL if on_file and on_file.initial else weak
        return Verdict(depositor, right, standing, on_file.owner.mobile if on_file else "")

    async def mobile(self, depositor: DepositorId | None) -> BoundMobile:
        """See the port."""
        number = await self._ask(lambda c: c.scalar(select(people.c.sjhm).where(people.c.custid == (depositor or ""))))
        return BoundMobile(depositor, number or "")

    async def persons_with(self, mobile: str) -> Sequence[DepositorId]:
        """See the port."""
        query = select(people.c.custid).where(people.c.sjhm == mobile).order_by(people.c.custid)
        return [DepositorId(each) for each in await self._ask(lambda c: c.scalars(query).all())] if mobile else []

    async def set_pin(self, depositor: DepositorId, pin: Secret) -> PinFault | None:
        """See the port."""
        on_file = await self._ask(lambda c: _pin_on_file(c, depositor))
        if on_file is None:
            raise NotOnFile
        if fault := pin_fault(pin.reveal(), on_file.owner):
            return fault
        if await self._pins.judge(on_file.stored, pin):
            return PinFault.OLD
        hashed = await self._pins.make(pin)
        if on_file.of_unit:
            await self._ask(lambda c: c.execute(update(units).where(units.c.custid == depositor).values(mm=hashed)))
        else:
            await self._change(depositor, mm=hashed, mmzt="1")
        return None

    async def bind_mobile(self, depositor: DepositorId, number: Secret) -> None:
        """See the port."""
        await self._change(depositor, sjhm=number.reveal())

    async def account(self, depositor: DepositorId, which: int = 0) -> Account:
        """See the port."""
        found = await self.accounts(depositor)
        if not 0 <= which < len(found):
            raise NotOnFile
        return found[which]

    async def accounts(self, depositor: DepositorId) -> Sequence[Account]:
        """See the port."""
        main_first = (accounts.c.grzh != people.c.grzh, accounts.c.grzh)
        query = select(accounts).join_from(accounts, people).where(people.c.custid == depositor).order_by(*main_first)
        rows = await self._ask(lambda c: c.execute(query).all())
        if not rows:
            raise NotOnFile
        return [_account(row) for row in rows]

    async def loan(self, depositor: DepositorId) -> Loan:
        """See the port."""
        query = select(people.c.custid, loans).join_from(people, loans).where(people.c.custid == depositor)
        return _loan(await self._one(query))

    async def unit(self, number: str) -> Unit:
        """See the port."""
        return _unit(await self._one(select(units).where(units.c.dwzh == number)))

    async def own_unit(self, unit: DepositorId) -> Unit:
        """See the port."""
        return _unit(await self._one(select(units).where(units.c.custid == unit)))

    async def _change(self, depositor: DepositorId, **values: str) -> None:
        changing = update(people).where(people.c.custid == depositor).values(**values)
        if not await self._ask(lambda c: c.execute(changing).rowcount):
            raise NotOnFile


@dataclass(frozen=True, slots=True)
class _PinOnFile:
    """The keyed hash, whether it is of an initial PIN, and whose: a person's or a unit's."""

    stored: str
    initial: bool
    owner: Owner
    of_unit: bool = False


def _pin_on_file(connection: Connection, key: str) -> _PinOnFile | None:
    """The PIN of a person or a unit. Both are looked up whoever is asked for."""
    person = connection.execute(select(people).where(people.c.custid == key)).first()
    numbers = connection.scalars(select(accounts.c.grzh).where(accounts.c.custid == key)).all()
    unit = connection.execute(select(units.c.dwzh, units.c.mm).where(units.c.custid == key)).first()
    if person is not None:
        return _PinOnFile(person.mm, person.mmzt == "0", Owner(person.zjhm, tuple(numbers), person.lmkkh or "", person.sjhm))
    return _PinOnFile(unit.mm, False, Owner(accounts=(unit.dwzh,)), of_unit=True) if unit is not None else None


def _find(connection: Connection, number: str, kind: LoginKind) -> DepositorId | None:
    wanted = complete(number) if kind == "citizen_id" else number
    column, key = _COLUMNS_OF_KIND[kind]
    found = connection.scalar(select(key).where(column == wanted))
    return DepositorId(found) if found else None


def _account(row: Row[tuple[object, ...]]) -> Account:
    try:
        return Account(
            depositor=DepositorId(row.custid),
            number=row.grzh,
            status=STATUS_OF_GRZHZT.get(row.grzhzt, AccountStatus.OTHER),
            balance=Fen(int(row.grzhye)),
            own_deposit=Fen(int(row.gryjce)),
            employer_deposit=Fen(int(row.dwyjce)),
            paid_through=row.jzny,
        )
    except (TypeError, ValueError) as error:
        raise CoreAnsweredWrong("account") from error


def _loan(row: Row[tuple[object, ...]]) -> Loan:
    try:
        return Loan(
            depositor=DepositorId(row.custid),
            number=row.dkzh,
            granted=Fen(int(row.dkffe)),
            outstanding=Fen(int(row.dkye)),
            term=int(row.dkqs),
            due=Fen(int(row.dqyhje)),
            due_day=int(row.ydhkr),
            overdue=int(row.ljyqqs),
        )
    except (TypeError, ValueError) as error:
        raise CoreAnsweredWrong("loan") from error


def _unit(row: Row[tuple[object, ...]]) -> Unit:
    return Unit(
        unit=DepositorId(row.custid),
        number=row.dwzh,
        name=row.dwmc,
        status=STATUS_OF_DWZHZT.get(row.dwzhzt, UnitStatus.OTHER),
        depositors=int(row.dwjcrs),
        sealed=int(row.dwfcrs),
        employer_rate=Decimal(row.dwjcbl),
        own_rate=Decimal(row.grjcbl),
        paid_through=row.jzny,
    )

"""The demo core: a small fund in one SQLite file, with the table and column names of JGJ/T 320 as real centres have them.

Those names stop here: what leaves this file is :mod:`fund_core.model`. Queries run in one thread of their own, PINs in another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Column, Connection, ForeignKey, Integer, MetaData, Row, String, Table, create_engine, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from fund_core.model import Account, AccountStatus, Loan, Unit, Verdict
from fund_core.people import DemoDepositor, demo_depositors, demo_units
from fund_core.pins import DEMO, PinVault
from fund_core.port import CoreAnsweredWrong, CoreAway, NotOnFile
from hotline.identity import LoginKind, complete
from hotline.ids import DepositorId
from hotline.money import Fen
from hotline.secret import Secret

T = TypeVar("T")

_metadata = MetaData()
_people = Table(
    "st_common_person",
    _metadata,
    Column("custid", String(20), primary_key=True, comment="the core's own key of a person"),
    Column("grzh", String(20), unique=True, nullable=False, comment="个人账号"),
    Column("xingming", String(120), nullable=False, comment="姓名"),
    Column("zjhm", String(18), index=True, nullable=False, comment="证件号码"),
    Column("lmkkh", String(19), index=True, comment="联名卡卡号 (local)"),
    Column("dwzh", String(20), nullable=False, comment="单位账号"),
    Column("mm", String(200), nullable=False, comment="keyed argon2id hash of the query PIN (local)"),
)
_accounts = Table(
    "st_collection_personal_account",
    _metadata,
    Column("grzh", String(20), ForeignKey("st_common_person.grzh"), primary_key=True, comment="个人账号"),
    Column("grzhzt", String(2), nullable=False, comment="个人账户状态"),
    Column("grzhye", Integer, nullable=False, comment="个人账户余额, in fen"),
    Column("gryjce", Integer, nullable=False, comment="个人月缴存额, in fen"),
    Column("dwyjce", Integer, nullable=False, comment="单位月缴存额, in fen"),
    Column("jzny", String(6), nullable=False, comment="缴至年月"),
)
_loans = Table(
    "st_housing_personal_account",
    _metadata,
    Column("dkzh", String(30), primary_key=True, comment="贷款账号"),
    Column("jkrgjjzh", String(20), ForeignKey("st_common_person.grzh"), index=True, comment="借款人公积金账号"),
    Column("dkffe", Integer, nullable=False, comment="发放额, in fen"),
    Column("dkye", Integer, nullable=False, comment="贷款余额, in fen"),
    Column("dkqs", Integer, nullable=False, comment="贷款期数"),
    Column("dqyhje", Integer, nullable=False, comment="当前应还金额, in fen"),
    Column("ydhkr", Integer, nullable=False, comment="约定还款日"),
    Column("ljyqqs", Integer, nullable=False, comment="累计逾期期数"),
)
_units = Table(
    "st_collection_unit_account",
    _metadata,
    Column("dwzh", String(20), primary_key=True, comment="单位账号"),
    Column("dwmc", String(255), nullable=False, comment="单位名称"),
    Column("dwzhzt", String(2), nullable=False, comment="单位账户状态"),
    Column("dwjcrs", Integer, nullable=False, comment="缴存人数"),
    Column("dwfcrs", Integer, nullable=False, comment="封存人数"),
    Column("dwjcbl", String(8), nullable=False, comment="单位缴存比例, percent"),
    Column("grjcbl", String(8), nullable=False, comment="个人缴存比例, percent"),
    Column("jzny", String(6), nullable=False, comment="缴至年月"),
)

STATUS_OF_GRZHZT = {
    "01": AccountStatus.NORMAL, "02": AccountStatus.SEALED, "06": AccountStatus.FROZEN,
    "03": AccountStatus.CLOSED, "04": AccountStatus.CLOSED, "05": AccountStatus.CLOSED,
}  # fmt: skip
"""Code table grzhzt; 99 and unknown codes are OTHER."""
_GRZHZT = {AccountStatus.NORMAL: "01", AccountStatus.SEALED: "02", AccountStatus.FROZEN: "06", AccountStatus.CLOSED: "05"}
_COLUMN_OF_KIND = {"citizen_id": _people.c.zjhm, "card": _people.c.lmkkh, "account": _people.c.grzh}


class DemoCore:
    """The core with invented people, made on the first start from ``seed``; later starts find the same file."""

    def __init__(self, file: Path, pepper: Secret, *, seed: int = 12329, count: int = 300) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(f"sqlite:///{file}", connect_args={"check_same_thread": False})
        self._pins = PinVault(pepper, DEMO)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="demo-core")
        with self._engine.begin() as connection:
            _metadata.create_all(connection)
            if connection.scalar(select(func.count()).select_from(_people)) == 0:
                _fill(connection, demo_depositors(seed, count), self._pins)

    def close(self) -> None:
        """Give threads and file back."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pins.close()
        self._engine.dispose()

    async def identify(self, number: str, kinds: Sequence[LoginKind]) -> DepositorId | None:
        """See the port. Every kind asked for is looked up, found or not."""
        found = [await self._ask(lambda c, kind=kind: _find(c, number, kind)) for kind in kinds]  # type: ignore[misc]
        return next((depositor for depositor in found if depositor), None)

    async def verify(self, depositor: DepositorId | None, pin: Secret) -> Verdict:
        """See the port."""
        stored = await self._ask(lambda c: c.scalar(select(_people.c.mm).where(_people.c.custid == (depositor or ""))))
        return Verdict(depositor, await self._pins.judge(stored, pin))

    async def account(self, depositor: DepositorId) -> Account:
        """See the port."""
        query = select(_people.c.custid, _accounts).join_from(_people, _accounts).where(_people.c.custid == depositor)
        return _account(await self._one(query))

    async def loan(self, depositor: DepositorId) -> Loan:
        """See the port."""
        query = select(_people.c.custid, _loans).join_from(_people, _loans).where(_people.c.custid == depositor)
        return _loan(await self._one(query))

    async def unit(self, number: str) -> Unit:
        """See the port."""
        return _unit(await self._one(select(_units).where(_units.c.dwzh == number)))

    async def _one(self, query: object) -> Row[tuple[object, ...]]:
        row = await self._ask(lambda c: c.execute(query).first())  # type: ignore[call-overload]
        if row is None:
            raise NotOnFile
        return row  # type: ignore[no-any-return]

    async def _ask(self, question: Callable[[Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._query, question)
        except (SQLAlchemyError, RuntimeError) as error:
            raise CoreAway(type(error).__name__) from None

    def _query(self, question: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return question(connection)


def _find(connection: Connection, number: str, kind: LoginKind) -> DepositorId | None:
    wanted = complete(number) if kind == "citizen_id" else number
    found = connection.scalar(select(_people.c.custid).where(_COLUMN_OF_KIND[kind] == wanted))
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
        number=row.dwzh,
        name=row.dwmc,
        open=row.dwzhzt in ("01", "02"),
        depositors=int(row.dwjcrs),
        sealed=int(row.dwfcrs),
        employer_rate=Decimal(row.dwjcbl),
        own_rate=Decimal(row.grjcbl),
        paid_through=row.jzny,
    )


def _fill(connection: Connection, people: Iterable[DemoDepositor], pins: PinVault) -> None:
    everybody = list(people)
    persons = [
        {"custid": p.depositor, "grzh": p.account, "xingming": p.name, "zjhm": p.citizen_id, "lmkkh": p.card, "dwzh": p.unit,
         "mm": pins.hash(Secret(p.pin))}
        for p in everybody
    ]  # fmt: skip
    accounts = [
        {"grzh": p.account, "grzhzt": _GRZHZT[p.status], "grzhye": p.balance, "gryjce": p.own_deposit, "dwyjce": p.employer_deposit,
         "jzny": p.paid_through}
        for p in everybody
    ]  # fmt: skip
    loans = [
        {"dkzh": p.loan.number, "jkrgjjzh": p.account, "dkffe": p.loan.granted, "dkye": p.loan.outstanding, "dkqs": p.loan.term,
         "dqyhje": p.loan.due, "ydhkr": p.loan.due_day, "ljyqqs": p.loan.overdue}
        for p in everybody if p.loan
    ]  # fmt: skip
    units = [
        {"dwzh": number, "dwmc": name, "dwzhzt": "01", "dwjcrs": sum(p.unit == number for p in everybody), "dwfcrs": 0,
         "dwjcbl": "8", "grjcbl": "8", "jzny": "202510"}
        for number, name in demo_units()
    ]  # fmt: skip
    for table, rows in ((_people, persons), (_accounts, accounts), (_loans, loans), (_units, units)):
        if rows:
            connection.execute(insert(table), rows)

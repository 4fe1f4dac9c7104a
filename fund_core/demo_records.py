"""The demo core's past: movements, repayments, applications and employers' deposits in tables named as in JGJ/T 320."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Connection, Date, ForeignKey, Integer, Row, String, Table, insert, select

from fund_core.demo_file import DemoFile
from fund_core.demo_tables import accounts, loans, metadata, people, units
from fund_core.histories import application, movements, overdue_amount, repayments, unit_deposit
from fund_core.people import DemoDepositor
from fund_core.port import CoreAnsweredWrong, NotOnFile
from fund_core.records import (
    Detail,
    DetailKind,
    Details,
    Interest,
    LoanProgress,
    LoanStage,
    Overdue,
    Person,
    Repayment,
    Repayments,
    UnitDeposit,
)
from hotline.ids import DepositorId
from hotline.money import Fen

_details = Table(
    "st_collection_personal_business_details",
    metadata,
    Column("grzh", String(20), ForeignKey("st_collection_personal_account.grzh"), primary_key=True, comment="个人账号"),
    Column("ywlsh", Integer, primary_key=True, autoincrement=False, comment="业务流水号, rising with time"),
    Column("jzrq", Date, nullable=False, comment="记账日期"),
    Column("gjhtqywlx", String(2), nullable=False, comment="归集和提取业务类型"),
    Column("fse", Integer, nullable=False, comment="发生额, in fen; negative when taken"),
    Column("ye", Integer, nullable=False, comment="余额 afterwards, in fen (local)"),
)
_repayments = Table(
    "st_housing_business_details",
    metadata,
    Column("dkzh", String(30), ForeignKey("st_housing_personal_account.dkzh"), primary_key=True, comment="贷款账号"),
    Column("ywlsh", Integer, primary_key=True, autoincrement=False, comment="业务流水号, rising with time"),
    Column("dkywmxlx", String(2), nullable=False, comment="贷款业务明细类型"),
    Column("ywfsrq", Date, nullable=False, comment="业务发生日期"),
    Column("bjje", Integer, nullable=False, comment="本金金额, in fen"),
    Column("lxje", Integer, nullable=False, comment="利息金额, in fen"),
    Column("fxje", Integer, nullable=False, comment="罚息金额, in fen"),
    Column("dkye", Integer, nullable=False, comment="贷款余额 afterwards, in fen (local)"),
)
_overdue = Table(
    "local_overdue",
    metadata,
    Column("dkzh", String(30), ForeignKey("st_housing_personal_account.dkzh"), primary_key=True),
    Column("amount", Integer, nullable=False, comment="principal and interest overdue, in fen"),
)
_applications = Table(
    "local_loan_applications",
    metadata,
    Column("custid", String(20), ForeignKey("st_common_person.custid"), primary_key=True),
    Column("number", String(20), nullable=False, comment="受理编号"),
    Column("stage", String(12), nullable=False),
    Column("updated", Date, nullable=False),
)

KIND_OF_GJHTQYWLX = {
    "01": DetailKind.DEPOSIT, "02": DetailKind.BACK_PAYMENT, "06": DetailKind.TRANSFER_IN, "07": DetailKind.TRANSFER_OUT,
    "08": DetailKind.TRANSFER_IN, "09": DetailKind.INTEREST, "11": DetailKind.WITHDRAWAL, "12": DetailKind.CLOSING,
}  # fmt: skip
"""Code table gjhtqywlx; what moves no money and unknown codes are OTHER."""
_GJHTQYWLX = {DetailKind.DEPOSIT: "01", DetailKind.INTEREST: "09", DetailKind.WITHDRAWAL: "11", DetailKind.CLOSING: "12"}


class DemoRecords(DemoFile):
    """See :class:`fund_core.records.Records`."""

    async def person(self, depositor: DepositorId) -> Person:
        """See the port."""
        query = select(people.c.xingming, units.c.dwmc).join(units, units.c.dwzh == people.c.dwzh).where(people.c.custid == depositor)
        row = await self._one(query)
        return Person(depositor, row.xingming, row.dwmc)

    async def details(self, depositor: DepositorId, which: int = 0, count: int = 6) -> Details:
        """See the port."""
        query = select(_details).where(_details.c.grzh == await self._account_no(depositor, which))
        rows = await self._ask(lambda c: c.execute(query.order_by(_details.c.ywlsh.desc()).limit(count)).all())
        return Details(depositor, tuple(_detail(row) for row in rows))

    async def interest(self, depositor: DepositorId, which: int = 0) -> Interest:
        """See the port."""
        settled = (_details.c.grzh == await self._account_no(depositor, which), _details.c.gjhtqywlx == "09")
        row = await self._one(select(_details).where(*settled).order_by(_details.c.ywlsh.desc()))
        return Interest(depositor, row.jzrq, Fen(row.fse), Fen(row.ye))

    async def repayments(self, depositor: DepositorId, count: int = 6) -> Repayments:
        """See the port."""
        query = select(_repayments).where(_repayments.c.dkzh == await self._loan_no(depositor))
        rows = await self._ask(lambda c: c.execute(query.order_by(_repayments.c.ywlsh.desc()).limit(count)).all())
        return Repayments(depositor, tuple(_repayment(row) for row in rows))

    async def overdue(self, depositor: DepositorId) -> Overdue:
        """See the port."""
        number = await self._loan_no(depositor)
        row = await self._one(select(loans.c.ljyqqs, _overdue.c.amount).join(_overdue).where(loans.c.dkzh == number))
        return Overdue(depositor, row.ljyqqs, Fen(row.amount))

    async def loan_progress(self, depositor: DepositorId) -> LoanProgress:
        """See the port."""
        row = await self._one(select(_applications).where(_applications.c.custid == depositor))
        try:
            return LoanProgress(depositor, row.number, LoanStage(row.stage), row.updated)
        except ValueError as error:
            raise CoreAnsweredWrong("loan progress") from error

    async def unit_deposit(self, unit: DepositorId) -> UnitDeposit:
        """See the port."""
        row = await self._one(select(units.c.dwzh, units.c.jzny).where(units.c.custid == unit))
        theirs = select(accounts.c.gryjce, accounts.c.dwyjce).join_from(accounts, people, accounts.c.grzh == people.c.grzh)
        staff = await self._ask(lambda c: c.execute(theirs.where(people.c.dwzh == row.dwzh, accounts.c.grzhzt == "01")).all())
        return unit_deposit(unit, row.jzny, [each.gryjce + each.dwyjce for each in staff])

    async def _account_no(self, depositor: DepositorId, which: int) -> str:
        main_first = (accounts.c.grzh != people.c.grzh, accounts.c.grzh)
        query = select(accounts.c.grzh).join_from(accounts, people).where(people.c.custid == depositor).order_by(*main_first)
        numbers = await self._ask(lambda c: c.scalars(query).all())
        if not 0 <= which < len(numbers):
            raise NotOnFile
        return str(numbers[which])

    async def _loan_no(self, depositor: DepositorId) -> str:
        row = await self._one(select(loans.c.dkzh).join_from(loans, people).where(people.c.custid == depositor))
        return str(row.dkzh)


def fill_records(connection: Connection, everybody: Sequence[DemoDepositor]) -> None:
    """Write the past of ``everybody`` into an empty file."""
    moved = [
        {"grzh": account, "ywlsh": 1000 - at, "jzrq": each.day, "gjhtqywlx": _GJHTQYWLX[each.kind], "fse": each.amount, "ye": each.balance}
        for person in everybody
        for which, account in enumerate(person.owner.accounts)
        for at, each in enumerate(movements(person, which))
    ]
    lent = [(person, person.loan) for person in everybody if person.loan]
    repaid = [
        {"dkzh": loan.number, "ywlsh": 1000 - at, "dkywmxlx": "04" if each.penalty else "02", "ywfsrq": each.day, "bjje": each.principal,
         "lxje": each.interest, "fxje": each.penalty, "dkye": each.outstanding}
        for _, loan in lent
        for at, each in enumerate(repayments(loan))
    ]  # fmt: skip
    late = [{"dkzh": loan.number, "amount": overdue_amount(loan)} for _, loan in lent]
    asked = [(person.depositor, wish) for person in everybody if (wish := application(person))]
    applied = [{"custid": whose, "number": wish.number, "stage": wish.stage.value, "updated": wish.updated} for whose, wish in asked]
    for table, rows in ((_details, moved), (_repayments, repaid), (_overdue, late), (_applications, applied)):
        if rows:
            connection.execute(insert(table), rows)


def _detail(row: Row[tuple[object, ...]]) -> Detail:
    return Detail(row.jzrq, KIND_OF_GJHTQYWLX.get(row.gjhtqywlx, DetailKind.OTHER), Fen(row.fse), Fen(row.ye))


def _repayment(row: Row[tuple[object, ...]]) -> Repayment:
    return Repayment(row.ywfsrq, Fen(row.bjje), Fen(row.lxje), Fen(row.fxje), Fen(row.dkye))

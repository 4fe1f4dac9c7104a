"""The demo core's tables, with the names of JGJ/T 320 as real centres have them, and the invented people put into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    insert,
    inspect,
    select,
    text,
)

from fund_core.model import AccountStatus, UnitStatus
from fund_core.people import SECOND_BALANCE, DemoDepositor, demo_unit_pin, demo_units, unit_key
from fund_core.pins import PinVault
from hotline.secret import Secret

SHAPE = 3
"""Number of the tables' shape, kept in the file."""

metadata = MetaData()
people = Table(
    "st_common_person",
    metadata,
    Column("custid", String(20), primary_key=True, comment="the core's own key of a person"),
    Column("grzh", String(20), unique=True, nullable=False, comment="个人账号, the main one"),
    Column("xingming", String(120), nullable=False, comment="姓名"),
    Column("zjhm", String(18), index=True, nullable=False, comment="证件号码"),
    Column("lmkkh", String(19), index=True, comment="联名卡卡号 (local)"),
    Column("dwzh", String(20), nullable=False, comment="单位账号"),
    Column("sjhm", String(20), nullable=False, comment="手机号码, the bound mobile; empty: none"),
    Column("mm", String(200), nullable=False, comment="keyed argon2id hash of the query PIN (local)"),
    Column("mmzt", String(1), nullable=False, comment="0 initial PIN, 1 own (local)"),
)
accounts = Table(
    "st_collection_personal_account",
    metadata,
    Column("grzh", String(20), primary_key=True, comment="个人账号"),
    Column("custid", String(20), ForeignKey("st_common_person.custid"), index=True, nullable=False, comment="whose it is (local)"),
    Column("grzhzt", String(2), nullable=False, comment="个人账户状态"),
    Column("grzhye", Integer, nullable=False, comment="个人账户余额, in fen"),
    Column("gryjce", Integer, nullable=False, comment="个人月缴存额, in fen"),
    Column("dwyjce", Integer, nullable=False, comment="单位月缴存额, in fen"),
    Column("jzny", String(6), nullable=False, comment="缴至年月"),
)
loans = Table(
    "st_housing_personal_account",
    metadata,
    Column("dkzh", String(30), primary_key=True, comment="贷款账号"),
    Column("jkrgjjzh", String(20), ForeignKey("st_common_person.grzh"), index=True, comment="借款人公积金账号"),
    Column("dkffe", Integer, nullable=False, comment="发放额, in fen"),
    Column("dkye", Integer, nullable=False, comment="贷款余额, in fen"),
    Column("dkqs", Integer, nullable=False, comment="贷款期数"),
    Column("dqyhje", Integer, nullable=False, comment="当前应还金额, in fen"),
    Column("ydhkr", Integer, nullable=False, comment="约定还款日"),
    Column("ljyqqs", Integer, nullable=False, comment="累计逾期期数"),
)
units = Table(
    "st_collection_unit_account",
    metadata,
    Column("dwzh", String(20), primary_key=True, comment="单位账号"),
    Column("dwmc", String(255), nullable=False, comment="单位名称"),
    Column("dwzhzt", String(2), nullable=False, comment="单位账户状态"),
    Column("dwjcrs", Integer, nullable=False, comment="缴存人数"),
    Column("dwfcrs", Integer, nullable=False, comment="封存人数"),
    Column("dwjcbl", String(8), nullable=False, comment="单位缴存比例, percent"),
    Column("grjcbl", String(8), nullable=False, comment="个人缴存比例, percent"),
    Column("jzny", String(6), nullable=False, comment="缴至年月"),
    Column("custid", String(20), unique=True, nullable=False, comment="the core's own key of a unit (local)"),
    Column("mm", String(200), nullable=False, comment="keyed argon2id hash of the query PIN (local)"),
)
STATUS_OF_GRZHZT = {
    "01": AccountStatus.NORMAL, "02": AccountStatus.SEALED, "06": AccountStatus.FROZEN,
    "03": AccountStatus.CLOSED, "04": AccountStatus.CLOSED, "05": AccountStatus.CLOSED,
}  # fmt: skip
"""Code table grzhzt; 99 and unknown codes are OTHER."""
STATUS_OF_DWZHZT = {
    "01": UnitStatus.NORMAL, "02": UnitStatus.OPENED, "03": UnitStatus.DEFERRED, "04": UnitStatus.CLOSED, "05": UnitStatus.SEALED,
}  # fmt: skip
"""Code table dwzhzt; 99 and unknown codes are OTHER."""
GRZHZT = {AccountStatus.NORMAL: "01", AccountStatus.SEALED: "02", AccountStatus.FROZEN: "06", AccountStatus.CLOSED: "05"}


Fill = Callable[[Connection, Sequence[DemoDepositor]], None]


def open_file(file: Path, everybody: Sequence[DemoDepositor], pins: PinVault, fill_also: Sequence[Fill] = ()) -> Engine:
    """The database in ``file``, made when it is not there or was made by a version with other tables (its people are invented)."""
    file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{file}", connect_args={"check_same_thread": False})
    with engine.begin() as connection:
        if connection.execute(text("PRAGMA user_version")).scalar() != SHAPE:
            for table in inspect(connection).get_table_names():
                connection.execute(text(f"DROP TABLE {table}"))
        metadata.create_all(connection)
        if connection.scalar(select(func.count()).select_from(people)) == 0:
            _fill(connection, everybody, pins)
            for also in fill_also:
                also(connection, everybody)
        connection.execute(text(f"PRAGMA user_version = {SHAPE}"))
    return engine


def _fill(connection: Connection, everybody: Sequence[DemoDepositor], pins: PinVault) -> None:
    persons = [
        {"custid": p.depositor, "grzh": p.account, "xingming": p.name, "zjhm": p.citizen_id, "lmkkh": p.card, "dwzh": p.unit,
         "sjhm": p.mobile, "mm": pins.hash(Secret(p.pin)), "mmzt": "0" if p.initial else "1"}
        for p in everybody
    ]  # fmt: skip
    main = [
        {"grzh": p.account, "custid": p.depositor, "grzhzt": GRZHZT[p.status], "grzhye": p.balance, "gryjce": p.own_deposit,
         "dwyjce": p.employer_deposit, "jzny": p.paid_through}
        for p in everybody
    ]  # fmt: skip
    second = [
        {"grzh": p.second_account, "custid": p.depositor, "grzhzt": "02", "grzhye": SECOND_BALANCE, "gryjce": 0, "dwyjce": 0,
         "jzny": "201912"}
        for p in everybody if p.second_account
    ]  # fmt: skip
    lent = [
        {"dkzh": p.loan.number, "jkrgjjzh": p.account, "dkffe": p.loan.granted, "dkye": p.loan.outstanding, "dkqs": p.loan.term,
         "dqyhje": p.loan.due, "ydhkr": p.loan.due_day, "ljyqqs": p.loan.overdue}
        for p in everybody if p.loan
    ]  # fmt: skip
    employers = [
        {"dwzh": number, "dwmc": name, "dwzhzt": "01", "dwjcrs": sum(p.unit == number for p in everybody), "dwfcrs": 0,
         "dwjcbl": "8", "grjcbl": "8", "jzny": "202510", "custid": unit_key(number), "mm": pins.hash(Secret(demo_unit_pin(number)))}
        for number, name in demo_units()
    ]  # fmt: skip
    for table, rows in ((people, persons), (accounts, main + second), (loans, lent), (units, employers)):
        if rows:
            connection.execute(insert(table), rows)

"""One-time codes 短信验证码: six digits that only the holder of a mobile can know, for five minutes, for one purpose.

Kept is a keyed hash bound to the code's id; the digits exist in the outbox, sealed, until they are delivered. Asking for a code
of somebody unknown, or without a mobile, looks the same as any other and sends nothing: nobody learns who has an account.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection, func, insert, select, update

from hotline.ids import CallId, DepositorId
from hotline.moment import Moment
from hotline.sealed import Sealer
from hotline.secret import Secret
from hotline.tables import Tables
from sms_bridge.model import CodeId, CodePurpose, CodeVerdict, KeptCode, Message, Refusal, SentCode
from sms_bridge.rules import CodeLimits, code_refusal, judge_code
from sms_bridge.store.outbox import Outbox, add
from sms_bridge.tables import codes


def six_digits() -> str:
    """A code nobody can foresee."""
    return f"{secrets.randbelow(10**6):06d}"


class Codes:
    """Sends and judges codes for all lines and all of their ways in. Every method may raise StoreAway."""

    def __init__(
        self, tables: Tables, sealer: Sealer, outbox: Outbox, limits: CodeLimits | None = None, draw: Callable[[], str] = six_digits
    ) -> None:
        self._tables = tables
        self._sealer = sealer
        self._outbox = outbox
        self._limits = limits or CodeLimits()
        self._draw = draw

    async def send(
        self,
        purpose: CodePurpose,
        depositor: DepositorId | None,
        number: str,
        at: Moment,
        *,
        asked: str = "",
        call: CallId | None = None,
        topic: str = "MT-YZ01",
    ) -> SentCode | Refusal:
        """Send a code to ``number`` of ``depositor``, or say why not.

        For nobody (None) or without a number nothing is sent and nothing keyed will be right; give then what was ``asked`` (the
        number the caller keyed), so that the limits hold for it as for others. ``topic`` words it. Raises NotComposed (no mobile).
        """
        code, name = self._draw(), CodeId(secrets.token_hex(16))
        real = depositor is not None and number != ""
        row: dict[str, object] = {
            "id": name, "purpose": purpose.value, "depositor": depositor if real else "", "day": at.day(), "sent_us": at.wall,
            "expires_us": at.after(self._limits.life).wall, "wrong": 0,
            "number_mark": self._sealer.mark(number if real else f"nobody {asked}"),
            "code_mark": self._mark(name, code) if real else self._mark(name, f"never {secrets.token_hex(16)}"),
        }  # fmt: skip
        sms = self._outbox.row(replace(self._message(name, number, code, depositor, call, at), topic=topic), at) if real else None
        refused = await self._tables.write(lambda c: self._keep(c, row, sms, at))
        return refused or SentCode(name, number[-4:] if real else "")

    async def check(self, sent: CodeId, purpose: CodePurpose, keyed: Secret, at: Moment) -> CodeVerdict:
        """Judge what was keyed; a right code is right once. Another purpose's code is wrong."""
        return await self._tables.write(lambda c: self._judge(c, sent, purpose, keyed, at))

    def _message(self, name: CodeId, number: str, code: str, depositor: DepositorId | None, call: CallId | None, at: Moment) -> Message:
        minutes = round(self._limits.life.total_seconds() / 60)
        fields = {"otp": code, "ttl": minutes}
        return Message(f"code {name}", "MT-YZ01", number, fields, depositor, call, at.after(self._limits.life))

    def _keep(self, connection: Connection, row: dict[str, object], sms: dict[str, object] | None, at: Moment) -> Refusal | None:
        today = codes.c.day == at.day()
        to_number = connection.scalars(select(codes.c.sent_us).where(codes.c.number_mark == row["number_mark"], today)).all()
        of_account = connection.scalar(select(func.count()).where(codes.c.depositor == row["depositor"], today)) if sms else 0
        if refused := code_refusal(to_number, of_account or 0, at, self._limits):
            return refused
        connection.execute(insert(codes).values(row))
        if sms:
            add(connection, sms)
        return None

    def _judge(self, connection: Connection, sent: CodeId, purpose: CodePurpose, keyed: Secret, at: Moment) -> CodeVerdict:
        row = connection.execute(select(codes).where(codes.c.id == sent)).first()
        if row is None:
            return CodeVerdict.OVER
        right = hmac.compare_digest(row.code_mark, self._mark(sent, keyed.reveal())) and row.purpose == purpose.value
        kept = KeptCode(row.sent_us, row.expires_us, row.wrong, row.used_us is not None)
        verdict = judge_code(kept, right, _wrong_today(connection, row.depositor, at.day()), at, self._limits)
        change = {CodeVerdict.RIGHT: {"used_us": at.wall}, CodeVerdict.WRONG: {"wrong": row.wrong + 1}}.get(verdict)
        if change:
            connection.execute(update(codes).where(codes.c.id == sent).values(change))
        return verdict

    def _mark(self, name: CodeId, code: str) -> str:
        return self._sealer.mark(f"code {name} {code}")


def _wrong_today(connection: Connection, depositor: str, day: date) -> int:
    """Wrong codes keyed for an account on ``day``; nobody's codes are each on their own."""
    if not depositor:
        return 0
    return connection.scalar(select(func.sum(codes.c.wrong)).where(codes.c.depositor == depositor, codes.c.day == day)) or 0


def proof(
    connection: Connection, names: Sequence[CodeId], depositor: DepositorId, purpose: CodePurpose, number_mark: str, after_us: int
) -> CodeId | None:
    """The one of these codes that was keyed rightly after ``after_us`` for this person, purpose and number, and isn't spent."""
    fits = (
        codes.c.id.in_(names),
        codes.c.depositor == depositor,
        codes.c.purpose == purpose.value,
        codes.c.number_mark == number_mark,
        codes.c.used_us > after_us,
        codes.c.spent_us.is_(None),
    )
    found = connection.scalar(select(codes.c.id).where(*fits).limit(1))
    return CodeId(found) if found else None


def spend(connection: Connection, names: Sequence[CodeId], at: Moment) -> None:
    """Note that what these codes proved was done."""
    connection.execute(update(codes).where(codes.c.id.in_(names)).values(spent_us=at.wall))

"""Appointments 预约: come to an office on a day, in the morning or the afternoon (seed 001 §1.2: 贷款办理, 贷款还款, 提取).

Part of the port (fund_core/port.py). The fund's system owns the quotas, because counters, web and hotline fill the same ones.
What may be booked is told by pure functions, shared by the demo core and the fake.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from hotline.errors import HotlineError
from hotline.ids import DepositorId

FIRST_AHEAD, LAST_AHEAD = 1, 30
"""Days ahead that can be booked: from tomorrow."""
MOST_DAYS = 10
"""No list of slots tells more days."""


class AppointmentKind(StrEnum):
    """What for; the values are those menu.toml says in ``about``."""

    LOAN = "loan_apply"
    REPAYMENT = "loan_repay"
    WITHDRAWAL = "withdraw"


class Half(StrEnum):
    """上午, 下午."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


@dataclass(frozen=True, slots=True)
class Office:
    """An office that takes appointments; the knowledge base tells its address under the same ``code``."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Slot:
    """Half a day at an office and how many may still come."""

    day: date
    half: Half
    left: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to book. ``request`` is the asker's own id of this one wish: asking twice books once, and gives the same
    appointment even when it was cancelled since, so that whoever books again after that asks under another id."""

    request: str
    depositor: DepositorId
    kind: AppointmentKind
    office: str
    day: date
    half: Half


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booked appointment; ``number`` (8 digits) is told to the person."""

    number: str
    depositor: DepositorId
    kind: AppointmentKind
    office: Office
    day: date
    half: Half
    cancelled: bool = False


class SlotFull(HotlineError):
    """Nobody more may come at that time."""


class NotBookable(HotlineError):
    """This can't be booked:"""


class AlreadyBooked(HotlineError):
    """The person has an appointment of this kind already."""

    def __init__(self, appointment: Appointment) -> None:
        super().__init__()
        self.appointment = appointment


class Appointments(Protocol):
    """Every method may raise CoreAway or CoreAnsweredWrong. ``today`` is the Asia/Shanghai day of the call."""

    async def offices(self, kind: AppointmentKind) -> Sequence[Office]:
        """The offices that take appointments of this kind, in the order they are offered."""
        ...

    async def slots(self, kind: AppointmentKind, office: str, today: date, days: int = 3) -> Sequence[Slot]:
        """Both halves of the next ``days`` (at most MOST_DAYS) working days that still have room, in order."""
        ...

    async def book(self, wish: Wish, today: date) -> Appointment:
        """Book; the same ``request`` gives the same appointment. Raises SlotFull, AlreadyBooked, NotBookable, NotOnFile."""
        ...

    async def appointments(self, depositor: DepositorId, today: date) -> Sequence[Appointment]:
        """What he has booked from ``today`` on and not cancelled, the next first."""
        ...

    async def cancel(self, depositor: DepositorId, number: str, today: date) -> Appointment:
        """Cancel his appointment; cancelling again is harmless. Raises NotOnFile (not his, or over)."""
        ...


def days_to_book(today: date, is_working_day: Callable[[date], bool]) -> list[date]:
    """The working days that can be booked on ``today``."""
    ahead = (today + timedelta(days=each) for each in range(FIRST_AHEAD, LAST_AHEAD + 1))
    return [day for day in ahead if is_working_day(day)]


def wish_fault(wish: Wish, today: date, is_working_day: Callable[[date], bool]) -> str:
    """Why the day of ``wish`` can't be booked on ``today``; empty when it can."""
    if not 0 < len(wish.request) <= 120:
        return "it needs a request id of at most 120 characters"
    if wish.day < today + timedelta(days=FIRST_AHEAD):
        return f"{wish.day} is not ahead"
    if wish.day > today + timedelta(days=LAST_AHEAD):
        return f"{wish.day} is more than {LAST_AHEAD} days ahead"
    return "" if is_working_day(wish.day) else f"{wish.day} is no working day"


def with_room(days: Sequence[date], taken: Callable[[date, Half], int], quota: Callable[[Half], int], count: int) -> list[Slot]:
    """The slots of the first ``count`` days with room in one of their halves."""
    slots: list[Slot] = []
    for day in days:
        both = [Slot(day, half, max(0, quota(half) - taken(day, half))) for half in Half]
        if any(slot.left for slot in both):
            slots += both
        if len(slots) >= 2 * min(count, MOST_DAYS):
            break
    return slots

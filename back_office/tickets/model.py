"""What a ticket 工单 is: class, state, deadline, and the steps that brought it there (domain/tickets.md §4.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NewType

from hotline.errors import HotlineError, UnknownThing
from hotline.ids import CallId, DepositorId, RecordingId
from hotline.moment import Moment

TicketNo = NewType("TicketNo", str)
"""yyyymmdd and 8 digits; the 8 digits alone name the ticket too, and are what callers hear and key."""


class TicketKind(StrEnum):
    """投诉类, 建议类, 业务咨询类 (seed 001 §2.5), 其他."""

    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    ENQUIRY = "enquiry"
    OTHER = "other"


class About(StrEnum):
    """What is complained of: 热线服务, 短信服务, 业务办理, 单位违规缴存, 其他. The complaint rates of hotline and SMS need it."""

    HOTLINE = "hotline"
    SMS = "sms"
    BUSINESS = "business"
    EMPLOYER = "employer"
    OTHER = "other"


class Source(StrEnum):
    """Where it came from."""

    CALL = "call"
    VOICE_MESSAGE = "voice_message"
    SMS = "sms"
    DESK = "desk"
    HOTLINE_12345 = "12345"


class TicketState(StrEnum):
    """The main road is the first eight, in this order; the rest are its side roads."""

    DRAFT = "draft"
    """草稿: taken, not filled in yet (a voice message nobody has heard)."""
    TO_CONFIRM = "to_confirm"
    """待确认: waits for the head of the department."""
    DISPATCHED = "dispatched"
    """已派发."""
    IN_HAND = "in_hand"
    """处理中."""
    RETURNED = "returned"
    """已返回 to the hotline's department: handling time ends here."""
    TO_FEED_BACK = "to_feed_back"
    """待反馈."""
    FED_BACK = "fed_back"
    """已反馈."""
    CLOSED = "closed"
    """已办结."""
    SENT_BACK = "sent_back"
    """退回: not for this department, or not filled in well; with a reason."""
    EXTENSION_ASKED = "extension_asked"
    """延期申请."""
    SUSPENDED = "suspended"
    """挂起(待用户): the person owes something; the clock stands."""
    VOID = "void"
    """作废, also what was merged into another one."""
    REOPENED = "reopened"
    """重开."""


class Role(StrEnum):
    """Who may take a step (seed 001 §2.5, steps 1 to 4)."""

    AGENT = "agent"
    """客服人员: fills in and feeds back."""
    HEAD = "head"
    """部门领导: confirms."""
    DEPARTMENT = "department"
    """相应部门: handles."""
    HOTLINE_DESK = "hotline_desk"
    """热线管理部门: receives back."""
    HOUSE = "house"
    """The hotline by itself: a voice message, an SMS, another hotline's push."""


class IllegalStep(HotlineError):
    """A ticket can't take this step:"""


class TicketChanged(HotlineError):
    """Somebody else has changed this ticket meanwhile:"""


class NoSuchTicket(UnknownThing):
    """There is no ticket of this number:"""


@dataclass(frozen=True, slots=True)
class Due:
    """The last working day, and whether it may still move because a year's official calendar is missing."""

    day: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What is known when a ticket is made. ``request`` is the asker's own id: asking twice makes one ticket.

    ``phone`` is where the person wants to be called and opens the progress query; it is kept sealed.
    """

    request: str
    kind: TicketKind
    source: Source
    who: str
    role: Role
    title: str = ""
    content: str = field(default="", repr=False)
    about: About = About.OTHER
    call: CallId | None = None
    recording: RecordingId | None = None
    depositor: DepositorId | None = None
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    confidential: bool = False
    external: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it stands. ``version`` names this standing: a change must say which one it changes."""

    number: TicketNo
    version: int
    kind: TicketKind
    about: About
    source: Source
    state: TicketState
    title: str
    content: str = field(repr=False)
    created_us: int
    due: Due
    confidential: bool
    call: CallId | None
    recording: RecordingId | None
    depositor: DepositorId | None

    @property
    def tail(self) -> str:
        """The 8 digits told to the caller."""
        return self.number[8:]


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step: who brought the ticket from ``left`` to ``entered``, and why."""

    ticket: TicketNo
    number: int
    at_us: int
    left: TicketState | None
    entered: TicketState
    who: str
    role: Role
    why: str


@dataclass(frozen=True, slots=True)
class Move:
    """A wanted step on the ``version`` of a ticket its asker has seen."""

    ticket: TicketNo
    version: int
    to: TicketState
    who: str
    role: Role
    why: str
    at: Moment

"""The ticket's laws: how long, which way, by whom (seed 001 §2.5; domain/tickets.md §4.4).

The deadline counts working days after the day of creation, which is day 0 whether it is a working day or not; make-up days count.
Handling time ends at 已返回; the answer to the person has one working day more. No step leads out of the table LEGAL.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

from back_office.tickets.model import Due, IllegalStep, NewTicket, Role, Source, TicketKind, TicketNo, TicketState
from hotline.calendar import Calendar
from hotline.moment import Moment

S = TicketState

WORKING_DAYS: Mapping[TicketKind, int] = MappingProxyType(
    {TicketKind.COMPLAINT: 5, TicketKind.SUGGESTION: 2, TicketKind.ENQUIRY: 3, TicketKind.OTHER: 5}
)
"""Seed 001 §2.5-5; 其他 is not in the seed and gets the longest."""
FEED_BACK_DAYS = 1
"""Working days to tell the person once the ticket is back (proposal)."""
TAILS = 10**8

LEGAL: Mapping[TicketState, frozenset[TicketState]] = MappingProxyType(
    {
        S.DRAFT: frozenset({S.TO_CONFIRM, S.VOID}),
        S.TO_CONFIRM: frozenset({S.DISPATCHED, S.SENT_BACK, S.VOID}),
        S.DISPATCHED: frozenset({S.IN_HAND, S.SENT_BACK, S.VOID}),
        S.IN_HAND: frozenset({S.RETURNED, S.SENT_BACK, S.EXTENSION_ASKED, S.SUSPENDED}),
        S.RETURNED: frozenset({S.TO_FEED_BACK, S.IN_HAND}),
        S.TO_FEED_BACK: frozenset({S.FED_BACK, S.IN_HAND}),
        S.FED_BACK: frozenset({S.CLOSED, S.REOPENED}),
        S.CLOSED: frozenset({S.REOPENED}),
        S.SENT_BACK: frozenset({S.TO_CONFIRM, S.DISPATCHED, S.VOID}),
        S.EXTENSION_ASKED: frozenset({S.IN_HAND}),
        S.SUSPENDED: frozenset({S.IN_HAND, S.RETURNED}),
        S.VOID: frozenset(),
        S.REOPENED: frozenset({S.TO_CONFIRM, S.DISPATCHED}),
    }
)
"""Where a ticket may go from each state. 作废 is the only end for good: what is closed may be opened again."""

MAY: Mapping[TicketState, frozenset[Role]] = MappingProxyType(
    {
        S.DRAFT: frozenset(),
        S.TO_CONFIRM: frozenset({Role.AGENT, Role.HOTLINE_DESK}),
        S.DISPATCHED: frozenset({Role.HEAD}),
        S.IN_HAND: frozenset({Role.DEPARTMENT, Role.HEAD, Role.HOTLINE_DESK}),
        S.RETURNED: frozenset({Role.DEPARTMENT}),
        S.TO_FEED_BACK: frozenset({Role.HOTLINE_DESK}),
        S.FED_BACK: frozenset({Role.AGENT}),
        S.CLOSED: frozenset({Role.AGENT, Role.HOTLINE_DESK}),
        S.SENT_BACK: frozenset({Role.HEAD, Role.DEPARTMENT}),
        S.EXTENSION_ASKED: frozenset({Role.DEPARTMENT}),
        S.SUSPENDED: frozenset({Role.DEPARTMENT}),
        S.VOID: frozenset({Role.HEAD, Role.HOTLINE_DESK}),
        S.REOPENED: frozenset({Role.AGENT, Role.HOTLINE_DESK}),
    }
)
"""Who may bring a ticket into each state."""

FIRST: Mapping[Source, TicketState] = MappingProxyType(
    {
        Source.CALL: S.TO_CONFIRM,
        Source.DESK: S.TO_CONFIRM,
        Source.HOTLINE_12345: S.TO_CONFIRM,
        Source.VOICE_MESSAGE: S.DRAFT,
        Source.SMS: S.DRAFT,
    }
)
"""What an agent filled in goes to be confirmed; what the house took down by itself must be filled in first."""

HANDLING = frozenset({S.DRAFT, S.TO_CONFIRM, S.DISPATCHED, S.IN_HAND, S.SENT_BACK, S.EXTENSION_ASKED, S.REOPENED})
"""The states in which the handling clock runs."""

TOLD: Mapping[TicketState, str] = MappingProxyType(
    {
        S.DRAFT: "已受理",
        S.TO_CONFIRM: "已受理",
        S.SENT_BACK: "已受理",
        S.REOPENED: "已重新受理",
        S.DISPATCHED: "已派发",
        S.IN_HAND: "正在办理",
        S.EXTENSION_ASKED: "正在办理",
        S.RETURNED: "正在办理",
        S.SUSPENDED: "等待您补充材料",
        S.TO_FEED_BACK: "即将答复",
        S.FED_BACK: "已答复",
        S.CLOSED: "已办结",
        S.VOID: "已撤销",
    }
)
"""What the person is told of each state: how far it is, never who has it."""


def due(kind: TicketKind, created: Moment, calendar: Calendar) -> Due:
    """The last day to handle a ticket of ``kind`` made at ``created`` (Asia/Shanghai day)."""
    return _due(created, WORKING_DAYS[kind], calendar)


def feed_back_due(returned: Moment, calendar: Calendar) -> Due:
    """The last day to tell the person after the ticket came back."""
    return _due(returned, FEED_BACK_DAYS, calendar)


def due_after_standing(old: Due, suspended: date, resumed: date, calendar: Calendar) -> Due:
    """The last day of a ticket whose clock stood from ``suspended`` to ``resumed``: as many working days are left as were left then."""
    left = sum(calendar.is_working_day(suspended + timedelta(days=ahead)) for ahead in range(1, (old.day - suspended).days + 1))
    if left == 0:
        return old
    last = calendar.working_day_after(resumed, left)
    return Due(last, old.provisional or any(calendar.is_provisional(year) for year in range(suspended.year, last.year + 1)))


def check_step(state: TicketState, to: TicketState, role: Role) -> None:
    """Raises IllegalStep when ``role`` may not bring a ticket from ``state`` to ``to``."""
    if to not in LEGAL[state]:
        raise IllegalStep(f"{state} to {to}")
    if role not in MAY[to]:
        raise IllegalStep(f"to {to} by {role}")


def ticket_no(created: Moment, drawn: int) -> TicketNo:
    """The number of a ticket made at ``created``; ``drawn`` is a number below 10^8 nobody could foresee."""
    return TicketNo(f"{created.day():%Y%m%d}{drawn % TAILS:08d}")


def new_ticket_fault(new: NewTicket) -> str:
    """Why no ticket can be made of ``new``; empty when one can."""
    if not new.request or len(new.request) > 120:
        return "it needs a request id of at most 120 characters"
    if new.source is Source.VOICE_MESSAGE and not new.recording:
        return "a voice message has a recording"
    if new.source is Source.CALL and not new.call:
        return "a ticket from a call names the call"
    if len(new.title) > 200:
        return "a title has at most 200 characters"
    return ""


def _due(start: Moment, days: int, calendar: Calendar) -> Due:
    first = start.day()
    last = calendar.working_day_after(first, days)
    return Due(last, any(calendar.is_provisional(year) for year in range(first.year, last.year + 1)))

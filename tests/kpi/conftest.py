"""Reads a day of calls written as a text table, one event a line: time, call, what happened, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from hotline import events as e
from hotline.events import Event
from hotline.ids import AgentNo, CallerKey, CallId, OfferId, QueueName, RecordingId, SeatNo
from hotline.moment import SHANGHAI, Moment

DECISION = e.Decision(rule="longest_idle", winner=e.Considered(SeatNo(1), AgentNo("8001"), 0), runners_up=(), considered=1)


def moment(text: str, day: str, boot: str = "one") -> Moment:
    """``09:00:00.5`` of ``day``, or ``+1 00:00:05`` of the day after, on a clock that began with 2026."""
    clock = text.removeprefix("+1 ")
    when = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=SHANGHAI)
    wall = round(when.timestamp() * 1_000_000) + (86_400_000_000 if text.startswith("+1 ") else 0)
    return Moment(wall, wall - 1_767_225_600_000_000, boot)


def _offer(kind: Any, **more: Any) -> Callable[..., Event]:
    def make(at: Moment, call: CallId, offer: str, seat: str) -> Event:
        who = {"seat": SeatNo(int(seat)), "agent": AgentNo(f"800{seat}")}
        event: Event = kind(at=at, call=call, offer=OfferId(offer), **who, **more)
        return event

    return make


def _seat(kind: Any, **more: Any) -> Callable[..., Event]:
    def make(at: Moment, call: CallId, seat: str) -> Event:
        event: Event = kind(at=at, call=call, seat=SeatNo(int(seat)), agent=AgentNo(f"800{seat}"), **more)
        return event

    return make


WORDS: dict[str, Callable[..., Event]] = {
    "arrives": lambda at, call: e.CallArrived(at=at, call=call, caller=CallerKey("k")),
    "arrives_off_hours": lambda at, call: e.CallArrived(at=at, call=call, caller=CallerKey("k"), staffed=False),
    "arrives_from_a_seat": lambda at, call: e.CallArrived(at=at, call=call, caller=CallerKey("k"), internal=True),
    "reaches": lambda at, call, node: e.SelfServiceGiven(at=at, call=call, service=node),
    "asks": lambda at, call: e.AgentWanted(at=at, call=call),
    "asks_off_hours": lambda at, call: e.AgentWanted(at=at, call=call, staffed=False),
    "queues": lambda at, call: e.CallQueued(at=at, call=call, queue=QueueName("main"), position=1),
    "offered": _offer(e.CallOffered, queue=QueueName("main"), decision=DECISION),
    "unanswered": _offer(e.RingNoAnswer),
    "declined": _offer(e.OfferDeclined, cause="busy"),
    "answered": _offer(e.CallAnswered),
    "talk_ends": _seat(e.TalkEnded, by="caller"),
    "wrapped_up": _seat(e.WrapUpEnded, how="by_hand"),
    "held": lambda at, call, seat: e.CallHeld(at=at, call=call, seat=SeatNo(int(seat))),
    "retrieved": lambda at, call, seat: e.CallRetrieved(at=at, call=call, seat=SeatNo(int(seat))),
    "leaves": lambda at, call: e.CallAbandoned(at=at, call=call, stage="waiting"),
    "goes_back": lambda at, call: e.CallAbandoned(at=at, call=call, stage="waiting", how="went_back"),
    "leaves_message": lambda at, call: e.MessageLeft(at=at, call=call, recording=RecordingId("r")),
    "surveyed": lambda at, call: e.SurveyOffered(at=at, call=call, agent=AgentNo("8001")),
    "grades": lambda at, call, grade: e.SatisfactionGiven(at=at, call=call, agent=AgentNo("8001"), grade=grade),
    "ends": lambda at, call: e.CallEnded(at=at, call=call, how="caller_hung_up"),
    "found_ended": lambda at, call: e.CallEnded(at=at, call=call, how="found_ended", estimated=True),
    "served_by_fallback": lambda at, call, waited, talked: e.Degraded(
        at=at, call=call, waited_us=int(waited) * 1_000_000, talked_us=int(talked) * 1_000_000, answered=talked != "0"
    ),
}


def told(table: str, day: str = "2026-11-20") -> list[Event]:
    """The events of a text table; columns are apart by two spaces or more, blank lines and the heading are skipped."""
    events = []
    for line in table.strip().splitlines():
        cells = line.split()
        if cells and cells[0] == "+1":
            cells[:2] = ["+1 " + cells[1]]
        if cells and cells[0] != "time":
            at = moment(cells[0], day)
            events.append(WORDS[cells[2]](at, CallId(cells[1]), *cells[3:]))
    return events


@pytest.fixture(name="told")
def told_fixture() -> Callable[..., list[Event]]:
    """Makes events of a text table."""
    return told

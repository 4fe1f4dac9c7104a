"""One call record of a document: its fields read strictly and told as events of the exchange."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hotline.events import (
    AgentWanted,
    CallAnswered,
    CallArrived,
    CallEnded,
    Event,
    Grade,
    OfferDeclined,
    OfferRinging,
    OfferWithdrawn,
    RingNoAnswer,
    SatisfactionGiven,
    SelfServiceGiven,
    TalkEnded,
    WrapUpEnded,
)
from hotline.ids import AgentNo, CallerKey, CallId, OfferId, SeatNo
from hotline.moment import Moment
from kpi.documents import DocumentError, Given
from kpi.model import Direction
from kpi.record_times import Times

CALL_KEYS = (
    "id", "t_in", "t_agent_req", "t_agent_ans", "t_agent_end", "acw_s", "segments", "rings", "self_service", "t_end", "survey",
    "direction", "callback_registered",
)  # fmt: skip
GRADES: dict[int, Grade] = {1: "satisfied", 2: "basically", 3: "dissatisfied"}
"""The survey's keys: 1 满意, 2 基本满意, 3 不满意."""
DIRECTIONS: dict[str, Direction] = {"in": "inbound", "inbound": "inbound", "out": "outbound", "outbound": "outbound"}
RING_RESULTS = {
    **dict.fromkeys(("ANSWER", "ANSWERED"), "answered"),
    **dict.fromkeys(("RONA", "RNA", "NOANSWER", "NO_ANSWER"), "unanswered"),
    **dict.fromkeys(("DECLINE", "DECLINED", "REJECT", "REJECTED", "BUSY", "UNREACHABLE", "FAILED"), "declined"),
    **dict.fromkeys(("WITHDRAWN", "CANCEL", "CANCELLED", "ABANDON", "ABANDONED"), "withdrawn"),
}
"""What may stand as a ring's result, and what it means."""


class Part(NamedTuple):
    """One agent's part of the call."""

    agent: AgentNo
    answered: Moment
    ended: Moment | None
    wrap_up_us: int | None


class Ring(NamedTuple):
    """One ringing of a seat."""

    agent: AgentNo
    start: Moment
    end: Moment
    result: str


@dataclass(slots=True)
class CallRecord:
    """A call as stated: what was read of it. ``moments`` are all the stated ones; ``dated`` when they have full dates."""

    call: CallId
    direction: Direction
    arrived: Moment
    wanted: Moment | None = None
    rings: list[Ring] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    ended: Moment | None = None
    grade: Grade | None = None
    callback: bool = False
    moments: tuple[Moment, ...] = ()
    dated: bool = False

    @property
    def wrap_up_us(self) -> int | None:
        """Stated wrap-up summed over the parts; None unless every part states its own."""
        known = [part.wrap_up_us for part in self.parts if part.wrap_up_us is not None]
        return sum(known) if self.parts and len(known) == len(self.parts) else None


def read_record(value: object, where: str, place: int, zone: ZoneInfo) -> CallRecord:
    """The call record ``value``, the ``place``-th of its document. Raises DocumentError naming the field."""
    given = Given(value, where, CALL_KEYS)
    times = Times(zone)
    direction = _direction(given)
    arrived = times.read(given, "t_in")
    wanted = times.read(given, "t_agent_req")
    rings = [_ring(entry, f"{given.path('rings')}[{n}]", times) for n, entry in enumerate(given.list("rings"))]
    parts = _parts(given, times, rings)
    ended = times.read(given, "t_end")
    if not times.stated or (arrived is None and direction == "inbound"):
        raise given.wrong("t_in", "is missing; say when the call came in")
    _in_order(given, wanted, parts, ended)
    return CallRecord(
        call=CallId(given.text("id") or f"call-{place + 1}"),
        direction=direction,
        arrived=arrived or min(times.stated, key=lambda at: at.wall),
        wanted=wanted,
        rings=rings,
        parts=parts,
        services=_services(given),
        ended=ended,
        grade=_grade(given),
        callback=bool(given.flag("callback_registered")),
        moments=tuple(times.stated),
        dated=bool(times.dated),
    )


# -- reading ---------------------------------------------------------------------------------------------------------


def _parts(given: Given, times: Times, rings: list[Ring]) -> list[Part]:
    """The agents' parts: ``segments``, or the one that t_agent_ans (or a ring answered) and t_agent_end tell."""
    answered, whole = times.read(given, "t_agent_ans"), given.microseconds("acw_s")
    parts = [_part(entry, f"{given.path('segments')}[{n}]", times) for n, entry in enumerate(given.list("segments"))]
    end = times.read(given, "t_agent_end")
    ring = next((ring for ring in rings if ring.result == "answered"), None)
    if not parts:
        if answered is None and ring is None:
            if end is not None:
                raise given.wrong("t_agent_end", "is stated without t_agent_ans; say when the agent answered")
            return []
        agent = ring.agent if ring else AgentNo("")
        return [Part(agent, answered or (ring.end if ring else times.stated[0]), end, whole)]
    if answered is not None and answered.wall != parts[0].answered.wall:
        raise given.wrong("t_agent_ans", "is not the first segment's ans; leave it away or correct one of the two")
    if whole is not None:
        parts = _share_wrap_up(given, parts, whole)
    return [*parts[:-1], parts[-1]._replace(ended=parts[-1].ended or end)]


def _part(entry: object, where: str, times: Times) -> Part:
    given = Given(entry, where, ("agent", "ans", "end", "acw_s"))
    answered = times.read(given, "ans")
    if answered is None:
        raise given.wrong("ans", "is missing; say when this agent answered")
    ended = times.read(given, "end")
    return Part(AgentNo(given.text("agent") or ""), answered, ended, given.microseconds("acw_s"))


def _share_wrap_up(given: Given, parts: list[Part], whole: int) -> list[Part]:
    if any(part.wrap_up_us is not None for part in parts):
        raise given.wrong("acw_s", "is stated for the call and for its segments; keep one of the two")
    return [part._replace(wrap_up_us=whole if part is parts[-1] else 0) for part in parts]


def _ring(entry: object, where: str, times: Times) -> Ring:
    given = Given(entry, where, ("agent", "start", "end", "result"))
    start = times.read(given, "start")
    if start is None:
        raise given.wrong("start", "is missing; say when the phone began to ring")
    end = times.read(given, "end") or start
    if end.wall < start.wall:
        raise given.wrong("end", "is before start; correct one of the two")
    result = (given.text("result") or "").upper()
    if result not in RING_RESULTS:
        raise given.wrong("result", f"must be one of {', '.join(RING_RESULTS)}")
    return Ring(AgentNo(given.text("agent") or ""), start, end, RING_RESULTS[result])


def _in_order(given: Given, wanted: Moment | None, parts: list[Part], ended: Moment | None) -> None:
    for part in parts:
        if part.ended and part.ended.wall < part.answered.wall:
            raise given.wrong("t_agent_end" if len(parts) == 1 else "segments", "an end is before its answer; correct one of the two")
        if wanted and part.answered.wall < wanted.wall:
            raise given.wrong("t_agent_req", "is after an agent's answer; correct one of the two")
        if ended and ended.wall < (part.ended or part.answered).wall:
            raise given.wrong("t_end", "is before the talk was over; correct one of the two")
    if wanted and ended and ended.wall < wanted.wall:
        raise given.wrong("t_end", "is before t_agent_req; correct one of the two")


def _direction(given: Given) -> Direction:
    text = (given.text("direction") or "inbound").lower()
    if text not in DIRECTIONS:
        raise given.wrong("direction", f"must be one of {', '.join(DIRECTIONS)}, not {text!r}")
    return DIRECTIONS[text]


def _grade(given: Given) -> Grade | None:
    if "survey" not in given:
        return None
    key = given.count("survey")
    if key not in GRADES:
        raise given.wrong("survey", "must be 1 (满意), 2 (基本满意) or 3 (不满意); leave it away when there was no answer")
    return GRADES[key]


def _services(given: Given) -> list[str]:
    services = given.list("self_service")
    for place, service in enumerate(services):
        if not isinstance(service, str):
            raise DocumentError(f'{given.path("self_service")}[{place}]: must be a menu node in quotes such as "Q.1.1"')
    return services


# -- telling ---------------------------------------------------------------------------------------------------------


def events_of(record: CallRecord) -> list[Event]:
    """The record as the exchange's events. Seats are not stated: each part and each ringing agent gets one of its own."""
    call = record.call
    told: list[Event] = [CallArrived(at=record.arrived, call=call, caller=CallerKey(""))]
    told += [SelfServiceGiven(at=record.arrived, call=call, service=service) for service in record.services]
    if record.wanted:
        told.append(AgentWanted(at=record.wanted, call=call))
    for place, ring in enumerate(record.rings):
        told += _ring_events(call, place, ring)
    for place, part in enumerate(record.parts):
        told += _part_events(record, place, part)
    if record.grade:
        last = record.parts[-1] if record.parts else None
        at = (last.ended if last else None) or record.ended or record.moments[-1]
        told.append(SatisfactionGiven(at=at, call=call, agent=last.agent if last else AgentNo(""), grade=record.grade))
    ended = _end(record)
    return [*told, ended] if ended else told


def _ring_events(call: CallId, place: int, ring: Ring) -> list[Event]:
    offer, seat, agent = OfferId(f"r-{call}-{place}"), SeatNo(place + 1), ring.agent
    told: list[Event] = [OfferRinging(at=ring.start, call=call, offer=offer, seat=seat, agent=agent)]
    if ring.result == "unanswered":
        told.append(RingNoAnswer(at=ring.end, call=call, offer=offer, seat=seat, agent=agent))
    elif ring.result == "declined":
        told.append(OfferDeclined(at=ring.end, call=call, offer=offer, seat=seat, agent=agent, cause="declined"))
    elif ring.result == "withdrawn":
        told.append(OfferWithdrawn(at=ring.end, call=call, offer=offer, seat=seat, agent=agent, why="caller_left"))
    return told


def _part_events(record: CallRecord, place: int, part: Part) -> list[Event]:
    call, seat, agent = record.call, SeatNo(1001 + place), part.agent
    told: list[Event] = [CallAnswered(at=part.answered, call=call, offer=OfferId(f"a-{call}-{place}"), seat=seat, agent=agent)]
    ended = part.ended or (record.ended if place == len(record.parts) - 1 else None)
    if ended:
        told.append(TalkEnded(at=ended, call=call, seat=seat, agent=agent, by="caller"))
    if ended and part.wrap_up_us is not None:
        wrapped = Moment(ended.wall + part.wrap_up_us, ended.mono + part.wrap_up_us, ended.boot)
        told.append(WrapUpEnded(at=wrapped, call=call, seat=seat, agent=agent, how="by_hand"))
    return told


def _end(record: CallRecord) -> CallEnded | None:
    """A record is written when its call is over; only an answered one without any end is taken as still talking."""
    if record.ended:
        return CallEnded(at=record.ended, call=record.call, how="caller_hung_up")
    if record.parts:
        last = record.parts[-1].ended
        return CallEnded(at=last, call=record.call, how="caller_hung_up") if last else None
    return CallEnded(at=max(record.moments, key=lambda at: at.wall), call=record.call, how="found_ended", estimated=True)

"""The floor as others may see it: a frozen picture for terminals, boards and the reconciler."""

from __future__ import annotations

import msgspec

from acd.model.state import Activity, Call, FloorState, Seat
from hotline.events import Presence
from hotline.ids import AgentNo, CallId, ChannelId, OfferId, QueueName, SeatNo
from hotline.moment import Moment


class SeatView(msgspec.Struct, frozen=True, kw_only=True):
    """One seat; ``agent`` and ``endpoint`` are the last ones when it is signed out."""

    seat: SeatNo
    agent: AgentNo
    endpoint: str
    reachable: bool
    presence: Presence
    reason: str
    presence_since: Moment
    activity: Activity
    since: Moment
    idle_since: Moment
    planned: str
    call: CallId | None
    offer: OfferId | None
    over_target: bool


class WaitingView(msgspec.Struct, frozen=True, kw_only=True):
    """One caller without an agent; ``offer`` and ``seat`` when a phone rings for him."""

    call: CallId
    line: ChannelId
    queue: QueueName
    position: int
    wanted_at: Moment
    offer: OfferId | None
    seat: SeatNo | None


class TalkView(msgspec.Struct, frozen=True, kw_only=True):
    """One talk."""

    call: CallId
    line: ChannelId
    queue: QueueName
    offer: OfferId
    seat: SeatNo
    agent: AgentNo
    answered_at: Moment
    held: bool


class FloorView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything: seats by number, callers in the order they will be served, talks by the order of answer."""

    seats: tuple[SeatView, ...]
    waiting: tuple[WaitingView, ...]
    talks: tuple[TalkView, ...]
    away: bool
    """We don't hear the exchange: the picture may be behind."""


def view(floor: FloorState) -> FloorView:
    """The picture of ``floor`` now; O(n log n), for people's eyes."""
    calls = sorted(floor.calls.values(), key=lambda call: call.key)
    talks = [talk for call in calls if (talk := _talk(floor, call)) is not None]
    return FloorView(
        seats=tuple(_seat(floor, floor.seats[number]) for number in sorted(floor.seats)),
        waiting=tuple(_waiting(floor, call) for call in calls if call.stage != "talking"),
        talks=tuple(sorted(talks, key=lambda talk: floor.key(talk.answered_at, talk.seat))),
        away=floor.away,
    )


def _seat(floor: FloorState, seat: Seat) -> SeatView:
    return SeatView(
        seat=seat.seat, agent=seat.agent, endpoint=seat.endpoint, reachable=floor.reachable(seat.endpoint), presence=seat.presence,
        reason=seat.reason, presence_since=seat.presence_since, activity=seat.activity, since=seat.since, idle_since=seat.idle_since,
        planned=seat.planned, call=seat.call, offer=seat.offer, over_target=seat.over_target,
    )  # fmt: skip


def _waiting(floor: FloorState, call: Call) -> WaitingView:
    return WaitingView(
        call=call.call, line=call.line, queue=call.queue, position=floor.position(call.call), wanted_at=call.wanted_at,
        offer=call.offer, seat=call.seat,
    )  # fmt: skip


def _talk(floor: FloorState, call: Call) -> TalkView | None:
    if call.stage != "talking" or call.seat is None or call.offer is None:
        return None
    return TalkView(
        call=call.call, line=call.line, queue=call.queue, offer=call.offer, seat=call.seat, agent=floor.seats[call.seat].agent,
        answered_at=call.since, held=call.held,
    )  # fmt: skip

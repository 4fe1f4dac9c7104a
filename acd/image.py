"""A snapshot of the floor, so that a restart doesn't read the whole journal. Facts only; the indexes are built anew."""

from __future__ import annotations

import msgspec

from acd.model.state import Call, FloorState, Pace, Seat, Work
from acd.rules.apply_works import index_work
from acd.rules.indexes import index_call, index_person, index_presence
from hotline.errors import HotlineError
from hotline.ids import QueueName, SeatNo
from hotline.moment import Moment
from hotline.routing import PLAIN_ROUTING, RoutingSettings
from hotline.settings import SeatSettings

VERSION = 3


class UnreadableSnapshot(HotlineError):
    """The snapshot can't be used; replay the journal instead:"""


class _Image(msgspec.Struct, kw_only=True):
    version: int
    seats: list[Seat]
    calls: list[Call]
    unreachable: list[str]
    boots: list[str]
    entries: int
    offered: int
    away_since: Moment | None
    started: str
    closed: list[QueueName]
    paces: dict[QueueName, Pace]
    works: list[Work]
    paused: list[SeatNo]


def encode(floor: FloorState) -> bytes:
    """The floor's facts as JSON (no personal data: ids and moments)."""
    image = _Image(
        version=VERSION, seats=list(floor.seats.values()), calls=list(floor.calls.values()), unreachable=sorted(floor.unreachable),
        boots=list(floor.boots), entries=floor.entries, offered=floor.offered, away_since=floor.away_since, started=floor.started,
        closed=sorted(floor.closed), paces=floor.paces, works=list(floor.works.values()), paused=sorted(floor.paused),
    )  # fmt: skip
    return msgspec.json.encode(image)


def decode(snapshot: bytes, settings: SeatSettings, routing: RoutingSettings = PLAIN_ROUTING) -> FloorState:
    """The floor that :func:`encode` saw. Raises UnreadableSnapshot on anything else, and on another version's."""
    try:
        image = msgspec.json.decode(snapshot, type=_Image)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableSnapshot(str(error)) from None
    if image.version != VERSION:
        raise UnreadableSnapshot(f"version {image.version}")
    floor = FloorState(settings, routing)
    floor.unreachable, floor.closed = set(image.unreachable), set(image.closed)
    floor.paces = image.paces
    floor.boots = {boot: era for era, boot in enumerate(image.boots)}
    floor.entries, floor.offered = image.entries, image.offered
    floor.away_since, floor.started = image.away_since, image.started
    for call in image.calls:
        floor.calls[call.call] = call
        index_call(floor, call)
    floor.paused = set(image.paused)
    for work in image.works:
        floor.works[work.work] = work
        index_work(floor, work)
    for seat in image.seats:
        floor.seats[seat.seat] = seat
        if seat.presence != "signed_out":
            index_person(floor, seat)
        index_presence(floor, seat)
    return floor

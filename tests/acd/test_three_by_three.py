"""Three callers and three seats, every signal of a working day in every order: the laws, after each of them.

Breadth first as in test_small_scope, with more people and fewer kinds of signal: nobody signs in or out and the exchange stays (that is
explored for two and two). Callers are alike, so floors that differ only in their callers' names are one floor. In the gate to a depth,
for plain queues and for ring-all; ``make prove NAME=scope`` goes on until nothing new is found, or as far as its time goes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import pytest

from acd import image
from acd.model import signals as sig
from acd.model.state import FloorState
from acd.rules import decide, pending_timers
from hotline.ids import AgentNo, CallId, ChannelId, QueueName, SeatNo
from hotline.routing import RoutingSettings
from hotline.settings import SeatSettings
from tests.acd.test_small_scope import NOW, check, essence

SETTINGS = SeatSettings(count=3)
CALLS = tuple(CallId(f"c-{letter}") for letter in "abc")
SEATS = (SeatNo(1), SeatNo(2), SeatNo(3))
PLAIN = RoutingSettings()
RING_ALL = msgspec.convert({"queues": {"main": {"strategy": "ring_all"}}}, RoutingSettings)
SKILLS = msgspec.convert(
    {"queues": {"main": {"prefers": {"x": 1}, "sticky_s": 10}}, "agents": {"8002": {"skills": {"x": 1}}, "8003": {"queues": {"main": 2}}}},
    RoutingSettings,
)


class Explored(NamedTuple):
    """How far it went."""

    floors: int
    steps: int
    depth: int
    complete: bool


def signals(floor: FloorState) -> Iterator[sig.AnySignal]:
    """A working day's signals; who hasn't come can come (in the order of the names, for callers are alike), who is there can leave."""
    absent = [call for call in CALLS if call not in floor.calls]
    if absent:
        sticky = AgentNo("8003") if floor.routing is SKILLS and len(absent) == 2 else AgentNo("")
        yield sig.CallerWaits(absent[0], ChannelId("line"), QueueName("main"), NOW, (), "", sticky, at=NOW)
    for call in floor.calls:
        yield sig.CallerLeft(call, "hung_up", at=NOW)
    for offer in list(floor.offers):
        yield sig.OfferAnswered(offer, at=NOW)
        yield sig.SeatHungUp(offer, at=NOW)
        yield sig.OfferRefused(offer, "declined", at=NOW)
        yield sig.OfferRefused(offer, "no_answer", at=NOW)
    for seat in SEATS:
        yield sig.GoAvailable(seat, at=NOW)
        yield sig.GoOnBreak(seat, "rest", at=NOW)
        yield sig.EndWrapUp(seat, at=NOW)
    for timer in pending_timers(floor):
        yield sig.TimeUp(timer.timer, at=NOW)


def anonymous(snapshot: bytes) -> bytes:
    """What a floor is, callers named by their order in it."""
    told = essence(snapshot)
    for number, name in enumerate(dict.fromkeys(re.findall(rb'"call":"(c-\w)","line"', told))):
        told = told.replace(b'"' + name + b'"', b'"#%d"' % number)
    return told


def explore(routing: RoutingSettings, depth: int, seconds: float = 1e9) -> Explored:
    """All floors within ``depth`` signals of one where three seats are free."""
    floor = FloorState(SETTINGS, routing)
    for seat in SEATS:
        decide(floor, sig.SignIn(seat, AgentNo(f"800{seat}"), f"hl-{seat}", at=NOW))
        decide(floor, sig.GoAvailable(seat, at=NOW))
    first = image.encode(floor)
    seen, edge, steps, begun = {anonymous(first)}, [first], 0, time.monotonic()
    for went in range(depth):
        found: list[bytes] = []
        for snapshot in edge:
            if time.monotonic() - begun > seconds:
                return Explored(len(seen), steps, went, False)
            for signal in signals(image.decode(snapshot, SETTINGS, routing)):
                steps += 1
                after = check(snapshot, signal, SETTINGS, routing)
                if after is not None and (name := anonymous(after)) not in seen:
                    seen.add(name)
                    found.append(after)
        edge = found
        if not edge:
            return Explored(len(seen), steps, went, True)
    return Explored(len(seen), steps, depth, False)


@pytest.mark.parametrize(("routing", "least"), [(PLAIN, 250), (RING_ALL, 300), (SKILLS, 250)], ids=["plain", "ring_all", "skills"])
def test_three_callers_and_three_seats_in_every_order_for_some_steps(routing: RoutingSettings, least: int) -> None:
    assert explore(routing, 5).floors > least

"""Two callers and two seats, every signal in every order: nothing the laws forbid can be reached at all.

Breadth first over all floors that differ in more than the numbers of offers and arrivals; time stands still, so that only the order
of signals counts. In the gate to a depth, in ``make prove`` until nothing new is found: some 226,000 floors and 9,700,000 steps, ten
minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from acd import image
from acd.model import signals as sig
from acd.model.commands import Connect, Ring, Timer
from acd.model.state import FloorState
from acd.rules import apply, decide, pending_timers
from hotline import events as ev
from hotline.clock import HandClock
from hotline.ids import AgentNo, CallId, ChannelId, OfferId, QueueName, SeatNo
from hotline.routing import PLAIN_ROUTING, RoutingSettings
from hotline.settings import SeatSettings
from tests.acd.world import check_indexes, check_pairs, side_by_side

SETTINGS = SeatSettings(count=2)
NOW = HandClock().now()
CALLS = (CallId("c-a"), CallId("c-b"))
SEATS = (SeatNo(1), SeatNo(2))
PAST = OfferId("o-past-0")


def signals(floor: FloorState) -> Iterator[sig.AnySignal]:
    """Everything that can be said to ``floor``; what can't be true now is said as well."""
    for call in CALLS:
        yield sig.CallerWaits(call, ChannelId(f"line-{call}"), QueueName("main"), NOW, at=NOW)
        yield sig.CallerLeft(call, "hung_up", at=NOW)
        yield sig.CallerLeft(call, "went_back", at=NOW)
    causes: tuple[sig.RefusalCause, ...] = ("declined", "no_answer", "failed", "unreachable")
    for offer in (*floor.offers, PAST):
        yield sig.OfferRang(offer, at=NOW)
        yield sig.OfferAnswered(offer, at=NOW)
        yield sig.SeatHungUp(offer, at=NOW)
        yield sig.HeldBySeat(offer, True, at=NOW)
        yield sig.HeldBySeat(offer, False, at=NOW)
        for cause in causes:
            yield sig.OfferRefused(offer, cause, at=NOW)
    for seat in SEATS:
        yield sig.SignIn(seat, AgentNo(f"800{seat}"), f"hl-{seat}", at=NOW)
        yield sig.SignOut(seat, at=NOW)
        yield sig.GoAvailable(seat, at=NOW)
        yield sig.GoOnBreak(seat, "rest", at=NOW)
        yield sig.EndWrapUp(seat, at=NOW)
        yield sig.EndpointReachable(f"hl-{seat}", False, at=NOW)
        yield sig.EndpointReachable(f"hl-{seat}", True, at=NOW)
        yield sig.TimeUp(Timer("ring", seat, PAST), at=NOW)
    yield sig.SignIn(SEATS[0], AgentNo("8002"), "hl-1", at=NOW)
    for timer in pending_timers(floor):
        yield sig.TimeUp(timer.timer, at=NOW)
    yield sig.SwitchGone("cut", at=NOW)
    yield sig.SwitchBack("22", "run", at=NOW)
    yield sig.SwitchBack("22", "next run", at=NOW)


def essence(snapshot: bytes) -> bytes:
    """The snapshot without what only counts up: offers and arrivals get the numbers of their order, moments are all one."""
    told = re.sub(rb'"paces":{.*?}}', b"", snapshot)
    told = re.sub(rb'"(entries|offered|turn|calls|talk_us)":\d+', b"", re.sub(rb"\[\d+,\d+,\"\w*\"\]", b"", told))
    for pattern in (rb"o-[abc]-\d+", rb"\[0,0,\d+,\d+\]"):
        names = sorted(set(re.findall(pattern, told)), key=lambda name: [int(part) for part in re.findall(rb"\d+", name)])
        for number, name in enumerate(names):
            told = told.replace(name, b"#%d" % number)
    return told


def explore(depth: int) -> tuple[int, int]:
    """All floors within ``depth`` signals of an empty one. How many there are, and how many steps led to them."""
    first = image.encode(FloorState(SETTINGS))
    seen, edge, steps = {essence(first)}, [first], 0
    for _ in range(depth):
        found: list[bytes] = []
        for snapshot in edge:
            for signal in signals(image.decode(snapshot, SETTINGS)):
                steps += 1
                after = check(snapshot, signal)
                if after is not None and (name := essence(after)) not in seen:
                    seen.add(name)
                    found.append(after)
        edge = found
        if not edge:
            break
    return len(seen), steps


def check(
    snapshot: bytes, signal: sig.AnySignal, settings: SeatSettings = SETTINGS, routing: RoutingSettings = PLAIN_ROUTING
) -> bytes | None:
    """Take ``signal`` on the floor of ``snapshot`` and hold the laws against it; the floor it leads to, None when it is the same."""
    floor = image.decode(snapshot, settings, routing)
    before = set(floor.calls)
    decided = decide(floor, signal)
    if not decided.events:
        assert image.encode(floor) == snapshot
        return None
    check_pairs(floor)
    check_indexes(floor)
    assert floor.away or not side_by_side(floor)
    gone = [event.call for event in decided.events if isinstance(event, ev.CallAbandoned | ev.TalkEnded)]
    assert sorted(gone) == sorted(before - set(floor.calls)), "one outcome for who left, none for who stayed"
    for command in decided.commands:
        if isinstance(command, Ring | Connect):
            call = floor.live(command.offer)
            assert call is not None and (call.stage == "ringing") == isinstance(command, Ring)
    replayed = image.decode(snapshot, settings, routing)
    for event in decided.events:
        apply(replayed, event)
    after = image.encode(floor)
    assert image.encode(replayed) == after, "the events alone lead elsewhere"
    assert not decide(floor, signal).events, "the same signal once more changed something"
    assert image.encode(floor) == after
    return after


def test_two_callers_and_two_seats_in_every_order_for_some_steps() -> None:
    floors, steps = explore(5)
    assert floors > 2_000 and steps > 30_000


@pytest.mark.prove
def test_two_callers_and_two_seats_in_every_order_until_nothing_is_new() -> None:
    floors, _ = explore(1000)
    assert floors > 200_000

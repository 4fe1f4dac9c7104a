"""The two sentences of acd/rules/matching.py, said by looking at everybody: settings and facts in, pairs out, nothing kept in order.

It reads no heap, no group, no profile. What it does keep is who was already looked at and found nobody.
"""

from __future__ import annotations

from acd.model.state import Call, FloorState, Seat
from hotline.ids import CallId, SeatNo
from hotline.moment import Moment
from hotline.routing import AgentRouting
from tests.acd.world import is_free, serves

Pair = tuple[CallId, SeatNo]


class Oracle:
    """Says whom the floor must pair now."""

    def __init__(self) -> None:
        self.calls: set[object] = set()
        self.seats: set[object] = set()

    def pairs(self, floor: FloorState, at: Moment) -> list[Pair]:
        """The pairs, in order, that leave no free seat beside a caller it can serve; ``floor`` is only read."""
        waiting = {call.call: call for call in floor.calls.values() if call.stage == "waiting"}
        free = {seat.seat: seat for seat in floor.seats.values() if is_free(floor, seat)}
        if floor.away:
            self.calls &= {_name(call) for call in waiting.values()}
            self.seats &= {_who(seat) for seat in free.values()}
            return []
        found: list[Pair] = []
        fresh = [seat for seat in free.values() if _who(seat) not in self.seats]
        for seat in sorted(fresh, key=lambda seat: floor.key(seat.idle_since, seat.seat)):
            while seat.seat in free:
                can = [call for call in waiting.values() if serves(floor, seat, call.group) is not None]
                if not can:
                    break
                self._offer(floor, min(can, key=lambda call: for_a_seat(floor, seat, call, at)), waiting, free, found)
        for call in sorted(waiting.values(), key=lambda call: call.key):
            if _name(call) not in self.calls:
                self._offer(floor, call, waiting, free, found)
        self.calls = {_name(call) for call in waiting.values()}
        self.seats = {_who(seat) for seat in free.values()}
        return found

    def _offer(self, floor: FloorState, call: Call, waiting: dict[CallId, Call], free: dict[SeatNo, Seat], found: list[Pair]) -> None:
        can = [seat for seat in free.values() if serves(floor, seat, call.group) is not None]
        can.sort(key=lambda seat: for_a_call(floor, call, seat))
        queue = floor.routing.queue(call.queue)
        for seat in can[: queue.ring_at_once if queue.strategy == "ring_all" and not call.only else 1]:
            found.append((call.call, seat.seat))
            del free[seat.seat]
            waiting.pop(call.call, None)


def for_a_seat(floor: FloorState, seat: Seat, call: Call, at: Moment) -> tuple[int, ...]:
    """Lowest first: rank, tier, then who waited longest as his priority counts it; callers of an earlier era as they came."""
    rank = serves(floor, seat, call.group)
    assert rank is not None
    tier, era, start, arrival = call.key
    mixed = len({other.weight for other in floor.groups}) > 1 or call.weight > 1
    aged = call.weight * (start - at.mono) if mixed and era == floor.boots.get(at.boot) else start
    return rank, tier, era, aged, arrival


def for_a_call(floor: FloorState, call: Call, seat: Seat) -> tuple[int, ...]:
    """Lowest first: the rank of his queue, what the agent lacks of what he would prefer, the strategy's figure."""
    can = floor.routing.agents.get(seat.agent, AgentRouting())
    rank = serves(floor, seat, call.group)
    assert rank is not None
    lacks = sum(max(0, level - can.skills.get(skill, 0)) for skill, level in call.prefers)
    idle = floor.key(seat.idle_since, seat.seat)
    match floor.routing.queue(call.queue).strategy:
        case "fewest_calls":
            return rank, lacks, seat.calls, *idle
        case "least_talk":
            return rank, lacks, seat.talk_us, *idle
        case "round_robin":
            return rank, lacks, seat.turn, seat.seat
        case "linear":
            return rank, lacks, seat.seat
        case _:
            return rank, lacks, *idle


def _name(call: Call) -> object:
    return call.call, call.group


def _who(seat: Seat) -> object:
    return seat.seat, seat.agent, seat.idle_since

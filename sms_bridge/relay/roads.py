"""Which account a part goes by: its carrier's (by prefix, or as a refusal taught), within the rate the contract allows.

A number no account names the carrier of goes by any account that names none, else by any at all.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from hotline.moment import Moment
from sms_bridge.link.wire import Wire
from sms_bridge.model import Lane
from sms_bridge.relay.model import Part, Route
from sms_bridge.relay.rules import URGENT, Bucket, room_for


@cache
def _prefixes() -> Mapping[str, str]:
    given = tomllib.loads((Path(__file__).parents[1] / "carriers.toml").read_text(encoding="utf-8"))
    return {prefix: carrier for carrier, prefixes in given.items() for prefix in prefixes}


def carrier_of(number: str) -> str:
    """The carrier of a mobile by its first four or three digits; empty when nobody has them."""
    return _prefixes().get(number[:4]) or _prefixes().get(number[:3], "")


class Roads:
    """The accounts with their rates."""

    def __init__(self, routes: Sequence[Route], reserve: int) -> None:
        self._routes = {route.name: route for route in routes}
        self._reserve = reserve
        self._buckets = {r.name: Bucket(r.per_second, max(1.0, min(r.per_second / 5, r.settings.window))) for r in routes}

    def single(self) -> bool:
        """Whether there is one account only."""
        return len(self._routes) == 1

    def serve(self, part: Part) -> frozenset[str]:
        """The accounts this part may go by, those that refused it left out; none when all did."""
        left = self._routes.keys() - part.refused_by
        if part.prefers in left:
            return frozenset({part.prefers})
        carrier = carrier_of(part.message.number)
        own = {name for name in left if carrier and carrier in self._routes[name].carriers}
        general = {name for name in left if not self._routes[name].carriers}
        return frozenset(own or general or left)

    def free(self, lane: Lane, wire: Wire, rooms: Mapping[Wire, int]) -> int:
        """How much of a link's room this lane may use."""
        return room_for(lane, rooms[wire], wire.link.limit, self._reserve)

    def choose(self, part: Part, wires: Sequence[tuple[Wire, str]], rooms: Mapping[Wire, int], at: Moment) -> tuple[Wire, str] | None:
        """The link with the most room of an account that serves the part and has a token; the token is taken."""
        lane, accounts = part.message.lane, self.serve(part)
        free = [(rooms[w], n) for n, (w, account) in enumerate(wires) if account in accounts and self.free(lane, w, rooms)]
        if not free:
            return None
        wire, account = wires[max(free)[1]]
        bucket = self._buckets[account]
        keep = 0.0 if lane in URGENT else min(1.0, (bucket.burst - 1) / 4)
        return (wire, account) if bucket.take(at.mono / 1e6, keep) else None

    def give_back(self, account: str) -> None:
        """A token was not used."""
        self._buckets[account].give_back()

    def wait(self, at: Moment) -> float:
        """Seconds until the first bucket lets something go."""
        return min((bucket.wait(at.mono / 1e6) for bucket in self._buckets.values()), default=60.0)

"""Which seats have a phone: two ways of knowing, and the newer word counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import msgspec

from hotline.clock import SystemClock
from telephony.ari_endpoints import SeatEndpoints
from telephony.ari_link import AriLink
from telephony.ari_wire import Reply
from telephony.ports import SeatReachable


class Exchange:
    """Has one seat's endpoint; ``meanwhile`` happens after its answer was made and before it arrives."""

    def __init__(self, online: bool, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.online, self.meanwhile = online, meanwhile
        self.asked = 0

    async def ask(self, method: str, uri: str, body: str | None = None) -> Reply:
        state = "online" if self.online else "offline"
        answer = [{"technology": "PJSIP", "resource": "hl-1", "state": state, "channel_ids": []}]
        self.meanwhile()
        return Reply(200, msgspec.json.encode(answer).decode())

    async def ask_phones(self, endpoints: Iterable[str]) -> int:
        self.asked += 1
        return 0


def endpoints(exchange: Exchange) -> tuple[SeatEndpoints, list[SeatReachable]]:
    told: list[SeatReachable] = []
    return SeatEndpoints(cast(AriLink, cast(Any, exchange)), exchange, told.append, SystemClock()), told


def word(status: str) -> dict[str, str]:
    return {"event": "PeerStatus", "channeltype": "PJSIP", "peer": "PJSIP/hl-1", "peerstatus": status}


async def test_a_change_is_told_once_whichever_way_it_is_known() -> None:
    seats, told = endpoints(Exchange(online=True))
    seats.on_peer_status(word("Reachable"))
    await seats.look()
    seats.on_peer_status(word("Reachable"))
    assert [(one.endpoint, one.reachable) for one in told] == [("hl-1", True)]


async def test_a_look_that_was_overtaken_by_news_does_not_count() -> None:
    exchange = Exchange(online=True)
    seats, told = endpoints(exchange)
    await seats.look()
    exchange.meanwhile = lambda: seats.on_peer_status(word("Unreachable"))
    await seats.look()
    assert [one.reachable for one in told] == [True, False]


async def test_a_seat_that_seems_lost_is_asked_first() -> None:
    exchange = Exchange(online=False)
    seats, told = endpoints(exchange)
    await seats.look()
    assert exchange.asked == 1
    assert [one.reachable for one in told] == [False]


async def test_other_endpoints_are_nobodys_seat() -> None:
    seats, told = endpoints(Exchange(online=False))
    seats.on_peer_status(word("Reachable") | {"peer": "PJSIP/hl-carrier"})
    seats.on_peer_status(word("Reachable") | {"channeltype": "SIP"})
    assert told == []

"""Who repeats what until when (RFC 3261 §17), on timers moved by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from robots.sip import Request, Response, parse, reply
from robots.timers import Timers
from robots.transactions import ServerTransaction, Transactions, reply_address


class Hand:
    """A scheduler whose time a test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Hand.Timer]] = []

    class Timer:
        def __init__(self, callback: Callable[[], None]) -> None:
            self.callback: Callable[[], None] | None = callback

        def cancel(self) -> None:
            self.callback = None

    def call_later(self, delay: float, callback: Callable[[], None]) -> Hand.Timer:
        timer = Hand.Timer(callback)
        self._due.append((self.now + delay, len(self._due), timer))
        return timer

    def move_to(self, at: float) -> None:
        while True:
            ready = sorted(entry for entry in self._due if entry[0] <= at and entry[2].callback)
            if not ready:
                self.now = at
                return
            self.now, _, timer = ready[0]
            self._due.remove(ready[0])
            callback = timer.callback
            assert callback is not None
            callback()

    @property
    def pending(self) -> int:
        return sum(1 for entry in self._due if entry[2].callback)


class Desk:
    """Transactions with a hand for a clock and a list for a wire."""

    def __init__(self) -> None:
        self.hand = Hand()
        self.sent: list[tuple[float, bytes]] = []
        self.responses: list[int | None] = []
        self.all = Transactions(lambda data, to: self.sent.append((self.hand.now, data)), self.hand, Timers())

    def ask(self, method: str) -> Request:
        request = _request(method)
        self.all.request(request, ("127.0.0.1", 5060), lambda r: self.responses.append(r.status if r else None))
        return request

    def times(self) -> list[float]:
        return [at for at, _ in self.sent]


def _request(method: str, branch: str = "z9hG4bK1", cseq: int = 1) -> Request:
    request = Request(method=method, uri="sip:b@127.0.0.1")
    request.headers = [
        ("Via", f"SIP/2.0/UDP 127.0.0.2:5070;rport;branch={branch}"),
        ("From", "<sip:a@127.0.0.2>;tag=a"),
        ("To", "<sip:b@127.0.0.1>"),
        ("Call-ID", "c"),
        ("CSeq", f"{cseq} {method}"),
        ("Max-Forwards", "70"),
    ]
    return request


def test_an_unanswered_invite_is_repeated_at_doubling_distances_and_given_up_after_64_t1() -> None:
    desk = Desk()
    desk.ask("INVITE")
    desk.hand.move_to(100)
    assert desk.times() == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert desk.responses == [None]
    assert desk.hand.pending == 0


def test_another_unanswered_request_is_repeated_every_t2_in_the_end() -> None:
    desk = Desk()
    desk.ask("BYE")
    desk.hand.move_to(100)
    assert desk.times() == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert desk.responses == [None]


def test_a_provisional_response_ends_the_repeating_of_invite_and_it_may_ring_for_ever() -> None:
    desk = Desk()
    invite = desk.ask("INVITE")
    desk.all.response(reply(invite, 180, "Ringing", "b"))
    desk.hand.move_to(3600)
    assert len(desk.sent) == 1 and desk.responses == [180]


def test_a_refusal_is_acknowledged_each_time_it_comes_but_told_once() -> None:
    desk = Desk()
    invite = desk.ask("INVITE")
    busy = reply(invite, 486, "Busy Here", "b")
    desk.all.response(busy)
    desk.all.response(busy)
    acks = [parse(data) for _, data in desk.sent[1:]]
    assert [(ack.method, ack.get("To"), ack.all("Via")) for ack in acks if isinstance(ack, Request)] == [
        ("ACK", "<sip:b@127.0.0.1>;tag=b", invite.all("Via"))
    ] * 2
    assert desk.responses == [486]
    desk.hand.move_to(33)
    assert desk.all.response(busy) is False  # forgotten by now


def test_a_repeated_final_response_to_another_request_is_told_once() -> None:
    desk = Desk()
    bye = desk.ask("BYE")
    for _ in range(3):
        desk.all.response(reply(bye, 200, "OK"))
    assert desk.responses == [200] and len(desk.sent) == 1


def test_a_repeated_request_gets_the_last_response_again_and_reaches_nobody() -> None:
    desk = Desk()
    source = ("127.0.0.2", 5070)
    transaction = desk.all.arrived(_request("INVITE"), source)
    assert transaction is not None
    assert desk.all.arrived(_request("INVITE"), source) is None and desk.sent == []
    transaction.respond(180, "Ringing", tag="t")
    assert desk.all.arrived(_request("INVITE"), source) is None
    assert len(desk.sent) == 2 and desk.sent[0][1] == desk.sent[1][1]


@pytest.mark.parametrize("status", [200, 486])
def test_a_final_response_to_invite_is_repeated_until_the_ack(status: int) -> None:
    desk = Desk()
    transaction = desk.all.arrived(_request("INVITE"), ("127.0.0.2", 5070))
    assert isinstance(transaction, ServerTransaction)
    transaction.respond(status, "X", tag="t")
    desk.hand.move_to(4)
    assert desk.times() == [0, 0.5, 1.5, 3.5]
    if status == 486:  # same branch: the layer itself knows it
        assert desk.all.arrived(_request("ACK"), ("127.0.0.2", 5070)) is None
    else:  # a new branch: its dialog says so
        assert desk.all.arrived(_request("ACK", "z9hG4bK2"), ("127.0.0.2", 5070)) is not None
        transaction.acknowledged()
    desk.hand.move_to(60)
    assert desk.times() == [0, 0.5, 1.5, 3.5]
    assert desk.hand.pending == 0


def test_without_an_ack_the_phone_is_told_after_64_t1() -> None:
    desk = Desk()
    transaction = desk.all.arrived(_request("INVITE"), ("127.0.0.2", 5070))
    assert transaction is not None
    told: list[float] = []
    transaction.on_no_ack = lambda: told.append(desk.hand.now)
    transaction.respond(200, "OK", tag="t")
    desk.hand.move_to(100)
    assert told == [32.0]
    assert desk.times() == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]


def test_after_the_final_response_no_other_is_sent() -> None:
    desk = Desk()
    transaction = desk.all.arrived(_request("BYE"), ("127.0.0.2", 5070))
    assert transaction is not None
    transaction.respond(200, "OK")
    transaction.respond(500, "No")
    assert len(desk.sent) == 1


def test_a_cancel_finds_its_invite() -> None:
    desk = Desk()
    invite = desk.all.arrived(_request("INVITE"), ("127.0.0.2", 5070))
    assert desk.all.arrived(_request("CANCEL"), ("127.0.0.2", 5070)) is not None
    assert desk.all.find_invite(_request("CANCEL")) is invite
    assert desk.all.find_invite(_request("CANCEL", "z9hG4bKother")) is None


def test_responses_go_to_the_source_port_when_asked_else_to_the_port_named() -> None:
    request = _request("OPTIONS")
    assert reply_address(request, ("9.9.9.9", 1)) == ("9.9.9.9", 1)
    request.headers[0] = ("Via", "SIP/2.0/UDP 127.0.0.2:5070;branch=z9hG4bK1")
    assert reply_address(request, ("9.9.9.9", 1)) == ("9.9.9.9", 5070)
    request.headers[0] = ("Via", "SIP/2.0/UDP host;branch=z9hG4bK1")
    assert reply_address(request, ("9.9.9.9", 1)) == ("9.9.9.9", 5060)


def test_a_response_without_a_transaction_is_nobodys() -> None:
    response = Response(status=200, reason="OK")
    response.headers = [("Via", "SIP/2.0/UDP x;branch=z9hG4bKnone"), ("CSeq", "1 INVITE")]
    assert Desk().all.response(response) is False

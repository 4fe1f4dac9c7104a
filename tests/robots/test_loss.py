"""A network that loses the first datagrams of each kind: everything still comes about, once."""

from __future__ import annotations

import asyncio

import pytest

from hotline.secret import Secret
from tests.robots.exchange import Exchange


class Loses:
    """Loses the first ``count`` datagrams that begin so, on the way ``way``."""

    def __init__(self, way: str, start: bytes, count: int = 2) -> None:
        self.way, self.start, self.left = way, start, count

    def __call__(self, way: str, data: bytes) -> bool:
        if way == self.way and data.startswith(self.start) and self.left:
            self.left -= 1
            return True
        return False


@pytest.mark.parametrize(
    "start", [b"INVITE", b"SIP/2.0 100", b"SIP/2.0 180", b"SIP/2.0 200", b"ACK", b"BYE"], ids=lambda start: start.decode()
)
async def test_a_call_survives_the_loss_of_its_messages(plug, start: bytes) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    one.agent.drop = loses = Loses("in" if start.startswith(b"SIP") else "out", start, count=1 if b"1" in start[8:9] else 2)
    call = await one.dial(two.uri)
    arrived = await two.wait_for_call(3)
    await arrived.ring()
    await asyncio.sleep(0.02)
    await arrived.answer()
    await call.answered(3)
    await arrived.acked(3)
    await call.hang_up()
    await arrived.ended(3)
    assert loses.left == 0
    assert (call.ended_by, arrived.ended_by, call.end_reason, arrived.end_reason) == ("us", "peer", "", "")
    assert two._arrivals.empty()  # a repeated INVITE is not a second call


async def test_a_refusal_survives_the_loss_of_the_refusal_and_of_its_ack(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    one.agent.drop = Loses("in", b"SIP/2.0 486")
    two.agent.drop = Loses("in", b"ACK")
    call = await one.dial(two.uri)
    await (await two.wait_for_call(2)).refuse(486)
    await call.ended(3)
    assert call.status == 486


async def test_a_cancel_survives_the_loss_of_its_messages(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    one.agent.drop = Loses("out", b"CANCEL")
    two.agent.drop = Loses("out", b"SIP/2.0 487")
    call = await one.dial(two.uri)
    arrived = await two.wait_for_call(2)
    await arrived.ring()
    await call.ringing(2)
    await call.hang_up()
    assert (call.status, arrived.ended_by) == (487, "peer")


async def test_registering_survives_the_loss_of_its_messages(plug) -> None:
    exchange = await plug(Exchange, accounts={"hl-1": "p"})
    phone = await plug(user="hl-1", password=Secret("p"), server=exchange.address)
    phone.agent.drop = Loses("out", b"REGISTER")
    exchange.agent.drop = Loses("out", b"SIP/2.0 401", count=1)
    await phone.register()
    assert exchange.contacts


async def test_a_hold_survives_the_loss_of_its_messages(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    call = await one.dial(two.uri)
    arrived = await two.wait_for_call(2)
    await arrived.answer()
    await call.answered(2)
    two.agent.drop = Loses("out", b"ACK")
    one.agent.drop = Loses("in", b"INVITE")
    await arrived.hold()
    assert call.held_by_peer
    await arrived.retrieve()
    assert not call.held_by_peer
    await call.hang_up()


async def test_a_call_whose_200_is_never_acknowledged_is_hung_up(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    one.agent.drop = lambda way, data: way == "out" and data.startswith(b"ACK")
    call = await one.dial(two.uri)
    arrived = await two.wait_for_call(2)
    await arrived.answer()
    await call.answered(2)
    await arrived.ended(5)
    assert arrived.ended_by == "nobody" and arrived.moments.bye_sent is not None
    await call.ended(2)
    assert call.ended_by == "peer"


async def test_a_bye_nobody_confirms_ends_the_call_all_the_same(plug) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    call = await one.dial(two.uri)
    await (await two.wait_for_call(2)).answer()
    await call.answered(2)
    one.agent.drop = lambda way, data: data.startswith(b"BYE")
    await call.hang_up(patience=0.1)
    assert call.over and call.end_reason == "BYE was not confirmed"
    one.agent.drop = None

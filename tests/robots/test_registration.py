"""Registering with an exchange that asks for a password."""

from __future__ import annotations

import asyncio

import pytest

from hotline.secret import Secret
from robots.errors import RegistrationRefused
from tests.robots.exchange import Exchange


@pytest.mark.parametrize("proxy", [False, True])
async def test_a_phone_proves_who_it_is_and_takes_its_registration_back(plug, proxy: bool) -> None:
    exchange = await plug(Exchange, accounts={"hl-1": "secret one"}, proxy=proxy)
    phone = await plug(user="hl-1", password=Secret("secret one"), server=exchange.address)
    await phone.register(expires=120)
    assert phone.registered and exchange.contacts == {"hl-1": phone.uri}
    await phone.unregister()
    assert not phone.registered and exchange.contacts == {}
    assert exchange.registrations == [("hl-1", 120), ("hl-1", 0)]


async def test_a_wrong_password_is_refused_after_two_tries(plug) -> None:
    exchange = await plug(Exchange, accounts={"hl-1": "right"})
    phone = await plug(user="hl-1", password=Secret("wrong"), server=exchange.address)
    with pytest.raises(RegistrationRefused) as caught:
        await phone.register()
    assert caught.value.status == 401 and not phone.registered and exchange.contacts == {}
    assert "wrong" not in str(caught.value)


async def test_without_a_password_the_challenge_is_the_answer(plug) -> None:
    exchange = await plug(Exchange, accounts={"hl-1": "right"})
    phone = await plug(user="hl-1", server=exchange.address)
    with pytest.raises(RegistrationRefused):
        await phone.register()


async def test_an_exchange_that_does_not_answer_is_408(plug) -> None:
    exchange = await plug(Exchange, accounts={})
    exchange.away = True
    phone = await plug(user="hl-1", server=exchange.address)
    with pytest.raises(RegistrationRefused) as caught:
        await phone.register(timeout=0.2)
    assert caught.value.status == 408


async def test_a_phone_without_an_exchange_cannot_register(plug) -> None:
    with pytest.raises(RegistrationRefused):
        await (await plug()).register()


async def test_too_brief_an_interval_is_asked_again_as_long_as_the_exchange_wants(plug) -> None:
    exchange = await plug(Exchange, accounts={"hl-1": "p"})
    exchange.shortest = 600
    phone = await plug(user="hl-1", password=Secret("p"), server=exchange.address)
    await phone.register(expires=60)
    assert exchange.registrations == [("hl-1", 600)]


async def test_a_registration_is_refreshed_before_it_runs_out(plug) -> None:
    exchange = await plug(Exchange, accounts={"hl-1": "p"})
    exchange.most_seconds = 1  # granted: one second, so that the refresh is due after 0.8
    phone = await plug(user="hl-1", password=Secret("p"), server=exchange.address)
    await phone.register(expires=300)
    async with asyncio.timeout(3):
        while len(exchange.registrations) < 2:
            await asyncio.sleep(0.05)
    assert exchange.registrations == [("hl-1", 300)] * 2 and phone.registered


@pytest.mark.thorough
async def test_after_the_exchange_was_away_the_phone_registers_again_by_itself(plug) -> None:
    exchange = await plug(Exchange, accounts={"hl-1": "p"})
    exchange.most_seconds = 1
    phone = await plug(user="hl-1", password=Secret("p"), server=exchange.address)
    await phone.register()
    exchange.away, exchange.contacts = True, {}
    async with asyncio.timeout(6):
        while phone.registered:
            await asyncio.sleep(0.05)
        exchange.away = False
        while not exchange.contacts:
            await asyncio.sleep(0.05)


async def test_leaving_the_context_takes_the_registration_back(plug) -> None:
    from robots.phone import Phone

    exchange = await plug(Exchange, accounts={"hl-1": "p"})
    async with Phone(user="hl-1", password=Secret("p"), server=exchange.address) as phone:
        await phone.register()
        assert exchange.contacts
    assert exchange.contacts == {}


async def test_a_call_through_the_exchange_is_made_with_the_password(plug) -> None:
    exchange = await plug(Exchange, accounts={"hl-caller": "p"}, ask_calls=True, proxy=True)
    phone = await plug(user="hl-caller", password=Secret("p"), server=exchange.address)
    call = await phone.dial("12329")
    arrived = await exchange.wait_for_call(2)
    await arrived.answer()
    await call.answered(2)
    await arrived.acked(2)
    assert arrived.number == "12329" and arrived.caller == "hl-caller"
    ack_cseq = arrived.invite.cseq()[0]
    assert ack_cseq == 2  # the first INVITE was challenged
    await call.hang_up()
    assert arrived.ended_by == "peer"

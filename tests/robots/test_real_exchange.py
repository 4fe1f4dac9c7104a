"""The phone against a real Asterisk of the test's own: registered, called, heard, keyed."""

from __future__ import annotations

import asyncio
from array import array
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from asterisk_conf.accounts import sip_password
from asterisk_conf.testing import own_exchange
from robots import ears
from robots.errors import RegistrationRefused
from robots.levels import key_tones
from robots.phone import Phone
from robots.seat import dial_code
from robots.tones import murmur
from robots.wav import write_wav

pytestmark = pytest.mark.asterisk

WELCOME, RIGHT = murmur(2.0, 21), murmur(1.2, 22)
DIALPLAN = """
[hl-from-carrier](+)
exten => 777,1,Answer()
 same => n,Playback({folder}/welcome)
 same => n,Read(KEYS,,6,,1,5)
 same => n,GotoIf($["${{KEYS}}"="1*298A"]?:no)
 same => n,Playback({folder}/right)
 same => n(no),Hangup()
exten => 778,1,Answer()
 same => n,Read(KEY,{folder}/welcome,1,,1,5)
 same => n,Playback({folder}/right)
 same => n,Hangup()
"""


@asynccontextmanager
async def exchange(folder: Path):
    """A booted exchange with two numbers of the test's own, and its address."""
    write_wav(folder / "welcome.wav", WELCOME)
    write_wav(folder / "right.wav", RIGHT)
    plan = folder / "plan.conf"
    plan.write_text(DIALPLAN.format(folder=folder))
    async with own_exchange(
        folder / "own", extra_extensions=(plan,), extra_modules=("app_read",), seats={"count": 2}, centre={"always_staffed": True}
    ) as one:
        yield one, ("127.0.0.1", one.settings.asterisk.sip_port)


def carrier(server: tuple[str, int]) -> Phone:
    return Phone(bind="127.0.0.2", server=server, user="trunk", rtp_ports=(22800, 22899))


def seat(one, server: tuple[str, int], user: str = "hl-1") -> Phone:
    return Phone(server=server, user=user, password=sip_password(one.vault, user), rtp_ports=(22900, 22999))


async def test_a_seats_phone_registers_with_its_password_and_with_no_other(tmp_path: Path) -> None:
    async with exchange(tmp_path) as (one, server):
        async with seat(one, server) as phone:
            await phone.register(expires=60)
            assert f"hl-1@127.0.0.1:{phone.agent.port}" in await one.cli("pjsip show contacts")
            async with Phone(server=server, user="hl-2", password=sip_password(one.vault, "hl-1")) as thief:
                with pytest.raises(RegistrationRefused):
                    await thief.register()
            # nobody drives the exchange: its dialplan says busy to a feature code
            assert await dial_code(phone, "*82") is False
        assert "hl-1@" not in await one.cli("pjsip show contacts")


async def test_the_exchange_understands_our_keys_and_we_hear_its_prompts_to_the_sample(tmp_path: Path) -> None:
    async with exchange(tmp_path) as (_, server), carrier(server) as phone:
        call = await phone.dial("777", caller="13900001111")
        await call.answered(5)
        await asyncio.sleep(2.1)
        await call.press("1*298A", tone=0.06, gap=0.05)
        await call.ended(5)
        heard = call.heard.pcm()
        matches = ears.heard_in_order(heard, [WELCOME, RIGHT])
        assert matches is not None and all(match.complete and match.score > 0.99 for match in matches)
        assert call.ended_by == "peer" and call.heard.lost == 0
        assert key_tones(heard) == []  # no echo of the keys in the ear


async def test_a_prompt_is_heard_until_the_key_that_cuts_it(tmp_path: Path) -> None:
    async with exchange(tmp_path) as (_, server), carrier(server) as phone:
        call = await phone.dial("778")
        await call.answered(5)
        await asyncio.sleep(0.9)
        await call.press("5", tone=0.06, gap=0.02)
        await call.ended(5)
        heard = ears.Sound(call.heard.pcm())
        cut, whole = ears.find(heard, WELCOME), ears.find(heard, RIGHT)
        assert cut is not None and not cut.complete
        assert whole is not None and whole.complete
        keyed = call.heard.position_of(call.keys[0].at)
        assert cut.at_seconds + cut.heard_seconds <= keyed + 0.2
        assert whole.at_seconds >= keyed - 0.05


async def test_a_caller_reaches_a_seat_they_hear_each_other_and_each_can_hold_and_key(tmp_path: Path) -> None:
    async with exchange(tmp_path) as (one, server), carrier(server) as phone, seat(one, server) as agent:
        await agent.register()
        await one.cli("queue add member PJSIP/hl-1 to hl-fallback")
        call = await phone.dial("12329", caller="13900001111")
        await call.answered(5)
        at_seat = await agent.wait_for_call(10)
        assert at_seat.caller == "13900001111"
        await at_seat.ring()
        await at_seat.answer()
        await at_seat.acked(5)
        mine, yours = murmur(1.0, 31), murmur(1.0, 32)
        await asyncio.sleep(0.2)
        await asyncio.gather(call.play(mine), at_seat.play(array("h", yours)))
        await call.press("42", tone=0.06, gap=0.06)
        await asyncio.sleep(0.2)
        for heard, said in ((at_seat.heard, mine), (call.heard, yours)):
            match = ears.find(heard.pcm(), said)
            assert match is not None and match.complete
        assert [key.key for key in at_seat.heard.keys] == ["4", "2"]
        await at_seat.hold()
        await at_seat.retrieve()
        await at_seat.hang_up()
        assert at_seat.ended_by == "us" and not at_seat.end_reason
        await call.ended(5)
        assert call.ended_by == "peer" and "cause=16" in call.end_reason


async def test_a_caller_who_leaves_stops_the_ringing_of_the_seat(tmp_path: Path) -> None:
    async with exchange(tmp_path) as (one, server), carrier(server) as phone, seat(one, server) as agent:
        await agent.register()
        await one.cli("queue add member PJSIP/hl-1 to hl-fallback")
        call = await phone.dial("12329")
        await call.answered(5)
        at_seat = await agent.wait_for_call(10)
        await at_seat.ring()
        await call.hang_up()
        await at_seat.ended(5)
        assert at_seat.ended_by == "peer" and at_seat.moments.cancelled is not None


async def test_the_demo_caller_proves_who_he_is(tmp_path: Path) -> None:
    async with exchange(tmp_path) as (one, server), seat(one, server, "hl-caller") as phone:
        call = await phone.dial("12329")
        await call.answered(5)
        await call.hang_up()
        assert call.ended_by == "us" and not call.end_reason

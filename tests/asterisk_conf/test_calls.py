"""Calls through our own Asterisk: served when nobody drives them, named when somebody does, refused to strangers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import websockets

from asterisk_conf.accounts import ami_password, ari_password, sip_password
from asterisk_conf.exchange import Exchange
from asterisk_conf.music import write_chimes
from asterisk_conf.testing import own_exchange
from tests.asterisk_conf.sip_probe import Probe

pytestmark = pytest.mark.asterisk


def port(exchange: Exchange) -> int:
    return exchange.settings.asterisk.sip_port


def seat(exchange: Exchange, number: str, account: str = "hl-1") -> Probe:
    return Probe(
        port(exchange), source="127.0.0.1", number=number, account=account, password=sip_password(exchange.vault, account).reveal()
    )


async def until(exchange: Exchange, command: str, words: str) -> str:
    """The console's answer to ``command`` once ``words`` stand in it."""
    answer = ""
    for _ in range(100):
        answer = await exchange.cli(command)
        if words in answer:
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError(f"{command} never said {words!r} but {answer!r}")


async def ami(exchange: Exchange, *actions: dict[str, str]) -> list[str]:
    """The first line of the answer to each action, after logging in."""
    reader, writer = await asyncio.open_connection("127.0.0.1", exchange.settings.asterisk.ami_port)
    await reader.readline()
    answers = []
    for action in ({"Action": "Login", "Username": "hotline", "Secret": ami_password(exchange.vault).reveal()}, *actions):
        writer.write("".join(f"{key}: {value}\r\n" for key, value in action.items()).encode() + b"\r\n")
        message = ""
        while not message.startswith("Response"):
            message = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
        answers.append(message.split("\r\n")[0].removeprefix("Response: "))
    writer.close()
    return answers[1:]


def application(exchange: Exchange) -> websockets.connect:
    key = f"hotline:{ari_password(exchange.vault).reveal()}"
    return websockets.connect(f"ws://127.0.0.1:{exchange.settings.asterisk.http_port}/ari/events?app=hotline&api_key={key}")


async def entrance(socket: websockets.ClientConnection) -> dict[str, object]:
    """The next StasisStart."""
    while True:
        event: dict[str, object] = json.loads(await asyncio.wait_for(socket.recv(), 5))
        if event["type"] == "StasisStart":
            return event


async def test_a_call_that_nobody_drives_goes_to_the_fallback_queue_and_hears_music(exchange: Exchange) -> None:
    async with Probe(port(exchange)) as caller:
        assert await caller.dial() == 200
        await until(exchange, "queue show hl-fallback", "PJSIP/hl-carrier-")
        for _ in range(100):
            if caller.heard > 10:
                break
            await asyncio.sleep(0.05)
        assert caller.heard > 10
        assert await caller.hang_up() == 200
    await until(exchange, "core show channels count", "0 active channels")


async def test_the_fallback_says_its_apology_when_there_is_one(exchange: Exchange) -> None:
    write_chimes(exchange.place.prompts / "fallback_apology.wav")
    async with Probe(port(exchange)) as caller:
        assert await caller.dial() == 200
        await until(exchange, "core show channels concise", f"!Playback!{exchange.place.prompts}/fallback_apology!")
        await caller.hang_up()


async def test_outside_staffed_hours_the_caller_gets_music_for_a_short_while_only(tmp_path: Path) -> None:
    async with own_exchange(tmp_path, centre={"staffed_from": "00:00", "staffed_to": "00:01"}) as exchange, Probe(port(exchange)) as caller:
        await exchange.cli("dialplan set global HL_DAY_CLOSED 20000101")
        assert await caller.dial() == 200
        name = (await until(exchange, "core show channels concise", "!Queue!")).split("!")[0]
        assert "hl-fallback,,,,20" in await exchange.cli(f"core show channel {name}")
        await caller.hang_up()


async def test_an_arriving_call_brings_its_name_and_one_taken_back_keeps_it(exchange: Exchange) -> None:
    async with Probe(port(exchange)) as caller:
        await caller.dial()
        channel = (await until(exchange, "core show channels concise", "!hl-fallback!")).split("!")[0]
        async with application(exchange) as events:
            back = {"Action": "Redirect", "Channel": channel, "Context": "hl-return", "Exten": "s", "Priority": "1"}
            assert await ami(exchange, back) == ["Success"]
            word, call, joined = (await entrance(events))["args"]  # type: ignore[misc]
            assert (word, call[:4], joined.isdigit()) == ("returned", "c-20", True)
            await caller.hang_up()
            async with Probe(port(exchange)) as second:
                ringing = asyncio.create_task(second.ring(1.0))
                event = await entrance(events)
                await ringing
            assert event["args"][0] == "arrived"  # type: ignore[index]
            assert event["args"][2] == "carrier"  # type: ignore[index]
            assert event["channel"]["channelvars"]["HL_CALL"] == event["args"][1] != call  # type: ignore[index]
            assert event["channel"]["caller"]["number"] == "13900001111"  # type: ignore[index]


async def test_the_demo_caller_proves_his_account_and_may_say_any_number(exchange: Exchange) -> None:
    async with application(exchange) as events, seat(exchange, "12329", "hl-caller") as caller:
        caller.ani = "13900002222"
        ringing = asyncio.create_task(caller.ring(1.0))
        event = await entrance(events)
        await ringing
        assert event["args"][2] == "demo"  # type: ignore[index]
        assert event["channel"]["caller"]["number"] == "13900002222"  # type: ignore[index]


@pytest.mark.parametrize(("dialled", "code", "argument"), [("*818001", "1", "8001"), ("*82", "2", ""), ("*83a,b7", "3", "7")])
async def test_a_feature_code_arrives_with_its_seat_and_only_its_digits(exchange: Exchange, dialled: str, code: str, argument: str) -> None:
    async with application(exchange) as events, seat(exchange, dialled) as phone:
        ringing = asyncio.create_task(phone.ring(0.5))
        assert (await entrance(events))["args"] == ["feature", "hl-1", code, argument]
        await ringing


async def test_a_feature_code_is_busy_while_nobody_drives(exchange: Exchange) -> None:
    async with seat(exchange, "*82") as phone:
        assert await phone.dial() == 486


async def test_strangers_wrong_passwords_and_other_numbers_are_refused(exchange: Exchange) -> None:
    async with Probe(port(exchange), source="127.0.0.1", account="stranger", password="guess") as stranger:
        assert await stranger.dial() == 401
    async with Probe(port(exchange), source="127.0.0.1", account="hl-1", password="guess") as thief:
        assert await thief.dial() == 401
    async with Probe(port(exchange), number="13912345678") as toll:
        assert await toll.dial() == 404
    for number in ("13912345678", "hl-2", "s", "*8"):
        async with seat(exchange, number) as phone:
            assert await phone.dial() == 404


async def test_a_phone_registers_and_one_that_registers_again_takes_its_own_place(exchange: Exchange) -> None:
    async with seat(exchange, "") as phone:
        assert await phone.register() == 200
        async with seat(exchange, "") as again:
            assert await again.register() == 200
            contacts = await exchange.cli("pjsip show contacts")
            assert f":{again.local}" in contacts
            assert f":{phone.local}" not in contacts


async def test_a_transfer_by_refer_is_declined_at_once_and_a_carriers_options_are_answered(exchange: Exchange) -> None:
    async with Probe(port(exchange)) as caller:
        assert await caller.dial() == 200
        caller.send("REFER", "Refer-To: <sip:13912345678@127.0.0.1>", "Referred-By: <sip:x@127.0.0.1>")
        assert (await caller.final())[0] == 603
        caller.send("OPTIONS")
        assert (await caller.final())[0] == 200
        assert "1 active channel" in await exchange.cli("core show channels count")
        await caller.hang_up()


async def test_our_ami_user_may_do_what_we_need_and_no_more(exchange: Exchange) -> None:
    async with Probe(port(exchange)) as caller:
        await caller.dial()
        channel = (await until(exchange, "core show channels concise", "!hl-fallback!")).split("!")[0]
        member = {"Queue": "hl-fallback", "Interface": "PJSIP/hl-1"}
        allowed = [
            {"Action": "QueueAdd", **member, "MemberName": "8001", "Paused": "true"},
            {"Action": "QueuePause", **member, "Paused": "false"},
            {"Action": "QueueRemove", **member},
            {"Action": "CoreStatus"},
            {"Action": "MixMonitor", "Channel": channel, "File": str(exchange.place.spool / "monitor/x.wav")},
            {"Action": "StopMixMonitor", "Channel": channel},
        ]
        assert await ami(exchange, *allowed) == ["Success"] * len(allowed)
        forbidden = [
            {"Action": "Originate", "Channel": "PJSIP/hl-1", "Application": "Playback", "Data": "x"},
            {"Action": "Command", "Command": "core stop now"},
            {"Action": "UpdateConfig", "SrcFilename": "pjsip.conf", "DstFilename": "pjsip.conf"},
        ]
        assert await ami(exchange, *forbidden) == ["Error"] * len(forbidden)
        await caller.hang_up()


async def test_records_of_a_call_tell_when_it_began_and_ended_but_not_who_called(exchange: Exchange) -> None:
    async with Probe(port(exchange)) as caller:
        await caller.dial()
        await caller.hang_up()
    cdr, cel = exchange.place.log / "cdr-custom/hl-cdr.json", exchange.place.log / "cel-custom/hl-cel.json"
    for _ in range(100):
        if cdr.exists() and "LINKEDID_END" in cel.read_text():
            break
        await asyncio.sleep(0.05)
    (record,) = [json.loads(line) for line in cdr.read_text().splitlines()]
    assert record["start"] <= record["answer"] <= record["end"]
    events = [json.loads(line) for line in cel.read_text().splitlines()]
    assert events[0]["eventtype"] == "CHAN_START"
    assert {"ANSWER", "HANGUP", "CHAN_END", "LINKEDID_END"} <= {event["eventtype"] for event in events}
    assert {event["uniqueid"] for event in events} == {record["uniqueid"]}
    assert "13900001111" not in cdr.read_text() + cel.read_text() + (exchange.place.log / "hl-messages.log").read_text()

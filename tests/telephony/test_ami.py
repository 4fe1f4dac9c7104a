"""The AMI link, and the five faults panoramisk 1.4 has as a client: none of them is ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import structlog.testing
from hypothesis import given
from hypothesis import strategies as st

from hotline.secret import Secret
from telephony.ami import AmiAddress, AmiLink, UnsafeValue, read_message, write_action
from telephony.ports import SwitchAway
from tests.telephony.fake_ami_server import FakeAmi, fake_ami, success

PASSWORD = "grüner-Hund"


async def until(what: Callable[[], object]) -> None:
    """Wait for something another task brings about."""
    async with asyncio.timeout(10):
        while not what():
            await asyncio.sleep(0.002)


@asynccontextmanager
async def linked(
    on_event: Callable[[dict[str, str]], None] = lambda event: None, ping_every: float = 5.0, answer_within: float = 5.0
) -> AsyncIterator[tuple[FakeAmi, AmiLink]]:
    async with fake_ami() as server:
        address = AmiAddress("127.0.0.1", server.port, "hotline", Secret(PASSWORD), ping_every=ping_every, answer_within=answer_within)
        link = AmiLink(address, on_event)
        running = asyncio.create_task(link.run())
        try:
            await until(lambda: link.connected)
            yield server, link
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def fails(asked: Awaitable[object]) -> None:
    with pytest.raises(SwitchAway):
        await asked


async def test_fault_1_injection_a_value_with_a_line_break_is_refused_and_not_sent() -> None:
    async with linked() as (server, link):
        with pytest.raises(UnsafeValue) as caught:
            await link.action("Redirect", Channel="1.0\r\nAction: Originate\r\nApplication: System")
        assert "Originate" not in str(caught.value)  # the value is told to nobody
        for header in ("Channel: x\r\nAction", "Chan\nnel", ""):
            with pytest.raises(UnsafeValue):
                await link.action("Redirect", **{header: "1"})
        await link.action("Redirect", Channel="1.0")
        assert server.names() == ["Redirect"]
        assert b"Originate" not in server.raw


async def test_fault_2_replay_an_action_cut_off_fails_and_is_not_sent_again() -> None:
    async with linked() as (server, link):
        server.answer = lambda action: None if action["Action"] == "MixMonitor" else success(action)
        asking = asyncio.create_task(link.action("MixMonitor", Channel="1.0"))
        await until(lambda: server.names() == ["MixMonitor"])
        server.cut()
        await fails(asking)
        await until(lambda: link.connected and link.counts["connected"] == 2)
        assert (await link.action("CoreStatus")).ok
        assert server.names() == ["MixMonitor", "CoreStatus"]


async def test_fault_3_half_open_a_link_whose_pings_go_unanswered_is_given_up_and_made_again() -> None:
    async with linked(ping_every=0.02, answer_within=0.05) as (server, link):
        server.answer = lambda action: None if action["Action"] == "Ping" else success(action)
        await until(lambda: link.counts["half-open"])
        server.answer = success
        await until(lambda: link.connected and link.counts["connected"] > 1)
        assert (await link.action("CoreStatus")).ok


async def test_fault_4_callback_a_handler_that_raises_loses_its_event_and_nothing_else() -> None:
    heard: list[str] = []

    def on_event(event: dict[str, str]) -> None:
        heard.append(event["number"])
        if event["number"] == "3":
            raise RuntimeError("a fault of ours")

    async with linked(on_event) as (server, link):
        for number in range(80):
            server.tell(f"Event: PeerStatus\r\nNumber: {number}")
        await until(lambda: len(heard) == 80)
        assert link.connected
        assert link.counts["handler failed"] == 1
        assert link.counts["connected"] == 1


async def test_fault_5_no_time_out_an_action_without_an_answer_fails() -> None:
    async with linked(answer_within=0.05) as (server, link):
        server.answer = lambda action: None
        await fails(link.action("CoreStatus"))
        late = {"ActionID": server.seen[-1]["ActionID"]}
        server.answer = success
        server.tell(success(late))  # an answer that comes too late is nobody's
        assert (await link.action("CoreStatus")).ok


async def test_answers_find_their_questions_in_any_order() -> None:
    async with linked() as (server, link):
        server.answer = lambda action: None if action["Action"] == "First" else success(action)
        first = asyncio.create_task(link.action("First"))
        await until(lambda: "First" in server.names())
        assert (await link.action("Second")).ok
        server.tell(f"Response: Error\r\nActionID: {server.seen[-2]['ActionID']}\r\nMessage: no such channel")
        reply = await first
        assert (reply.ok, reply.message) == (False, "no such channel")


async def test_without_a_link_nothing_is_kept_for_later() -> None:
    link = AmiLink(AmiAddress("127.0.0.1", 1, "hotline", Secret(PASSWORD)), lambda event: None)
    await fails(link.action("CoreStatus"))


async def test_a_wrong_password_is_tried_again_and_shown_nowhere() -> None:
    async with fake_ami() as server:
        server.answer = lambda action: f"Response: Error\r\nActionID: {action['ActionID']}\r\nMessage: Authentication failed"
        link = AmiLink(AmiAddress("127.0.0.1", server.port, "hotline", Secret(PASSWORD)), lambda event: None)
        with structlog.testing.capture_logs() as logged:
            running = asyncio.create_task(link.run())
            await until(lambda: len(server.seen) >= 2)
            running.cancel()
        assert not link.connected
        assert PASSWORD not in str(logged)


async def test_nonsense_on_the_link_is_skipped() -> None:
    heard: list[str] = []
    async with linked(lambda event: heard.append(event["event"])) as (server, link):
        server.tell("what is this")
        server.tell("Event: PeerStatus\r\nno colon here\r\nPeer: PJSIP/hl-1")
        await until(lambda: heard)
        assert heard == ["PeerStatus"]
        assert link.counts["malformed"] == 1


@given(st.text(max_size=30))
def test_whatever_is_sent_is_one_action_with_these_values(value: str) -> None:
    async def write() -> bytes:
        return write_action("Test", "1", {"Value": value})

    try:
        data = asyncio.run(write())
    except UnsafeValue:
        assert not value.isprintable()
        return
    assert data.endswith(b"\r\n\r\n")
    assert data.count(b"\r\n") == 4
    assert read_message("Response: Success\r\n" + data.decode().strip("\r\n")).get("value", "") == value

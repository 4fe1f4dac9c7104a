"""A site's own dialplan sends callers over FastAGI; who wants a person is handed over and served like everybody (real Asterisk)."""

from __future__ import annotations

import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hotline_under_test import CARRIER, Hotline, running_hotline

from asterisk_conf.testing import free_port
from hotline import events as e
from robots.outgoing import OutgoingCall

pytestmark = pytest.mark.asterisk
OWN_DIALPLAN = "dialplan add extension 12330,1,Goto(hl-agi,12329,1) into hl-from-carrier"


@pytest.fixture
async def hotline(tmp_path: Path) -> AsyncIterator[Hotline]:
    async with running_hotline(tmp_path, asterisk={"fastagi_port": free_port()}) as running:
        await running.exchange.cli(OWN_DIALPLAN)
        yield running


async def dial(hotline: Hotline) -> OutgoingCall:
    """Somebody calls through the site's own dialplan and stands at the main menu."""
    trunk = await hotline.phone(bind=CARRIER, user="trunk", rtp_ports=(22400, 22799))
    call = await trunk.dial("12330", caller="13900001111")
    await call.answered(10)
    return call


def counted(hotline: Hotline) -> Counter[str]:
    return Counter(type(event).__name__ for event in hotline.events())


async def test_a_caller_who_wants_a_person_is_handed_over_and_served_once(hotline: Hotline) -> None:
    seat = await hotline.seat(1)
    call = await dial(hotline)
    await hotline.event(e.MenuEntered)
    await call.press("0")
    offered = await seat.wait_for_call(15)
    await offered.answer()
    await hotline.event(e.CallAnswered)
    await call.hang_up()
    ended = await hotline.event(e.CallEnded)
    assert ended.how == "caller_hung_up"
    count = counted(hotline)
    once = ("CallArrived", "MenuEntered", "AgentWanted", "CallQueued", "CallAnswered", "TalkEnded", "CallEnded")
    assert {name: count[name] for name in once} == dict.fromkeys(once, 1)
    assert await hotline.empties()
    assert "went wrong" not in hotline.log()


async def test_a_caller_who_logs_in_over_fastagi_hears_his_balance_and_hangs_up(hotline: Hotline) -> None:
    call = await dial(hotline)
    await hotline.event(e.MenuEntered, node="E.MAIN")
    await call.press("2")
    await hotline.event(e.MenuEntered, node="Q")
    await call.press(f"1{hotline.person.account}#{hotline.person.pin}")
    await hotline.event(e.LoggedIn)
    await hotline.event(e.SelfServiceGiven, service="Q.1.1")
    await call.hang_up()
    assert (await hotline.event(e.CallEnded)).how == "caller_hung_up"
    assert counted(hotline)["CallEnded"] == 1
    assert hotline.person.pin not in hotline.log()
    assert await hotline.empties()


async def test_a_caller_handed_over_may_go_back_to_the_menu_with_his_login(hotline: Hotline) -> None:
    call = await dial(hotline)
    await hotline.event(e.MenuEntered, node="E.MAIN")
    await call.press(f"21{hotline.person.account}#{hotline.person.pin}")
    await hotline.event(e.MenuEntered, node="Q.1", seconds=40)
    await call.press("0")
    await hotline.event(e.CallQueued)
    await call.press("*")
    await hotline.event(e.CallAbandoned)
    await hotline.until(lambda: len([event for event in hotline.events(e.MenuEntered) if event.node == "E.MAIN"]) == 2, "the menu again")
    await call.press("21")
    await hotline.until(lambda: len([event for event in hotline.events(e.MenuEntered) if event.node == "Q.1"]) == 2, "no second login")
    assert counted(hotline)["LoggedIn"] == 1
    await call.hang_up()
    await hotline.event(e.CallEnded)
    assert await hotline.empties()


async def test_when_the_worker_dies_a_caller_in_the_menu_goes_on_in_the_fallback_and_is_taken_back(hotline: Hotline) -> None:
    call = await dial(hotline)
    await hotline.event(e.MenuEntered)
    hotline.kill_worker(signal.SIGKILL)
    await hotline.start_worker()
    await hotline.event(e.Repaired, seconds=30)
    await call.hang_up()
    await hotline.event(e.CallEnded)
    assert counted(hotline)["CallArrived"] == counted(hotline)["CallEnded"] == 1
    assert await hotline.empties()


async def test_a_caller_who_hangs_up_in_the_welcome_is_in_the_books_once(hotline: Hotline) -> None:
    call = await dial(hotline)
    await hotline.event(e.CallArrived)
    await call.hang_up()
    assert (await hotline.event(e.CallEnded)).how == "caller_hung_up"
    assert counted(hotline)["CallEnded"] == 1
    assert await hotline.empties()


async def test_a_caller_handed_over_keeps_his_place_when_the_worker_is_killed(hotline: Hotline) -> None:
    call = await dial(hotline)
    await hotline.event(e.MenuEntered)
    await call.press("0")
    await hotline.event(e.CallQueued)
    hotline.kill_worker(signal.SIGKILL)
    await hotline.start_worker()
    seat = await hotline.seat(1)
    offered = await seat.wait_for_call(15)
    await offered.answer()
    await hotline.event(e.CallAnswered)
    await call.hang_up()
    await hotline.event(e.CallEnded)
    count = counted(hotline)
    assert (count["CallArrived"], count["AgentWanted"], count["CallEnded"]) == (1, 1, 1)
    assert await hotline.empties()


async def test_a_port_that_is_taken_costs_fastagi_and_not_the_house(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with running_hotline(tmp_path, asterisk={"fastagi_port": taken.getsockname()[1]}) as hotline:
            assert "asterisk.fastagi_port is taken" in hotline.log()
            call = await hotline.caller()
            await hotline.event(e.MenuEntered)
            await call.hang_up()
            await hotline.event(e.CallEnded)

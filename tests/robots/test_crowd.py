"""The demo's crowd on a little exchange: seats sign in, callers come and go, and all leave when told."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
from array import array
from pathlib import Path

import msgspec
import pytest

from hotline.errors import ConfigError
from hotline.secret import Secret
from robots.crowd import Crowd, run_crowd
from robots.cues import FAREWELL_HZ, GREETING_HZ, wait_for_chime
from robots.habits import CallerHabits, CrowdSettings, RobotSeat, SeatHabits, load_crowd
from robots.seat import SeatRobot
from robots.tones import murmur
from tests.robots.exchange import Exchange

QUICK_SEAT = SeatHabits(
    answers_after=(0, 0.02), greets_after=0.3, talks=(0.3, 0.4), wraps_up=(0, 0.02), lets_it_ring=0, break_s=0.05, idle_s=5, again_s=0.05
)


async def until(true, seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


async def seat_robot(plug, habits: SeatHabits):
    exchange = await plug(Exchange, accounts={"hl-1": "p"})
    phone = await plug(user="hl-1", password=Secret("p"), server=exchange.address)
    robot = SeatRobot(phone, RobotSeat(user="hl-1", password=Secret("p"), agent="8001"), habits, random.Random(1), murmur(0.5, 1))
    return exchange, robot


async def test_a_robot_agent_signs_in_takes_a_call_and_ends_its_wrap_up(plug) -> None:
    exchange, robot = await seat_robot(plug, QUICK_SEAT)
    working = asyncio.ensure_future(robot.work())
    await until(lambda: len(exchange.codes) == 2)
    assert exchange.codes == [("hl-1", "*818001"), ("hl-1", "*82")]
    call = await exchange.dial(exchange.contacts["hl-1"])
    await call.answered(3)
    assert await wait_for_chime(call, GREETING_HZ, 3)
    assert await wait_for_chime(call, FAREWELL_HZ, 3)
    await call.ended(3)
    await until(lambda: len(exchange.codes) == 3)
    assert exchange.codes[2] == ("hl-1", "*84") and robot.calls_taken == 1
    working.cancel()
    await asyncio.wait([working])


async def test_a_robot_agent_who_lets_it_ring_comes_back(plug) -> None:
    exchange, robot = await seat_robot(plug, msgspec.structs.replace(QUICK_SEAT, lets_it_ring=1))
    working = asyncio.ensure_future(robot.work())
    await until(lambda: len(exchange.codes) == 2)
    call = await exchange.dial(exchange.contacts["hl-1"])
    await call.ringing(3)
    await call.hang_up()
    await until(lambda: len(exchange.codes) == 3)
    assert (robot.calls_missed, robot.calls_taken, exchange.codes[2][1]) == (1, 0, "*82")
    working.cancel()
    await asyncio.wait([working])


async def test_a_caller_who_leaves_while_the_robot_reaches_for_the_phone_costs_nothing(plug) -> None:
    exchange, robot = await seat_robot(plug, msgspec.structs.replace(QUICK_SEAT, answers_after=(0.1, 0.1)))
    working = asyncio.ensure_future(robot.work())
    await until(lambda: len(exchange.codes) == 2)
    call = await exchange.dial(exchange.contacts["hl-1"])
    await call.ringing(3)
    await call.hang_up()
    again = await exchange.dial(exchange.contacts["hl-1"])
    await again.answered(3)
    assert robot.calls_taken == 1
    working.cancel()
    await asyncio.wait([working])


def crowd_settings(exchange: Exchange, **options) -> CrowdSettings:
    base = CrowdSettings(
        port=exchange.agent.port,
        caller_bind="127.0.0.1",
        rtp_ports=(22500, 22799),
        seats=tuple(RobotSeat(user=f"hl-{n}", password=Secret(f"p{n}"), agent=f"800{n}") for n in (1, 2)),
        mean_gap_s=0.02,
        most_callers=2,
        seed=4,
        callers=CallerHabits(before_key=(0.02, 0.05), hears_result=(0.02, 0.05), wants_account=0, wants_guide=1, then_a_person=0),
        agents=QUICK_SEAT,
    )
    return msgspec.structs.replace(base, **options)


@pytest.mark.thorough
async def test_a_crowd_of_so_many_calls_ends_by_itself_and_never_holds_more_lines_than_told(plug) -> None:
    exchange = await plug(Exchange, accounts={"hl-1": "p1", "hl-2": "p2"})
    most = 0

    async def serve() -> None:
        nonlocal most
        while True:
            call = await exchange.wait_for_call(30)
            most = max(most, len(exchange.calls))
            await call.answer()

    serving = asyncio.ensure_future(serve())
    outcomes = await run_crowd(crowd_settings(exchange, calls=5), asyncio.Event())
    serving.cancel()
    assert outcomes == {"finished": 5}
    assert most == 2 and exchange.calls == [] and exchange.contacts == {}
    assert {code for user, code in exchange.codes} == {"*818001", "*818002", "*82"}


async def test_a_crowd_that_is_told_to_stop_leaves_nothing_behind(plug) -> None:
    exchange = await plug(Exchange, accounts={"hl-1": "p1", "hl-2": "p2"})
    habits = CallerHabits(wants_account=0, wants_guide=0, before_key=(0.02, 0.02), patience=(100, 100), leaves_early=0)
    stop = asyncio.Event()
    running = asyncio.ensure_future(run_crowd(crowd_settings(exchange, callers=habits), stop))
    call = await exchange.wait_for_call(10)
    await call.answer()
    ringing = await exchange.wait_for_call(10)
    await until(lambda: len(exchange.contacts) == 2)
    stop.set()
    async with asyncio.timeout(2.5):
        await running
    await asyncio.gather(call.ended(1), ringing.ended(1))
    assert exchange.contacts == {} and exchange.calls == []


async def test_the_exchange_may_come_later_than_the_crowd(plug) -> None:
    exchange = await plug(Exchange, accounts={"hl-1": "other password"})
    crowd = Crowd(crowd_settings(exchange, seats=(RobotSeat(user="hl-1", password=Secret("p1"), agent="8001"),), mean_gap_s=1e6))
    stop = asyncio.Event()
    running = asyncio.ensure_future(crowd.run(stop))
    await asyncio.sleep(0.1)
    assert exchange.contacts == {}
    exchange.accounts["hl-1"] = "p1"
    await until(lambda: ("hl-1", "*82") in exchange.codes)
    stop.set()
    await running


def test_the_crowds_file_is_read_and_shows_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "crowd.json"
    file.write_text(
        json.dumps(
            {
                "port": 5080,
                "seats": [{"user": "hl-1", "password": "sip secret", "agent": "8001"}],
                "accounts": [{"number": "800012345678", "pin": "271828"}],
                "callers": {"patience": [1, 2]},
            }
        )
    )
    settings = load_crowd(file)
    assert settings.seats[0].password.reveal() == "sip secret" and settings.accounts[0].pin.reveal() == "271828"
    assert settings.callers.patience == (1, 2) and settings.number == "12329"
    for secret in ("sip secret", "271828", "800012345678"):
        assert secret not in repr(settings)


@pytest.mark.parametrize(
    ("text", "why"),
    [("{", "crowd.json"), ('{"port": 0}', "port"), ('{"ports": 1}', "ports"), ('{"callers": {"wants_guide": 2}}', "wants_guide")],
)
def test_a_wrong_file_is_refused_by_name_and_field(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "crowd.json"
    file.write_text(text)
    with pytest.raises(ConfigError, match=why):
        load_crowd(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.json"):
        load_crowd(tmp_path / "none.json")


def robots(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "robots", *arguments]


def test_the_command_explains_itself() -> None:
    done = subprocess.run(robots("--help"), capture_output=True, text=True, timeout=30, check=True)
    assert "crowd" in done.stdout and "call" in done.stdout


def test_the_command_names_what_is_wrong(tmp_path: Path) -> None:
    done = subprocess.run(robots("crowd", str(tmp_path / "none.json")), capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1 and "none.json" in done.stderr and "Traceback" not in done.stderr


async def test_the_worker_process_leaves_quietly_when_told(plug, tmp_path: Path) -> None:
    exchange = await plug(Exchange, accounts={"hl-1": "p1"})
    file = tmp_path / "crowd.json"
    seat = {"user": "hl-1", "password": "p1", "agent": "8001"}
    file.write_text(json.dumps({"port": exchange.agent.port, "caller_bind": "127.0.0.1", "mean_gap_s": 1000, "seats": [seat]}))
    process = await asyncio.create_subprocess_exec(*robots("crowd", str(file)), stdout=-1, stderr=-1)
    await until(lambda: ("hl-1", "*82") in exchange.codes, 20)
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(5):
        out, error = await process.communicate()
    assert (process.returncode, out, error) == (0, b"no calls\n", b"")
    assert exchange.contacts == {}


async def test_one_call_by_hand(plug, tmp_path: Path, sound) -> None:
    exchange = await plug(Exchange, accounts={})
    arguments = ("--server", f"127.0.0.1:{exchange.agent.port}", "--bind", "127.0.0.1", "--caller", "13900001111", "--press", "0.05:12#")
    record = tmp_path / "heard.wav"
    process = await asyncio.create_subprocess_exec(*robots("call", "12329", *arguments, "--record", str(record)), stdout=-1)
    call = await exchange.wait_for_call(20)
    await call.answer()
    await call.play(array("h", sound(0.6, 1)))
    await until(lambda: len(call.heard.keys) == 3)
    await call.hang_up()
    out, _ = await process.communicate()
    assert process.returncode == 0 and b"answered" in out and b"hung up" in out
    assert (call.number, call.caller, record.stat().st_size > 9000) == ("12329", "13900001111", True)

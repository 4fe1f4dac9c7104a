"""The house under its supervisor: whoever is killed, hangs or is started twice, the talk goes on and nobody is doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from faults.house import House, house
from faults.scenes import CLOSE, longest_gap, ms_apart, now, rest

from hotline import events as e
from server.lock import Lock

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house that runs."""
    async with house(tmp_path_factory.mktemp("house")) as running:
        await running.run()
        yield running


async def test_kill9_of_the_worker_then_of_the_supervisor_then_of_both_and_the_talk_goes_on(home: House) -> None:
    await home.staff(1)
    caller, agent = await home.talk(1)
    asterisk, began = home.asterisk, now()

    worker = home.worker
    os.kill(worker, signal.SIGKILL)
    await home.replaced(worker)
    assert home.row(1)["activity"] == "talking"

    assert home.supervisor is not None
    orphan = home.worker
    home.supervisor.kill()
    home.supervisor.wait()
    await rest(0.5)
    assert home.row(1)["activity"] == "talking"  # the orphan serves on
    await home.run()
    await home.replaced(orphan)
    assert home.row(1)["activity"] == "talking"

    worker = home.worker
    home.supervisor.kill()
    os.kill(worker, signal.SIGKILL)
    home.supervisor.wait()
    await home.run()
    assert home.worker != worker
    assert home.row(1)["activity"] == "talking"

    assert home.asterisk == asterisk
    until = now()
    assert longest_gap(caller.line, began, until) < 0.3
    assert longest_gap(agent, began, until) < 0.3
    await agent.hang_up()
    talk = await caller.event(e.TalkEnded)
    assert not talk.estimated
    assert ms_apart(talk.at, agent.moments.bye_sent) < CLOSE / 1000
    await caller.event(e.SurveyOffered)
    await caller.line.hang_up()
    await home.calm()


async def test_a_second_supervisor_goes_at_once_and_names_the_first(home: House) -> None:
    assert home.supervisor is not None
    worker, asterisk = home.worker, home.asterisk
    second = home.start()
    assert second.wait(20) != 0
    assert f"process {home.supervisor.pid}" in home.printed().splitlines()[-1]
    assert (home.worker, home.asterisk) == (worker, asterisk)
    assert home.serves()


async def test_a_worker_that_hangs_is_killed_and_replaced_and_commands_nothing_any_more(home: House) -> None:
    await home.staff(1, 2)
    caller, agent = await home.talk(1)
    hung, began = home.worker, now()
    os.kill(hung, signal.SIGSTOP)
    await home.replaced(hung, 15)
    assert not alive(hung)
    assert "a worker hangs" in home.printed()
    assert home.row(1)["activity"] == "talking"
    assert longest_gap(caller.line, began, now()) < 0.3
    other, second = await home.talk(2)
    await agent.hang_up()
    await caller.event(e.SurveyOffered)
    for line in (caller.line, other.line):
        await line.hang_up()
    await second.ended(5)
    await home.calm()


async def test_the_pages_die_and_hang_and_come_back_and_no_call_notices(home: House) -> None:
    await home.staff(1)
    caller, agent = await home.talk(1)
    line, began = home.worker, now()
    await home.hotline.until(lambda: pages_are_well(home), "the pages are served", 20)
    for what in (signal.SIGKILL, signal.SIGSTOP):
        web = pages_worker(home)
        os.kill(web, what)
        await home.hotline.until(lambda gone=web: pages_worker(home) != gone and pages_are_well(home), "the pages are back", 25)  # type: ignore[misc]
        assert not alive(web)
    assert home.worker == line
    assert home.row(1)["activity"] == "talking"
    assert longest_gap(caller.line, began, now()) < 0.3
    await agent.hang_up()
    await caller.event(e.SurveyOffered)
    await caller.line.hang_up()
    await home.calm()


def pages_worker(home: House) -> int:
    """The web worker's process id."""
    return int(Lock(home.hotline.places.run, "web").holder().get("pid", 0))


def pages_are_well(home: House) -> bool:
    """Whether the pages answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{home.hotline.places.settings.web.port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


async def test_kill9_of_asterisk_closes_the_calls_frees_the_seats_and_serves_the_next_caller(home: House) -> None:
    await home.staff(1, 2)
    talking, agent = await home.talk(1)
    rung_for = await home.dial()
    await rung_for.want_an_agent()
    rung = await home.seats[2].wait_for_call(10)
    await rung.ring()
    await rung_for.event(e.OfferRinging)
    waiting, in_menu = await home.dial(), await home.dial()
    await waiting.want_an_agent()
    await in_menu.menu("E.MAIN")
    worker, asterisk, switches = home.worker, home.asterisk, len(home.hotline.events(e.SwitchConnected))
    os.kill(asterisk, signal.SIGKILL)
    killed = now()
    await home.hotline.until(lambda: len(home.hotline.events(e.SwitchConnected)) > switches, "Asterisk is back", 20)
    back = now()
    for caller in (talking, rung_for, waiting, in_menu):
        ended = await caller.event(e.CallEnded, 5)
        assert ended.how == "switch_restart"
        assert ended.estimated
        assert ms_apart(ended.at, killed) < 1000
    assert ms_apart(back, now()) < 5000
    talk = await talking.event(e.TalkEnded)
    assert (talk.by, talk.estimated) == ("switch", True)
    assert ms_apart(talk.at, killed) < 1000
    assert [left.how for left in (*rung_for.events(e.CallAbandoned), *waiting.events(e.CallAbandoned))] == ["switch_restart"] * 2
    assert home.worker == worker
    assert home.asterisk != asterisk
    for call in (agent, rung, *(caller.line for caller in (talking, rung_for, waiting, in_menu))):
        await call.hang_up(0.1)

    await home.hotline.until(lambda: all(home.row(n)["activity"] == "idle" for n in (1, 2)), "the seats are free", 5)
    await home.staff(1)
    caller, agent = await home.talk(1)
    await caller.line.hang_up()
    await agent.ended(5)
    await home.calm()


async def test_ctrl_c_stops_what_it_started_within_three_seconds_and_nothing_else(home: House) -> None:
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        assert home.supervisor is not None
        await home.staff(1)
        caller, _ = await home.talk(1)
        began = time.monotonic()
        home.supervisor.send_signal(signal.SIGINT)
        code = home.supervisor.wait(10)
        took = time.monotonic() - began
        await caller.line.ended(2)
        assert code == 0
        assert took < 3.0
        assert home.left() == []
        assert stranger.poll() is None
        assert [ended.call for ended in home.hotline.events(e.CallEnded)][-1] == caller.call
        assert caller.events(e.TalkEnded)
    finally:
        stranger.kill()
        stranger.wait()


def alive(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

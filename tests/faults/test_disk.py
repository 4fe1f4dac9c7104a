"""The disk is slow, full or read-only during a talk: the talk never drops, a hang-up works, nothing is lost when it heals."""

from __future__ import annotations

import asyncio
import json
import resource
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from faults.scenes import CLOSE, Caller, Scene, longest_gap, ms_apart, now, rest, scene

from hotline import events as e
from robots.incoming import IncomingCall

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A hotline that soon takes a slow commit for a trouble."""
    async with scene(tmp_path_factory.mktemp("disk"), journal={"slow_commit_s": 0.3}) as running:
        await running.staff(3)
        yield running


@contextmanager
def locked(stage: Scene) -> Iterator[None]:
    """Another process writes the journal's database and does not let go."""
    with closing(sqlite3.connect(stage.hotline.places.runtime / "journal.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full(stage: Scene) -> Iterator[None]:
    """The worker can write nothing into any file, its log included."""
    assert stage.hotline.worker is not None
    pid = stage.hotline.worker.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """No file can be made below ``folder``."""
    for argv in (["mount", "--bind", folder, folder], ["mount", "-o", "remount,ro,bind", folder]):
        if subprocess.run(argv, capture_output=True, check=False).returncode:
            pytest.skip("a folder can't be made read-only here: that takes the right to mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def health(stage: Scene) -> bool:
    """Whether the journal says that it is well."""
    return bool(stage.hotline.ask({"do": "health"})["ok"]["journal"]["healthy"])


def write_something(stage: Scene) -> None:
    """Have the worker journal an event: a seat's break gets another reason."""
    row = stage.row(3)
    reason = "busy" if row["reason"] == "rest" else "rest"
    stage.hotline.ask({"do": "seat", "seat": 3, "action": "break", "argument": reason})


async def serve_through(stage: Scene, caller: Caller, agent: IncomingCall) -> None:
    """While the journal can't be written: the agent hangs up, the caller judges and is let go; a new caller gets the fallback."""
    began = now()
    write_something(stage)
    await stage.hotline.until(lambda: not health(stage), "the journal is in trouble")
    await rest(0.5)
    assert longest_gap(caller.line, began, now()) < 0.3
    await agent.hang_up()
    await rest(0.5)
    assert not caller.line.over
    await caller.line.press("1")
    await caller.line.ended(10)


async def right_afterwards(stage: Scene, caller: Caller, agent: IncomingCall) -> None:
    """Everything is written when it heals, as if nothing had been."""
    await stage.hotline.until(lambda: health(stage), "the journal is well again")
    talk, ended = await caller.event(e.TalkEnded), await caller.event(e.CallEnded)
    assert ms_apart(talk.at, agent.moments.bye_sent) < CLOSE / 1000
    assert ms_apart(ended.at, caller.line.moments.bye_received) < CLOSE / 1000
    assert not talk.estimated
    assert caller.journey().grade == "satisfied"
    await caller.event(e.RecordingKept)
    assert alarms(stage) >= {"journal_recovered"}
    await stage.calm()


def alarms(stage: Scene) -> set[str]:
    """The codes of the journal's troubles in the worker's log."""
    rows = [json.loads(line) for line in stage.hotline.log().splitlines() if line.startswith("{")]
    return {row["code"] for row in rows if row["event"] == "journal"}


async def test_a_locked_database_holds_nobody_up(stage: Scene) -> None:
    await stage.staff(1)
    caller, agent = await stage.talk(1)
    with locked(stage):
        await serve_through(stage, caller, agent)
    await right_afterwards(stage, caller, agent)
    assert alarms(stage) & {"journal_slow", "journal_failed"}


async def test_a_full_disk_holds_nobody_up(stage: Scene) -> None:
    await stage.staff(1)
    caller, agent = await stage.talk(1)
    with full(stage):
        await serve_through(stage, caller, agent)
    await right_afterwards(stage, caller, agent)


async def test_a_caller_who_comes_while_nothing_can_be_written_is_served_by_the_dialplan_until_it_heals(stage: Scene) -> None:
    await stage.staff()
    with locked(stage):
        write_something(stage)
        await stage.hotline.until(lambda: not health(stage), "the journal is in trouble")
        caller = await stage.dial()
        await rest(1)
        assert not caller.line.over
        assert caller.line.heard.packets
    await caller.event(e.CallQueued)
    assert caller.arrivals[0].degraded
    await caller.line.hang_up()
    await stage.calm()


async def test_a_talk_whose_recording_cannot_be_written_goes_on_and_that_is_said(stage: Scene) -> None:
    await stage.staff(1)
    incoming = stage.hotline.places.recordings / "incoming"
    incoming.rename(incoming.with_name("away"))
    incoming.touch()
    try:
        caller = await stage.dial()
        await caller.want_an_agent()
        agent = await stage.seats[1].wait_for_call(10)
        await agent.ring()
        await agent.answer()
        failed = await caller.event(e.RecordingFailed)
        assert failed.why
        await rest(0.3)
        assert not caller.line.over
        await agent.hang_up()
        await caller.event(e.SurveyOffered)
        await caller.line.hang_up()
    finally:
        incoming.unlink()
        incoming.with_name("away").rename(incoming)
    await stage.calm()


async def test_a_read_only_runtime_folder_stops_no_talk(stage: Scene) -> None:
    await stage.staff(1)
    caller, agent = await stage.talk(1)
    with read_only(stage.hotline.places.runtime):
        await rest(0.5)
        await agent.hang_up()
        await caller.event(e.SurveyOffered)
        await caller.line.press("1")
        await caller.line.ended(10)
        await asyncio.sleep(0.2)
    assert ms_apart((await caller.event(e.TalkEnded)).at, agent.moments.bye_sent) < CLOSE / 1000
    await stage.calm()

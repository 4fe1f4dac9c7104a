"""The line worker: telephony, menus and floor in one process; everything that a call needs and nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any

import structlog

from acd.model import signals as s
from fund_core.port import FundCore
from hotline import events as e
from hotline.clock import SystemClock
from hotline.errors import HotlineError
from hotline.journal import Journal, Recorded, Trouble, open_journal
from hotline.vault import Vault
from server import control
from server.agi_calls import fastagi
from server.cel import read_record
from server.ear import Ear
from server.house import House
from server.keeping import keep_recordings, keep_snapshots
from server.last_heard import LastHeard
from server.menu_watch import watch_menu
from server.message_keeping import keep_messages
from server.opening import follow, open_house
from server.places import Places
from server.restart import Reconciler
from server.steps import step_line
from server.views import Views
from server.voices import keep_voices

log = structlog.get_logger("line")

LAST_CALLS = 1.0
"""Seconds the paths of the last calls get when the house closes (Ctrl-C ends everything within three)."""
FIRST_LOOK = 5.0
"""Seconds the floor's timers wait for the first look at Asterisk, so that what happened meanwhile is settled before they run out."""


async def serve(places: Places, closing: asyncio.Event, core: FundCore | None = None) -> None:
    """Run until cancelled (the calls stay for our successor) or ``closing`` (they are ended, and written as ended).

    ``core``: the fund's business system; None: the one of the settings.
    Raises when the journal can't be opened; waits for Asterisk however long it takes.
    """
    clock, vault = SystemClock(), Vault(places.secrets)
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(open_journal(places.journal_url, clock, places.settings.journal, _alarm))
        house, hands, asleep = await open_house(stack, places, clock, vault, journal, core)
        journal.append(e.WorkerStarted(at=clock.now(), worker="line", pid=os.getpid()))
        house.progress.update(asleep)
        journal.subscribe(lambda recorded: follow(house.progress, recorded.event))
        if asleep:
            house.floor.take(s.SwitchGone(at=clock.now(), why="worker_started"))
        record = partial(asyncio.to_thread, read_record, places.runtime, clock)
        reconciler = Reconciler(house, hands, record, LastHeard(places.run / "heard"))
        await _serve_calls(places, house, reconciler, closing)


async def _serve_calls(places: Places, house: House, reconciler: Reconciler, closing: asyncio.Event) -> None:
    """The loops that make up the worker, until ``closing``."""
    settled = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as group:
            ear = Ear(house, group, reconciler, settled)
            keepers = (keep_recordings(house), keep_snapshots(house), watch_menu(house), keep_voices(house, places), keep_messages(house))
            for loop in (ear.listen(), reconciler.watch(ear.begin), *keepers):
                group.create_task(loop)
            with suppress(TimeoutError):
                await asyncio.wait_for(settled.wait(), FIRST_LOOK)
            async with (
                house.floor.running(),
                fastagi(house),
                control.serve(places.control, Views(house).answer, lambda: _steps(house.journal)),
            ):
                await closing.wait()
                await _end_calls(house)
            raise _Closed()
    except* _Closed:
        log.info("closed", calls=len(house.calls))


class _Closed(Exception):
    """The house closes: ends the group of loops that have no end of their own."""


async def _end_calls(house: House) -> None:
    """Hang every caller up and give the paths a moment to write their ends."""
    for live in house.calls:
        live.how = "we_hung_up"
        with suppress(HotlineError):
            await house.switch.hang_up(live.arrival.line)
    with suppress(TimeoutError):
        await asyncio.wait_for(house.calls.all_over(), LAST_CALLS)
    await house.journal.flushed()


def _alarm(trouble: Trouble) -> None:
    """The journal is in trouble, or out of it."""
    say = log.warning if trouble.code == "journal_recovered" else log.error
    say("journal", code=trouble.code, text=trouble.text)


async def _steps(journal: Journal) -> AsyncIterator[dict[str, Any]]:
    """One line per call step, for as long as somebody listens; a slow terminal loses lines rather than memory."""
    lines: asyncio.Queue[str] = asyncio.Queue(1000)

    def heard(recorded: Recorded) -> None:
        line = step_line(recorded.event)
        if line is not None and not lines.full():
            lines.put_nowait(line)

    unsubscribe = journal.subscribe(heard)
    try:
        while True:
            yield {"line": await lines.get()}
    finally:
        unsubscribe()

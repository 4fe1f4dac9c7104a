"""The line worker: telephony, menus and floor in one process; everything that a call needs and nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import structlog

from hotline import events as e
from hotline.clock import SystemClock
from hotline.journal import Journal, Recorded, Trouble, open_journal
from hotline.vault import Vault
from server import control
from server.cel import end_times
from server.ear import Ear
from server.keeping import keep_recordings, keep_snapshots
from server.opening import follow, open_house
from server.places import Places
from server.restart import Reconciler
from server.steps import step_line
from server.views import Views

log = structlog.get_logger("line")

FIRST_LOOK = 5.0
"""Seconds the floor's timers wait for the first look at Asterisk, so that what happened meanwhile is settled before they run out."""


async def serve(places: Places) -> None:
    """Run until cancelled. Raises when the journal can't be opened; waits for Asterisk however long it takes."""
    clock, vault = SystemClock(), Vault(places.secrets)
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(open_journal(places.journal_url, clock, places.settings.journal, _alarm))
        house, hands, asleep = await open_house(stack, places, clock, vault, journal)
        journal.append(e.WorkerStarted(at=clock.now(), worker="line", pid=os.getpid()))
        house.progress.update(asleep)
        journal.subscribe(lambda recorded: follow(house.progress, recorded.event))
        async with asyncio.TaskGroup() as group:
            settled = asyncio.Event()
            reconciler = Reconciler(house, hands, asleep, lambda lines: end_times(places.runtime, lines, clock))
            ear = Ear(house, group, reconciler, settled)
            group.create_task(ear.listen())
            group.create_task(reconciler.watch(ear.begin))
            group.create_task(keep_recordings(house))
            group.create_task(keep_snapshots(house))
            with suppress(TimeoutError):
                await asyncio.wait_for(settled.wait(), FIRST_LOOK)
            async with house.floor.running(), control.serve(places.control, Views(house).answer, lambda: _steps(journal)):
                await asyncio.Event().wait()


def _alarm(trouble: Trouble) -> None:
    """The journal is in trouble, or out of it."""
    log.error("journal", trouble=str(trouble))


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

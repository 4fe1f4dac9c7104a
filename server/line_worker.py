"""The line worker: telephony, menus and floor in one process; everything that a call needs and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import structlog

from hotline import events as e
from hotline.clock import SystemClock
from hotline.journal import Journal, Recorded, open_journal
from hotline.vault import Vault
from server import control, keeping, opening
from server.cel import end_times
from server.ear import Ear
from server.places import Places
from server.restart import Reconciler
from server.views import Views

log = structlog.get_logger("line")


async def serve(places: Places) -> None:
    """Run until cancelled. Raises when the journal can't be opened; waits for Asterisk however long it takes."""
    clock, vault = SystemClock(), Vault(places.secrets)
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(open_journal(places.journal_url, clock, places.settings.journal))
        house, asleep = await opening.open_house(stack, places, clock, vault, journal)
        journal.append(e.WorkerStarted(at=clock.now(), worker="line", pid=opening.process_id()))
        views = Views(house)
        async with asyncio.TaskGroup() as group:
            reconciler: Reconciler
            ear = Ear(house, group, lambda signal: reconciler.connected(signal))
            reconciler = Reconciler(house, ear.begin, asleep, lambda lines: end_times(places.runtime, lines, clock))
            group.create_task(house.floor.run())
            group.create_task(ear.listen())
            group.create_task(reconciler.watch())
            group.create_task(keeping.keep_recordings(house))
            group.create_task(keeping.keep_snapshots(house))
            async with control.serve(places.control, views.answer, lambda: _steps(journal)):
                await asyncio.Event().wait()


async def _steps(journal: Journal) -> AsyncIterator[dict[str, Any]]:
    """One line per call step, for as long as somebody listens; a slow terminal loses lines rather than memory."""
    from server.steps import step_line

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

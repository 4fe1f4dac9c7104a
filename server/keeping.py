"""Keepers that run beside the calls: recordings into the archive, snapshots of the floor."""

from __future__ import annotations

import asyncio

import structlog

from hotline import events as e
from hotline.clock import monotonic
from hotline.ids import CallId, RecordingId
from hotline.journal import Recorded
from recordings.archive import RecordingMissing
from server.house import House
from server.message_files import day_of
from server.opening import SNAPSHOT, snapshot

log = structlog.get_logger("keeping")

SETTLE = 0.5
"""Seconds after a talk before its files are joined: Asterisk closes them a moment after the channel is gone."""
AGAIN = 5.0
"""Seconds until a recording that could not be kept (the disk is full) is tried again; its two files wait where Asterisk wrote them."""
LOOK_EVERY = 1.0


async def keep_recordings(house: House) -> None:
    """Join and keep the recording of every talk that ended; at a start, of those that ended while we were away."""
    due: asyncio.Queue[tuple[float, CallId]] = asyncio.Queue()

    def heard(recorded: Recorded) -> None:
        match recorded.event:
            case e.TalkEnded(call=call):
                due.put_nowait((monotonic() + SETTLE, call))

    house.journal.subscribe(heard)
    for left in house.archive.waiting():
        if left.startswith("r-") and house.floor.visit(CallId(f"c-{left[2:]}")) is None:
            due.put_nowait((0.0, CallId(f"c-{left[2:]}")))
    while True:
        when, call = await due.get()
        await asyncio.sleep(max(0.0, when - monotonic()))
        if not await keep_recording(house, call, RecordingId(f"r-{call[2:]}")):
            asyncio.get_running_loop().call_later(AGAIN, due.put_nowait, (0.0, call))


async def keep_recording(house: House, call: CallId, recording: RecordingId) -> bool:
    """Keep a recording of a call, if there is one; False when it has to be tried again."""
    try:
        kept = await asyncio.to_thread(house.archive.keep, recording, day_of(call))
    except RecordingMissing:
        return True  # it never began; RecordingFailed says why
    except OSError as error:
        log.error("a recording could not be kept, trying again", call=call, kind=type(error).__name__)
        return False
    house.journal.append(
        e.RecordingKept(
            at=house.clock.now(), call=call, recording=recording, path=str(kept.path), sha256=kept.sha256, duration_us=kept.duration_us
        )
    )
    return True


async def keep_snapshots(house: House) -> None:
    """A snapshot of floor and live calls every so many events, so that a start does not grow with the journal."""
    journal, every = house.journal, house.settings.journal.snapshot_every
    last = journal.last_seq
    while True:
        await asyncio.sleep(LOOK_EVERY)
        if journal.last_seq - last < every:
            continue
        await journal.flushed()
        if journal.durable_seq == journal.last_seq:  # else events are on their way that the progress has not heard of yet
            last = journal.last_seq
            journal.save_snapshot(SNAPSHOT, last, snapshot(house))

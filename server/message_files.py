"""Voice messages between the line and the archive: where the exchange wrote them, whether anything was said, taken in or dropped.

A message's name is its call's with a number behind it, ``m-20251125-0123456789-1``: whoever finds the file knows whose it is.
"""

from __future__ import annotations

import asyncio
import re
import wave
from array import array
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

from hotline.ids import CallId, RecordingId
from hotline.settings import MessageSettings
from ivr.needs import Said
from recordings.archive import Archive

LOUD = 100
"""A sample of speech goes beyond this (of 32767: -50 dB), however softly somebody speaks; the hiss of a quiet line doesn't."""
LOOKS, BETWEEN_LOOKS_S = 20, 0.1
"""So often a file is looked for, and whether it still grows: the exchange closes it a moment after the caller is gone."""
NAME = re.compile(r"m-(.+)-\d+")


def call_of(recording: RecordingId) -> CallId | None:
    """Whose message it is; None when it is no message's name."""
    found = NAME.fullmatch(recording)
    return CallId(f"c-{found[1]}") if found else None


def day_of(call: CallId) -> str:
    """The archive's folder of a call's recordings."""
    return call[2:10] if call[2:10].isdigit() else "undated"


class MessagesOfTheHouse:
    """:class:`ivr.needs.Messages`. ``spool`` tells the folder the exchange records into."""

    def __init__(self, archive: Archive, spool: Callable[[], Awaitable[Path]], limits: MessageSettings) -> None:
        self._archive = archive
        self._spool = spool
        self._limits = limits

    async def new(self, call: CallId) -> RecordingId:
        """See the protocol."""
        folder = await self._spool()
        return await asyncio.to_thread(self._unused, folder, call)

    async def said(self, recording: RecordingId) -> Said | None:
        """See the protocol: too short or without a voice is nothing."""
        file = await self._file(recording)
        before = -1
        for _ in range(LOOKS):
            size = file.stat().st_size if file.exists() else 0
            if size and size == before:
                break
            before = size
            await asyncio.sleep(BETWEEN_LOOKS_S)
        seconds, peak = await asyncio.to_thread(heard, file)
        if seconds < self._limits.shortest_s or peak < LOUD:
            return None
        return Said(str(file.with_suffix("")), seconds)

    async def keep(self, recording: RecordingId) -> None:
        """See the protocol."""
        await asyncio.to_thread(self._archive.take_in, recording, await self._file(recording))

    async def throw_away(self, recording: RecordingId) -> None:
        """See the protocol."""
        file = await self._file(recording)
        await asyncio.to_thread(file.unlink, missing_ok=True)

    async def left(self) -> list[RecordingId]:
        """Messages that lie where the exchange wrote them: being recorded, or forgotten by a process that died."""
        folder = await self._spool()
        found = await asyncio.to_thread(lambda: [RecordingId(file.stem) for file in folder.glob("m-*.wav")])
        return sorted(recording for recording in found if call_of(recording) is not None)

    async def _file(self, recording: RecordingId) -> Path:
        return await self._spool() / f"{recording}.wav"

    def _unused(self, folder: Path, call: CallId) -> RecordingId:
        names = (RecordingId(f"m-{call[2:]}-{number}") for number in count(1))
        day = day_of(call)
        return next(name for name in names if not (folder / f"{name}.wav").exists() and not self._archive.knows(name, day))


def heard(file: Path) -> tuple[float, int]:
    """Seconds and loudest sample of a mono wav as far as it was written; nothing when there is none."""
    try:
        with wave.open(str(file), "rb") as sound:
            samples = array("h", sound.readframes(sound.getnframes()))
            rate = sound.getframerate()
    except (OSError, EOFError, wave.Error):
        return 0.0, 0
    return len(samples) / rate, max(max(samples, default=0), -min(samples, default=0))

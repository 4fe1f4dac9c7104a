"""Never two of a kind: one ``flock`` per worker, with the holder's name in the file.

ARI does not fence: a second connection for the same application silently takes over. So the line worker holds a lock for its
whole life; who comes second reads who is there and says so.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from hotline.errors import HotlineError

AGAIN_S = 0.05
"""Seconds between two tries to get a lock."""
WIDTH = 80
"""Bytes of what a holder writes about itself."""


EXCHANGE = "exchange"
"""Whoever commands the callers' channels holds this lock: the line worker, or the rescue while no worker is there."""


class HeldByAnother(HotlineError):
    """It is running already:"""

    def __init__(self, name: str, holder: dict[str, Any]) -> None:
        self.holder = holder
        super().__init__(f"{name}, process {holder.get('pid', 'unknown')}; stop it first, or use another runtime folder")


async def hold_when_free(stack: AsyncExitStack, folder: Path, name: str, patience_s: float) -> None:
    """Hold the lock for as long as ``stack`` lives; waits for its holder to go. Raises HeldByAnother after ``patience_s``."""
    tries = max(1, round(patience_s / AGAIN_S))
    for turn in range(tries):
        try:
            stack.enter_context(Lock(folder, name))
            return
        except HeldByAnother:
            if turn == tries - 1:
                raise
        await asyncio.sleep(AGAIN_S)


class Lock:
    """An exclusive lock on ``folder/<name>.lock`` that the kernel gives up when the process dies, however it dies."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._name = name
        self._file = folder / f"{name}.lock"
        self._handle: int | None = None

    def holder(self) -> dict[str, Any]:
        """What the holder wrote about itself: ``pid`` and ``parent``; empty when nobody ever held it."""
        try:
            return dict(json.loads(self._file.read_text()))
        except (OSError, ValueError):
            return {}

    def __enter__(self) -> Lock:
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise HeldByAnother(self._name, self.holder()) from None
        # one write of one length: whoever reads meanwhile sees the holder before or the new one, never half of either
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "parent": os.getppid()}).ljust(WIDTH).encode(), 0)
        self._handle = handle
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

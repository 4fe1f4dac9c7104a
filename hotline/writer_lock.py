"""One writer per journal: a lock file beside SQLite, an advisory lock in PostgreSQL; both vanish with their holder."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, func, select

from hotline.clock import monotonic
from hotline.journal_model import JournalTaken

ADVISORY_LOCK = 12_329_001
"""Any number that nobody else in the database uses."""
_AGAIN_S = 0.05


def lock_file(path: Path, wait_s: float) -> IO[str]:
    """Hold ``path`` alone; the kernel lets go when we die. Raises JournalTaken naming the holder after ``wait_s``."""
    lock = path.open("a+")
    until = monotonic() + wait_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() < until:
                _pause()
                continue
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise JournalTaken(f"process {holder or 'unknown'}") from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        return lock


def lock_server(connection: Connection, wait_s: float) -> None:
    """Hold PostgreSQL's lock as long as ``connection`` lives. Raises JournalTaken after ``wait_s``."""
    until = monotonic() + wait_s
    while not connection.execute(select(func.pg_try_advisory_lock(ADVISORY_LOCK))).scalar():
        connection.rollback()
        if monotonic() >= until:
            raise JournalTaken("a connection to the same PostgreSQL database holds the writer's lock")
        _pause()
    connection.rollback()


def _pause() -> None:
    threading.Event().wait(_AGAIN_S)

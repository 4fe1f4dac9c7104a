"""A small parent without telephony code: it keeps Asterisk and the workers alive, and never two of a kind.

Laws (architecture.md, "Processes"):

* Asterisk runs in a session of its own and outlives us; one already running from our runtime folder is adopted, not doubled.
* A worker that ends is replaced within a second; one that misses its heart-beats is killed (``SIGKILL``) and then replaced.
* A worker whose parent was killed goes on serving; the next supervisor ends it before it starts its own.
* While the line worker is away longer than ``rescue_after``, waiting callers are sent on to the dialplan's own queue.
* Being told to stop (Ctrl-C, SIGTERM) it stops what it started, and nothing else, within three seconds.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

import structlog

from hotline.clock import monotonic
from server.lock import Lock

log = structlog.get_logger("supervisor")

BEAT_LIMIT = 5.0
"""Seconds without a heart-beat after which a worker counts as hung."""
FIRST_BEAT_LIMIT = 30.0
"""The same for a worker that has not beaten yet: it may still be making prompts or reading the journal."""
STOP_LIMIT = 2.0
"""Seconds a worker gets to say goodbye before it is killed."""


class ExchangeLife(Protocol):
    """What the supervisor asks of Asterisk's keeper."""

    def ensure_running(self) -> str:
        """Start it or adopt it; one line saying which."""
        ...

    def alive(self) -> bool:
        """Whether its process lives."""
        ...

    def stop(self) -> None:
        """End it."""
        ...


@dataclass
class Worker:
    """One worker process: what to start, and how it is."""

    name: str
    argv: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    needs_beats: bool = True
    log_file: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    beats: int = -1
    last_beat: float = 0.0
    limit: float = FIRST_BEAT_LIMIT
    starts: int = 0
    next_start: float = 0.0

    def start(self) -> None:
        """Start the process with a pipe for its heart-beats."""
        read, write = os.pipe()
        os.set_blocking(read, False)
        if self.beats >= 0:
            os.close(self.beats)
        out: IO[bytes] | None = self.log_file.open("ab") if self.log_file else None
        self.process = subprocess.Popen(
            self.argv,
            pass_fds=(write,),
            stdin=subprocess.DEVNULL,
            stderr=out,
            env={**os.environ, **self.environment, "HOTLINE_BEATS": str(write)},
            start_new_session=True,  # Ctrl-C of the terminal reaches us only; we tell the workers in order
        )
        if out:
            out.close()
        os.close(write)
        self.beats, self.last_beat, self.limit = read, monotonic(), FIRST_BEAT_LIMIT
        self.starts += 1

    def dead(self) -> bool:
        """Whether there is no living process."""
        return self.process is None or self.process.poll() is not None

    def hung(self, now: float) -> bool:
        """Whether it lives but has not beaten for too long."""
        if self.dead():
            return False
        with suppress(BlockingIOError):
            if os.read(self.beats, 4096):
                self.last_beat, self.limit = now, BEAT_LIMIT
        return self.needs_beats and now - self.last_beat > self.limit

    def tell(self, what: signal.Signals) -> None:
        """Send a signal, if anybody is there to receive it."""
        if self.process is not None and not self.dead():
            with suppress(ProcessLookupError):
                self.process.send_signal(what)

    def wait(self, seconds: float) -> None:
        """Wait for its end, then make sure of it."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Supervisor:
    """Runs until told to stop. ``rescue`` starts the rescue of waiting callers while the line worker is away."""

    def __init__(
        self,
        folder: Path,
        exchange: ExchangeLife,
        workers: list[Worker],
        rescue: Callable[[], None],
        rescue_after: float = 5.0,
        tell: Callable[[str], None] = print,
    ) -> None:
        self._folder = folder
        self._exchange = exchange
        self._workers = workers
        self._rescue = rescue
        self._rescue_after = rescue_after
        self._tell = tell
        self._stopping = False
        self._away_since: float | None = None

    def run(self) -> int:
        """Bring everything up, keep it up, take it down when told. Raises HeldByAnother when one of us is running."""
        with Lock(self._folder, "supervisor"):
            for what in (signal.SIGINT, signal.SIGTERM):
                signal.signal(what, self._stop)
            end_orphans(self._folder, [worker.name for worker in self._workers])
            try:
                self._tell(self._exchange.ensure_running())
                while not self._stopping:
                    self._look()
                    signal.sigtimedwait([signal.SIGCHLD], 0.2)  # a nap that a dying worker ends
            finally:
                self._take_down()
        return 0

    def _stop(self, number: int, frame: object) -> None:
        self._stopping = True

    def _look(self) -> None:
        now = monotonic()
        if not self._exchange.alive():
            log.error("asterisk is gone, starting it again")
            self._tell(self._exchange.ensure_running())
        for worker in self._workers:
            self._look_after(worker, now)
        self._look_for_waiting_callers(now)

    def _look_after(self, worker: Worker, now: float) -> None:
        if worker.hung(now):
            log.error("a worker hangs, ending it", worker=worker.name)
            worker.tell(signal.SIGKILL)
            worker.wait(1.0)
        if worker.dead() and now >= worker.next_start:
            if worker.process is not None:
                log.error("a worker ended, starting it again", worker=worker.name, code=worker.process.returncode)
            quick = now - worker.last_beat < 2.0 and worker.starts > 3
            worker.next_start = now + (2.0 if quick else 0.2)  # one that can't even start is not tried in a tight loop
            worker.start()

    def _look_for_waiting_callers(self, now: float) -> None:
        line = self._workers[0]
        if not line.dead() and line.limit == BEAT_LIMIT:
            self._away_since = None
        elif self._away_since is None:
            self._away_since = now
        elif now - self._away_since > self._rescue_after and line.starts > 1:
            self._away_since = now
            log.warning("the line worker is away, sending waiting callers on")
            self._rescue()

    def _take_down(self) -> None:
        end = monotonic() + STOP_LIMIT
        for worker in reversed(self._workers):
            worker.tell(signal.SIGINT)  # the house closes; SIGTERM would leave the calls to a successor
        for worker in reversed(self._workers):
            worker.wait(end - monotonic())
        self._exchange.stop()


def end_orphans(folder: Path, names: list[str]) -> None:
    """End workers whose supervisor was killed: they served on, now their successor takes over."""
    for name in names:
        lock = Lock(folder, name)
        pid = lock.holder().get("pid")
        if not isinstance(pid, int) or not _is_ours(pid, name):
            continue
        log.warning("ending a worker left by a killed supervisor", worker=name, pid=pid)
        for what in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(pid, what)
            if _gone(pid, STOP_LIMIT):
                break


def _is_ours(pid: int, name: str) -> bool:
    """Whether ``pid`` is still the worker that wrote the lock, not a stranger who got its number."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"server.worker" in command and name.encode() in command


def _gone(pid: int, seconds: float) -> bool:
    end = monotonic() + seconds
    while monotonic() < end:
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or ") Z" in state.read_text():
            return True
        signal.sigtimedwait([signal.SIGCHLD], 0.02)
    return False

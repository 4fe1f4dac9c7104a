"""The supervisor with real, small processes in place of Asterisk and the workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough

BEATING = """import signal; signal.signal(signal.SIGPIPE, signal.SIG_IGN)
while True:
    try: os.write(beats, b'.')
    except OSError: pass
    time.sleep(0.2)"""
SILENT_LATER = "os.write(beats, b'.'); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: os.write(beats, b'.'); time.sleep(0.2)"

HARNESS = """
import os, subprocess, sys
from pathlib import Path
import server.supervisor as s
s.BEAT_LIMIT = 1.0
folder = Path(sys.argv[1]); body = sys.argv[2]
class Exchange:
    process = None
    def ensure_running(self):
        self.process = subprocess.Popen(["sleep", "600"], start_new_session=True)
        (folder / "exchange").write_text(str(self.process.pid))
        return "exchange started"
    def alive(self):
        return self.process.poll() is None
    def stop(self):
        self.process.kill(); self.process.wait()
worker = s.Worker("line", [sys.executable, str(folder / "worker.py"), "server.worker", "line"])
def rescue():
    with (folder / "rescued").open("a") as f: f.write("x")
sys.exit(s.Supervisor(folder, Exchange(), [worker], rescue, rescue_after=0.5).run())
"""

WORKER = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, {house!r})
from server.lock import Lock
folder = Path({folder!r})
beats = int(os.environ["HOTLINE_BEATS"])
with Lock(folder, "line"):
    with (folder / "starts").open("a") as f: f.write(str(os.getpid()) + "\\n")
    {body}
"""


def wait_for(what: Callable[[], object], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextmanager
def supervised(folder: Path, body: str) -> Iterator[subprocess.Popen[bytes]]:
    house = str(Path(__file__).parents[2])
    lines = body.replace("\n", "\n    ")
    (folder / "worker.py").write_text(WORKER.format(house=house, folder=str(folder), body=lines))
    process = subprocess.Popen([sys.executable, "-c", HARNESS, str(folder), body], cwd=house, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: pids(folder))
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
        for pid in [*pids(folder), exchange(folder)]:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def pids(folder: Path) -> list[int]:
    file = folder / "starts"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def exchange(folder: Path) -> int:
    return int((folder / "exchange").read_text())


def alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and ") Z" not in state.read_text()


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with supervised(tmp_path, BEATING):
        os.kill(pids(tmp_path)[0], signal.SIGKILL)
        wait_for(lambda: len(pids(tmp_path)) == 2)
        assert not alive(pids(tmp_path)[0])
        assert alive(pids(tmp_path)[1])


def test_a_worker_that_hangs_is_killed_before_another_starts(tmp_path: Path) -> None:
    with supervised(tmp_path, SILENT_LATER):
        wait_for(lambda: len(pids(tmp_path)) == 2)
        assert not alive(pids(tmp_path)[0])


def test_told_to_stop_it_stops_what_it_started_and_nothing_else(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        with supervised(tmp_path, BEATING) as supervisor:
            first, asterisk = pids(tmp_path)[0], exchange(tmp_path)
            supervisor.send_signal(signal.SIGINT)
            assert supervisor.wait(10) == 0
            assert not alive(first)
            assert not alive(asterisk)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_worker_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    with supervised(tmp_path, STUBBORN) as supervisor:
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(10) == 0
        assert not alive(pids(tmp_path)[0])


def test_a_second_supervisor_names_the_first_and_goes(tmp_path: Path) -> None:
    with supervised(tmp_path, BEATING) as first:
        second = subprocess.run(
            [sys.executable, "-c", HARNESS, str(tmp_path), ""], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=30
        )
        assert second.returncode != 0
        assert f"process {first.pid}" in second.stderr
        assert len(pids(tmp_path)) == 1


def test_after_kill_9_the_worker_serves_on_until_the_next_supervisor_takes_over(tmp_path: Path) -> None:
    with supervised(tmp_path, BEATING) as first:
        first.kill()
        first.wait()
        orphan = pids(tmp_path)[0]
        time.sleep(0.5)
        assert alive(orphan)
        os.kill(exchange(tmp_path), signal.SIGKILL)
        with supervised(tmp_path, BEATING):
            wait_for(lambda: len(pids(tmp_path)) == 2)
            assert not alive(orphan)
            assert json.loads((tmp_path / "line.lock").read_text())["pid"] == pids(tmp_path)[1]


def test_waiting_callers_are_rescued_while_the_line_worker_is_away(tmp_path: Path) -> None:
    with supervised(tmp_path, BEATING):
        (tmp_path / "worker.py").write_text("import sys; sys.exit(1)")
        os.kill(pids(tmp_path)[0], signal.SIGKILL)
        wait_for(lambda: (tmp_path / "rescued").exists())


def test_a_dead_asterisk_is_started_again(tmp_path: Path) -> None:
    with supervised(tmp_path, BEATING):
        first = exchange(tmp_path)
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: exchange(tmp_path) != first)

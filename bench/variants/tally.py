"""What a variant notes while it runs: the same few appends in all of them, so that noting costs each the same.

Standard library only: the yardsticks run it in a venv of their own.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

PIN = os.environ.get("BENCH_PIN", "428571")
"""The constant that the six digits are compared with: invented for the bench, not anybody's."""


class Tally:
    """Counts and times of one run. Times are wall microseconds, comparable with the keypad's on the same machine."""

    def __init__(self) -> None:
        self.right = self.wrong = self.lost = 0
        self.commands: list[int] = []
        self.keys: list[tuple[str, int, int]] = []

    def key(self, caller: str, nth: int) -> None:
        """The dialog has the ``nth`` digit (from 0) of ``caller`` in its hands."""
        self.keys.append((caller, nth, time.time_ns() // 1000))

    def command(self, since_ns: int) -> None:
        """A command sent at ``since_ns`` (``time.monotonic_ns``) has been answered."""
        self.commands.append((time.monotonic_ns() - since_ns) // 1000)

    def timed(self, function: Callable[..., T], *args: Any, **named: Any) -> T:
        """Call and note how long it took."""
        since = time.monotonic_ns()
        result = function(*args, **named)
        self.command(since)
        return result

    def verdict(self, keyed: str) -> bool:
        """Count the call and say whether the PIN was right."""
        if keyed == PIN:
            self.right += 1
            return True
        self.wrong += 1
        return False

    def write(self, path: Path) -> None:
        """Everything noted, as JSON."""
        path.write_text(json.dumps({
            "right": self.right, "wrong": self.wrong, "lost": self.lost, "commands": self.commands, "keys": self.keys,
        }))  # fmt: skip


class Noted(Protocol):
    """What can be written at the end."""

    def write(self, path: Path) -> None:
        """As JSON."""
        ...


def say_ready() -> None:
    """Tell the bench that calls may come."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def write_on_terminate(tally: Noted, path: Path) -> None:
    """On SIGTERM write the tally and leave at once: for the threaded yardsticks, which have no orderly end."""

    def leave(*_: object) -> None:
        tally.write(path)
        os._exit(0)

    signal.signal(signal.SIGTERM, leave)

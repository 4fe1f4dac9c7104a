"""Yardstick: the measured call with pyst2 0.5.1's AGI over FastAGI, a thread per call.

pyst2 installs a signal handler in each AGI (main thread only) and writes every command and answer, the PIN among them, to
stderr; both are switched off from outside. Its own FastAGI server can't be imported on Python 3, so the sockets are ours.

    python -m bench.variants.pyst --port 15395 --prompt FILE --out tally.json
"""

from __future__ import annotations

import argparse
import io
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import asterisk.agi as agi_module  # type: ignore[import-not-found]

from bench.variants.tally import Tally, say_ready, write_on_terminate

agi_module.signal = SimpleNamespace(signal=lambda *_: None, SIGHUP=1)


class Nowhere(io.TextIOBase):
    """Takes what pyst2 would print."""

    def write(self, text: str) -> int:
        """Forget it."""
        return len(text)


def serve(link: socket.socket, prompt: str, tally: Tally) -> None:
    """One call, straight down."""
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with link, link.makefile("r", encoding="utf-8") as reading, link.makefile("w", encoding="utf-8") as writing:
        try:
            agi = agi_module.AGI(stdin=reading, stdout=writing, stderr=Nowhere())
            caller = agi.env["agi_callerid"]
            agi.answer()
            since = time.monotonic_ns()
            agi.execute("NOOP")
            tally.command(since)
            keys = agi.get_data(prompt, 5000, 6)
            tally.key(caller, 5)
            agi.appexec("Hangup", "16" if tally.verdict(keys) else "21")
        except (agi_module.AGIError, OSError):
            tally.lost += 1


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    for name in ("port", "prompt", "out"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    tally = Tally()
    write_on_terminate(tally, Path(given.out))
    listen(int(given.port), partial(serve, prompt=given.prompt, tally=tally), say_ready)


def listen(port: int, serve_call: Callable[[socket.socket], None], ready: Callable[[], None]) -> None:
    """A thread per call, for ever."""
    with socket.create_server(("127.0.0.1", port), backlog=512) as server:
        ready()
        while True:
            threading.Thread(target=serve_call, args=(server.accept()[0],), daemon=True).start()


if __name__ == "__main__":
    main()

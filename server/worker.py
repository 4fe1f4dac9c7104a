"""``python -m server.worker KIND``: one worker process, with its lock, its heart-beat and its log.

``line`` is the telephony, the menus and the floor; ``web`` the pages in the browser; ``sms`` the texts; ``robots`` the demo's callers
and seats. A worker whose supervisor was killed goes on: nobody reads its heart-beats then, and the next supervisor takes over.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress

import structlog
import uvloop

from server.lock import HeldByAnother, Lock
from server.log_file import LogFile, log_as_json
from server.places import Places, find_places

BEAT_EVERY = 1.0

log = structlog.get_logger("worker")


Work = Callable[[Places, asyncio.Event], Coroutine[None, None, None]]
"""What a worker does until it is cancelled, or ends by itself after ``closing`` is set."""


def main() -> int:
    """Run the worker named on the command line until told to stop; 75 when it runs already."""
    kind = sys.argv[1]
    return run(kind, _work_of(kind))


def run(kind: str, work: Work) -> int:
    """Be the worker ``kind``; its exit code."""
    log_as_json(LogFile())
    places = find_places()
    try:
        with Lock(places.run, kind):
            uvloop.run(_until_told(places, work))
    except HeldByAnother as error:
        log.error("it runs already", holder=error.holder.get("pid"))
        return 75
    return 0


def _work_of(kind: str) -> Work:
    """Imported late: the line worker must not load what only others need."""
    if kind == "line":
        from server.line_worker import serve

        return serve
    if kind == "web":
        from server.web_worker import serve as serve_pages

        return serve_pages
    if kind == "robots":
        from server.robots_worker import crowd

        return crowd
    if kind == "sms":
        from server.sms_worker import carry

        return carry
    raise SystemExit(f"there is no worker {kind!r}; there are line, web, sms and robots")


async def _until_told(places: Places, work: Work) -> None:
    """SIGTERM: end now, the calls stay with Asterisk for our successor. SIGINT: the house closes, end the calls first."""
    loop = asyncio.get_running_loop()
    leave, closing = asyncio.Event(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, leave.set)
    loop.add_signal_handler(signal.SIGINT, closing.set)
    working = loop.create_task(work(places, closing))
    beating = loop.create_task(_beat())
    leaving = loop.create_task(leave.wait())
    await asyncio.wait([working, leaving], return_when=asyncio.FIRST_COMPLETED)
    for task in (working, beating, leaving):
        task.cancel()
    await asyncio.wait([working, beating, leaving])
    if not working.cancelled():
        working.result()


async def _beat() -> None:
    """A byte a second says that the loop turns."""
    pipe = int(os.environ.get("HOTLINE_BEATS", "-1"))
    while True:
        with suppress(OSError):  # the supervisor was killed: we go on, unsupervised
            os.write(pipe, b".")
        await asyncio.sleep(BEAT_EVERY)


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    sys.exit(main())

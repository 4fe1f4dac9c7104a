"""A loss in Python before 3.13, made good: a TaskGroup whose child fails in the moment in which its owner is cancelled raises the
child's failure only, and an owner who goes on after failures would never hear that he was told to end.
"""

from __future__ import annotations

import asyncio


def heed_cancellation() -> None:
    """Raise CancelledError when the running task was cancelled, whatever was raised since: for loops that go on after failures."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError

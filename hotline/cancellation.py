"""A loss in Python before 3.13, kept away from us: a TaskGroup whose child fails in the moment in which its owner is cancelled raises
the child's failure only, and an owner who goes on after failures would never hear that he was told to end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def apart(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` returns or raises, done in a task of its own: who awaits this always hears his own cancellation, and ends it."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait([task])
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
    return task.result()

"""Phones for the tests of this room: short timers, ports of this suite's own range."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from robots.phone import Phone
from robots.timers import Timers

QUICK = Timers(t1=0.02, t2=0.15, t4=0.15)
"""Timers a twenty-fifth as long as real ones, so that losses heal at once."""

Plug = Callable[..., Any]


@pytest_asyncio.fixture
async def plug() -> AsyncIterator[Plug]:
    """``await plug(user="a")`` gives a phone that is plugged out after the test."""
    async with AsyncExitStack() as stack:

        async def plugged(kind: type[Phone] = Phone, **options: Any) -> Phone:
            return await stack.enter_async_context(kind(**{"timers": QUICK, "rtp_ports": (22000, 22499), **options}))

        yield plugged


@pytest.fixture
def sound() -> Callable[[float, int], Any]:
    """A murmur of so many seconds; equal seeds, equal sound."""
    from robots.tones import murmur

    return lambda seconds, seed=1: murmur(seconds, seed)

"""Who is told to end ends, even when something fails in the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hotline.clock import SystemClock
from hotline.secret import Secret
from telephony.ami import AmiAddress, AmiLink
from telephony.ari import AriSwitch
from telephony.ari_link import AriAddress, AriLink

AMI = AmiAddress("127.0.0.1", 1, "hotline", Secret("roter-Fuchs"))


def ami_link() -> AmiLink:
    return AmiLink(AMI, lambda event: None)


def ari_link() -> AriLink:
    return AriSwitch(AriAddress("127.0.0.1", 1, "hotline", Secret("roter-Fuchs")), AMI, Path("/nowhere"), SystemClock()).link


class Breaking:
    """In place of what an object does until it is cancelled: a group of tasks one of which fails when told to."""

    def __init__(self) -> None:
        self.breaks = asyncio.Event()
        self.begun = asyncio.Event()

    async def __call__(self, *_: object) -> Any:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._child())

    async def _child(self) -> None:
        self.begun.set()
        await self.breaks.wait()
        raise ConnectionError("cut")


@pytest.mark.parametrize("make", [ami_link, ari_link])
async def test_a_link_that_breaks_while_it_is_cancelled_ends(make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    link, breaking = make(), Breaking()

    async def connection() -> str:
        try:
            await breaking()
        except* ConnectionError:
            pass
        return "cut"

    monkeypatch.setattr(link, "_connection", connection)
    task: asyncio.Task[None] = asyncio.create_task(link.run())
    await breaking.begun.wait()
    breaking.breaks.set()
    task.cancel()
    await asyncio.wait([task], timeout=2)
    ended = task.done()
    task.cancel()
    assert ended
    assert task.cancelled()

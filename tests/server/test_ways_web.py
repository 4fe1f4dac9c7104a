"""A handful of walks over a real socket to the real server: word for word what the rehearsal without telephone says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from agent_console.app import make_app
from agent_console.rehearsal.wire import Begin, Told
from agent_console.serving import serve
from asterisk_conf.testing import free_port
from hotline.clock import SystemClock
from hotline.settings import Settings, WebSettings
from server.rehearsal import Rehearsal
from server.rehearsal_hall import BrowserWalk, masked
from tests.server.test_ways_real import SOMEBODY, WALKS, rehearsal, rehearsed
from tests.server.ways import OneStage, version_in

MENUS = version_in(Path("/nowhere"))
SHORT_S = 0.05
"""Every sound lasts so long here."""


class QuickStage(OneStage):
    """A hall whose walks are those of test_ways_real, with short sounds."""

    def walk(self, name: str, choice: Begin, tell: Callable[[Told], None]) -> BrowserWalk:
        @asynccontextmanager
        async def stage(choice: Begin) -> AsyncIterator[Rehearsal]:
            yield rehearsal(MENUS, SystemClock())

        return BrowserWalk(name, choice, SOMEBODY, stage, tell, lambda sound: SHORT_S)


@asynccontextmanager
async def served(web: WebSettings | None = None) -> AsyncIterator[str]:
    """The pages on a free port; the address of the rehearsal's line."""
    settings = Settings(web=web or WebSettings(port=free_port()))
    closing = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(serve(make_app(settings, QuickStage(), lambda: {"ok": True}), settings.web, closing))
        while not await answers(settings.web.port):
            await asyncio.sleep(0.05)
        try:
            yield f"ws://127.0.0.1:{settings.web.port}/rehearsal/line"
        finally:
            closing.set()
            await serving


async def answers(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def connecting(address: str, **more: Any) -> connect:
    """To a line, as a page of ours."""
    return connect(address, origin=address.partition("/rehearsal")[0].replace("ws", "http"), **more)  # type: ignore[arg-type]


async def walk(address: str, steps: Sequence[str]) -> list[str]:
    """What a polite caller at a page is told."""
    told: list[str] = []
    todo, coming = list(steps), 0
    clips: list[dict[str, Any]] = []
    async with connecting(address) as line:
        await line.send('{"kind":"begin"}')
        async for frame in line:
            said = json.loads(frame)
            match said["kind"]:
                case "said":
                    clips = said["clips"]
                    told.append(f"said {''.join(clip['words'] for clip in clips)} {{}}")
                case "noted":
                    told.append(f"event {said['name']} {said['fields']}")
                case "ended":
                    told.append(f"end {said['how']} {{}}")
                case "waiting" if coming:
                    coming -= 1
                case "waiting" if todo:
                    keys = todo.pop(0)
                    coming = 0
                    for key in keys:
                        await line.send(json.dumps({"kind": "key", "key": key}))
    return told


@pytest.mark.thorough
@pytest.mark.parametrize("name", WALKS)
async def test_over_a_real_websocket_the_walk_is_the_rehearsals(name: str) -> None:
    expected = await asyncio.to_thread(rehearsed, MENUS, WALKS[name], masked)
    async with served() as address, asyncio.timeout(60):
        told = await walk(address, WALKS[name])
    assert told == expected
    assert told[-1].startswith("end agent")


async def test_a_frame_that_is_too_long_ends_that_socket_only() -> None:
    async with served() as address, connecting(address) as good, connecting(address) as bad:
        for line in (good, bad):
            await line.send('{"kind":"begin"}')
            assert json.loads(await line.recv())["kind"] == "begun"
        await bad.send('{"kind":"key","key":"' + "1" * 5000 + '"}')
        with pytest.raises(ConnectionClosed):
            async for _ in bad:
                pass
        await good.send('{"kind":"leave"}')
        last = [json.loads(frame) async for frame in good][-1]
    assert last["how"] == "hung_up"


async def test_a_page_from_elsewhere_is_refused_before_it_is_heard() -> None:
    async with served() as address:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(address, origin="http://evil.example"):  # type: ignore[arg-type]
                pass
    assert refused.value.response.status_code == 403


@pytest.mark.thorough
async def test_a_port_that_is_taken_is_taken_over_when_it_is_free() -> None:
    port = free_port()
    async with asyncio.timeout(20):
        async with served(WebSettings(port=port)):
            settings = WebSettings(port=port)
            closing = asyncio.Event()
            second = asyncio.create_task(serve(make_app(Settings(web=settings), QuickStage(), lambda: {"ok": True}), settings, closing))
            await asyncio.sleep(0.2)
            assert not second.done()
        while not await answers(port):
            await asyncio.sleep(0.1)
        closing.set()
        await second


async def test_an_open_page_does_not_keep_the_house_from_closing() -> None:
    async with asyncio.timeout(5):
        async with served() as address:
            line = await connecting(address)
            await line.send('{"kind":"begin"}')
            await line.recv()
        with pytest.raises(ConnectionClosed):
            async for _ in line:
                pass
            await line.recv()

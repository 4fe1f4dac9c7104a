"""The control socket: only for its owner, one bad request harms nobody, a watcher hears until the end."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hotline.errors import HotlineError
from server.control import NobodyThere, ask, listen, serve


async def answer(request: dict[str, Any]) -> dict[str, Any]:
    if request["do"] == "fail":
        raise HotlineError("no such seat")
    return {"ok": request["do"]}


async def watch() -> AsyncIterator[dict[str, Any]]:
    for number in range(3):
        yield {"line": number}


async def test_a_question_is_answered(tmp_path: Path) -> None:
    async with serve(tmp_path / "s", answer, watch):
        assert await asyncio.to_thread(ask, tmp_path / "s", {"do": "seats"}) == {"ok": "seats"}


async def test_a_question_that_cannot_be_answered_says_why(tmp_path: Path) -> None:
    async with serve(tmp_path / "s", answer, watch):
        with pytest.raises(HotlineError, match="no such seat"):
            await asyncio.to_thread(ask, tmp_path / "s", {"do": "fail"})


@pytest.mark.parametrize("line", [b"not json\n", b"[]\n", b"{}\n", b'"text"\n', b"\xff\n"])
async def test_a_malformed_request_is_refused_and_the_next_one_served(tmp_path: Path, line: bytes) -> None:
    async with serve(tmp_path / "s", answer, watch):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
        writer.write(line)
        assert b"error" in await reader.readline()
        writer.close()
        assert await asyncio.to_thread(ask, tmp_path / "s", {"do": "seats"}) == {"ok": "seats"}


async def test_a_watcher_hears_line_after_line(tmp_path: Path) -> None:
    async with serve(tmp_path / "s", answer, watch):

        def three() -> list[Any]:
            lines = listen(tmp_path / "s")
            return [next(lines)["line"] for _ in range(3)]

        assert await asyncio.to_thread(three) == [0, 1, 2]


async def test_only_the_owner_may_use_the_socket(tmp_path: Path) -> None:
    async with serve(tmp_path / "s", answer, watch):
        assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600
    assert not (tmp_path / "s").exists()


async def test_closing_ends_terminals_that_still_listen(tmp_path: Path) -> None:
    async def for_ever() -> AsyncIterator[dict[str, Any]]:
        await asyncio.Event().wait()
        yield {}

    async with asyncio.timeout(5):
        async with serve(tmp_path / "s", answer, for_ever):
            _, writer = await asyncio.open_unix_connection(tmp_path / "s")
            writer.write(b'{"do": "watch"}\n')
            await asyncio.sleep(0)


def test_where_nobody_serves_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(NobodyThere, match="hotline run"):
        ask(tmp_path / "none", {"do": "seats"})

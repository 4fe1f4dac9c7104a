"""The addresses of the rehearsal: the page, the sounds of its prompts, its line (a WebSocket) and the transcripts."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, WebSocket, get, websocket
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from agent_console.assets import FOR_EVER
from agent_console.needs import Hall
from agent_console.rehearsal.booth import Booths
from ivr.menu_show import ACTIONS, LOGINS, forest

KEYS = (
    ("1", ""), ("2", ""), ("3", ""),
    ("4", ""), ("5", ""), ("6", ""),
    ("7", ""), ("8", ""), ("9", "主菜单"),
    ("*", "返回"), ("0", "人工"), ("#", "重听/结束"),
)  # fmt: skip
"""The keys of a telephone in their places, with what each means everywhere (ivr/manners.py)."""


class RehearsalPages(Controller):
    """Everything below ``/rehearsal``."""

    path = "/rehearsal"

    @get("/")
    async def page(self, hall: NamedDependency[Hall]) -> Template:
        """The page."""
        version = hall.menu()
        missing = len(version.prompts.missing())
        slow = version.menu.slow
        keys = [(key, slow.name if key == slow.key and not words else words) for key, words in KEYS]
        context: dict[str, Any] = {
            "menu": version.menu, "label": version.label, "trees": forest(version.menu), "actions": ACTIONS, "logins": LOGINS,
            "clips": len(version.prompts.clips), "missing": missing, "people": hall.people(), "scenes": hall.scenes(), "keys": keys,
        }  # fmt: skip
        return Template("rehearsal.html", context=context)

    @get("/sounds/{name:str}", sync_to_thread=True)
    def sound(self, hall: NamedDependency[Hall], name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
        """A prompt's sound, 8 kHz mono WAV. Its name changes with its content, so a browser keeps it."""
        file = hall.sound(name.removesuffix(".wav"))
        if file is None:
            raise NotFoundException("no such sound")
        etag = f'"{file.stem}-{file.stat().st_mtime_ns:x}"'
        headers = {"ETag": etag, "Cache-Control": FOR_EVER if "-" in file.stem else "no-cache"}
        if request.headers.get("if-none-match") == etag:
            return Response(b"", status_code=304, headers=headers)
        return Response(file.read_bytes(), media_type="audio/wav", headers=headers)

    @get("/transcripts/{name:str}")
    async def transcript(self, booths: NamedDependency[Booths], name: FromPath[str]) -> Response[str]:
        """A walk's transcript, as ``hotline dial -o text`` prints it."""
        text = booths.transcript(name.removesuffix(".txt"))
        if text is None:
            raise NotFoundException("no such transcript, or no longer")
        headers = {"Content-Disposition": 'attachment; filename="12329-rehearsal.txt"'}
        return Response(text, media_type="text/plain", headers=headers)

    @websocket("/line")
    async def line(self, booths: NamedDependency[Booths], socket: WebSocket[Any, Any, Any]) -> None:
        """One rehearsal (agent_console/rehearsal/wire.py)."""
        await booths.attend(socket)

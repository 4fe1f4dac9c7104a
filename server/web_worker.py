"""The web worker: the pages in the browser, in a process of their own. It holds no caller's line, so it may die without a call noticing."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from typing import Any

from agent_console.app import make_app
from agent_console.serving import serve as serve_app
from hotline.clock import SystemClock
from server.places import Places
from server.rehearsal import rehearsal_copies
from server.rehearsal_hall import RehearsalHall


async def serve(places: Places, closing: asyncio.Event) -> None:
    """Serve the pages until ``closing`` is set or we are cancelled. Raises ConfigError when there is no menu to show."""
    shutil.rmtree(rehearsal_copies(places), ignore_errors=True)
    hall = RehearsalHall(places, SystemClock())
    await serve_app(make_app(places.settings, hall, lambda: _health(hall)), places.settings.web, closing)


def _health(hall: RehearsalHall) -> Mapping[str, Any]:
    """There is a menu to walk, or the worker would not have started."""
    version = hall.menu()
    return {"ok": True, "menu": version.label, "nodes": len(version.menu.nodes)}

"""The one HTTP app of the house: what is where, put together once.

Rooms have no routes of their own; a part of the console brings a controller and is named here. What it needs of the house it is handed
(:mod:`agent_console.needs`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar, Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Redirect
from litestar.template.config import TemplateConfig
from litestar.types import ASGIApp

from agent_console.assets import Assets
from agent_console.guard import Guard
from agent_console.needs import Hall, Health
from agent_console.rehearsal.booth import Booths
from agent_console.rehearsal.pages import RehearsalPages
from hotline.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"

log = structlog.get_logger("web")


def make_app(settings: Settings, hall: Hall, health: Health) -> ASGIApp:
    """The app behind its guard."""
    assets = Assets()
    booths = Booths(hall, settings.web.rehearsals, settings.web.rehearsal_idle_s)
    handed: dict[str, Any] = {"hall": hall, "booths": booths, "assets": assets, "health": health}
    inner = Litestar(
        [front_door, healthz, static, RehearsalPages],
        dependencies={name: Provide(_giving(thing), sync_to_thread=False) for name, thing in handed.items()},
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(_environment(settings, assets))),
        exception_handlers={HTTPException: _refuse, Exception: _refuse},
        openapi_config=None,
        logging_config=None,
    )
    host = settings.web.host
    return Guard(inner, (f"[{host}]" if ":" in host else host, *settings.web.names))


@get("/", include_in_schema=False)
async def front_door() -> Redirect:
    """So far there is one page."""
    return Redirect("/rehearsal")


@get("/healthz")
async def healthz(health: NamedDependency[Health], booths: NamedDependency[Booths]) -> Response[dict[str, Any]]:
    """Whether the pages can be served: 200, or 503 with what is missing."""
    state = dict(health())
    return Response({**state, "rehearsals": booths.busy}, status_code=200 if state.get("ok") else 503)


@get("/static/{name:str}")
async def static(assets: NamedDependency[Assets], name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """A style, script or picture."""
    asset = assets.find(name)
    if asset is None:
        raise NotFoundException("no such file")
    headers = {"ETag": asset.etag, "Cache-Control": asset.keep}
    if request.headers.get("if-none-match") == asset.etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(asset.body, media_type=asset.media_type, headers=headers)


def _environment(settings: Settings, assets: Assets) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(asset=assets.url, centre=settings.centre)
    return environment


def _giving(thing: object) -> Any:
    return lambda: thing


def _refuse(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """A refusal in a line; it repeats nothing of what was asked."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status >= 500:
        log.error("a page failed", path=request.url.path, exc_info=error)
    words = error.detail if isinstance(error, HTTPException) and status < 500 else "页面出错"
    return Response(f"{status} {words}\n", media_type="text/plain", status_code=status)

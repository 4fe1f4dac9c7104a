"""Whole-call stories: real Asterisk, a real line worker as a process of its own, real SIP phones with RTP.

Stories that do not disturb each other share one hotline per module (fixture ``story``; the module's ``SETTINGS`` are its own).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hotline_under_test import Hotline, running_hotline
from stories.story import Story, at_the_end


@pytest.fixture
async def hotline(tmp_path: Path) -> AsyncIterator[Hotline]:
    """A hotline with two seats, staffed at any hour, prompts made."""
    async with running_hotline(tmp_path) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def centre(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hotline]:
    """The module's hotline, with the module's ``SETTINGS`` and ``WORKER``."""
    settings, worker = getattr(request.module, "SETTINGS", {}), getattr(request.module, "WORKER", ("server.worker", "line"))
    async with running_hotline(tmp_path_factory.mktemp("centre"), worker=worker, **settings) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def story(centre: Hotline) -> AsyncIterator[Story]:
    """One story; when it is told no channel, bridge, call or busy seat may be left, and nobody may have complained."""
    told = Story(centre)
    yield told
    await at_the_end(told)

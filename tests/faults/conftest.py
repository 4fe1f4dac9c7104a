"""Fault tests of one file share one hotline: what one test leaves behind, the next one stumbles over."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from faults.scenes import Scene, scene


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A hotline for all tests of a file."""
    async with scene(tmp_path_factory.mktemp("faults")) as running:
        yield running

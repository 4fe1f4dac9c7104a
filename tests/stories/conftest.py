"""Whole-call stories: real Asterisk, a real line worker as a process of its own, real SIP phones with RTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hotline_under_test import Hotline, running_hotline


@pytest.fixture
async def hotline(tmp_path: Path) -> AsyncIterator[Hotline]:
    """A hotline with two seats, staffed at any hour, prompts made."""
    async with running_hotline(tmp_path) as running:
        yield running

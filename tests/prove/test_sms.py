"""100,000 messages through a relay that is killed again and again, over links that are cut, to a gateway with every fault there is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sms_bridge.relay.test_kills import EVERY_FAULT, LINKS, WINDOW, judge, torture


@pytest.mark.prove
async def test_a_hundred_thousand_messages_with_cuts_kills_and_every_fault(tmp_path: Path, evidence: Callable[..., None]) -> None:
    found = await torture(tmp_path, 100_000, 40, EVERY_FAULT, 1800)
    evidence(seed=12329, links=LINKS, window=WINDOW, **found)
    judge(found)

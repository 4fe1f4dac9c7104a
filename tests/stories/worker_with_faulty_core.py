"""``python -m stories.worker_with_faulty_core``: the line worker as it is, in front of a fund core that fails as a story wants it.

What goes wrong stands in ``faults.json`` of the runtime folder, by depositor: ``{"d000001": {"fault": "SILENT", "delay_s": 4}}``;
it is read anew for every question. Logins are not disturbed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from fund_core.fake import FakeCore, Fault
from fund_core.model import Account
from fund_core.people import demo_depositors
from hotline.ids import DepositorId
from server.line_worker import serve
from server.places import Places
from server.worker import run

FAULTS = "faults.json"


class FaultyCore(FakeCore):
    """Everybody's account fails in its own way."""

    def __init__(self, places: Places) -> None:
        super().__init__(demo_depositors(count=places.settings.core.depositors))
        self._faults = places.runtime / FAULTS

    async def account(self, depositor: DepositorId, which: int = 0) -> Account:
        """See the port."""
        asked = FakeCore(self.people)
        fault = faults_of(self._faults).get(depositor, {})
        asked.fault = Fault[fault["fault"]] if "fault" in fault else None
        asked.delay_s = fault.get("delay_s", 0.0)
        return await asked.account(depositor, which)


def faults_of(file: Path) -> dict[str, dict[str, float | str]]:
    """What is to go wrong now."""
    return json.loads(file.read_text()) if file.exists() else {}


async def _serve(places: Places, closing: asyncio.Event) -> None:
    await serve(places, closing, FaultyCore(places))


if __name__ == "__main__":
    sys.exit(run("line", _serve))

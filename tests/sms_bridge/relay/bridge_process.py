"""The relay as a process of its own, for tests that kill it: `python -m tests.sms_bridge.relay.bridge_process FOLDER PORT LINKS`."""

from __future__ import annotations

import sys
from pathlib import Path

from sms_bridge.process import Installation, run_bridge
from tests.sms_bridge.relay.house import KEY, NAME, SECRET, SIGNATURE, by_day

SETTINGS = """
report_wait_s = {wait}
tries = 30
[[account]]
name = "{name}"
protocol = "cmpp30"
port = {port}
links = {links}
window = {window}
answer_s = 0.5
tries = 2
"""


def installation(folder: Path, port: int, links: int, window: int, wait: float = 0.5) -> Installation:
    """A bridge in ``folder``."""
    settings = folder / "sms.toml"
    if not settings.exists():
        settings.write_text(SETTINGS.format(name=NAME, port=port, links=links, window=window, wait=wait))
    return Installation(f"sqlite:///{folder / 'sms.db'}", KEY, lambda name: SECRET, folder / "relay.lock", settings, SIGNATURE)


if __name__ == "__main__":
    run_bridge(installation(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])), by_day())

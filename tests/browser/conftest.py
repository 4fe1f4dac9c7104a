"""The pages as a worker process serves them, and a browser to look at them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from asterisk_conf.testing import free_port
from asterisk_conf.toolbox import Program
from hotline.clock import monotonic
from ivr.version import open_version
from robots.tones import murmur
from robots.wav import write_wav
from server.opening import menu_files
from server.places import find_places
from tests.browser.cdp import HOUSE, Page, browser_or_skip, open_page

SOUND_S = 0.35
PEOPLE = 5


@dataclass
class Pages:
    """A web worker. ``address`` of its pages."""

    address: str
    config: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is well."""
        environment = {**os.environ, "HOTLINE_CONFIG": str(self.config), "PYTHONPATH": str(HOUSE)}
        with (self.config.parent / "web.log").open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "server.worker", "web"], cwd=HOUSE, env=environment, stderr=log)
        until = monotonic() + 20
        while not self.health():
            assert monotonic() < until, (self.config.parent / "web.log").read_text()
            assert self.process.poll() is None, (self.config.parent / "web.log").read_text()

    def kill(self) -> None:
        """End it at once."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def health(self) -> bytes:
        """What it says of itself; empty when it doesn't."""
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return bytes(answer.read())
        except (urllib.error.URLError, OSError):
            return b""


@pytest.fixture(scope="session")
def browser() -> Program:
    """Chromium, or the test is skipped."""
    return browser_or_skip()


@pytest.fixture(scope="module")
def pages(browser: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The pages of a small centre whose every sound is a short murmur."""
    folder = tmp_path_factory.mktemp("pages")
    port = free_port()
    config = folder / "hotline.toml"
    runtime = f'[runtime]\nfolder = "{folder / "var"}"\n[core]\ndepositors = {PEOPLE}\n'
    config.write_text(f"{runtime}[web]\nport = {port}\n[login]\nverdict_after_s = 0.3\n")
    places = find_places(config)
    prompts = open_version(menu_files(places), places.settings.speech).prompts
    write_wav(folder / "murmur.wav", murmur(SOUND_S))
    for file in (prompts.pause, *(clip.file for clip in prompts.every_clip())):
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / "murmur.wav", file)
    served = Pages(f"http://127.0.0.1:{port}", config)
    served.start()
    yield served
    served.kill()


@pytest_asyncio.fixture
async def page(browser: Program) -> AsyncIterator[Page]:
    """A page of a fresh browser; at the end its console must have had nothing to complain about."""
    async with open_page(browser) as page:
        yield page
        assert page.complaints == []

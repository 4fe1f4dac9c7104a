"""A small centre with its pages, in a folder of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from litestar.types import ASGIApp

from agent_console.app import make_app
from hotline.clock import HandClock
from hotline.vault import Vault
from server.opening import open_core
from server.places import Places, find_places
from server.rehearsal_hall import RehearsalHall
from telephony.virtual_time import LoopClock

PEOPLE = 5
MONDAY_NOON = HandClock(wall=1_763_956_800_000_000).now()
"""2025-11-24 12:00 in Shanghai."""


@pytest.fixture(scope="session")
def core_with_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runtime folder with the small centre's people, made once: hashing their PINs takes a second."""
    folder = tmp_path_factory.mktemp("core")
    settings = folder / "hotline.toml"
    settings.write_text(f'[runtime]\nfolder = "{folder / "var"}"\n[core]\ndepositors = {PEOPLE}\n')
    places = find_places(settings)
    open_core(places, Vault(places.secrets)).close()
    return places.runtime


@pytest.fixture
def config(tmp_path: Path, core_with_people: Path) -> Path:
    """Settings of a small centre whose prompts have no sound."""
    shutil.copytree(core_with_people, tmp_path / "var")
    file = tmp_path / "hotline.toml"
    web = "[web]\nrehearsals = 2\nrehearsal_idle_s = 60\nnames = ['pages.example']\n"
    file.write_text(f'[runtime]\nfolder = "{tmp_path / "var"}"\n[core]\ndepositors = {PEOPLE}\n{web}')
    return file


@pytest.fixture
def places(config: Path) -> Places:
    return find_places(config)


@pytest.fixture
def app(places: Places) -> ASGIApp:
    """Its pages."""
    return make_app(places.settings, RehearsalHall(places, LoopClock(MONDAY_NOON)), lambda: {"ok": True, "menu": "here"})

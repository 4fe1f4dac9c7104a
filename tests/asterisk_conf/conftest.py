"""A place with every module in it and a vault, for rendering without an Asterisk; and a real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from asterisk_conf.exchange import Exchange
from asterisk_conf.modules import MODULES
from asterisk_conf.place import Place
from asterisk_conf.testing import own_exchange
from hotline.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "secrets")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    modules = tmp_path / "modules"
    modules.mkdir()
    for name in MODULES:
        (modules / f"{name}.so").touch()
    home = tmp_path / "home"
    names = ("etc", "data", "var", "spool", "run", "log", "prompts", "music")
    return Place(modules=modules, **{name: home / name for name in names})


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    async with own_exchange(tmp_path, centre={"always_staffed": True}, seats={"count": 2}) as running:
        yield running

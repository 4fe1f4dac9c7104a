"""A place with every module in it, and a vault, for rendering without an Asterisk."""

from __future__ import annotations

from pathlib import Path

import pytest

from asterisk_conf.modules import MODULES
from asterisk_conf.place import Place
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

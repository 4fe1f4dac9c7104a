"""What ari 0.1.3 and swaggerpy 0.2.1 (both of 2013, Python 2) need to be imported on Python 3. Import this before ``ari``.

Names only: the libraries themselves are installed untouched and do all their own work.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.abc
import importlib.util
import sys
import urllib
import urllib.parse
import urllib.request
from types import ModuleType
from typing import Any

sys.modules["urlparse"] = urllib.parse
urllib.urlencode = urllib.parse.urlencode  # type: ignore[attr-defined]
urllib.pathname2url = urllib.request.pathname2url  # type: ignore[attr-defined]
urllib.urlopen = urllib.request.urlopen  # type: ignore[attr-defined]
builtins.basestring = str  # type: ignore[attr-defined]
builtins.unicode = str  # type: ignore[attr-defined]


class ImplicitRelative:
    """``import client`` inside the package ``ari`` meant ``ari.client`` in Python 2."""

    HOMES = {"client": "ari", "model": "ari", "swagger_model": "swaggerpy", "processors": "swaggerpy"}  # noqa: RUF012

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> Any:
        """The finder's one duty; None for all other names."""
        home = self.HOMES.get(name)
        return importlib.util.spec_from_loader(name, Alias(f"{home}.{name}")) if home else None


class Alias(importlib.abc.Loader):
    """Loads a module by giving the real one of the package."""

    def __init__(self, real: str) -> None:
        self.real = real

    def create_module(self, spec: object) -> ModuleType:
        """The real module."""
        return importlib.import_module(self.real)

    def exec_module(self, module: ModuleType) -> None:
        """It has run already."""


sys.meta_path.append(ImplicitRelative())

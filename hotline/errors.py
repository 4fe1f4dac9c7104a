"""Errors of the house. The docstring of the class is its message; adapters map library errors to these at the border."""

from __future__ import annotations

from typing import Any


class HotlineError(Exception):
    """Something the hotline could not do."""

    def __init__(self, detail: str = "", **fields: Any) -> None:
        self.fields = fields
        doc = (type(self).__doc__ or "").strip().splitlines()[0]
        super().__init__(f"{doc} {detail}".strip())


class ConfigError(HotlineError):
    """The settings are wrong:"""


class UnknownThing(HotlineError):
    """There is no such thing:"""

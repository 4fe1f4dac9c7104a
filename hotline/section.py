"""The base of every settings section, alone so that a room's settings can stand in a file of their own."""

from __future__ import annotations

import msgspec


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the sections: an unknown field is refused by its name."""

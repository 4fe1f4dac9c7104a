"""The settings in force, field by field: value, where it comes from, what it means."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, get_type_hints

import msgspec
from rich.console import Console
from rich.table import Table

from hotline.settings import Settings
from server.places import Places


@dataclass(frozen=True, slots=True)
class Field:
    """One field as shown to a person."""

    name: str
    value: Any
    origin: str
    meaning: str


def fields(places: Places) -> Iterator[Field]:
    """Every field of every section, in the order of the sections."""
    given = tomllib.loads(places.config.read_text(encoding="utf-8")) if places.config else {}
    for section, kind in get_type_hints(Settings).items():
        meanings = {name: meta.description or "" for name, meta in _meanings(kind)}
        for name in kind.__struct_fields__:
            env = f"HOTLINE_{section.upper()}__{name.upper()}"
            origin = env if env in os.environ else str(places.config) if name in given.get(section, {}) else "default"
            yield Field(f"{section}.{name}", getattr(getattr(places.settings, section), name), origin, meanings.get(name, ""))


def _meanings(kind: type) -> Iterator[tuple[str, msgspec.Meta]]:
    for name, hint in get_type_hints(kind, include_extras=True).items():
        for extra in getattr(hint, "__metadata__", ()):
            if isinstance(extra, msgspec.Meta) and extra.description:
                yield name, extra


def print_settings(places: Places, as_json: bool) -> None:
    """All fields as a table, or as JSON."""
    rows = list(fields(places))
    if as_json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1))
        return
    table = Table(title=f"{places.config or 'defaults'}: in order", title_justify="left")
    for heading in ("field", "value", "from", "meaning"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(row.name, str(row.value), row.origin, row.meaning)
    Console().print(table)

"""Reading ``etc/menu.toml``: typed, unknown fields refused, errors with file, line, node, field and remedy.

What can't be read at all is refused here; whether a readable menu makes sense is for :mod:`ivr.menu_check`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from hotline.errors import ConfigError
from ivr.menu import Menu, Node, Notice, Roles, Service, Slow

T = TypeVar("T")
_HEADER = re.compile(r"^\s*\[([^\[\]]+)\]")
_PLACE = re.compile(r"\s*- at `\$?\.?(.*?)`$")


@dataclass(frozen=True, slots=True)
class MenuText:
    """A menu file's text, to say in which line something stands."""

    name: str
    text: str

    def line(self, section: str, field: str = "") -> int:
        """The line (from 1) of ``field`` in ``[section]``, of its header when the field has none, 0 when there is neither."""
        inside, found = section == "", 0
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := _HEADER.match(line):
                inside = header[1].replace('"', "").replace(" ", "") == section
                found = number if inside else found
            elif inside and field and re.match(rf'\s*"?{re.escape(field.partition(".")[0])}"?\s*=', line):
                return number
        return found

    def at(self, section: str, field: str = "") -> str:
        """``etc/menu.toml line 12: nodes.Q.1, keys``: the beginning of every complaint."""
        line = self.line(section, field)
        where = ", ".join(part for part in (section, field) if part)
        return f"{self.name}{f' line {line}' if line else ''}{f': {where}' if where else ''}"


def load_menu(path: Path) -> tuple[Menu, MenuText]:
    """The menu in a TOML file and its text. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}; is it there, and UTF-8?") from None
    return parse_menu(text, str(path))


def parse_menu(text: str, name: str = "menu.toml") -> tuple[Menu, MenuText]:
    """The menu in a TOML text. Raises ConfigError with line, node, field and remedy."""
    source = MenuText(name, text)
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: {error}; mend the line") from None
    sections: Mapping[str, Any] = {"roles": Roles, "notice": Notice, "slow": Slow}
    if strange := sorted(set(given) - {*sections, "services", "outbound", "nodes"}):
        raise ConfigError(f"{source.at(strange[0])}: unknown section; known: roles, notice, slow, services, outbound, nodes")
    parts = {key: _convert(given.get(key, {}), kind, source, key) for key, kind in sections.items()}
    services = {key: _convert(one, Service, source, f"services.{key}") for key, one in _table(given, "services", source).items()}
    nodes = {key: _node(key, one, source) for key, one in _table(given, "nodes", source).items()}
    outbound = _convert(given.get("outbound", []), tuple[int, ...], source, "outbound")
    return Menu(**parts, services=services, outbound=outbound, nodes=MappingProxyType(nodes)), source


def _table(given: Mapping[str, Any], key: str, source: MenuText) -> dict[str, Any]:
    table = given.get(key, {})
    if not isinstance(table, dict):
        raise ConfigError(f"{source.at(key)}: expected tables [{key}.<id>]")
    return table


def _node(key: str, given: Any, source: MenuText) -> Node:
    section = f"nodes.{key}"
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*(\.[A-Z0-9_]+)*", key):
        hint = ' ([nodes."Q.1"]: the dot needs quotes)' if re.fullmatch(r"[A-Z]+", key) is None else ""
        raise ConfigError(f"{source.at(section)}: a node's id is capital letters, digits and dots such as Q.1.1{hint}")
    if isinstance(given, dict) and "id" in given:
        raise ConfigError(f"{source.at(section, 'id')}: unknown field; the id stands in the header")
    node = _convert({**given, "id": key} if isinstance(given, dict) else given, Node, source, section)
    for field in ("keys", "say"):
        msgspec.structs.force_setattr(node, field, MappingProxyType(getattr(node, field)))
    return node


def _convert(given: Any, kind: type[T], source: MenuText, section: str) -> T:
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        message = str(error)
        place = _PLACE.search(message)
        field = re.sub(r"\[.*", "", place[1]) if place else ""
        text = _PLACE.sub("", message)
        if unknown := re.search(r"unknown field `(\w+)`", text):
            names = ", ".join(name for name in getattr(kind, "__struct_fields__", ()) if name != "id")
            hint = (
                f'; or is {section}.{unknown[1]} meant as a node? Then write quotes: [nodes."..."]'
                if isinstance(given.get(unknown[1]), dict)
                else ""
            )
            raise ConfigError(f"{source.at(section, unknown[1])}: unknown field; known: {names}{hint}") from None
        if missing := re.search(r"missing required field `(\w+)`", text):
            raise ConfigError(f"{source.at(section)}: {missing[1]} is missing; write it") from None
        raise ConfigError(f"{source.at(section, field)}: {text}; see docs/menu.md for what may stand there") from None

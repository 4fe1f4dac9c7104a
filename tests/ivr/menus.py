"""Menus for tests: the centre's own with something changed in it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ivr.faults import Finding, broken
from ivr.lengths import Lengths
from ivr.menu import phrases
from ivr.menu_check import examine
from ivr.menu_file import parse_menu
from ivr.prompts import PromptBook, Prompts, load_book
from ivr.version import MenuVersion
from tests.ivr.scripted import ETC

Change = tuple[str, str]
MENU_TEXT = (ETC / "menu.toml").read_text(encoding="utf-8")
PROMPTS_TEXT = (ETC / "prompts.toml").read_text(encoding="utf-8")


def changed(text: str, changes: Iterable[Change]) -> str:
    """``text`` with the first occurrence of each old replaced by new."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def version_with(*changes: Change, folder: Path | None = None, prompts: Iterable[Change] = ()) -> MenuVersion:
    """The centre's menu with changes, its faults not looked at. Prompts can be changed when there is a ``folder`` to write to."""
    menu, source = parse_menu(changed(MENU_TEXT, changes))
    return MenuVersion(
        menu, Prompts(book_with(prompts, folder, phrases(menu)), Path("/nowhere"), slow_words_per_minute=130), source, "test"
    )


def book_with(changes: Iterable[Change], folder: Path | None, options: Iterable[str]) -> PromptBook:
    """The centre's prompt book with changes."""
    file = ETC / "prompts.toml"
    if folder is not None:
        file = folder / "prompts.toml"
        file.write_text(changed(PROMPTS_TEXT, changes), encoding="utf-8")
    return load_book(file, ETC / "pronunciation.toml", tuple(options))


def findings(version: MenuVersion) -> list[Finding]:
    """All findings, as `hotline menu check` tells them in a house that has every dialog the menu names."""
    faults = broken(version.menu, version.prompts.book)
    everything = {node.dialog for node in parse_menu(MENU_TEXT)[0].nodes.values()}
    return faults or examine(version, Lengths(version.prompts), dialogs=everything)

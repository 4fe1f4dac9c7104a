"""Reading Asterisk's own configuration language: sections, templates, comments, ``#tryinclude``. For the linter and for hosts' files.

[name](!,template)     a template that inherits; without ``!`` a section
key = value            ``=>`` says the same; later lines win where only one value counts
; comment  \\;  ;-- block --;
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

HEADER = re.compile(r"\[(?P<name>[^\]]+)\]\s*(?:\((?P<marks>[^)]*)\))?")


@dataclass(slots=True)
class Setting:
    """One ``key = value`` and the line it stands on (from 1)."""

    key: str
    value: str
    line: int


@dataclass(slots=True)
class Section:
    """One section with its own settings; :meth:`Document.whole` adds what it inherits."""

    name: str
    line: int
    template: bool = False
    inherits: tuple[str, ...] = ()
    settings: list[Setting] = field(default_factory=list)


@dataclass(slots=True)
class Document:
    """One file: its sections in order and its directives (``#include ...``) with their lines."""

    sections: list[Section]
    directives: list[tuple[int, str]]

    def whole(self, section: Section) -> list[Setting]:
        """The settings in force in ``section``: inherited ones first."""
        inherited: list[Setting] = []
        for name in section.inherits:
            for parent in self.sections:
                if parent.name == name and parent.template:
                    inherited.extend(self.whole(parent))
        return [*inherited, *section.settings]

    def value(self, section: Section, key: str, default: str = "") -> str:
        """The last value of ``key`` in force in ``section``."""
        return next((setting.value for setting in reversed(self.whole(section)) if setting.key == key), default)

    def real(self) -> list[Section]:
        """Sections that are no templates."""
        return [section for section in self.sections if not section.template]

    def general(self) -> Section:
        """The first ``[general]`` section (Asterisk reads no second one), empty when there is none."""
        return next((section for section in self.sections if section.name == "general"), Section("general", 0))


def parse(text: str) -> Document:
    """The document that ``text`` says. Lines that are neither header, setting nor directive are left out."""
    document = Document([], [])
    for number, line in enumerate(_without_comments(text), 1):
        if line.startswith("#"):
            document.directives.append((number, line[1:].strip()))
        elif header := HEADER.match(line):
            marks = [mark.strip() for mark in (header["marks"] or "").split(",") if mark.strip()]
            section = Section(header["name"], number, "!" in marks, tuple(mark for mark in marks if mark not in "!+"))
            document.sections.append(section)
        elif "=" in line and document.sections:
            key, _, value = line.partition("=")
            document.sections[-1].settings.append(Setting(key.strip().lower(), value.removeprefix(">").strip(), number))
    return document


def _without_comments(text: str) -> list[str]:
    inside_block = False
    lines = []
    for raw in text.splitlines():
        line = raw
        if inside_block:
            _, end, line = line.partition("--;")
            inside_block = not end
            if inside_block:
                line = ""
        if re.match(r"\s*;--(?!-)", line):
            before, end, after = line.partition("--;")
            line, inside_block = (after, False) if end else ("", True)
            del before
        lines.append(re.split(r"(?<!\\);", line, maxsplit=1)[0].replace("\\;", ";").strip())
    return lines

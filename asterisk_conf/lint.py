"""Openings to toll fraud and leaks in an Asterisk configuration (reliability.md §5.2-4 to 5.2-6): forbidden patterns, each with why.

A rule is a function from the parsed files to rows ``(rule, file, line, why)``; :func:`lint` runs them all. Our own rendered
configuration has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from asterisk_conf import lint_core, lint_dialplan, lint_pjsip
from asterisk_conf.parse import Document, parse


@dataclass(frozen=True, slots=True)
class Finding:
    """One opening: the rule that found it, where, and why it is one."""

    rule: str
    file: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.why}"


RULES: tuple[Callable[[Mapping[str, Document]], Iterator[tuple[str, str, int, str]]], ...] = (
    *lint_pjsip.RULES,
    *lint_core.RULES,
    *lint_dialplan.RULES,
)


def lint(texts: Mapping[str, str]) -> list[Finding]:
    """Everything found in ``texts`` (file name -> content), by file and line."""
    files = {name: parse(text) for name, text in texts.items()}
    found = {Finding(*row) for rule in RULES for row in rule(files)}
    return sorted(found, key=lambda item: (item.file, item.line, item.rule))

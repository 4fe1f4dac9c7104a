"""What a hotline's dialplan must never do: dial out, run a program, take a stranger's words as code, let a call live for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from asterisk_conf.lint_pjsip import Files, Found
from asterisk_conf.parse import Document

FILE = "extensions.conf"
PROGRAMS = frozenset(("system", "trysystem", "externalivr", "eagi", "deadagi"))
WAYS_OUT = frozenset(("dial", "originate", "disa", "followme", "page", "directory", "transfer", "retrydial", "pickup"))
TRANSFERS = {"dial": 2, "queue": 1}
"""Application -> which argument (from 0) holds the options whose letters t, T, k, K, x, X hand control to a party by keys."""
CATCH_ALL = re.compile(r"_[X+]?[.!]$")


@dataclass(frozen=True, slots=True)
class Line:
    """One priority: its context, extension, application (lower case), arguments, line number."""

    context: str
    extension: str
    application: str
    arguments: str
    number: int


def dangerous_lines(files: Files) -> Found:
    """Each priority by itself."""
    for line in _lines(files.get(FILE)):
        yield from ((rule, FILE, line.number, why) for rule, why in (*_ways_out(line), *_code(line)))


def calls_without_end(files: Files) -> Found:
    """A caller who enters Stasis without TIMEOUT(absolute) stays for ever when nobody looks after him."""
    limited: set[tuple[str, str]] = set()
    for line in _lines(files.get(FILE)):
        where = (line.context, line.extension)
        if line.application == "set" and line.arguments.startswith("TIMEOUT(absolute)="):
            limited.add(where)
        if line.application == "stasis" and where not in limited and ",returned," not in line.arguments:
            yield ("no-time-limit", FILE, line.number, f"[{line.context}] {line.extension} enters Stasis without TIMEOUT(absolute)")


def includes(files: Files) -> Found:
    """Our contexts hold what they hold: an include opens another one to the callers."""
    document = files.get(FILE)
    for section in document.real() if document else ():
        for setting in section.settings if section.name.startswith("hl-") else ():
            if setting.key == "include":
                yield ("include", FILE, setting.line, f"[{section.name}] opens [{setting.value}] to its callers")


def _lines(document: Document | None) -> Iterator[Line]:
    for section in document.real() if document else ():
        extension = ""
        for setting in section.settings:
            fields = setting.value.split(",", 2 if setting.key == "exten" else 1)
            if setting.key == "exten":
                extension = fields.pop(0).strip()
            match = re.match(r"\s*(\w+)\s*(?:\((.*)\))?\s*$", fields[-1])
            if setting.key in ("exten", "same") and len(fields) == 2 and match:
                yield Line(section.name, extension, match[1].lower(), match[2] or "", setting.line)


def _ways_out(line: Line) -> Iterator[tuple[str, str]]:
    if line.application in WAYS_OUT:
        rule = "catch-all-dial" if CATCH_ALL.match(line.extension) else "dials-out"
        yield rule, f"{line.application}() in [{line.context}] lets a call leave the house"
    if line.application in TRANSFERS:
        arguments = [*line.arguments.split(","), "", ""]
        options = re.sub(r"\([^)]*\)", "", arguments[TRANSFERS[line.application]])
        if re.search(r"[tTkKxXhHwW]", options):
            yield "transfer-option", f"options {options} let a party transfer, park, record or end the call by keys"
    if CATCH_ALL.match(line.extension) and line.application == "goto" and "${EXTEN}" in line.arguments:
        yield "open-goto", "any dialled number chooses where the call goes"


def _code(line: Line) -> Iterator[tuple[str, str]]:
    local_agi = line.application == "agi" and not line.arguments.startswith(("agi://", "hagi://"))
    if line.application in PROGRAMS or "${SHELL(" in line.arguments or local_agi:
        yield "program", f"{line.application} runs a program for a call"
    if line.application in ("goto", "gosub", "stasis", "exec") and "${CALLERID(" in line.arguments:
        yield "caller-as-code", "what the caller calls himself becomes part of a command"
    if line.application in ("verbose", "log", "noop") and re.search(r"pin|passw", line.arguments, re.IGNORECASE):
        yield "digits-in-log", "a secret in an argument is shown in the log"


RULES = (dangerous_lines, calls_without_end, includes)

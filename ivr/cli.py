"""`hotline menu` and `hotline prompts`: the menu examined before a caller meets it, the prompts made, checked and written out.

This room knows no folders and no programs of its own: who builds the command line says where the files are and what synthesises.
Exit codes: 0 in order, 1 there are findings, 2 the command is wrong.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from hotline.errors import ConfigError
from hotline.settings import SpeechSettings
from ivr.faults import Finding, broken
from ivr.lengths import Lengths
from ivr.menu import phrases
from ivr.menu_check import examine
from ivr.menu_diff import differences
from ivr.menu_file import MenuText, load_menu
from ivr.menu_show import as_json, as_mermaid, as_tree
from ivr.menu_svg import as_svg
from ivr.menu_times import WayTo, times
from ivr.prompts import Prompts, load_book
from ivr.script import recording_script
from ivr.version import MenuFiles, open_version
from ivr.voice import Synthesiser, build, check

Files = Callable[[Path | None], MenuFiles]
"""Where a menu file (None: the centre's own) and what belongs to it are."""
Output = Annotated[Literal["table", "json"], Parameter(name=["-o", "--output"], help="table for people, json for programs")]
Format = Annotated[Literal["tree", "mermaid", "svg", "json"], Parameter(help="tree for the terminal; mermaid and svg for documents")]


def make_menu_app(files: Files, speech: Callable[[], SpeechSettings]) -> App:
    """The `menu` command."""
    app = App(name="menu", help="语音菜单: the menu as it is, its faults, what changed.")

    @app.command
    def show(file: Path | None = None, *, format: Format = "tree") -> None:
        """Show the menu of FILE (default: the centre's menu.toml)."""
        menu, _ = load_menu(files(file).menu)
        if format == "json":
            _print(json.dumps(as_json(menu), ensure_ascii=False, indent=1, default=str) + "\n")
        else:
            _print({"tree": as_tree, "mermaid": as_mermaid, "svg": as_svg}[format](menu))

    @app.command(name="check")
    def check_menu(file: Path | None = None, *, output: Output = "table") -> int:
        """Find every fault of FILE (default: the centre's menu.toml) and tell how long it takes to each service."""
        findings, ways, measured, source = _examined(files(file), speech())
        if output == "json":
            told = [
                {"kind": f.kind, "place": f.place, "field": f.field, "line": source.line(f.place, f.field), "text": f.text}
                for f in findings
            ]
            content = {"findings": told, "time_to_service": [way.as_dict() for way in ways], "measured": measured}
            _print(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
        else:
            _print("".join(f"{line}\n" for line in (*_finding_lines(findings, source), *_way_lines(ways, measured))))
        return int(bool(findings))

    @app.command
    def diff(old: Path, new: Path | None = None) -> int:
        """What changed from menu file OLD to NEW (default: the centre's), in words; prompts beside the files count too."""
        before, after = files(old), files(new)
        texts = [load_book(each.prompts, each.pronunciations).texts for each in (before, after)]
        changed = differences(load_menu(before.menu)[0], load_menu(after.menu)[0], *texts)
        _print("".join(f"{line}\n" for line in changed or ["no difference"]))
        return int(bool(changed))

    return app


def make_prompts_app(files: Files, speech: Callable[[], SpeechSettings], synthesiser: Callable[[], Synthesiser]) -> App:
    """The `prompts` command. ``synthesiser`` is asked only when a sound has to be made."""
    app = App(name="prompts", help="语音提示: make, check and write out what callers hear.")

    def prompts() -> Prompts:
        return open_version(files(None), speech()).prompts

    @app.command(name="build")
    def build_prompts() -> None:
        """Make every sound that is missing; a running hotline is not disturbed."""
        book = prompts()
        missing = book.missing()
        made = build(book, synthesiser()) if missing else 0
        _print(f"{made} made, {len(book.every_clip())} in all, in {book.folder}\n")

    @app.command(name="check")
    def check_prompts() -> int:
        """Check that every prompt has its sound, and that level and length are right."""
        book = prompts()
        faults = check(book)
        _print("".join(f"{fault}\n" for fault in faults) or f"{len(book.every_clip())} sounds in order\n")
        return int(bool(faults))

    @app.command
    def script(target: Path | None = None) -> None:
        """Write the recording script for the studio (Markdown) to TARGET or standard output."""
        text = recording_script(prompts())
        if target is None:
            _print(text)
        else:
            target.write_text(text, encoding="utf-8")

    return app


def _examined(files: MenuFiles, speech: SpeechSettings) -> tuple[list[Finding], list[WayTo], bool, MenuText]:
    """Findings, ways to the services (none when the menu can't be walked), whether sounds were measured, the file's text."""
    nothing = MenuText(str(files.menu), "")
    try:
        menu, source = load_menu(files.menu)
        faults = broken(menu, load_book(files.prompts, files.pronunciations, phrases(menu)))
    except ConfigError as error:
        return [Finding("unreadable", "", "", str(error))], [], False, nothing
    if faults:
        return faults, [], False, source
    version = open_version(files, speech)
    lengths = Lengths(version.prompts)
    return examine(version, lengths), times(version, lengths), lengths.measured, source


def _finding_lines(findings: list[Finding], source: MenuText) -> list[str]:
    if not findings:
        return ["no findings"]
    lines = [f.text if f.kind == "unreadable" else f"{source.at(f.place, f.field)}: {f.text} [{f.kind}]" for f in findings]
    return [*lines, f"{len(findings)} findings"]


def _way_lines(ways: list[WayTo], measured: bool) -> list[str]:
    if not ways:
        return []
    head = "time to service (seconds of speech heard before each key, nobody interrupting" + (
        ")" if measured else "; estimated, no sounds yet)"
    )
    rows = [f"{way.seconds:6.1f} s  {way.service:<8}{way.name}  " + "  ".join(f"{key} {s:.1f}" for key, s in way.keys) for way in ways]
    return ["", head, *rows]


def _print(text: str) -> None:
    """In UTF-8, whatever the machine's locale."""
    with suppress(AttributeError):  # a stream that captures output has no encoding to set
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    sys.stdout.write(text)

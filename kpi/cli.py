"""`hotline kpi`: the day's report, and any worked example computed from outside.

This room reads no journal: who builds the command line injects where a day's events come from (:class:`ReadDay`). Exit codes: 0 done,
1 an example of a list disagrees with what it expects, 2 the command or the document is wrong (field and remedy on standard error).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from cyclopts import App, Parameter
from rich.console import Console

from hotline.errors import HotlineError
from hotline.events import Event
from hotline.settings import KpiSettings
from kpi.compute import compute_all
from kpi.documents import DocumentError, parse
from kpi.report import day_report
from kpi.table import FULL_WIDTH, day_table
from kpi.thresholds import ThresholdSet, load_thresholds

THRESHOLDS = Path("etc/thresholds.toml")
Output = Annotated[Literal["table", "json"], Parameter(name=["--output", "-o"], help="table for people, json for programs")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="the same as -o json")]
File = Annotated[str, Parameter(allow_leading_hyphen=True, help="a JSON document; - for standard input")]
Thresholds = Annotated[Path | None, Parameter(name="--thresholds", help="threshold sets; etc/thresholds.toml when it is there")]


class ReadDay(Protocol):
    """Where a day's events come from: all events of the calls that arrived on ``day`` (Asia/Shanghai), in any order.

    More than those may come (other days' calls are left out); an event missing leaves its call open or its figure null.
    """

    def __call__(self, day: date, /) -> Iterable[Event]: ...


def no_events(day: date, /) -> Iterable[Event]:
    """Stands where no journal is wired; refuses rather than report an empty day."""
    raise HotlineError(f"no journal is connected, so {day} can't be reported; run it as `hotline kpi report day`")


def make_app(read_day: ReadDay, settings: Callable[[], KpiSettings] = KpiSettings, console: Console | None = None) -> App:
    """The `kpi` command with its journal: ``read_day`` gives the events, ``settings`` is asked when a command needs it."""
    app = App(name="kpi", help="统计指标: the hotline's figures.")
    report = App(name="report", help="Reports of a period.")
    app.command(report)

    @report.command(name="day")
    def report_day(day: str, *, output: Output = "table", as_json: AsJson = False, thresholds: Thresholds = None) -> int:
        """The daily report of DAY (YYYY-MM-DD, Asia/Shanghai): indicators, verdicts by every threshold set, the calls."""

        def run() -> int:
            told = day_report(_day(day), read_day(_day(day)), _sets(thresholds), settings())
            if as_json or output == "json":
                print_json(told.to_json())
            else:
                screen = console or _screen()
                screen.print(day_table(told, screen.width))
            return 0

        return _guarded(run)

    @app.command
    def compute(file: File, *, output: Output = "table", as_json: AsJson = False, thresholds: Thresholds = None) -> int:
        """Compute the figures of a document {"kind": ..., "given": {...}} or of a list of them."""

        def run() -> int:
            answer = compute_all(parse(_read(file)), _sets(thresholds))
            if as_json or output == "json":
                print_json(answer)
            else:
                _print_lines(answer, console or _screen())
            return int(isinstance(answer, list) and not all(entry.get("agrees", True) for entry in answer))

        return _guarded(run)

    return app


app = make_app(no_events)
"""The command without a journal: `compute` works, `report` says what is missing."""


def print_json(content: Any) -> None:
    """JSON on standard output in UTF-8, whatever the machine's locale."""
    _speak_utf8()
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _speak_utf8() -> None:
    with suppress(AttributeError):  # a stream that captures output has no encoding to set
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]


def _screen() -> Console:
    """The terminal as wide as it is; into a file or pipe the whole width, nothing left out."""
    _speak_utf8()
    screen = Console()
    return screen if screen.is_terminal else Console(width=max(FULL_WIDTH, screen.width))


def _guarded(run: Callable[[], int]) -> int:
    try:
        return run()
    except HotlineError as error:
        sys.stderr.write(f"hotline kpi: {error}\n")
        return 2


def _day(text: str) -> date:
    """``YYYY-MM-DD`` as a day. Raises DocumentError."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    raise HotlineError(f"{text!r} is no day; write YYYY-MM-DD such as 2026-11-20")


def _sets(path: Path | None) -> tuple[ThresholdSet, ...]:
    return load_thresholds(path or (THRESHOLDS if THRESHOLDS.is_file() else None))


def _read(file: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DocumentError(f"{file}: is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise DocumentError(f"{file}: {error.strerror}; give the path of a JSON document") from None


def _print_lines(answer: Any, console: Console) -> None:
    """An answer for people: one line per figure; for a list one line per example."""
    if isinstance(answer, list):
        for entry in answer:
            sign = {True: "●", False: "■", None: "—"}[entry.get("agrees")]
            console.print(
                f"{sign} {entry['id']} {entry['kind']}", *entry.get("differences", []), sep="\n    ", markup=False, highlight=False
            )
        return
    for key, value in answer.items():
        text = value if isinstance(value, str) else "—" if value is None else json.dumps(value, ensure_ascii=False)
        console.print(f"{key:<24} {text}", markup=False, highlight=False)

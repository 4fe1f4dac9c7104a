"""The floor in a terminal: seats and calls as they are, redrawn as they change."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from server.control import ask

REDRAW = 0.5
PRESENCE = {"signed_out": "签出", "available": "示闲", "on_break": "小休"}
ACTIVITY = {"idle": "空闲", "ringing": "振铃", "dialling": "外呼", "talking": "通话", "wrap_up": "话后处理"}
STAGE = {"menu": "自助", "waiting": "排队", "ringing": "振铃", "talking": "通话", "after_talk": "评价", "judged": "评价", "ended": "结束"}
COLOUR = {"idle": "green", "ringing": "cyan", "talking": "blue", "wrap_up": "magenta"}


def show_floor(control: Path, what: str, *, as_json: bool, watch: bool) -> None:
    """Show ``seats`` or ``calls``; live when ``watch`` and a person looks. Raises NobodyThere."""
    answer = ask(control, {"do": what})
    if as_json:
        print(json.dumps(answer["ok"], ensure_ascii=False, indent=1))
        return
    console = Console()
    if not watch or not console.is_terminal:
        console.print(_table(what, answer["ok"]))
        return
    with Live(_table(what, answer["ok"]), console=console, auto_refresh=False) as live:
        while True:
            live.update(_table(what, ask(control, {"do": what})["ok"]), refresh=True)
            time.sleep(REDRAW)


def _table(what: str, rows: list[dict[str, Any]]) -> Table:
    return _seats(rows) if what == "seats" else _calls(rows)


def _seats(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="座席", title_justify="left")
    for heading in ("座席", "工号", "状态", "活动", "时长", "来电"):
        table.add_column(heading)
    for row in rows:
        presence = PRESENCE[row["presence"]] + (f"({row['reason']})" if row["reason"] else "")
        shown = COLOUR.get(row["activity"], "white") if row["presence"] == "available" or row["activity"] != "idle" else "yellow"
        table.add_row(
            str(row["seat"]), row["agent"] or "—", presence, f"[{shown}]{ACTIVITY[row['activity']]}[/]",
            _clock(row["seconds"]), row["call"] or "",
        )  # fmt: skip
    return table


def _calls(rows: list[dict[str, Any]]) -> Table:
    table = Table(title=f"来电 {len(rows)}", title_justify="left")
    for heading in ("来电", "主叫", "阶段", "菜单", "时长", "座席"):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            row["call"], row["caller"], STAGE.get(row["stage"], row["stage"]), row["node"], _clock(row["seconds"]), str(row["seat"] or "")
        )
    return table


def _clock(seconds: int | None) -> str:
    return "" if seconds is None else f"{seconds // 60:02d}:{seconds % 60:02d}"

"""Where the measured programs are: Asterisk and sipp of the project's toolbox, the yardstick libraries' venv."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.toolbox import Program, Toolbox, default_folder

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "var" / "bench"


@dataclass(frozen=True, slots=True)
class Tools:
    """Command lines (a prefix each) and Asterisk's folders, None where the program's own defaults hold."""

    asterisk: tuple[str, ...]
    sipp: tuple[str, ...]
    modules: Path | None
    data: Path | None


def find_tools() -> Tools:
    """Asterisk and sipp from PATH or from the toolbox, fetched first if need be. Raises ToolboxError with the remedy."""
    toolbox = Toolbox(default_folder(ROOT / "var"))
    asterisk, sipp = toolbox.program("asterisk"), toolbox.program("sipp")
    return Tools(tuple(asterisk.argv()), tuple(sipp.argv()), *_folders(asterisk))


def _folders(asterisk: Program) -> tuple[Path | None, Path | None]:
    if asterisk.root is None:
        return None, None
    modules = next(asterisk.root.glob("usr/lib/*/asterisk/modules"))
    return modules, asterisk.root / "usr/share/asterisk"


def yardstick_python() -> Path | None:
    """Python of the venv that ``make bench`` fills from requirements-bench.lock; None when it isn't there."""
    path = ROOT / "var" / "bench-venv" / "bin" / "python"
    return path if path.exists() else None

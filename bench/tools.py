"""Where the measured programs are: Asterisk and sipp of the project's toolbox, the yardstick libraries' venv."""

from __future__ import annotations

from pathlib import Path

from asterisk_conf.toolbox import Toolbox, default_folder

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "var" / "bench"


def find_toolbox() -> Toolbox:
    """The product's toolbox, with Asterisk and sipp in it (fetched first if need be). Raises ToolboxError with the remedy."""
    toolbox = Toolbox(default_folder(ROOT / "var"))
    for name in ("asterisk", "sipp"):
        toolbox.program(name)
    return toolbox


def yardstick_python() -> Path | None:
    """Python of the venv that ``make bench`` fills from requirements-bench.lock; None when it isn't there."""
    path = ROOT / "var" / "bench-venv" / "bin" / "python"
    return path if path.exists() else None

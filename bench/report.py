"""What every bench writes: where, with what, how noisy, what came out, which ratio, which aim."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.procstat import CORES
from bench.tools import ROOT, yardstick_python

OURS = ("uvloop", "websockets", "msgspec", "sqlalchemy", "panoramisk")
YARDSTICKS = ("ari", "swaggerpy", "pyst2")


def circumstances(bench: str, **more: Any) -> dict[str, Any]:
    """Name, time, commit, machine and versions: the head of a report."""
    return {
        "bench": bench,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": {"cores": CORES, "processor": _processor(), "kernel": platform.release()},
        "versions": {"python": platform.python_version(), **_versions(), **more},
    }


def write(report: dict[str, Any], path: Path | None, as_json: bool) -> None:
    """To ``path`` when given; to standard output too when ``as_json``."""
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if as_json:
        sys.stdout.write(text)


def tell(line: str) -> None:
    """A line of progress, on standard error so that ``-o json`` stays clean."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def ratio(ours: float | None, theirs: float | None) -> float | None:
    """``ours / theirs`` in two decimals; None when either is missing."""
    return round(ours / theirs, 3) if ours is not None and theirs else None


def _versions() -> dict[str, str]:
    found = {name: importlib.metadata.version(name) for name in OURS}
    python = yardstick_python()
    if python is not None:
        code = f"import importlib.metadata as m; print(*[m.version(n) for n in {YARDSTICKS!r}])"
        said = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=30, check=False).stdout.split()
        found |= dict(zip(YARDSTICKS, said, strict=False))
    return found


def _commit() -> str:
    said = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=ROOT, check=False)
    return said.stdout.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()

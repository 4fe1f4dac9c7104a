"""Starting sipp: one scenario of bench/scenarios, its log and its errors named after it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asterisk_conf.toolbox import Toolbox

SCENARIOS = Path(__file__).parent / "scenarios"


def command(toolbox: Toolbox, folder: Path, scenario: str, rows: list[str], address: str, port: int) -> list[str]:
    """The command line; ``rows``: fields of one call each, in turn. ``<scenario>.log`` and ``.errors`` will be in ``folder``."""
    for old in folder.glob(f"{scenario}.*"):
        old.unlink()
    fields = folder / f"{scenario}.csv"
    fields.write_text("SEQUENTIAL\n" + "".join(f"{row};\n" for row in rows))
    files = ["-sf", str(SCENARIOS / f"{scenario}.xml"), "-inf", str(fields)]
    logs = ["-trace_logs", "-log_file", str(folder / f"{scenario}.log"), "-trace_err", "-error_file", str(folder / f"{scenario}.errors")]
    return [*toolbox.program("sipp").argv(), *files, "-i", address, "-p", str(port), "-nostdin", *logs]


def start(argv: list[str], folder: Path) -> subprocess.Popen[Any]:
    """sipp in ``folder``, silent."""
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)


@contextmanager
def running(argv: list[str], folder: Path) -> Iterator[subprocess.Popen[Any]]:
    """sipp until the block ends."""
    process = start(argv, folder)
    try:
        yield process
    finally:
        stop(process, 2.0)


def stop(process: subprocess.Popen[Any], patience: float = 5.0) -> None:
    """End one process that we started, by SIGTERM and then SIGKILL, and wait for it."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

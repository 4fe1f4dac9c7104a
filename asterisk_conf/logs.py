"""Logs that stay small: each file is turned over when it has grown, and the oldest are dropped."""

from __future__ import annotations

from pathlib import Path

LARGEST_LOG = 8_000_000
KEPT_LOGS = 5
LARGEST_RECORDS = 64_000_000
"""CDR and CEL: about 300,000 records a file; they close calls that ended while we were away, so they are kept longer."""
KEPT_RECORDS = 20


class LogKeeper:
    """The log folder of one exchange."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def turn_over(self) -> int:
        """Rename what has grown too large to ``name.1`` and so on; how many files were."""
        logs = [file for file in self._folder.glob("hl-*.log") if _grown(file, LARGEST_LOG)]
        records = [
            file for file in self._folder.glob("c*-custom/hl-*") if file.suffix in (".json", ".csv") and _grown(file, LARGEST_RECORDS)
        ]
        for file in logs:
            _shift(file, KEPT_LOGS)
        for file in records:
            _shift(file, KEPT_RECORDS)
        return len(logs) + len(records)


def _grown(file: Path, limit: int) -> bool:
    return file.stat().st_size > limit


def _shift(file: Path, kept: int) -> None:
    for number in range(kept - 1, 0, -1):
        older = file.with_name(f"{file.name}.{number}")
        if older.exists():
            older.replace(file.with_name(f"{file.name}.{number + 1}"))
    file.replace(file.with_name(f"{file.name}.1"))

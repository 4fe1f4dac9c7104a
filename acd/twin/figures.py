"""What a simulation is asked for, each figure with its standard error by batch means (waits of neighbours are not independent)."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

from acd.twin.drive import Comer

BATCHES = 50
SECOND = 1_000_000


class Estimate(NamedTuple):
    """A figure and its standard error."""

    value: float
    error: float

    def sigmas(self, exact: float) -> float:
        """How many standard errors ``exact`` is away."""
        return abs(self.value - exact) / self.error if self.error else float(self.value != exact) * 99


class Tally:
    """Counts callers in :data:`BATCHES` batches by their number; the first two are warming up and left out."""

    def __init__(self, calls: int) -> None:
        self._size = max(1, -(-calls // BATCHES))
        self._rows = [[0, 0, 0, 0, 0, 0] for _ in range(BATCHES)]

    def came(self, number: int, comer: Comer, wait_us: int) -> None:
        """Take a caller's fate (what :class:`acd.twin.drive.Twin` tells)."""
        row = self._rows[min(BATCHES - 1, number // self._size)]
        row[0] += 1
        if wait_us < 0:
            row[1] += 1
            row[2] += 1
            return
        row[3] += wait_us
        row[1] += wait_us > 0
        row[4] += wait_us <= 20 * SECOND
        row[5] += 1

    def share(self, column: int, of: int = 0, unit: float = 1.0) -> Estimate:
        """The ratio of two columns: 0 came, 1 waited, 2 left, 3 microseconds waited by the answered, 4 within 20 s, 5 answered."""
        rows = [row for row in self._rows[2:] if row[of]] or [row for row in self._rows if row[of]]
        if not rows:
            return Estimate(0.0, 0.0)
        whole = sum(row[of] for row in rows)
        mean = sum(row[column] for row in rows) / whole
        spread = sum((row[column] - mean * row[of]) ** 2 for row in rows)
        batches = len(rows)
        error = sqrt(spread * batches / max(1, batches - 1)) / whole
        return Estimate(mean / unit, error / unit)

    @property
    def answered(self) -> int:
        """Callers answered, warming up included."""
        return sum(row[5] for row in self._rows)

    def figures(self) -> dict[str, Estimate]:
        """By the names of the command's output; times in seconds."""
        return {
            "P_wait": self.share(1), "P_abandon": self.share(2), "loss_ratio": self.share(2, 5), "ASA": self.share(3, 5, SECOND),
            "SL20": self.share(4),
        }  # fmt: skip

"""The highest clean rate of several ways, climbed side by side so that a noisy minute troubles all of them alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


def rungs(lowest: float, highest: float, step: float = 0.06) -> list[float]:
    """Rates from ``lowest`` to beyond ``highest``, each ``step`` (a share) above the one before, in whole calls per second."""
    rates = [lowest]
    while rates[-1] < highest:
        rates.append(max(rates[-1] + 1, round(rates[-1] * (1 + step))))
    return rates


@dataclass(slots=True)
class Climb:
    """A bisection for one way over a common ladder; assumes that what is clean at a rate is clean at a lower one."""

    rates: Sequence[float]
    best: int = -1
    """Index of the highest rung found clean, -1 for none."""
    worst: int = -1
    """Index of the lowest rung found not clean; the ladder's length while none was."""
    tried: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.worst = len(self.rates)

    @property
    def done(self) -> bool:
        """Whether the highest clean rung is known."""
        return self.worst - self.best <= 1

    @property
    def rate(self) -> float | None:
        """The highest rate found clean so far."""
        return self.rates[self.best] if self.best >= 0 else None

    def next(self, hint: int | None = None) -> int:
        """The rung to try now: the middle of what is open, or ``hint`` (another's knee) while it lies inside."""
        if hint is not None and self.best < hint < self.worst:
            return hint
        return (self.best + self.worst) // 2

    def note(self, rung: int, clean: bool, noisy: bool = False) -> None:
        """Take a result. A failure in a ``noisy`` moment counts only the second time."""
        self.tried[rung] = self.tried.get(rung, 0) + 1
        if clean:
            self.best = max(self.best, rung)
        elif not noisy or self.tried[rung] > 1:
            self.worst = min(self.worst, rung)

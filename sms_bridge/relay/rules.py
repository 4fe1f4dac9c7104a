"""The relay's laws: who goes first, how fast, what an answer or a report makes of a part, what parts make of a message.

No I/O, no clock. Sources: seed 000 §3.3; reliability as in design/sms_wire.md §5.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sms_bridge.link.model import Fate, Verdict
from sms_bridge.model import Lane, SmsState

S = SmsState
URGENT = frozenset({Lane.CODE, Lane.REPLY})
"""Somebody waits for these with his telephone in his hand."""

_WHOLE = (S.FAILED, S.UNKNOWN, S.HELD, S.COMPOSED, S.ON_WIRE, S.EXPIRED, S.ACCEPTED, S.DELIVERED)
"""A message is as its worst part is."""


def whole(parts: Collection[SmsState]) -> SmsState:
    """The state of a message whose parts are in these states."""
    return next(state for state in _WHOLE if state in parts)


def after_answer(now: SmsState, verdict: Verdict, attempts: int) -> SmsState | None:
    """Where an answer brings a part that is ``now``; None: it says nothing new.

    A late answer may find the part unknown, on the wire again, accepted by another try, or reported on already. A part that was
    tried before without an answer stays unknown when the gateway only wants it slower: the earlier try may have been taken.
    """
    if now not in (S.ON_WIRE, S.UNKNOWN):
        return None
    match verdict:
        case Verdict.TAKEN | Verdict.REPEATED:
            return S.ACCEPTED
        case Verdict.SLOWER | Verdict.ELSEWHERE:
            return None if now is S.UNKNOWN else S.UNKNOWN if attempts > 1 else S.HELD
        case Verdict.REFUSED:
            return None if attempts > 1 and now is S.UNKNOWN else S.FAILED


def after_report(now: SmsState, fate: Fate) -> SmsState | None:
    """Where a report brings a part; None: it decides nothing, or it is decided already (the first word counts)."""
    if fate is Fate.ON_ITS_WAY or now not in (S.ON_WIRE, S.UNKNOWN, S.ACCEPTED):
        return None
    return {Fate.DELIVERED: S.DELIVERED, Fate.FAILED: S.FAILED, Fate.EXPIRED: S.EXPIRED}[fate]


def again_after(lane: Lane, report_wait_s: float) -> float:
    """Seconds before a part of unknown outcome goes again: at once when somebody waits, else a report may settle it first."""
    return 0.0 if lane in URGENT else report_wait_s


def room_for(lane: Lane, room: int, window: int, reserve: int) -> int:
    """How much of a link's ``room`` this lane may use; of a ``window`` that flow control made small only a quarter is reserved."""
    return room if lane in URGENT else max(0, room - min(reserve, window // 4))


@dataclass(slots=True)
class Bucket:
    """A token bucket: ``rate`` parts a second (0: any number), at most ``burst`` at once. Seconds of a monotonic clock."""

    rate: float
    burst: float
    tokens: float = 0.0
    at: float | None = None

    def take(self, at: float, keep: float = 0.0) -> bool:
        """Whether a part may go at ``at``, leaving at least ``keep`` tokens to others; then it is counted."""
        if not self.rate:
            return True
        self._fill(at)
        if self.tokens < 1 + keep:
            return False
        self.tokens -= 1
        return True

    def give_back(self) -> None:
        """What was taken was not used."""
        self.tokens = min(self.burst, self.tokens + 1)

    def wait(self, at: float, keep: float = 0.0) -> float:
        """Seconds until the next part may go."""
        if not self.rate:
            return 0.0
        self._fill(at)
        return max(0.0, (1 + keep - self.tokens) / self.rate)

    def _fill(self, at: float) -> None:
        self.tokens = self.burst if self.at is None else min(self.burst, self.tokens + (at - self.at) * self.rate)
        self.at = at

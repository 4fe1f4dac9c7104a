"""What callers leave with us and we have promised to see to: part of what :mod:`ivr.needs` asks of the rest of the house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.ids import CallId, RecordingId
from hotline.moment import Moment
from telephony.ports import Sound


@dataclass(frozen=True, slots=True)
class Said:
    """What was recorded: how to play it, and its length."""

    sound: Sound
    seconds: float


@dataclass(frozen=True, slots=True)
class Promised:
    """When somebody is called back: from ``opens`` (local time) on; None: in his turn, as if he waited."""

    opens: datetime | None = None


class CallBacks(Protocol):
    """Promises to call back 预约回拨."""

    async def promise(self, call: CallId, number: str, wanted_at: Moment | None, skill: str = "general") -> Promised:
        """Write one down: it is on the disk when this returns. ``wanted_at``: the place in the queue he keeps; None: he has none.

        Raises HotlineError when it can't be written: then nothing may be promised.
        """
        ...


class Messages(Protocol):
    """Where what callers say is, between the line and the archive. Methods may raise SwitchAway and OSError."""

    async def new(self, call: CallId) -> RecordingId:
        """A name for a message of ``call`` that no other has."""
        ...

    async def said(self, recording: RecordingId) -> Said | None:
        """What the line recorded, once it is written; None when nothing worth keeping was said."""
        ...

    async def keep(self, recording: RecordingId) -> None:
        """Give it to the archive; from now on nothing loses it. Keeping twice is harmless."""
        ...

    async def throw_away(self, recording: RecordingId) -> None:
        """Nobody wants it. Harmless when there is nothing."""
        ...

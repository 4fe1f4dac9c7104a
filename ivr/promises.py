"""What callers leave with us and we have promised to see to: part of what :mod:`ivr.needs` asks of the rest of the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hotline.ids import CallId, RecordingId
from telephony.ports import Sound


@dataclass(frozen=True, slots=True)
class Said:
    """What was recorded: how to play it, and its length."""

    sound: Sound
    seconds: float


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

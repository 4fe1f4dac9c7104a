"""Keys that were pressed and not asked for yet, with the moment of each: shared by every kind of line.

They live in memory and nowhere else; what is too much is forgotten from the front.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta

from telephony.ports import Key

KEPT_KEYS = 64
"""A caller who floods keys is not kept longer than this."""


class KeptKeys:
    """The keys of one line, oldest first."""

    def __init__(self) -> None:
        self._keys: deque[tuple[Key, float]] = deque(maxlen=KEPT_KEYS)
        self._loop = asyncio.get_running_loop()
        self._taken_at: float | None = None

    def __bool__(self) -> bool:
        return bool(self._keys)

    def __repr__(self) -> str:
        return f"<{len(self._keys)} kept keys>"

    def keep(self, key: Key) -> None:
        """The caller pressed ``key`` now."""
        self._keys.append((key, self._loop.time()))

    def take(self) -> Key:
        """The oldest key. Raises IndexError when there is none."""
        key, self._taken_at = self._keys.popleft()
        return key

    def clear(self) -> None:
        """Throw all away."""
        self._keys.clear()

    @property
    def age(self) -> timedelta:
        """How long ago the key taken last was pressed; zero when none was."""
        return timedelta(0) if self._taken_at is None else timedelta(seconds=self._loop.time() - self._taken_at)

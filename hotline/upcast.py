"""Old events read with today's eyes: stored versions are upcast on reading, never rewritten on disk.

Each event type has a version (1 unless :data:`VERSIONS` says otherwise), stored beside it. A new field with a default needs no
new version. Whoever changes a type's meaning raises its version and adds to :data:`STEPS` how the former becomes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from hotline.errors import HotlineError
from hotline.events import AnyEvent, Event

Raw = dict[str, Any]
Step = Callable[[Raw], Raw]
"""Makes the next version out of a stored object; renaming its ``type`` makes it version 1 of the new type."""

VERSIONS: Mapping[str, int] = {}
"""The present version of each type that is not at version 1."""
STEPS: Mapping[tuple[str, int], Step] = {}
"""How a (type, version) becomes the next."""


class UnknownEvent(HotlineError):
    """The journal holds an event this version can't read:"""


class Upcaster:
    """Turns stored texts into events. ``kinds`` is the union of all event types."""

    def __init__(
        self, versions: Mapping[str, int] = VERSIONS, steps: Mapping[tuple[str, int], Step] = STEPS, kinds: Any = AnyEvent
    ) -> None:
        self._versions = versions
        self._steps = steps
        self._kinds = kinds
        self._decode: Callable[[str], Event] = msgspec.json.Decoder(kinds).decode

    def version_of(self, kind: str) -> int:
        """The version a ``kind`` is written with today."""
        return self._versions.get(kind, 1)

    def read(self, kind: str, version: int, body: str) -> Event:
        """The event stored as ``body``. Raises UnknownEvent naming type and version, never the content."""
        try:
            if version == self.version_of(kind) and (kind, version) not in self._steps:
                return self._decode(body)
            event: Event = msgspec.convert(self._lift(kind, version, msgspec.json.decode(body)), self._kinds)
            return event
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
            raise UnknownEvent(f"{kind} version {version} ({type(error).__name__})") from None

    def _lift(self, kind: str, version: int, raw: Raw) -> Raw:
        while step := self._steps.get((kind, version)):
            raw = step(raw)
            version = version + 1 if raw["type"] == kind else 1
            kind = raw["type"]
        if version != self.version_of(kind):
            raise KeyError(kind)
        return raw


UPCASTER = Upcaster()

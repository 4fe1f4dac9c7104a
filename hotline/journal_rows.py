"""Events as rows of the journal's table, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from hotline.events import Event
from hotline.journal_model import Recorded, SideWrite
from hotline.upcast import Upcaster

Row = dict[str, Any]


class RowMaker:
    """Makes table rows of events; one per store, because the encoder is not shared between threads."""

    def __init__(self, upcaster: Upcaster) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._upcaster = upcaster
        self._kinds: dict[type[Event], tuple[str, int]] = {}

    def make(self, items: Sequence[Recorded | SideWrite]) -> tuple[list[Row], list[tuple[Row, str]]]:
        """The rows of the events among ``items``, and those that can't be written down with the reason."""
        rows: list[Row] = []
        bad: list[tuple[Row, str]] = []
        for item in items:
            if isinstance(item, Recorded):
                try:
                    rows.append(self._row(item, self._encode(item.event).decode()))
                except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as error:
                    bad.append((self._row(item, "{}"), type(error).__name__))
        return rows, bad

    def _row(self, recorded: Recorded, body: str) -> Row:
        event = recorded.event
        kind, version = self._kinds.get(type(event)) or self._learn(type(event))
        at = event.at
        return {
            "seq": recorded.seq,
            "type": kind,
            "version": version,
            "call": getattr(event, "call", None),
            "seat": getattr(event, "seat", None),
            "wall_us": at.wall,
            "mono_us": at.mono,
            "boot": at.boot,
            "body": body,
        }

    def _learn(self, cls: type[Event]) -> tuple[str, int]:
        kind = str(cls.__struct_config__.tag)
        self._kinds[cls] = kind, self._upcaster.version_of(kind)
        return self._kinds[cls]

"""When we last heard Asterisk, kept in a file: after a crash of everything it bounds how long a talk can have lasted."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from hotline.moment import Moment


class LastHeard:
    """A moment in ``file``; losing it costs precision only, so it is written without ceremony."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def note(self, at: Moment) -> None:
        """We hear it."""
        with suppress(OSError):
            self._file.write_bytes(msgspec.json.encode(at))

    def read(self) -> Moment | None:
        """When we last did; None when we never did or can't tell."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Moment)
        except (OSError, msgspec.DecodeError):
            return None

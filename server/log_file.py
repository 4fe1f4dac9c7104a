"""A worker's log: one JSON object a line on stderr, which the supervisor keeps in a file.

A log that can't be written (the disk is full, the terminal is gone) costs the line and nothing else: no call may end for it.
"""

from __future__ import annotations

import io
import logging
import os
from contextlib import suppress
from typing import TextIO, cast

import structlog


class LogFile(io.TextIOBase):
    """Writes each line at once to a file descriptor; what can't be written is lost."""

    def __init__(self, handle: int = 2) -> None:
        self._handle = handle

    def write(self, text: str) -> int:
        """Write ``text`` as far as the disk takes it."""
        with suppress(OSError):
            os.write(self._handle, text.encode("utf-8", "replace"))
        return len(text)


def log_as_json(file: LogFile) -> None:
    """All loggers of this process write to ``file``."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, file)),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    logging.basicConfig(level=logging.WARNING, stream=file, format="%(levelname)s %(name)s %(message)s")

"""A log that can't be written costs its lines and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import structlog

from server.log_file import LogFile


def test_lines_are_written_at_once(tmp_path: Path) -> None:
    handle = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    logger = structlog.wrap_logger(structlog.WriteLogger(LogFile(handle)), processors=[structlog.processors.JSONRenderer()])
    logger.error("告警", call="c-1")
    os.close(handle)
    assert '"call": "c-1"' in (tmp_path / "log").read_text()


def test_a_full_disk_costs_the_line_only() -> None:
    handle = os.open("/dev/full", os.O_WRONLY)
    try:
        assert LogFile(handle).write("a line\n") == 7
    finally:
        os.close(handle)

"""Where the studio's recordings of prompts are: ``etc/studio/<id>.wav``, slow ones in a folder below."""

from __future__ import annotations

from pathlib import Path

SLOW = "slow"
"""Folder of the studio's slow recordings, beside the common ones."""


def slow_studio(studio: Path | None) -> Path | None:
    return studio / SLOW if studio else None


def recording_of(studio: Path | None, clip: str) -> Path | None:
    """The studio's recording of a clip; a slow one that nobody recorded is the common one: one voice matters more than speed."""
    if studio is None:
        return None
    places = (studio, studio.parent) if studio.name == SLOW else (studio,)
    return next((file for place in places if (file := place / f"{clip}.wav").is_file()), None)

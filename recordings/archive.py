"""The archive: two mono files that Asterisk wrote become one two-channel file, agent left, caller right.

Asterisk (MixMonitor) writes ``<id>-caller.wav`` and ``<id>-agent.wav`` into ``incoming`` by itself, so a recording goes on when
our process is killed; what is found there at start is joined then. The file's SHA-256 goes into the journal
(seed 004 §2.1 asks for recordings to be kept; domain/identity.md: hash per file).
"""

from __future__ import annotations

import array
import hashlib
import shutil
import sys
import wave
from dataclasses import dataclass
from pathlib import Path

from hotline.errors import HotlineError
from hotline.ids import RecordingId

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
"""What callers said is nobody's business but the archive's. Folders that are there already keep what the site gave them."""


class RecordingMissing(HotlineError):
    """There is nothing recorded under this name:"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording in the archive: where, its digest, how long, and how far the two sides were apart in length."""

    recording: RecordingId
    path: Path
    sha256: str
    duration_us: int
    uneven_us: int


class Archive:
    """``folder/incoming`` is Asterisk's, ``folder/kept/YYYY-MM-DD`` is ours."""

    def __init__(self, folder: Path) -> None:
        self.incoming = folder / "incoming"
        self._kept = folder / "kept"
        folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        self.incoming.mkdir(exist_ok=True, mode=PRIVATE_FOLDER)

    def waiting(self) -> list[RecordingId]:
        """Recordings that Asterisk wrote and that are not in the archive yet."""
        return sorted(RecordingId(file.name.removesuffix("-caller.wav")) for file in self.incoming.glob("*-caller.wav"))

    def take_in(self, recording: RecordingId, file: Path) -> None:
        """Take a caller's side recorded elsewhere (a voice message) as one that waits; ``file`` is gone then. Doing it again is harmless.

        Raises RecordingMissing, OSError (disk full: ``file`` stays).
        """
        target = self.incoming / f"{recording}-caller.wav"
        if not file.exists():
            if not target.exists():
                raise RecordingMissing(recording)
            return
        draft = target.with_suffix(".part")
        draft.unlink(missing_ok=True)
        draft.touch(PRIVATE_FILE)
        shutil.copyfile(file, draft)
        draft.replace(target)
        file.unlink()

    def knows(self, recording: RecordingId, day: str) -> bool:
        """Whether it waits or is kept."""
        return (self.incoming / f"{recording}-caller.wav").exists() or (self._kept / day / f"{recording}.wav").exists()

    def keep(self, recording: RecordingId, day: str) -> Kept:
        """Join the two sides into ``kept/<day>/<recording>.wav``; the mono files are removed only afterwards.

        Doing it again is harmless: what is kept already is measured again. Raises RecordingMissing, OSError (disk full).
        """
        final = self._kept / day / f"{recording}.wav"
        caller, agent = (self.incoming / f"{recording}-{side}.wav" for side in ("caller", "agent"))
        uneven = 0
        if caller.exists() or agent.exists():
            self._kept.mkdir(exist_ok=True, mode=PRIVATE_FOLDER)
            final.parent.mkdir(exist_ok=True, mode=PRIVATE_FOLDER)
            uneven = _join(agent, caller, final)
            caller.unlink(missing_ok=True)
            agent.unlink(missing_ok=True)
        elif not final.exists():
            raise RecordingMissing(recording)
        with wave.open(str(final)) as kept:
            duration = kept.getnframes() * 1_000_000 // kept.getframerate()
        with final.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return Kept(recording, final, digest, duration, uneven)


def _join(left: Path, right: Path, final: Path) -> int:
    """Write both as one stereo file through a draft; microseconds the shorter one lacked (silence fills it)."""
    sides = [_samples(left), _samples(right)]
    rate = max(rate for _, rate in sides) or 8000
    longest = max(len(samples) for samples, _ in sides)
    stereo = array.array("h", bytes(4 * longest))
    for channel, (samples, _) in enumerate(sides):
        stereo[channel : 2 * len(samples) : 2] = samples
    if sys.byteorder == "big":
        stereo.byteswap()
    draft = final.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(PRIVATE_FILE)
    with wave.open(str(draft), "wb") as out:
        out.setparams((2, 2, rate, 0, "NONE", ""))
        out.writeframes(stereo.tobytes())
    draft.replace(final)
    return abs(len(sides[0][0]) - len(sides[1][0])) * 1_000_000 // rate


def _samples(file: Path) -> tuple[array.array[int], int]:
    """The 16-bit samples and rate of a mono wav; nothing when there is none. A file cut short by a crash is read as far as it goes."""
    samples = array.array("h")
    if not file.exists() or file.stat().st_size <= 44:
        return samples, 0
    data = file.read_bytes()
    start = data.find(b"data", 12) + 8
    rate = int.from_bytes(data[24:28], "little") or 8000
    body = data[start:] if start >= 8 else b""
    samples.frombytes(body[: len(body) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples, rate

"""Music on hold: the site's own files, else those that came with Asterisk, else chimes made here. Never silence."""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path

RATE = 8000
CHIMES_HZ = (523.25, 659.25, 783.99, 659.25, 587.33, 698.46, 880.00, 698.46)
"""A quiet walk through C and F major."""
BEAT_S = 0.75


def lay_out_music(folder: Path, shipped: Path) -> None:
    """Put music into ``folder`` if it has none: links to ``shipped``'s files, or one file of chimes."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        return
    for file in sorted(shipped.glob("*.wav")) if shipped.is_dir() else ():
        (folder / file.name).symlink_to(file)
    if not any(folder.iterdir()):
        write_chimes(folder / "hl-chimes.wav")


def write_chimes(file: Path) -> None:
    """Eight beats of soft chimes, 8 kHz mono 16 bit; about -15 dB so that nobody takes the phone off his ear."""
    samples = array("h")
    for tone in CHIMES_HZ:
        for step in range(int(RATE * BEAT_S)):
            at = step / RATE
            swell = min(1.0, at / 0.02) * math.exp(-2.5 * at)
            samples.append(int(5500 * swell * (math.sin(2 * math.pi * tone * at) + 0.3 * math.sin(4 * math.pi * tone * at))))
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())

"""Measuring sound: how loud, how silent, which tone, which keys can be made out (PCM16 at 8000 samples a second)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import mul

from robots.g711 import RATE
from robots.tones import COLUMNS, KEYPAD, ROWS

_BLOCK = 120
"""Samples per key measurement: 15 ms; 67 Hz wide, a third of the distance of two rows (Q.24 wants 40 ms tones found)."""
_STEP = 60
_SURE = 3
"""Blocks in a row that must show the same key: 30 ms."""


def rms(samples: Sequence[int]) -> float:
    """Root mean square (0 to 32768); 0 of nothing."""
    return math.sqrt(sum(map(mul, samples, samples)) / len(samples)) if len(samples) else 0.0


def dbov(samples: Sequence[int]) -> float:
    """Loudness against full scale in dB: 0 is a full square wave, -100 and less is silence."""
    return 20 * math.log10(max(rms(samples), 0.01) / 32768)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when, in seconds."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """The length."""
        return self.end - self.begin


def silences(samples: Sequence[int], *, quieter_than: float = -50.0, at_least: float = 0.1) -> Iterator[Stretch]:
    """The stretches (in steps of 10 ms) that are quieter than so many dBov and not shorter than ``at_least`` seconds."""
    limit = (32768 * 10 ** (quieter_than / 20)) ** 2 * 80
    begin: int | None = None
    blocks = len(samples) // 80
    for index in range(blocks + 1):
        frame = samples[80 * index : 80 * index + 80]
        quiet = index < blocks and sum(map(mul, frame, frame)) <= limit
        if quiet and begin is None:
            begin = index
        elif not quiet and begin is not None:
            if index - begin >= at_least * 100 - 1e-6:
                yield Stretch(begin / 100, index / 100)
            begin = None


def longest_silence(samples: Sequence[int], *, quieter_than: float = -50.0) -> float:
    """Seconds of the longest silence."""
    return max((stretch.seconds for stretch in silences(samples, quieter_than=quieter_than)), default=0.0)


@cache
def _waves(frequency: float, length: int) -> tuple[list[float], list[float]]:
    angles = [2 * math.pi * frequency * index / RATE for index in range(length)]
    return [math.cos(angle) for angle in angles], [math.sin(angle) for angle in angles]


def tone_power(samples: Sequence[int], frequency: float) -> float:
    """The share (0 to 1) of the sound's energy that lies at ``frequency`` Hz (Goertzel's measure)."""
    energy = sum(map(mul, samples, samples))
    return _goertzel(samples, frequency) / energy if energy else 0.0


def _goertzel(samples: Sequence[int], frequency: float) -> float:
    """Energy at ``frequency``, scaled so that a pure tone gives all of its energy."""
    cosine, sine = _waves(frequency, len(samples))
    real, imaginary = math.fsum(map(mul, samples, cosine)), math.fsum(map(mul, samples, sine))
    return (real * real + imaginary * imaginary) * 2 / len(samples)


@dataclass(frozen=True, slots=True)
class KeyTone:
    """A key that can be made out in a recording (ITU-T Q.23), at so many seconds. The key never shows in a repr."""

    key: str
    at_seconds: float

    def __repr__(self) -> str:
        return f"KeyTone(at_seconds={self.at_seconds})"


def key_tones(samples: Sequence[int], *, louder_than: float = -45.0, purity: float = 0.7) -> list[KeyTone]:
    """The keys whose tones can be heard, in order: the search for a PIN in a recording. One per press of 40 ms or more.

    ``purity`` is the share of the energy the two tones must have; lower finds keys under music, and more that are none.
    """
    found: list[KeyTone] = []
    last, run, reported = "", 0, False
    for start in range(0, len(samples) - _BLOCK + 1, _STEP):
        key = _key_in(samples[start : start + _BLOCK], louder_than, purity)
        run = run + 1 if key and key == last else int(bool(key))
        reported = reported and key == last
        last = key
        if run >= _SURE and not reported:
            found.append(KeyTone(key, (start - (run - 1) * _STEP) / RATE))
            reported = True
    return found


def _key_in(block: Sequence[int], louder_than: float, purity: float) -> str:
    energy = sum(map(mul, block, block))
    if energy <= (32768 * 10 ** (louder_than / 20)) ** 2 * len(block):
        return ""
    rows = [_goertzel(block, frequency) for frequency in ROWS]
    columns = [_goertzel(block, frequency) for frequency in COLUMNS]
    row, column = rows.index(max(rows)), columns.index(max(columns))
    both = rows[row] + columns[column]
    twist = rows[row] / columns[column] if columns[column] else math.inf
    if both < purity * energy or not 0.1 < twist < 10:  # 10 dB either way
        return ""
    if sorted(rows)[-2] > rows[row] / 2.5 or sorted(columns)[-2] > columns[column] / 2.5:
        return ""  # energy between the tones: a voice
    return KEYPAD[row][column]

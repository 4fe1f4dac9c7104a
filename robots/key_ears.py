"""Telephone keys in sound: which of the sixteen are heard, in order (ITU-T Q.23, Q.24), by the energy at their eight frequencies.

For finding keys where none may be: in a recording. So it would rather hear one too many than one too few: frames of 25 ms, a key
counts from the second frame in a row, a pause of one frame lets the same key count again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from robots.g711 import RATE
from robots.tones import COLUMNS, KEYPAD, ROWS

FRAME, HOP = 200, 80
"""Samples a frame (25 ms) and from one frame to the next (10 ms)."""
SHARE = 0.55
"""Of a frame's energy, what the two tones of a key must have together; a voice spreads its energy over many."""
QUIETEST = 60.0
"""Mean amplitude below which nothing is heard."""
FRAMES = 2
_TURNS = {frequency: 2 * math.cos(2 * math.pi * frequency / RATE) for frequency in (*ROWS, *COLUMNS)}


def keys_heard(samples: Sequence[int]) -> str:
    """The keys in PCM16 at 8000 a second, in the order they are heard."""
    heard, last, run = "", "", 0
    for key in _frames(samples):
        run = run + 1 if key == last else 1
        last = key
        if key and run == FRAMES:
            heard += key
    return heard


def _frames(samples: Sequence[int]) -> Iterator[str]:
    for begin in range(0, len(samples) - FRAME + 1, HOP):
        yield _key_in(samples[begin : begin + FRAME])


def _key_in(frame: Sequence[int]) -> str:
    """The key that sounds in a frame; empty when none does."""
    energy = sum(value * value for value in frame)
    if energy < FRAME * QUIETEST * QUIETEST:
        return ""
    row, at_row = max((_power(frame, frequency), index) for index, frequency in enumerate(ROWS))
    column, at_column = max((_power(frame, frequency), index) for index, frequency in enumerate(COLUMNS))
    # a tone that fills the frame has the power energy * FRAME / 2
    together = (row + column) / (energy * FRAME / 2)
    return KEYPAD[at_row][at_column] if together >= SHARE and min(row, column) * 30 >= max(row, column) else ""


def _power(frame: Sequence[int], frequency: int) -> float:
    """Goertzel: the power of one frequency in a frame."""
    turn = _TURNS[frequency]
    before, last = 0.0, 0.0
    for value in frame:
        before, last = last, value + turn * last - before
    return last * last + before * before - turn * last * before

"""Sounds made of sines: tones, the sixteen telephone keys (ITU-T Q.23), and a murmur that passes for a voice."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Sequence

from robots.g711 import RATE

ROWS = (697, 770, 852, 941)
COLUMNS = (1209, 1336, 1477, 1633)
KEYPAD = ("123A", "456B", "789C", "*0#D")
"""Rows and columns of the keypad: a key sounds its row's and its column's frequency together."""


def tone(frequencies: Sequence[float], seconds: float, level: float = 0.25) -> array[int]:
    """The frequencies (Hz) together; ``level`` of each against full scale."""
    peak = level * 32767
    steps = [2 * math.pi * frequency / RATE for frequency in frequencies]
    samples = (sum(math.sin(step * index) for step in steps) * peak for index in range(round(seconds * RATE)))
    return array("h", (max(-32768, min(32767, round(sample))) for sample in samples))


def silence(seconds: float) -> array[int]:
    """Nothing."""
    return array("h", bytes(2 * round(seconds * RATE)))


def key_tone(key: str, seconds: float = 0.1, level: float = 0.25) -> array[int]:
    """What pressing ``key`` sounds like in the ear. Raises ValueError when no telephone has it."""
    for row, keys in enumerate(KEYPAD):
        if len(key) == 1 and key in keys:
            return tone((ROWS[row], COLUMNS[keys.index(key)]), seconds, level)
    raise ValueError("no such key")


def murmur(seconds: float, seed: int = 0, pitch: float = 140.0, level: float = 0.2) -> array[int]:
    """Voice-like: syllables of 80-250 ms made of harmonics under two formants, small pauses; equal seeds, equal sound."""
    dice = random.Random(seed)
    wanted = round(seconds * RATE)
    samples: array[int] = array("h")
    while len(samples) < wanted:
        samples.extend(_syllable(dice, pitch * dice.uniform(0.85, 1.2), level))
        samples.extend(silence(dice.choice((0.02, 0.03, 0.05, 0.2))))
    return samples[:wanted]


def _syllable(dice: random.Random, pitch: float, level: float) -> array[int]:
    formants = (dice.uniform(300, 800), dice.uniform(900, 2200))
    length = round(dice.uniform(0.08, 0.25) * RATE)
    glide = dice.uniform(-0.2, 0.2)
    harmonics = [(n, max(math.exp(-(((n * pitch - formant) / 180) ** 2)) for formant in formants)) for n in range(1, int(3000 / pitch) + 1)]
    harmonics = [(n, weight) for n, weight in harmonics if weight > 0.02]
    total = sum(weight for _, weight in harmonics) or 1.0
    peak = level * 32767 / total * 1.5
    samples: array[int] = array("h")
    for index in range(length):
        along = index / length
        phase = 2 * math.pi * pitch * index / RATE * (1 + glide * along / 2)
        envelope = peak * min(1.0, along * 8, (1 - along) * 5)
        value = envelope * sum(weight * math.sin(n * phase) for n, weight in harmonics)
        samples.append(max(-32768, min(32767, round(value))))
    return samples

"""Keys are heard in sound whatever they are mixed with, and a voice is no key."""

from __future__ import annotations

import random
from array import array

import pytest

from robots.g711 import decode, encode
from robots.key_ears import keys_heard
from robots.tones import key_tone, murmur, silence

ALL = "123A456B789C*0#D"


def dialled(keys: str, tone: float = 0.1, gap: float = 0.06, level: float = 0.25) -> array[int]:
    sound = silence(0.2)
    for key in keys:
        sound += key_tone(key, tone, level) + silence(gap)
    return sound


@pytest.mark.parametrize(("tone", "gap"), [(0.1, 0.06), (0.05, 0.05), (0.3, 0.2)])
@pytest.mark.parametrize("level", [0.3, 0.05, 0.01])
def test_every_key_is_heard_in_its_place(tone: float, gap: float, level: float) -> None:
    assert keys_heard(dialled(ALL, tone, gap, level)) == ALL


def test_the_same_key_twice_is_heard_twice() -> None:
    assert keys_heard(dialled("99112")) == "99112"


def test_keys_are_heard_through_the_telephone_network() -> None:
    assert keys_heard(decode(encode(dialled("493817"), "PCMA"), "PCMA")) == "493817"


def test_keys_are_heard_over_somebody_who_speaks_softly() -> None:
    keys = dialled("493817", tone=0.15)
    voice = murmur(len(keys) / 8000, seed=3, level=0.03)
    mixed = array("h", (a + b for a, b in zip(keys, voice, strict=False)))
    assert keys_heard(mixed) == "493817"


def test_a_minute_of_voices_is_hardly_ever_a_key() -> None:
    voices = array("h")
    for seed in range(12):
        voices += murmur(5, seed=seed, pitch=110 + 15 * seed)
    assert len(keys_heard(voices)) <= 3


def test_noise_and_silence_are_no_keys() -> None:
    dice = random.Random(1)
    assert keys_heard(array("h", (dice.randrange(-3000, 3000) for _ in range(16_000)))) == ""
    assert keys_heard(silence(2)) == ""
    assert keys_heard(array("h")) == ""

"""What was heard: found when it is there, not found when it is not."""

from __future__ import annotations

import random
from array import array

import pytest

from robots import ears
from robots.g711 import decode, encode
from robots.tones import key_tone, murmur, silence, tone

PROMPTS = {f"p{seed}": ears.Sound(murmur(1.2 + 0.3 * (seed % 5), seed)) for seed in range(12)}


def _samples(name: str) -> array[int]:
    samples = PROMPTS[name].samples
    assert isinstance(samples, array)
    return samples


def over_the_line(samples: array[int], *, gain: float = 1.0, noise: int = 0, codec="PCMA") -> array[int]:
    """As a caller hears it: louder or softer, with noise, through the codec."""
    dice = random.Random(5)
    loud = (max(-32768, min(32767, int(sample * gain) + (dice.randrange(-noise, noise + 1) if noise else 0))) for sample in samples)
    return decode(encode(loud, codec), codec)


LINES = [(1.0, 0, "PCMA"), (1.0, 0, "PCMU"), (0.4, 0, "PCMA"), (1.6, 0, "PCMA"), (1.0, 300, "PCMA"), (0.5, 150, "PCMU")]


@pytest.mark.parametrize(("gain", "noise", "codec"), LINES)
def test_a_prompt_is_found_at_its_place_through_codec_gain_and_noise(gain: float, noise: int, codec: str) -> None:
    heard = over_the_line(silence(0.737) + _samples("p1") + silence(0.5), gain=gain, noise=noise, codec=codec)
    match = ears.find(heard, PROMPTS["p1"])
    assert match is not None and match.complete
    assert match.at_seconds == pytest.approx(0.737, abs=0.001)
    assert match.score > 0.9


def test_a_prompt_that_was_not_played_is_not_found() -> None:
    heard = over_the_line(silence(0.3) + _samples("p1") + silence(0.2) + _samples("p2"))
    sound = ears.Sound(heard)
    assert [name for name in PROMPTS if ears.find(sound, PROMPTS[name])] == ["p1", "p2"]


def test_nothing_is_found_in_silence_noise_or_a_tone() -> None:
    dice = random.Random(3)
    noise = array("h", (dice.randrange(-3000, 3000) for _ in range(24000)))
    for heard in (array("h"), silence(3), noise, tone((440,), 3), _samples("p1")[:1000]):
        assert ears.find(heard, PROMPTS["p1"]) is None
    assert ears.find(_samples("p1"), silence(1)) is None


def test_a_prompt_cut_short_by_a_key_tells_how_much_of_it_was_heard() -> None:
    heard = over_the_line(silence(0.2) + _samples("p4")[: int(1.0 * 8000)] + _samples("p7"))
    match = ears.find(heard, PROMPTS["p4"])
    assert match is not None and not match.complete
    assert match.heard_seconds == pytest.approx(1.0, abs=0.15)
    assert ears.find(heard, PROMPTS["p4"], whole=True) is None
    assert ears.find(heard, PROMPTS["p7"], whole=True) is not None


def test_too_little_of_a_prompt_is_not_recognised() -> None:
    heard = over_the_line(silence(0.2) + _samples("p4")[:1600] + silence(1))
    assert ears.find(heard, PROMPTS["p4"]) is None


def test_of_two_prompts_that_begin_alike_the_one_that_was_heard_fits_longer() -> None:
    left = _samples("p1") + _samples("p2")
    right = _samples("p1") + _samples("p3")
    prompts = {"left": left, "right": right, "beginning": _samples("p1")}
    heard = over_the_line(silence(0.4) + right + silence(0.4))
    assert ears.find(heard, left, whole=True) is None
    assert [spoken.prompt for spoken in ears.transcript(heard, prompts)] == ["right"]


def test_one_different_syllable_in_the_middle_is_noticed() -> None:
    syllable = murmur(0.2, 77)
    said, other = _samples("p1") + syllable + _samples("p2"), _samples("p1") + murmur(0.2, 78) + _samples("p2")
    heard = over_the_line(silence(0.2) + said)
    assert ears.find(heard, said, whole=True) is not None
    assert ears.find(heard, other, whole=True) is None


def test_lost_packets_do_not_hide_a_prompt() -> None:
    heard = over_the_line(silence(0.2) + _samples("p3"))
    for place in (4800, 4960, 9600, 12000):
        heard[place : place + 160] = array("h", bytes(320))
    match = ears.find(heard, PROMPTS["p3"])
    assert match is not None and match.complete


def test_a_prompt_said_twice_is_found_twice() -> None:
    heard = over_the_line(_samples("p2") + silence(0.8) + _samples("p2"))
    matches = ears.find_all(heard, PROMPTS["p2"])
    assert [round(match.at_seconds, 2) for match in matches] == [0, round(PROMPTS["p2"].seconds + 0.8, 2)]
    later = ears.find(heard, PROMPTS["p2"], since=1.0)
    assert later is not None and later.at_seconds > 1


def test_the_transcript_tells_what_was_said_in_order() -> None:
    order = ["p5", "p0", "p11", "p0", "p3"]
    heard = silence(0.3)
    for name in order:
        heard += _samples(name) + silence(0.25)
    assert [spoken.prompt for spoken in ears.transcript(over_the_line(heard), PROMPTS)] == order


def test_order_counts() -> None:
    heard = ears.Sound(over_the_line(_samples("p1") + silence(0.2) + _samples("p2")))
    one, two = PROMPTS["p1"], PROMPTS["p2"]
    matches = ears.heard_in_order(heard, [one, two])
    assert matches is not None and [match.complete for match in matches] == [True, True]
    assert ears.heard_in_order(heard, [two, one]) is None
    assert ears.heard_in_order(heard, [one, PROMPTS["p3"], two]) is None
    assert ears.heard_in_order(heard, [one, one]) is None


def test_a_key_tone_in_the_ear_is_no_prompt() -> None:
    assert ears.find(over_the_line(key_tone("5", 2.0)), PROMPTS["p6"]) is None

"""Loudness, silence, tones, and the search for keys in a recording, each with its control."""

from __future__ import annotations

import random
from array import array

import pytest

from robots.g711 import decode, encode
from robots.levels import dbov, key_tones, longest_silence, rms, silences, tone_power
from robots.tones import key_tone, murmur, silence, tone


def keyed(keys: str, seconds: float = 0.06, gap: float = 0.06, level: float = 0.25) -> array[int]:
    """The sound of ``keys`` pressed one after the other."""
    samples = silence(0.2)
    for key in keys:
        samples += key_tone(key, seconds, level) + silence(gap)
    return samples


def mixed(one: array[int], two: array[int]) -> array[int]:
    length = min(len(one), len(two))
    return array("h", (max(-32768, min(32767, a + b)) for a, b in zip(one[:length], two[:length], strict=True)))


def test_loudness_of_known_sounds() -> None:
    assert rms(tone((1000,), 1, 0.5)) == pytest.approx(0.5 * 32767 / 2**0.5, rel=0.01)
    assert dbov(array("h", [32767, -32768] * 400)) == pytest.approx(0, abs=0.1)
    assert dbov(silence(1)) < -100 and rms(array("h")) == 0


def test_silences_are_found_to_ten_milliseconds() -> None:
    samples = tone((500,), 0.5) + silence(0.75) + tone((500,), 0.3) + silence(0.2)
    assert [(stretch.begin, stretch.end) for stretch in silences(samples)] == [(0.5, 1.25), (1.55, 1.75)]
    assert longest_silence(samples) == 0.75
    assert longest_silence(tone((500,), 1)) == 0
    assert longest_silence(array("h")) == 0


def test_coded_silence_is_silence_and_a_whisper_is_not() -> None:
    assert longest_silence(decode(encode(silence(1), "PCMA"), "PCMA")) == 1.0
    assert longest_silence(tone((500,), 1, 0.01)) == 0


def test_a_tone_has_its_power_at_its_frequency() -> None:
    sound = tone((1000,), 0.1)
    assert tone_power(sound, 1000) > 0.99
    assert tone_power(sound, 1300) < 0.01
    assert tone_power(silence(0.1), 1000) == 0


@pytest.mark.parametrize("codec", ["PCMA", "PCMU"])
def test_all_keys_are_made_out_after_coding(codec) -> None:
    keys = "0123456789*#ABCD"
    found = key_tones(decode(encode(keyed(keys), codec), codec))
    assert "".join(tone.key for tone in found) == keys
    assert found[0].at_seconds == pytest.approx(0.2, abs=0.015)


def test_a_long_key_is_one_key_and_a_doubled_one_two() -> None:
    assert [tone.key for tone in key_tones(keyed("5", seconds=2.0))] == ["5"]
    assert [tone.key for tone in key_tones(keyed("55", seconds=0.05, gap=0.05))] == ["5", "5"]


def test_quiet_keys_and_keys_under_noise_are_made_out() -> None:
    dice = random.Random(2)
    quiet = keyed("271828", level=0.02)
    assert "".join(tone.key for tone in key_tones(quiet)) == "271828"
    noise = array("h", (dice.randrange(-150, 151) for _ in range(len(quiet))))
    assert "".join(tone.key for tone in key_tones(mixed(quiet, noise))) == "271828"


def test_keys_under_a_voice_are_made_out_with_less_purity() -> None:
    sound = mixed(keyed("314159", seconds=0.1, gap=0.1), murmur(2.0, 4, level=0.03))
    assert "".join(tone.key for tone in key_tones(sound, purity=0.5)) == "314159"


@pytest.mark.parametrize("seed", range(6))
def test_a_voice_has_no_keys(seed: int) -> None:
    assert key_tones(murmur(3.0, seed)) == []


def test_single_tones_and_music_are_no_keys() -> None:
    for frequencies in ((697,), (1336,), (440,), (350, 440), (262, 330, 392), (450,)):
        assert key_tones(tone(frequencies, 0.5)) == []


def test_the_key_does_not_show() -> None:
    assert "7" not in repr(key_tones(keyed("7"))[0]).replace("at_seconds=0.2", "")

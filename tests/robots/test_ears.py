"""The ears: a prompt is found by its sound, whatever the network and a busy mixing bridge did to it."""

from __future__ import annotations

from array import array

from robots.ears import find, heard_as_one
from robots.g711 import RATE, decode, encode
from robots.tones import murmur, silence

FRAME = 160
PROMPT = murmur(1.5, seed=11)
OTHER = murmur(1.5, seed=12)


def _coded(samples: array[int]) -> array[int]:
    return array("h", decode(encode(samples, "PCMA"), "PCMA"))


def _after(seconds: float, *sounds: array[int]) -> array[int]:
    heard = silence(seconds)
    for sound in sounds:
        heard.extend(sound)
    return _coded(heard + silence(0.5))


def test_a_prompt_is_found_where_it_begins() -> None:
    match = find(_after(0.73, PROMPT), PROMPT)
    assert match is not None
    assert match.complete
    assert abs(match.at_seconds - 0.73) < 0.001


def test_another_prompt_of_the_same_voice_is_not_taken_for_it() -> None:
    assert find(_after(0.4, OTHER), PROMPT) is None


def test_a_prompt_cut_off_is_heard_as_far_as_it_went() -> None:
    match = find(_after(0.2, PROMPT[: round(0.9 * RATE)], OTHER), PROMPT)
    assert match is not None
    assert not match.complete
    assert 0.7 < match.heard_seconds < 1.0


def test_a_packet_that_a_busy_bridge_added_or_left_out_does_not_end_a_prompt() -> None:
    half = 37 * FRAME
    late = _after(0.3, PROMPT[:half], silence(0.02), PROMPT[half:])
    early = _after(0.3, PROMPT[:half], PROMPT[half + FRAME :])
    twice = _after(0.3, PROMPT[: 20 * FRAME], silence(0.02), PROMPT[20 * FRAME : half], silence(0.02), PROMPT[half:])
    for heard in (late, early, twice):
        match = find(heard, PROMPT, whole=True)
        assert match is not None
        assert abs(match.at_seconds - 0.3) < 0.001


def test_a_sentence_is_heard_as_one_and_a_missing_word_is_missed() -> None:
    words = [murmur(0.3, seed=21), murmur(0.25, seed=22), murmur(1.0, seed=23), murmur(0.3, seed=24)]
    assert heard_as_one(_after(0.5, *words), words) == []
    assert heard_as_one(_after(0.5, words[0], words[2], words[3]), words) == [1]


def test_a_word_that_slipped_in_its_middle_is_heard_all_the_same() -> None:
    words = [murmur(0.3, seed=31), murmur(0.33, seed=32), murmur(1.0, seed=33)]
    for cut in range(400, 2400, 160):
        slipped = words[1][:cut] + silence(0.02) + words[1][cut:]
        assert heard_as_one(_after(0.5, words[0], slipped, words[2]), words) == []

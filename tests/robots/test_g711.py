"""A-law and mu-law against the tables of ITU-T G.711 and against each other."""

from __future__ import annotations

from array import array

from robots.g711 import SILENCE, decode, encode

# 16 bit values of G.711's decision tables, spot by spot: (code, decoded)
ALAW = {0xD5: 8, 0x55: -8, 0xAA: 32256, 0x2A: -32256, 0x80: 5504, 0x00: -5504, 0xC5: 264, 0x45: -264, 0xE5: 1056, 0xF5: 528}
MULAW = {0xFF: 0, 0x7F: 0, 0x80: 32124, 0x00: -32124, 0xFE: 8, 0x7E: -8, 0xEF: 132, 0x6F: -132, 0x8F: 16764, 0xBF: 1980, 0xC0: 1884}


def test_codes_decode_to_the_values_of_the_recommendation() -> None:
    assert {code: decode(bytes([code]), "PCMA")[0] for code in ALAW} == ALAW
    assert {code: decode(bytes([code]), "PCMU")[0] for code in MULAW} == MULAW


def test_each_code_survives_decoding_and_encoding() -> None:
    codes = bytes(range(256))
    assert encode(decode(codes, "PCMA"), "PCMA") == codes
    # mu-law has two zeros, which become one
    assert encode(decode(codes, "PCMU"), "PCMU") == codes.replace(b"\x7f", b"\xff")


def test_every_sample_stays_within_half_a_step_of_itself() -> None:
    samples = array("h", range(-32768, 32768, 7))
    for codec in ("PCMA", "PCMU"):
        for before, after in zip(samples, decode(encode(samples, codec), codec), strict=True):
            # steps grow to 1024 in the loudest segment; above the last level there is only clipping
            assert abs(before - after) <= max(16, abs(before) / 16, abs(before) - 32124 if codec == "PCMU" else 0), (codec, before)


def test_silence_is_the_quietest_code_of_each_law() -> None:
    assert max(map(abs, decode(SILENCE["PCMA"], "PCMA"))) == 8
    assert max(map(abs, decode(SILENCE["PCMU"], "PCMU"))) == 0
    assert encode([0] * 160, "PCMU") == SILENCE["PCMU"]
    assert encode([0] * 160, "PCMA") == SILENCE["PCMA"]

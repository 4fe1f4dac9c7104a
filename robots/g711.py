"""A-law and mu-law (ITU-T G.711) by own tables: Python 3.13 has no ``audioop`` any more.

PCM is signed 16 bit, 8000 samples a second, as ``array('h')`` in the machine's byte order. One byte per sample on the wire.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Literal

Codec = Literal["PCMA", "PCMU"]
RATE = 8000
"""Samples a second of everything here."""

_SEGMENT_ENDS = (0x1F, 0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF, 0xFFF)
_MU_BIAS = 33


def _alaw_encode(sample: int) -> int:
    """One byte of a 16 bit sample: 13 bits used, even bits inverted (G.711 table 1a)."""
    value = sample >> 3
    mask = 0xD5
    if value < 0:
        mask, value = 0x55, -value - 1
    for segment, end in enumerate(_SEGMENT_ENDS):
        if value <= end:
            shift = 1 if segment < 2 else segment
            return ((segment << 4) | ((value >> shift) & 0x0F)) ^ mask
    return 0x7F ^ mask


def _alaw_decode(code: int) -> int:
    value = code ^ 0x55
    level = (value & 0x0F) << 4
    segment = (value & 0x70) >> 4
    level = level + 8 if segment == 0 else (level + 0x108) << (segment - 1)
    return level if value & 0x80 else -level


def _mulaw_encode(sample: int) -> int:
    """One byte of a 16 bit sample: 14 bits used, bias 33, all bits inverted (G.711 table 2a)."""
    value = sample >> 2
    sign = 0xFF
    if value < 0:
        sign, value = 0x7F, -value
    value = min(value, 8158) + _MU_BIAS
    segment = value.bit_length() - 6
    return ((segment << 4) | ((value >> (segment + 1)) & 0x0F)) ^ sign


def _mulaw_decode(code: int) -> int:
    value = ~code & 0xFF
    level = (((value & 0x0F) << 3) + 0x84) << ((value & 0x70) >> 4)
    return 0x84 - level if value & 0x80 else level - 0x84


_DECODE: dict[Codec, array[int]] = {
    "PCMA": array("h", (_alaw_decode(code) for code in range(256))),
    "PCMU": array("h", (_mulaw_decode(code) for code in range(256))),
}
# Indexed by sample >> 2 (14 bits), so that one table serves both laws; a negative index counts from the end, as it should.
_ENCODE: dict[Codec, bytes] = {
    "PCMA": bytes(_alaw_encode((index if index < 8192 else index - 16384) << 2) for index in range(16384)),
    "PCMU": bytes(_mulaw_encode((index if index < 8192 else index - 16384) << 2) for index in range(16384)),
}
SILENCE: dict[Codec, bytes] = {"PCMA": b"\xd5" * 160, "PCMU": b"\xff" * 160}
"""20 ms of nothing."""


def encode(samples: Iterable[int], codec: Codec) -> bytes:
    """One byte per 16 bit sample."""
    table = _ENCODE[codec]
    return bytes([table[sample >> 2] for sample in samples])


def decode(payload: bytes, codec: Codec) -> array[int]:
    """The 16 bit samples of a payload, one per byte."""
    return array("h", map(_DECODE[codec].__getitem__, payload))

"""What a text is on the wire: its coding, its parts when it is long, and the header that joins them again (3GPP TS 23.040 §9.2.3.24).

Laws: a character pair of UTF-16 is never cut in two; nothing is ever replaced by a question mark; what can't be read is said so.
"""

from __future__ import annotations

from dataclasses import dataclass

ASCII, BINARY, UCS2, GBK = 0, 4, 8, 15
"""Msg_Fmt of CMPP, the same in SMGP and SGIP; SMPP's data_coding has 8 for UCS-2 too."""
ONE_PART, EACH_PART = 70, 67
"""UTF-16 units of a text alone, and of each part of a longer one: 140 bytes less six of header."""

_CODECS = {ASCII: "ascii", UCS2: "utf-16-be", GBK: "gb18030"}


@dataclass(frozen=True, slots=True)
class Joint:
    """Which part of which long text: ``ref`` the same in all parts, ``number`` from 1 to ``total``."""

    ref: int
    total: int
    number: int


def parts(text: str) -> list[str]:
    """``text`` as the network carries it: alone up to 70 UTF-16 units, else parts of at most 67 that never cut a pair."""
    if units(text) <= ONE_PART:
        return [text]
    found: list[str] = []
    begin = room = 0
    for at, letter in enumerate(text):
        size = 2 if ord(letter) > 0xFFFF else 1
        if room + size > EACH_PART:
            found.append(text[begin:at])
            begin, room = at, 0
        room += size
    return [*found, text[begin:]]


def units(text: str) -> int:
    """UTF-16 code units of ``text``: what a UCS-2 message is counted in."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def joint_header(joint: Joint) -> bytes:
    """Six bytes that stand before a part's text."""
    return bytes((5, 0, 3, joint.ref & 0xFF, joint.total, joint.number))


def take_header(content: bytes) -> tuple[Joint | None, bytes]:
    """The joint of a part with a user data header (8- or 16-bit reference) and its content behind it; None when it has no such."""
    size = content[0] + 1 if content else 0
    if not 0 < size <= len(content):
        return None, content
    at, rest = 1, content[size:]
    while at + 2 <= size:
        kind, length = content[at], content[at + 1]
        value = content[at + 2 : at + 2 + length]
        if kind == 0 and len(value) == 3:
            return Joint(value[0], value[1], value[2]), rest
        if kind == 8 and len(value) == 4:
            return Joint(value[0] << 8 | value[1], value[2], value[3]), rest
        at += 2 + length
    return None, rest


def readable(content: bytes, coding: int) -> str:
    """``content`` as people read it; hexadecimal when its coding isn't known or it isn't what it says."""
    codec = _CODECS.get(coding)
    try:
        return content.decode(codec) if codec else content.hex()
    except UnicodeDecodeError:
        return content.hex()

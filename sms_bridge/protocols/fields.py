"""The words the PDU tables are written in: a field has a name (the carrier's own), a kind and a size in bytes; all big-endian.

Text is fixed in width and filled with 0x00 on the right (CMPP 3.0.0 §8.1, the same in SMGP and SGIP). It stays ``bytes``: nobody has
to guess a coding to put the same bytes on the wire again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hotline.errors import HotlineError

Kind = Literal["uint", "text", "raw", "content", "repeat", "cstring", "tlvs"]
Values = Mapping[str, Any]
"""Field name -> int, bytes, list of bytes (repeat), list of (tag, bytes) (tlvs)."""


class Malformed(HotlineError):
    """This is no PDU of the protocol:"""


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``by``: the earlier field that counts its bytes (content) or items (repeat); ``size`` of a repeat is one item's."""

    name: str
    kind: Kind
    size: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One PDU: name and command id as the carrier's document has them, and the fields of its body, header excluded.

    ``may_be_empty``: a refusal may come without a body (SMPP 3.4 §4.4.2).
    """

    name: str
    id: int
    fields: tuple[Field, ...] = ()
    may_be_empty: bool = False


def u8(name: str) -> Field:
    """One byte."""
    return Field(name, "uint", 1)


def u16(name: str) -> Field:
    """Two bytes."""
    return Field(name, "uint", 2)


def u32(name: str) -> Field:
    """Four bytes."""
    return Field(name, "uint", 4)


def u64(name: str) -> Field:
    """Eight bytes, unsigned: a CMPP Msg_Id is above 2^63 from August on."""
    return Field(name, "uint", 8)


def text(name: str, size: int) -> Field:
    """Octet String of ``size`` bytes, the filling left away."""
    return Field(name, "text", size)


def raw(name: str, size: int) -> Field:
    """``size`` bytes exactly as they are (digests, binary ids)."""
    return Field(name, "raw", size)


def content(name: str, by: str) -> Field:
    """As many bytes as the field ``by`` says."""
    return Field(name, "content", by=by)


def repeat(name: str, size: int, by: str) -> Field:
    """As many texts of ``size`` bytes as the field ``by`` says."""
    return Field(name, "repeat", size, by)


def cstring(name: str, size: int) -> Field:
    """C-Octet String: ended by 0x00, at most ``size`` bytes with it."""
    return Field(name, "cstring", size)


def tlvs(name: str = "Tlvs") -> Field:
    """Tag, length and value (2 + 2 + n bytes) until the end, in their order."""
    return Field(name, "tlvs")

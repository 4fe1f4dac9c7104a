"""A protocol as data: its header and its tables. From that: bytes to PDU, PDU to bytes, a stream of bytes to whole frames.

Laws: a frame read and written again is the same bytes; whatever bytes come, the answer is PDUs or Malformed, never another error;
nothing is kept of a stream but the frame that is still incomplete, and that never grows beyond the dialect's longest PDU.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import msgspec

from sms_bridge.protocols.codec import Codec, compile_table
from sms_bridge.protocols.fields import Malformed, Table, Values


class Pdu(msgspec.Struct, frozen=True):
    """One message of a protocol. ``sequence`` pairs an answer with its request (SGIP: three words in one number); ``status``: SMPP's.

    Numbers and texts do not show in ``repr``.
    """

    name: str
    sequence: int
    fields: Values = {}
    status: int = 0

    def __repr__(self) -> str:
        return f"<{self.name} {self.sequence}{f' status {self.status:#x}' if self.status else ''}>"

    def __getitem__(self, field: str) -> Any:
        return self.fields[field]


class Dialect:
    """One protocol in one version. ``words``: header words behind the length (2: command, sequence; 3: + status; 4: sequence of 3)."""

    def __init__(self, name: str, title: str, words: int, tables: Sequence[Table], longest: int) -> None:
        self.name = name
        self.title = title
        self.tables = tuple(tables)
        self.longest = longest
        self.header = 4 + 4 * words
        self._words = struct.Struct(f">{words + 1}I")
        self._status = words == 3
        self._triple = words == 4
        codecs = [compile_table(table, self.header) for table in tables]
        self._by_id: dict[int, Codec] = {each.table.id: each for each in codecs}
        self._by_name: dict[str, Codec] = {each.table.name: each for each in codecs}

    def __repr__(self) -> str:
        return f"<{self.title}>"

    def write(self, pdu: Pdu) -> bytes:
        """The whole frame of ``pdu``. Raises Malformed naming the field that has no room or is not there."""
        codec = self._by_name.get(pdu.name)
        if codec is None:
            raise Malformed(f"{self.title} has no {pdu.name}")
        body = codec.encode(pdu.fields)
        length, id, number = self.header + len(body), codec.table.id, pdu.sequence
        if length > self.longest:
            raise Malformed(f"{pdu.name}: {length} bytes, {self.longest} are the most")
        try:
            if self._triple:
                return self._words.pack(length, id, number >> 64, number >> 32 & 0xFFFFFFFF, number & 0xFFFFFFFF) + body
            if self._status:
                return self._words.pack(length, id, pdu.status, number) + body
            return self._words.pack(length, id, number) + body
        except struct.error:
            raise Malformed(f"{pdu.name}: its sequence or status has no room") from None

    def read(self, frame: bytes) -> Pdu:
        """The PDU that ``frame`` is, all of it. Raises Malformed."""
        if len(frame) < self.header:
            raise Malformed(f"{len(frame)} bytes, the header of {self.title} alone has {self.header}")
        words = self._words.unpack_from(frame)
        if words[0] != len(frame):
            raise Malformed(f"its length field says {words[0]}, it has {len(frame)} bytes")
        codec = self._by_id.get(words[1])
        if codec is None:
            raise Malformed(f"{self.title} knows no command {words[1]:#010x}")
        fields = codec.decode(frame)
        if self._triple:
            return Pdu(codec.table.name, words[2] << 64 | words[3] << 32 | words[4], fields)
        if self._status:
            return Pdu(codec.table.name, words[3], fields, words[2])
        return Pdu(codec.table.name, words[2], fields)


class Framer:
    """Cuts a stream into frames, however its bytes come: split, merged, one by one."""

    def __init__(self, dialect: Dialect) -> None:
        self._least = dialect.header
        self._most = dialect.longest
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that are whole now. Raises Malformed at a length no PDU can have (and is of no use afterwards)."""
        data = self._rest + data if self._rest else data
        frames, at, end = [], 0, len(data)
        while end - at >= 4:
            length = int.from_bytes(data[at : at + 4], "big")
            if not self._least <= length <= self._most:
                raise Malformed(f"a PDU can't have {length} bytes ({self._least} to {self._most})")
            if end - at < length:
                break
            frames.append(data[at : at + length])
            at += length
        self._rest = data[at:]
        return frames

    @property
    def incomplete(self) -> int:
        """Bytes of a frame that is not whole yet."""
        return len(self._rest)

"""SIP messages (RFC 3261 §7, §25) as bytes and back: lenient in reading, strict in writing.

Nothing here knows sockets, timers or dialogs. What can't be understood at all is :class:`MalformedSip`; the phone counts and
drops it.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field, replace

from hotline.errors import HotlineError

MAGIC = "z9hG4bK"
_COMPACT = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
    "c": "content-type", "k": "supported", "s": "subject", "e": "content-encoding",
}  # fmt: skip
_LISTED = frozenset({"via", "route", "record-route", "contact", "require", "supported", "allow"})
_METHOD = re.compile(r"^[A-Za-z0-9\-.!%*_+`'~]{1,40}$")


class MalformedSip(HotlineError):
    """Not a SIP message:"""


@dataclass(slots=True)
class _Headed:
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def get(self, name: str) -> str:
        """The first header of that name, or an empty text."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

    def all(self, name: str) -> list[str]:
        """All values of that name, in order; lists between commas are taken apart where SIP allows them."""
        wanted = name.lower()
        values = [value for key, value in self.headers if key.lower() == wanted]
        return [part for value in values for part in split_list(value)] if wanted in _LISTED else values

    def add(self, name: str, value: str) -> None:
        """Append a header."""
        self.headers.append((name, value))

    def cseq(self) -> tuple[int, str]:
        """Number and method of CSeq. Raises MalformedSip."""
        number, _, method = self.get("CSeq").strip().partition(" ")
        if not (number.isascii() and number.isdigit()) or not method.strip():
            raise MalformedSip("CSeq")
        return int(number), method.strip().upper()

    def _tail(self) -> bytes:
        lines = [f"{key}: {value}" for key, value in self.headers if key.lower() != "content-length"]
        lines.append(f"Content-Length: {len(self.body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body


@dataclass(slots=True)
class Request(_Headed):
    """A request."""

    method: str = ""
    uri: str = ""

    def to_bytes(self) -> bytes:
        """As it goes on the wire."""
        return f"{self.method} {self.uri} SIP/2.0\r\n".encode() + self._tail()


@dataclass(slots=True)
class Response(_Headed):
    """A response."""

    status: int = 0
    reason: str = ""

    def to_bytes(self) -> bytes:
        """As it goes on the wire."""
        return f"SIP/2.0 {self.status} {self.reason}\r\n".encode() + self._tail()


def parse(data: bytes) -> Request | Response:
    """The message in one datagram. Raises MalformedSip; keeps no more of the body than Content-Length says."""
    head, separator, body = _split(data)
    lines = head.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    headers = _read_headers(lines[1:])
    message = _read_start(lines[0])
    message.headers = headers
    length = message.get("Content-Length").strip()
    if length.isascii() and length.isdigit():
        if int(length) > len(body):
            raise MalformedSip("the body is shorter than Content-Length")
        body = body[: int(length)]
    message.body = body
    if not separator or not message.get("Call-ID") or not message.get("Via") or not message.get("From"):
        raise MalformedSip("a header that every message has is missing")
    number, method = message.cseq()
    if (isinstance(message, Request) and method != message.method) or number >= 1 << 32:
        raise MalformedSip("CSeq doesn't fit")
    return message


def _split(data: bytes) -> tuple[bytes, bytes, bytes]:
    data = data.lstrip(b"\r\n")
    crlf, lone = data.find(b"\r\n\r\n"), data.find(b"\n\n")
    mark = b"\r\n\r\n" if crlf >= 0 and (lone < 0 or crlf < lone) else b"\n\n"
    return data.partition(mark)


def _read_start(line: str) -> Request | Response:
    words = line.strip().split(" ", 2)
    if len(words) >= 2 and words[0].upper() == "SIP/2.0":
        if re.fullmatch(r"[1-6][0-9][0-9]", words[1], re.ASCII):
            return Response(status=int(words[1]), reason=words[2] if len(words) > 2 else "")
    elif len(words) == 3 and words[2].upper() == "SIP/2.0" and _METHOD.match(words[0]):
        return Request(method=words[0].upper(), uri=words[1])
    raise MalformedSip("start line")


def _read_headers(lines: list[str]) -> list[tuple[str, str]]:
    headers: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and headers:
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {line.strip()}")
            continue
        name, colon, value = line.partition(":")
        if colon:
            name = name.strip()
            headers.append((_COMPACT.get(name.lower(), name), value.strip()))
    return headers


def split_list(value: str) -> list[str]:
    """The parts between commas that are neither in quotes nor in angle brackets."""
    parts: list[str] = []
    quoted, depth, start = False, 0, 0
    for index, letter in enumerate(value):
        if letter == '"' and value[index - 1 : index] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += (letter == "<") - (letter == ">")
            if letter == "," and depth <= 0:
                parts.append(value[start:index].strip())
                start = index + 1
    parts.append(value[start:].strip())
    return [part for part in parts if part]


@dataclass(frozen=True, slots=True)
class Address:
    """A From, To, Contact or Route value: display name, URI, and the parameters behind."""

    uri: str
    display: str = ""
    parameters: tuple[tuple[str, str], ...] = ()

    def parameter(self, name: str) -> str:
        """A parameter's value, empty when it has none or isn't there."""
        return next((value for key, value in self.parameters if key == name), "")

    def with_tag(self, tag: str) -> Address:
        """The same address with ``tag`` as its tag."""
        others = tuple(pair for pair in self.parameters if pair[0] != "tag")
        return replace(self, parameters=(*others, ("tag", tag)))

    def __str__(self) -> str:
        shown = f'"{self.display}" ' if self.display else ""
        return f"{shown}<{self.uri}>" + "".join(f";{key}={value}" if value else f";{key}" for key, value in self.parameters)


def parse_address(value: str) -> Address:
    """``"Name" <sip:a@b;lr>;tag=x`` or ``sip:a@b;tag=x``; never raises, odd input gives an odd URI."""
    before, bracket, rest = value.partition("<")
    if bracket:
        uri, _, tail = rest.partition(">")
        display = before.strip().strip('"')
    else:
        uri, _, tail = value.partition(";")
        display, tail = "", ";" + tail
    return Address(uri.strip(), display, tuple(parse_semicolons(tail)))


def parse_semicolons(tail: str) -> list[tuple[str, str]]:
    """``;a=b;c`` as pairs; names in lower case."""
    pairs = []
    for part in tail.split(";"):
        name, _, value = part.strip().partition("=")
        if name:
            pairs.append((name.strip().lower(), value.strip().strip('"')))
    return pairs


def user_of(uri: str) -> str:
    """The user part of a SIP URI with its %-escapes undone, or an empty text."""
    rest = uri.partition(":")[2]
    user = rest.partition("@")[0] if "@" in rest else ""
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), user.partition(";")[0].partition(":")[0])


def escape_user(user: str) -> str:
    """``user`` as it may stand in a URI: ``#`` becomes ``%23``, ``*`` stays."""
    return "".join(c if (c.isalnum() and c.isascii()) or c in "-_.!~*'()&=+$,;?/" else f"%{ord(c):02X}" for c in user)


def host_port(uri: str, default: int = 5060) -> tuple[str, int]:
    """Host and port of a SIP URI; port ``default`` when it names none or nonsense."""
    rest = uri.partition(":")[2] or uri
    host = rest.rpartition("@")[2].partition(";")[0].partition("?")[0]
    name, _, port = host.partition(":")
    return name, int(port) if port.isascii() and port.isdigit() and 0 < int(port) < 65536 else default


def new_branch() -> str:
    """A branch parameter nobody used before."""
    return MAGIC + secrets.token_hex(8)


def reply(request: Request, status: int, reason: str, tag: str = "") -> Response:
    """A response to ``request`` with the headers that must be copied (RFC 3261 §8.2.6.2)."""
    response = Response(status=status, reason=reason)
    copied = ("via", "record-route", "from", "to", "call-id", "cseq")
    for key, value in request.headers:
        name = key.lower()
        if name not in copied or (name == "record-route" and not 100 < status < 300):
            continue
        if name == "to" and tag and not parse_address(value).parameter("tag"):
            value = f"{value};tag={tag}"
        response.add(key, value)
    return response

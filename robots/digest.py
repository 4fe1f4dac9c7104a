"""Answers to SIP's digest challenges (RFC 2617, RFC 7616; RFC 8760 for SHA-256 in SIP)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hotline.errors import HotlineError
from hotline.secret import Secret


class CantAnswer(HotlineError):
    """None of the challenges can be answered:"""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_HASHES: dict[str, Callable[[str], str]] = {"MD5": _md5, "SHA-256": _sha256}


@dataclass(frozen=True, slots=True)
class Challenge:
    """One ``WWW-Authenticate`` or ``Proxy-Authenticate`` header."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: str = ""
    opaque: str | None = None


def parse_parameters(text: str) -> dict[str, str]:
    """``name=value`` pairs between commas, quoted or not; names in lower case."""
    found: dict[str, str] = {}
    rest = text
    while rest:
        name, _, rest = rest.partition("=")
        rest = rest.lstrip()
        if rest.startswith('"'):
            value, rest = _unquote(rest[1:])
            _, _, rest = rest.partition(",")
        else:
            value, _, rest = rest.partition(",")
        found[name.strip().lower()] = value.strip()
    return found


def _unquote(rest: str) -> tuple[str, str]:
    value: list[str] = []
    index = 0
    while index < len(rest) and rest[index] != '"':
        index += rest[index] == "\\"
        value.append(rest[index : index + 1])
        index += 1
    return "".join(value), rest[index + 1 :]


def choose(headers: Iterable[str]) -> Challenge:
    """The first challenge we can answer. Raises CantAnswer when there is none."""
    for header in headers:
        scheme, _, rest = header.strip().partition(" ")
        given = parse_parameters(rest)
        algorithm = given.get("algorithm", "MD5").upper()
        qops = [word.strip() for word in given.get("qop", "").split(",") if word.strip()]
        if scheme.lower() != "digest" or algorithm not in _HASHES or "nonce" not in given:
            continue
        if qops and "auth" not in qops:
            continue
        return Challenge(given.get("realm", ""), given["nonce"], algorithm, "auth" if qops else "", given.get("opaque"))
    raise CantAnswer()


def authorize(challenge: Challenge, method: str, uri: str, user: str, password: Secret, *, count: int = 1, cnonce: str = "") -> str:
    """The value of the (Proxy-)Authorization header; ``cnonce`` is made up when empty (given in tests only)."""
    digest = _HASHES[challenge.algorithm]
    ha1 = digest(f"{user}:{challenge.realm}:{password.reveal()}")
    ha2 = digest(f"{method}:{uri}")
    own = cnonce or secrets.token_hex(8)
    fields = [f'username="{user}"', f'realm="{challenge.realm}"', f'nonce="{challenge.nonce}"', f'uri="{uri}"']
    if challenge.qop:
        response = digest(f"{ha1}:{challenge.nonce}:{count:08x}:{own}:auth:{ha2}")
        fields += ["qop=auth", f"nc={count:08x}", f'cnonce="{own}"']
    else:
        response = digest(f"{ha1}:{challenge.nonce}:{ha2}")
    fields += [f'response="{response}"', f"algorithm={challenge.algorithm}"]
    if challenge.opaque is not None:
        fields.append(f'opaque="{challenge.opaque}"')
    return "Digest " + ", ".join(fields)

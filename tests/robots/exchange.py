"""A little exchange for the tests: a phone that keeps a register, asks for passwords and takes feature codes.

Its digest check is written out here, so that the phone is not measured by its own yardstick.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from robots.phone import Phone
from robots.sip import Request, parse_address, user_of
from robots.transactions import ServerTransaction

REALM = "test"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


class Exchange(Phone):
    """``accounts`` are passwords by user; ``proxy`` asks with 407 instead of 401; ``taken`` are feature codes it carries out."""

    def __init__(self, accounts: dict[str, str], *, proxy: bool = False, ask_calls: bool = False, **options: Any) -> None:
        super().__init__(user="exchange", **options)
        self.accounts = accounts
        self.contacts: dict[str, str] = {}
        self.registrations: list[tuple[str, int]] = []
        self.shortest = 0
        self.most_seconds = 3600
        self.away = False
        self.codes: list[tuple[str, str]] = []
        self._proxy, self._ask_calls = proxy, ask_calls
        self._nonces: list[str] = []

    @property
    def address(self) -> tuple[str, int]:
        """Where the phones find it."""
        return "127.0.0.1", self.agent.port

    def on_request(self, request: Request, transaction: ServerTransaction) -> None:
        user = user_of(parse_address(request.get("From")).uri)
        new = not parse_address(request.get("To")).parameter("tag")
        if self.away:
            return
        if request.method == "REGISTER":
            if self._proven(request, transaction, user):
                self._register(request, transaction, user)
        elif request.method == "INVITE" and new and user_of(request.uri).startswith("*"):
            if self._proven(request, transaction, user):
                self.codes.append((user, user_of(request.uri)))
                transaction.respond(603, "Decline", tag="x")
        elif request.method == "INVITE" and new and self._ask_calls:
            if self._proven(request, transaction, user):
                super().on_request(request, transaction)
        else:
            super().on_request(request, transaction)

    def _proven(self, request: Request, transaction: ServerTransaction, user: str) -> bool:
        header = request.get("Proxy-Authorization" if self._proxy else "Authorization")
        fields = dict(re.findall(r'(\w+)="?([^",]*)"?', header))
        ha1 = _md5(f"{user}:{REALM}:{self.accounts.get(user, '?')}")
        ha2 = _md5(f"{request.method}:{fields.get('uri')}")
        wanted = _md5(f"{ha1}:{fields.get('nonce')}:{fields.get('nc')}:{fields.get('cnonce')}:auth:{ha2}")
        if fields.get("response") == wanted and fields.get("nonce") in self._nonces:
            self._nonces.remove(fields["nonce"])  # good for one request
            return True
        self._nonces.append(f"n{transaction.source[1]}.{len(self._nonces)}.{request.cseq()[0]}")
        challenge = f'Digest realm="{REALM}", nonce="{self._nonces[-1]}", qop="auth"'
        name = "Proxy-Authenticate" if self._proxy else "WWW-Authenticate"
        transaction.respond(407 if self._proxy else 401, "Who are you", tag="x", headers=((name, challenge),))
        return False

    def _register(self, request: Request, transaction: ServerTransaction, user: str) -> None:
        expires = int(request.get("Expires"))
        if 0 < expires < self.shortest:
            transaction.respond(423, "Interval Too Brief", headers=(("Min-Expires", str(self.shortest)),))
            return
        contact = parse_address(request.get("Contact")).uri
        self.registrations.append((user, expires))
        if expires:
            self.contacts[user] = contact
        else:
            self.contacts.pop(user, None)
        granted = min(expires, self.most_seconds)
        transaction.respond(200, "OK", tag="x", headers=(("Contact", f"<{contact}>;expires={granted}"),))

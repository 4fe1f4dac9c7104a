"""Personal data at rest: sealed so that it can be read with the installation's key only, and marked so that it can be found.

A *seal* is AES-256-GCM, bound to what it is about, other bytes each time; it names its key (GB/T 39786), so that the key can be
changed while old seals stay readable. A *mark* is a keyed hash (HMAC-SHA256, 96 bits): equal texts give equal marks, the text can't
be had back. One key and ``purpose`` per kind of data: what is sealed for one purpose opens for no other.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hotline.errors import HotlineError
from hotline.secret import Secret

_VERSION = b"\x01"


class SealBroken(HotlineError):
    """This can't be decrypted (another installation's key, or a damaged record):"""


class Sealer:
    """Seals and marks for one ``purpose``: version 1 byte, key id 4, nonce 12, ciphertext and tag. ``previous`` keys only read."""

    def __init__(self, key: Secret, purpose: str, previous: Sequence[Secret] = ()) -> None:
        label = purpose.encode()
        derived = [hashlib.sha256(label + b"\0" + each.reveal().encode()).digest() for each in (key, *previous)]
        self._ciphers = {hashlib.sha256(each).digest()[:4]: AESGCM(each) for each in derived}
        self._current = next(iter(self._ciphers))
        self._mark_key = hashlib.sha256(b"mark of " + label + b"\0" + key.reveal().encode()).digest()

    def seal(self, text: str, about: str) -> bytes:
        """``text`` encrypted, readable only where ``about`` is known."""
        nonce = os.urandom(12)
        return (
            _VERSION + self._current + nonce + self._ciphers[self._current].encrypt(nonce, text.encode("utf-8", "replace"), about.encode())
        )

    def unseal(self, sealed: bytes, about: str) -> str:
        """The text. Raises SealBroken."""
        cipher = self._ciphers.get(sealed[1:5])
        if sealed[:1] != _VERSION or cipher is None:
            raise SealBroken(f"{about} (key {sealed[1:5].hex()})")
        try:
            return cipher.decrypt(sealed[5:17], sealed[17:], about.encode()).decode()
        except InvalidTag:
            raise SealBroken(about) from None

    def mark(self, text: str) -> str:
        """The mark of ``text``: 24 hexadecimal digits."""
        return hmac.new(self._mark_key, text.encode(), hashlib.sha256).hexdigest()[:24]

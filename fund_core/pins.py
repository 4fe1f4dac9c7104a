"""PINs at rest: HMAC-SHA256 with a key kept outside the database, then argon2id; verified one at a time.

A six-digit PIN has a million values, so a stolen table of hashes falls in hours whatever the hash: the key (pepper) in the vault
is what protects it, argon2id is the second lock (domain/identity.md "PIN secrecy"). One verifying thread: overload makes callers
wait, it never takes the machine.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from hotline.secret import Secret


@dataclass(frozen=True, slots=True)
class Cost:
    """argon2id's cost: KiB of memory and passes."""

    memory_kib: int
    passes: int


REAL = Cost(19 * 1024, 2)
"""OWASP's set: about 30 ms a verdict."""
DEMO = Cost(1024, 1)
"""About 1 ms: the demo's PINs are public, and three hundred of them must not take minutes to make."""


class PinVault:
    """Makes and judges keyed PIN hashes. ``pepper`` comes from the installation's vault."""

    def __init__(self, pepper: Secret, cost: Cost = REAL) -> None:
        self._pepper = pepper.reveal().encode()
        self._hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=1, type=Type.ID)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="pins")
        self._nobody = self.hash(Secret("nobody's"))

    def hash(self, pin: Secret) -> str:
        """The text to store for ``pin``."""
        return self._hasher.hash(self._keyed(pin))

    async def make(self, pin: Secret) -> str:
        """:meth:`hash`, in the verifying thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.hash, pin)

    async def judge(self, stored: str | None, pin: Secret) -> bool:
        """Whether ``pin`` is the one of ``stored``; None takes as long and is wrong."""
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(self._pool, self._judge, stored or self._nobody, pin)
        return right and stored is not None

    def close(self) -> None:
        """Give the thread back."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _judge(self, stored: str, pin: Secret) -> bool:
        try:
            return self._hasher.verify(stored, self._keyed(pin))
        except (VerificationError, InvalidHashError):
            return False

    def _keyed(self, pin: Secret) -> bytes:
        return hmac.new(self._pepper, pin.reveal().encode(), hashlib.sha256).digest()

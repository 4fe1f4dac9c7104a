"""Who called: the number encrypted and erasable, and a key that tells a caller again without telling who he is.

Events carry only the :data:`~hotline.ids.CallerKey`, a keyed hash; the number itself stands in table ``callers`` under
AES-256-GCM. Erasing it (PIPL §47, GB/T 35273 8.3) changes no event and no figure. Every ciphertext names its key
(GB/T 39786), so that the key can be changed while old numbers stay readable.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, delete, select, text

from hotline.db import callers
from hotline.errors import HotlineError
from hotline.identity import is_mobile
from hotline.ids import UNKNOWN_CALLER as UNKNOWN_CALLER
from hotline.ids import CallerKey, CallId, call_back_id
from hotline.journal import Journal
from hotline.journal_read import day_bounds_us
from hotline.moment import Moment
from hotline.sealed import SealBroken, Sealer
from hotline.secret import Secret
from hotline.vault import Vault

CALLER_HASH_KEY = "caller_hash_key"
"""Name of the key of :func:`caller_key` in the vault."""
FRESH = 2_000
"""So many of the latest numbers (encrypted) are at hand without asking the database: the calls in progress."""

_REMEMBER = text(
    "INSERT INTO callers (call, number_encrypted, key, wall_us) VALUES (:call, :number_encrypted, :key, :wall_us)"
    " ON CONFLICT (call) DO UPDATE SET number_encrypted = excluded.number_encrypted, key = excluded.key"
)


class NumberUnreadable(HotlineError):
    """The caller's number can't be decrypted (another installation's key, or a damaged record):"""


class NumberCipher:
    """Seals (hotline/sealed.py) a number, bound to its call. ``previous`` are former keys, for reading only."""

    def __init__(self, key: Secret, previous: Sequence[Secret] = ()) -> None:
        self._sealer = Sealer(key, "12329 caller number", previous)

    def seal(self, call: CallId, number: str) -> bytes:
        """``number`` encrypted for ``call``; other bytes each time."""
        return self._sealer.seal(number, call)

    def unseal(self, call: CallId, sealed: bytes) -> str:
        """The number of ``call``. Raises NumberUnreadable."""
        try:
            return self._sealer.unseal(sealed, call)
        except SealBroken:
            raise NumberUnreadable(f"{call} (key {sealed[1:5].hex()})") from None


class Callers:
    """The callers' numbers beside ``journal``; keys ``caller_number_key`` and ``caller_hash_key`` of the ``vault``."""

    def __init__(self, journal: Journal, vault: Vault, previous: Sequence[Secret] = (), fresh: int = FRESH) -> None:
        self._at_hand = fresh
        self._journal = journal
        self._cipher = NumberCipher(vault.get("caller_number_key", 43), previous)
        self._hash_key = vault.get(CALLER_HASH_KEY, 43)
        self._fresh: OrderedDict[CallId, bytes] = OrderedDict()

    def key(self, ani: str) -> CallerKey:
        """The key of the caller with number ``ani``; the same however the carrier writes the number."""
        return caller_key(ani, self._hash_key)

    def block(self, ani: str) -> CallerKey:
        """The key of the ten thousand numbers ``ani`` is one of: the number without its last four digits."""
        return caller_key(normal_number(ani)[:-4], self._hash_key)

    def remember(self, call: CallId, ani: str, at: Moment) -> CallerKey:
        """Keep the number of ``call``, in order with the events, without waiting; the caller's key."""
        key = self.key(ani)
        if key == UNKNOWN_CALLER:
            return key
        sealed = self._cipher.seal(call, ani)
        self._fresh[call] = sealed
        if len(self._fresh) > self._at_hand:
            self._fresh.popitem(last=False)
        self._journal.write_beside("caller", (_REMEMBER, {"call": call, "number_encrypted": sealed, "key": key, "wall_us": at.wall}))
        return key

    async def number(self, call: CallId) -> str | None:
        """The number of ``call``; None when there was none or it was erased. Raises NumberUnreadable, JournalUnavailable."""
        sealed = self._fresh.get(call) or await self._journal.run(lambda connection: _sealed(connection, call))
        return self._cipher.unseal(call, sealed) if sealed else None

    async def erase(self, call: CallId) -> bool:
        """Erase the number of ``call``, and the one he wanted to be called back at, for ever; whether there was one.

        Raises JournalUnavailable.
        """
        statement = delete(callers).where(callers.c.call.in_((call, call_back_id(call))))
        erased = await self._journal.run(lambda connection: connection.execute(statement).rowcount, scrub=True)
        self._fresh.pop(call, None)
        self._fresh.pop(CallId(call_back_id(call)), None)
        return erased > 0

    async def erase_before(self, day: date) -> int:
        """Erase the numbers of all calls before the Asia/Shanghai ``day``; how many. Raises JournalUnavailable."""
        statement = delete(callers).where(callers.c.wall_us < day_bounds_us(day)[0])
        erased = await self._journal.run(lambda connection: connection.execute(statement).rowcount, scrub=True)
        self._fresh.clear()
        return erased


def caller_key(ani: str, key: Secret) -> CallerKey:
    """Keyed hash (HMAC-SHA256, 96 bits) of a number, so that it can neither be read back nor guessed without ``key``."""
    number = normal_number(ani)
    if not number:
        return UNKNOWN_CALLER
    return CallerKey(hmac.new(key.reveal().encode(), number.encode(), hashlib.sha256).hexdigest()[:24])


def normal_number(ani: str) -> str:
    """The digits of ``ani`` as dialled inside China: mobiles without 0, other numbers with area code; empty when it has none."""
    digits = "".join(sign for sign in ani if sign in "0123456789")
    international = digits.removeprefix("00")
    if international.startswith("86") and (ani.lstrip().startswith("+") or digits != international or len(digits) == 13):
        digits = international[2:]
        if len(digits) >= 10 and not is_mobile(digits):
            digits = f"0{digits}"
    return digits[1:] if digits[:1] == "0" and is_mobile(digits[1:]) else digits


def _sealed(connection: Connection, call: CallId) -> bytes | None:
    found = connection.execute(select(callers.c.number_encrypted).where(callers.c.call == call)).scalar()
    return bytes(found) if found is not None else None

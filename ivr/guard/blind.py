"""Keyed hashes for counters: a number or PIN that a caller keyed is told again, but can't be had back without the key."""

from __future__ import annotations

import hashlib
import hmac

from hotline.secret import Secret
from ivr.needs import Blind


def blinder(key: Secret) -> Blind:
    """HMAC-SHA256 under ``key`` (kept outside the database), 96 bits of it."""
    raw = key.reveal().encode()
    return lambda text: hmac.new(raw, text.encode(), hashlib.sha256).hexdigest()[:24]

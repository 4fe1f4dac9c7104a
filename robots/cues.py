"""How robots know that a person-like robot speaks: a short chime as greeting, another as farewell.

A robot can't understand "您好"; it hears the chime. A person hears a chime before a murmur. Both frequencies lie far from the
tones of keys, dialling and music, and a chime counts only when it is nearly pure and lasts 100 ms.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hotline.clock import monotonic
from robots.call import Call
from robots.g711 import RATE
from robots.levels import dbov, tone_power
from robots.tones import tone

GREETING_HZ = 1870.0
FAREWELL_HZ = 2310.0
CHIME_S = 0.3
_BLOCK = RATE // 20
_LISTEN_EVERY = 0.2


def chime(frequency: float) -> Sequence[int]:
    """A chime of :data:`CHIME_S` seconds."""
    return tone((frequency,), CHIME_S, 0.15)


def contains_chime(samples: Sequence[int], frequency: float) -> bool:
    """Whether two blocks of 50 ms in a row are nearly nothing but ``frequency``."""
    run = 0
    for start in range(0, len(samples) - _BLOCK + 1, _BLOCK):
        block = samples[start : start + _BLOCK]
        pure = dbov(block) > -40 and tone_power(block, frequency) > 0.8
        run = run + 1 if pure else 0
        if run >= 2:
            return True
    return False


async def wait_for_chime(call: Call, frequency: float, seconds: float) -> bool:
    """Listen until the chime is heard (True), the call is over or ``seconds`` have passed (False)."""
    until = monotonic() + seconds
    while not call.over and monotonic() < until:
        if contains_chime(call.heard.tail(_LISTEN_EVERY + CHIME_S + 0.1), frequency):
            return True
        await asyncio.sleep(_LISTEN_EVERY)
    return False

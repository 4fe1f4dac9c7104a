"""Packets as a sampled caller of the load bench gets them."""

from __future__ import annotations

from collections.abc import Iterable

from bench.listeners import Packet
from hotline.moment import Moment
from robots.g711 import encode

START = 1_000_000
"""Monotonic microseconds of the key's end."""


def moment(us: int) -> Moment:
    """A moment on the bench's clock."""
    return Moment(us, us)


def packets(samples: Iterable[int], first_us: int, sequence: int = 65_530) -> list[Packet]:
    """Samples as packets of 20 ms that arrive in time."""
    sound = encode(samples, "PCMA")
    cut = [sound[at : at + 160] for at in range(0, len(sound) - 159, 160)]
    return [Packet(moment(first_us + 20_000 * n), (sequence + n) % 65_536, payload, "PCMA") for n, payload in enumerate(cut)]

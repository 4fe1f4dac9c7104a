"""Where a link is, and where it may go from there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Phase(StrEnum):
    """Where a link is."""

    CONNECTING = "connecting"
    LOGGING_IN = "logging_in"
    UP = "up"
    DRAINING = "draining"
    """No new orders; ends when the last is answered."""
    DOWN = "down"


P = Phase
LEGAL: Mapping[Phase, frozenset[Phase]] = MappingProxyType(
    {
        P.CONNECTING: frozenset({P.LOGGING_IN, P.DOWN}),
        P.LOGGING_IN: frozenset({P.UP, P.DOWN}),
        P.UP: frozenset({P.DRAINING, P.DOWN}),
        P.DRAINING: frozenset({P.DOWN}),
        P.DOWN: frozenset(),
    }
)

"""The moments of a telephone call, as its own telephone sees them: what the tests compare the product's figures with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from hotline.moment import Moment
from robots.sdp import Direction

EndedBy = Literal["us", "peer", "nobody"]
"""Who ended it: ``nobody`` when it never came about (refused, unanswered) or the other side vanished."""


@dataclass(slots=True)
class Moments:
    """When it happened; None while it has not. For a caller ``sent`` and ``received`` swap places."""

    invited: Moment | None = None
    """INVITE sent (outgoing, the first one) or received."""
    trying: Moment | None = None
    rang: Moment | None = None
    """180 received or sent."""
    answered: Moment | None = None
    """200 OK received or sent."""
    acked: Moment | None = None
    """ACK sent or received."""
    cancelled: Moment | None = None
    bye_sent: Moment | None = None
    bye_received: Moment | None = None
    ended: Moment | None = None
    holds: list[tuple[Direction, Moment]] = field(default_factory=list)
    """Our own re-INVITEs that were answered: the direction asked for, and the 200 OK's arrival."""


@dataclass(frozen=True, slots=True)
class KeySent:
    """A key pressed; ``at`` is the first end packet (RFC 4733 E bit). The key itself never shows in a repr."""

    key: str = field(repr=False)
    at: Moment

"""What an exchange really has, as it tells when it is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

from hotline.ids import BridgeId, CallId, ChannelId, OfferId
from hotline.moment import Moment


@dataclass(frozen=True, slots=True)
class FoundChannel:
    """A channel that really exists, as the exchange tells it."""

    channel: ChannelId
    state: str
    call: CallId | None
    offer: OfferId | None
    ours: bool
    """In our Stasis application (True), or in the dialplan: fallback queue and the like (False)."""
    bridge: BridgeId | None
    since: Moment
    ani: str = field(default="", repr=False)
    where: str = ""
    """Dialplan context of a channel that is not ours, e.g. ``hl-fallback``."""
    endpoint: str = ""
    """Whose channel it is, e.g. ``hl-3``: tells which seat talks when the dialplan's own queue rang it."""
    dnis: str = ""
    trunk: str = ""
    """As :class:`Arrival` has them, of a caller in our application."""
    joined: Moment | None = None
    """As :class:`Arrival` has it, of a caller who was taken back from the fallback queue."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the exchange really has: the reconciler compares it with the floor."""

    at: Moment
    channels: tuple[FoundChannel, ...]
    bridges: tuple[BridgeId, ...]
    reachable: frozenset[str]

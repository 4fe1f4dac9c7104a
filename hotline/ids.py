"""Names of things. Each is its own type so that a call can never be passed where a seat is meant.

Ids that Asterisk carries out (channels, bridges, playbacks, recordings) are derived from ours, so repeating a command
finds the same thing again instead of making a second one (409 means done).
"""

from __future__ import annotations

from typing import NewType

CallId = NewType("CallId", str)
"""One inbound call for its whole life, e.g. ``c-20251120-9f3ab1c2d4``; the dialplan sets it before Stasis."""
WorkId = NewType("WorkId", str)
"""A piece of work that isn't a call: a text chat, e.g. ``w-20251120-17``."""
OfferId = NewType("OfferId", str)
"""One attempt to give a call to a seat, e.g. ``o-9f3ab1c2d4-2``; also the channel id of the seat's leg."""
SeatNo = NewType("SeatNo", int)
"""A place to work at, 1 to the number of seats."""
AgentNo = NewType("AgentNo", str)
"""A person's agent number 工号, e.g. ``8003``; spoken to the caller digit by digit."""
QueueName = NewType("QueueName", str)
ChannelId = NewType("ChannelId", str)
"""Asterisk's unique id of a channel."""
BridgeId = NewType("BridgeId", str)
RecordingId = NewType("RecordingId", str)
DepositorId = NewType("DepositorId", str)
"""The fund core's own opaque key of a person; not an account number, not personal data by itself."""
CallerKey = NewType("CallerKey", str)
"""Keyed hash of a caller's number: the same caller gives the same key, the number can't be had back from it."""
UNKNOWN_CALLER = CallerKey("unknown")
"""The key of calls without a number: they are not one caller, so they must not be counted as one."""


CallBackId = NewType("CallBackId", str)
"""A promise to call somebody back, e.g. ``k-20251120-9f3ab1c2d4``: one per call, renewed when he asks again in the same call."""


def call_back_id(call: CallId) -> CallBackId:
    """The id of the call-back promised in ``call``."""
    return CallBackId(f"k-{call[2:]}")


def offer_id(call: CallId, attempt: int) -> OfferId:
    """The id of the ``attempt``-th offer of ``call`` (from 1): derived, so a replay derives it again."""
    return OfferId(f"o-{call[2:]}-{attempt}")


def bridge_id(call: CallId) -> BridgeId:
    """The id of the bridge that joins ``call`` with its agent."""
    return BridgeId(f"b-{call[2:]}")

"""What Asterisk really has: channels, bridges and reachable endpoints, read for the reconciler.

Whose a channel is, is told by what cannot be lost with our memory: the seat's leg by its id (the offer's), a caller by the arguments
the dialplan gave our application, and a caller in the dialplan's own queue by the channel variable ``HL_CALL``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from hotline.clock import Clock
from hotline.ids import BridgeId, CallId, ChannelId
from hotline.moment import Moment
from telephony.ari_link import AriLink, decode_reply
from telephony.ari_messages import Bridge, Channel, Endpoint
from telephony.ari_phones import call_of, offer_of
from telephony.ari_wire import Reply
from telephony.ports import Found, FoundChannel, SwitchAway

CALL_VARIABLE = "HL_CALL"
TRUNKS = {"hl-carrier": "carrier", "hl-caller": "demo"}
SEAT = re.compile(r"hl-\d+(-web)?\Z", re.ASCII)
"""The names of seats' endpoints: a telephone, or a browser."""
DIAL_APPS = ("AppDial", "AppDial2")
"""The application Asterisk shows for a channel it dialled that is not answered yet."""


def endpoint_of(channel: Channel) -> str:
    """The endpoint's name in a channel's name: ``PJSIP/hl-3-0000001f`` is ``hl-3``."""
    return channel.name.partition("/")[2].rpartition("-")[0]


def arguments(channel: Channel, app: str) -> list[str] | None:
    """The arguments with which the dialplan entered our application; None when the channel is not in it."""
    plan = channel.dialplan
    if plan.app_name != "Stasis":
        return None
    name, *given = plan.app_data.split(",")
    return given if name == app else None


def call_in(channel: Channel, app: str) -> CallId | None:
    """The call a caller's channel belongs to, as far as the channel itself tells."""
    given = arguments(channel, app)
    if given and given[0] in ("arrived", "returned") and len(given) > 1:
        return CallId(given[1])
    named = (channel.channelvars or {}).get(CALL_VARIABLE)
    return CallId(named) if named else None


def origin(link: AriLink, channel: Channel, given: Sequence[str]) -> tuple[str, str, Moment | None]:
    """(number dialled, trunk, when he joined the fallback queue) of a caller who entered our application with these arguments."""
    returned = given[0] == "returned"
    word = given[2] if len(given) > 2 else ""
    dnis = "" if channel.dialplan.exten == "s" else channel.dialplan.exten
    return dnis, _trunk(endpoint_of(channel)) if returned else word, _epoch(link, word) if returned else None


def _trunk(endpoint: str) -> str:
    """The word the dialplan said when the caller arrived, by whose channel it is."""
    return "internal" if SEAT.match(endpoint) else TRUNKS.get(endpoint, endpoint)


def _epoch(link: AriLink, word: str) -> Moment | None:
    """Seconds since 1970, or milliseconds, as the dialplan wrote them down."""
    if not word.isdecimal() or len(word) > 13:
        return None
    return link.times.past(datetime.fromtimestamp(int(word) / (1000 if len(word) > 11 else 1), UTC))


async def look(link: AriLink, clock: Clock, app: str) -> Found:
    """Everything there is. Raises SwitchAway."""
    replies = await asyncio.gather(link.ask("GET", "channels"), link.ask("GET", "bridges"), link.ask("GET", "endpoints/PJSIP"))
    channels = _decode(replies[0], list[Channel])
    bridges = _decode(replies[1], list[Bridge])
    endpoints = _decode(replies[2], list[Endpoint]) if replies[2].ok else []
    bridge_of = {channel: BridgeId(bridge.id) for bridge in bridges for channel in bridge.channels}
    calls = await asyncio.gather(*(_call(link, channel, app) for channel in channels))
    found = tuple(_found(link, channel, call, bridge_of, app) for channel, call in zip(channels, calls, strict=True))
    ids = tuple(BridgeId(bridge.id) for bridge in bridges)
    return Found(clock.now(), found, ids, reachable(endpoints))


async def look_at_endpoints(link: AriLink) -> dict[str, bool]:
    """Every SIP endpoint, and whether it has a contact. Raises SwitchAway."""
    reply = await link.ask("GET", "endpoints/PJSIP")
    endpoints: list[Endpoint] = _decode(reply, list[Endpoint]) if reply.ok else []
    return {endpoint.resource: endpoint.state == "online" for endpoint in endpoints}


def reachable(endpoints: Iterable[Endpoint]) -> frozenset[str]:
    """The names of those that are online."""
    return frozenset(endpoint.resource for endpoint in endpoints if endpoint.state == "online")


async def _call(link: AriLink, channel: Channel, app: str) -> CallId | None:
    offer = offer_of(channel.id)
    if offer is not None:
        return call_of(offer)
    call = call_in(channel, app)
    if call is not None or channel.channelvars is not None or arguments(channel, app) is not None:
        return call
    reply = await link.ask("GET", f"channels/{channel.id}/variable?variable={CALL_VARIABLE}")
    named = decode_reply(reply).get("value") if reply.ok else ""
    return CallId(named) if named else None


def _found(link: AriLink, channel: Channel, call: CallId | None, bridge_of: dict[str, BridgeId], app: str) -> FoundChannel:
    offer = offer_of(channel.id)
    given = arguments(channel, app)
    inside = given is not None or (offer is not None and channel.dialplan.app_name in DIAL_APPS)
    known = offer is None and given is not None and given[:1] in (["arrived"], ["returned"])
    dnis, trunk, joined = origin(link, channel, given) if known and given is not None else ("", "", None)
    return FoundChannel(
        channel=ChannelId(channel.id),
        state=channel.state,
        call=call,
        offer=offer,
        ours=inside,
        bridge=bridge_of.get(channel.id),
        since=link.times.past(channel.creationtime),
        ani=channel.caller.number if offer is None else "",
        where="" if inside else channel.dialplan.context,
        endpoint=endpoint_of(channel),
        dnis=dnis,
        trunk=trunk,
        joined=joined,
    )


def _decode(reply: Reply, kind: Any) -> Any:
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except msgspec.DecodeError as error:
        raise SwitchAway(f"unreadable reply, status {reply.status}") from error

"""How a part becomes an order for the wire: coded, joined, with the time after which the network must not deliver it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hotline.moment import SHANGHAI, Moment
from sms_bridge.link.model import Order
from sms_bridge.protocols.texts import UCS2, Joint, joint_header
from sms_bridge.relay.model import Part
from sms_bridge.relay.rules import URGENT
from sms_bridge.rules import CLOSES


def order_of(part: Part, at: Moment) -> Order:
    """The order that puts ``part`` on the wire at ``at``.

    The reference that joins parts is of the message's id: another for each of 256 messages in a row, whoever they go to.
    """
    message = part.message
    content = message.parts[part.number - 1].encode("utf-16-be")
    count = len(message.parts)
    if count > 1:
        content = joint_header(Joint(message.id, count, part.number)) + content
    until, link_id = valid_until(part, at), message.link_id.encode("latin-1")
    return Order(part.ticket, message.number, content, UCS2, count, count > 1, until, link_id)


def valid_until(part: Part, at: Moment) -> datetime | None:
    """Not to be delivered afterwards: what nobody asked for not after 22:00 (seed 000 §3.3-2), what runs out not when it has."""
    ends = part.message.expires_us
    until = datetime.fromtimestamp(ends / 1e6, UTC).astimezone(SHANGHAI) if ends is not None else None
    if part.message.lane in URGENT:
        return until
    tonight = at.local().replace(hour=CLOSES.hour, minute=CLOSES.minute, second=0, microsecond=0) - timedelta(seconds=1)
    return min(until, tonight) if until else tonight

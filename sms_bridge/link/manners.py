"""What a protocol's manners must be able to say; everything else about a link is the same for all of them (machine.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sms_bridge.link.model import Account, Heard, Order
from sms_bridge.protocols.dialect import Dialect, Pdu


class Manners(Protocol):
    """One protocol spoken from our side. Only :meth:`hear` may raise Malformed on what came."""

    dialect: Dialect
    account: Account

    def login(self, sequence: int, now: datetime) -> Pdu:
        """The request to be let in; ``now`` is Asia/Shanghai."""
        ...

    def submit(self, sequence: int, order: Order) -> Pdu:
        """The order as a PDU. Raises Malformed when something has no room."""
        ...

    def beat(self, sequence: int) -> Pdu | None:
        """The heart-beat; None where the protocol has none."""
        ...

    def leave(self, sequence: int) -> Pdu:
        """The end of the session."""
        ...

    def hear(self, pdu: Pdu) -> Heard:
        """What a PDU means."""
        ...


def validity(until: datetime | None) -> bytes:
    """Absolute time as SMPP 3.3 has it, used by all four: YYMMDDhhmmss, tenths, quarters of an hour from UTC, sign."""
    return until.strftime("%y%m%d%H%M%S032+").encode() if until else b""


def plain_number(number: bytes) -> str:
    """Eleven digits of a mobile without its country code."""
    digits = number.decode("latin-1").lstrip("+")
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits

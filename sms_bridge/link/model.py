"""The neutral words between the relay and a link: what is to be sent, what came, whatever the protocol.

Seconds are of one monotonic clock; a ticket is the relay's own name of one part of one message. Numbers and contents don't show
in ``repr``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from hotline.errors import HotlineError
from hotline.secret import Secret
from sms_bridge.protocols.dialect import Pdu
from sms_bridge.protocols.texts import Joint


class Ticket(NamedTuple):
    """One part (from 1) of a message of the outbox."""

    message: int
    part: int


class Verdict(StrEnum):
    """What a gateway says to one submit."""

    TAKEN = "taken"
    REPEATED = "repeated"
    """It has this sequence already: an earlier try was taken."""
    SLOWER = "slower"
    """Flow control: the same again, later and less at a time."""
    REFUSED = "refused"
    """It will never take this one."""
    ELSEWHERE = "elsewhere"
    """It does not serve this number: another carrier may."""


class Fate(StrEnum):
    """What a report says."""

    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    ON_ITS_WAY = "on_its_way"
    """An intermediate state: nothing is decided."""


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How a link behaves: the values of CMPP 3.0.0 §7.1 unless a contract says otherwise. Seconds."""

    window: int = 16
    beat_s: float = 180.0
    answer_s: float = 60.0
    tries: int = 3
    connect_s: float = 5.0
    slower_s: float = 0.2
    slowest_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are at a gateway. ``source``: the access code texts come from; ``mutual``: the gateway must prove that it knows the secret."""

    name: str
    secret: Secret
    source: str = "12329"
    service: str = "GJJ"
    mutual: bool = True
    hex_ids: bool = False
    """SMPP: message ids are hexadecimal in one place and decimal in the other; compare them as numbers."""


@dataclass(frozen=True, slots=True)
class Order:
    """One part to be submitted. ``content`` in ``coding``, with its joint in front when ``joined``; ``link_id`` of the text it answers."""

    ticket: Ticket
    number: str = field(repr=False)
    content: bytes = field(repr=False)
    coding: int = 8
    parts: int = 1
    joined: bool = False
    valid_until: datetime | None = None
    link_id: bytes = b""


@dataclass(frozen=True, slots=True)
class LoginAnswer:
    """``words`` say what is wrong; empty: we are in."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class SubmitAnswer:
    """The answer to the submit of ``sequence``."""

    sequence: int
    verdict: Verdict
    code: str
    gateway_id: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report. ``key`` is the same when the gateway sends it again."""

    gateway_id: str
    stat: str
    fate: Fate
    key: str
    number: str = field(repr=False)
    receipt: Pdu = field(repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A text from a mobile (MO). ``key`` is the same when the gateway sends it again; empty where texts have no names (SMPP)."""

    key: str
    number: str = field(repr=False)
    to: str
    content: bytes = field(repr=False)
    coding: int
    joint: Joint | None
    link_id: bytes
    receipt: Pdu = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """The other side wants ``answer`` at once: a heart-beat, something that only needs a nod."""

    answer: Pdu


@dataclass(frozen=True, slots=True)
class Leaving:
    """The other side ends the session; ``answer`` None: it agreed to ours."""

    answer: Pdu | None


@dataclass(frozen=True, slots=True)
class Alive:
    """An answer to our heart-beat, or something else that only shows that somebody is there."""


Heard = LoginAnswer | SubmitAnswer | Report | Text | Asked | Leaving | Alive


@dataclass(frozen=True, slots=True)
class Up:
    """Logged in: orders can go."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An order was answered. ``late``: after we had given it up; its permit is back already."""

    ticket: Ticket
    verdict: Verdict
    code: str
    gateway_id: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """An order went on the wire another time, unchanged, because no answer came."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer after every try: nobody knows whether the gateway has it."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Down:
    """The link is over. ``in_doubt``: orders on the wire without an answer; ``forbidden``: trying again at once is of no use."""

    reason: str
    in_doubt: tuple[Ticket, ...] = ()
    forbidden: bool = False


LinkEvent = Up | Answered | Again | Unanswered | Report | Text | Down


class NoRoom(HotlineError):
    """This link can't take another order now:"""

"""What the relay holds of a message that is under way, and what one turn of it writes down.

Moments are microseconds since 1970 where they stand in tables; waits are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time

from sms_bridge.link.model import Fate, LinkSettings, Text, Ticket
from sms_bridge.model import Lane, SmsState


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """How the relay behaves.

    ``reserve``: window slots of each link that only codes and replies may use. ``report_wait_s``: a notice nobody knows the outcome of
    waits this long for a report before it goes again. ``tries``: a message without an answer so often is a dead letter.
    ``price``: of one part, in 1/10,000 yuan (350: 0.035 yuan).
    """

    reserve: int = 2
    report_wait_s: float = 60.0
    tries: int = 5
    keep_h: int = 72
    closes: time = time(21, 55)
    price: int = 500
    load: int = 2000
    rescan_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Route:
    """One account at a gateway as the relay uses it: how many links, how fast, for which carriers (none named: all)."""

    name: str
    links: int = 1
    per_second: float = 0.0
    carriers: frozenset[str] = frozenset()
    settings: LinkSettings = field(default_factory=LinkSettings)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A message of the outbox, opened, on its way to the wire."""

    id: int
    lane: Lane
    number: str = field(repr=False)
    number_mark: str = field(repr=False)
    parts: tuple[str, ...] = field(repr=False)
    expires_us: int | None = None
    link_id: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A part as it is to stand in its table from now on."""

    ticket: Ticket
    of: int
    state: SmsState
    account: str
    number_mark: str
    gateway_id: str
    code: str
    attempts: int
    on_wire_us: int


@dataclass(slots=True)
class Part:
    """One part of a message while the relay cares for it; the same as its row."""

    message: Loaded
    number: int
    state: SmsState = SmsState.COMPOSED
    account: str = ""
    gateway_id: str = ""
    code: str = ""
    attempts: int = 0
    on_wire_us: int = 0
    due: float = 0.0
    refused_by: frozenset[str] = frozenset()
    prefers: str = ""
    """The account that took this number when its carrier's had refused it."""

    @property
    def ticket(self) -> Ticket:
        """Its name."""
        return Ticket(self.message.id, self.number)

    def row(self) -> Row:
        """As it is to be written down."""
        mark, of = self.message.number_mark, len(self.message.parts)
        return Row(self.ticket, of, self.state, self.account, mark, self.gateway_id, self.code, self.attempts, self.on_wire_us)


@dataclass(frozen=True, slots=True)
class Reported:
    """A report to be matched: as it came (``number``), or kept since it came too early (``number_mark``)."""

    account: str
    gateway_id: str
    fate: Fate
    stat: str
    key: str
    number: str = field(default="", repr=False)
    number_mark: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Came:
    """A text from a mobile, and the account it came by."""

    account: str
    text: Text


@dataclass(slots=True)
class Turn:
    """Everything one transaction writes. ``paid``: message -> parts that were accepted."""

    at_us: int
    rows: dict[Ticket, Row] = field(default_factory=dict)
    reports: list[Reported] = field(default_factory=list)
    texts: list[Came] = field(default_factory=list)
    paid: dict[int, int] = field(default_factory=dict)
    expired: list[int] = field(default_factory=list)
    learnt: dict[str, str] = field(default_factory=dict)
    """Mark of a number -> the account that takes it after others refused it."""

    def __bool__(self) -> bool:
        return bool(self.rows or self.reports or self.texts or self.expired)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a turn found: reports nobody waits for yet, and parts that were settled by a report though their answer never came."""

    orphans: tuple[Reported, ...] = ()
    resolved: tuple[Ticket, ...] = ()
    stopped: frozenset[int] = frozenset()
    """Messages of this turn that somebody ended meanwhile (TD, a supervisor): they must not go."""

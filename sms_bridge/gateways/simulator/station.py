"""The carrier behind the links: accounts, messages taken, reports and texts to be delivered, and the log that proves what happened.

What was delivered but not confirmed is delivered again, on the next link of the account if its own is gone: as the carriers do.
The log has one JSON object a line; a message is named by a digest of number and content, its number is masked.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Protocol

import msgspec

from hotline.clock import Clock, monotonic
from hotline.masking import mask_phone
from hotline.secret import Secret
from sms_bridge.gateways.simulator.faults import Dice, Faults
from sms_bridge.gateways.simulator.speech import Speech, Submission
from sms_bridge.protocols.dialect import Pdu

AGAIN_S = 5.0
"""A delivery without an answer is repeated after this long."""
DELIVERIES = 64
"""Deliveries on one link without an answer at most."""


def mark_of(number: str, content: bytes) -> str:
    """The name of a message in the log."""
    return hashlib.sha256(number.encode() + b" " + content).hexdigest()[:20]


@dataclass(slots=True)
class Delivery:
    """Something for a client: a report (``what`` and ``stat``) or a text. ``id``: of the message reported on, or of the text."""

    id: int
    number: str = field(repr=False)
    stat: str = ""
    what: Submission | None = None
    to: str = ""
    text: str = field(default="", repr=False)
    own_link: int = 0
    sent_at: float = 0.0
    times: int = 0

    def pdu(self, speech: Speech, sequence: int, now: datetime) -> Pdu:
        """As the client's protocol has it."""
        if self.what is not None:
            return speech.report(sequence, self.id, self.what, self.number, self.stat, now)
        return speech.text(sequence, self.id, self.number, self.to, self.text)


class Outlet(Protocol):
    """A session of a client, as far as deliveries need it."""

    number: int
    account: str
    receives: bool

    def deliver(self, delivery: Delivery) -> bool:
        """Send it; False when there is no room now."""
        ...


class Station:
    """One carrier."""

    def __init__(self, accounts: Mapping[str, Secret], faults: Faults, clock: Clock, log: IO[bytes] | None = None, seed: int = 1) -> None:
        self.accounts = accounts
        self.faults = faults
        self.dice = Dice(seed)
        self.clock = clock
        self.sessions: dict[int, Outlet] = {}
        self.taken = 0
        self.numbers = itertools.count(1)
        self._ids = itertools.count(1)
        self._queues: dict[str, deque[Delivery]] = {}
        self._due: list[tuple[float, int, str, Delivery]] = []
        self._order = itertools.count()
        self._log = log
        self._encode = msgspec.json.Encoder().encode
        self._buckets: dict[str, tuple[float, float]] = {}

    def note(self, what: str, **fields: Any) -> None:
        """One line of the log; it is written out with :meth:`flush`."""
        if self._log is not None:
            self._log.write(self._encode({"t": round(self.clock.now().wall / 1e6, 4), "what": what, **fields}) + b"\n")

    def flush(self) -> None:
        """What was noted stands in the file."""
        if self._log is not None:
            self._log.flush()

    def new_id(self) -> int:
        """A Msg_Id: month, day, hour, minute, second, gateway, counter [CMPP 8.4.3.2]; above 2^63 from August on."""
        now = self.clock.now().local()
        moment = now.month << 60 | now.day << 55 | now.hour << 50 | now.minute << 44 | now.second << 38
        return moment | 12329 << 16 | next(self._ids) & 0xFFFF

    def over_speed(self, account: str) -> bool:
        """Whether this submit is one too many for this second."""
        rate = self.faults.per_second
        if not rate:
            return False
        now = monotonic()
        tokens, then = self._buckets.get(account, (float(rate), now))
        tokens = min(float(rate), tokens + (now - then) * rate)
        self._buckets[account] = (tokens - 1 if tokens >= 1 else tokens, now)
        return tokens < 1

    def links_of(self, account: str) -> int:
        """How many sessions an account has."""
        return sum(each.account == account for each in self.sessions.values())

    def take(self, account: str, link: int, what: Submission) -> tuple[int, Delivery | None]:
        """A message is ours now: its id, and the report that is due at once (the early ones)."""
        self.taken += 1
        id = self.new_id()
        number = what.numbers[0] if what.numbers else ""
        self.note("taken", account=account, link=link, id=f"{id:016x}", number=mask_phone(number), mark=mark_of(number, what.content),
                  valid_until=what.valid_until)  # fmt: skip
        if not what.wants_report or self.dice.falls(self.faults.no_report):
            return id, None
        stat = self.dice.stat() if self.dice.falls(self.faults.failed) else "DELIVRD"
        report = Delivery(id, number, stat, what, own_link=0 if self.faults.elsewhere else link)
        if self.dice.falls(self.faults.early):
            return id, report
        self._later(account, report, self.faults.report_s)
        if self.dice.falls(self.faults.twice):
            self._later(account, Delivery(id, number, stat, what, own_link=report.own_link), self.faults.report_s * 2)
        if self.dice.falls(self.faults.contrary):
            other = "DELIVRD" if stat != "DELIVRD" else "UNDELIV"
            self._later(account, Delivery(id, number, other, what), self.faults.report_s * 3)
        return id, None

    def text_in(self, account: str, number: str, to: str, text: str) -> None:
        """Somebody texts to us."""
        self._queue(account).append(Delivery(self.new_id(), number, to=to, text=text))
        self.note("text_in", account=account, number=mask_phone(number))
        self.pump()

    def pump(self) -> None:
        """Send what is due on the links that are there."""
        now = monotonic()
        while self._due and self._due[0][0] <= now:
            _, _, account, delivery = heapq.heappop(self._due)
            self._queue(account).append(delivery)
        for account, queue in self._queues.items():
            outlets = [each for each in self.sessions.values() if each.account == account and each.receives]
            for _ in range(len(queue) if outlets else 0):
                delivery = queue[0]
                own = [each for each in outlets if each.number == delivery.own_link] or outlets
                if not any(each.deliver(delivery) for each in own):
                    break
                queue.popleft()

    def back(self, account: str, deliveries: list[Delivery]) -> None:
        """These were not confirmed: they wait again, before the others."""
        self._queue(account).extendleft(reversed(deliveries))

    def waiting(self) -> int:
        """Deliveries that wait for their time or for a link."""
        return len(self._due) + sum(map(len, self._queues.values()))

    def _queue(self, account: str) -> deque[Delivery]:
        return self._queues.setdefault(account, deque())

    def _later(self, account: str, delivery: Delivery, wait_s: float) -> None:
        heapq.heappush(self._due, (monotonic() + wait_s, next(self._order), account, delivery))

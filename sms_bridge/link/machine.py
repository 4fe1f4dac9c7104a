"""One link as a state machine: bytes and moments in, bytes and events out; no socket, no clock (h11's way).

Laws:

* an order is on the wire at most once unless no answer came within ``answer_s``; every further time is an event (:class:`Again`);
* permits + orders without an answer + answers not yet settled = window: what a cut leaves in doubt is never more than a window;
* a permit comes back once: when the relay has settled the answer, at the last time-out, or with the link;
* an answer that comes after all is still believed, and never taken for another order's: its sequence rests meanwhile;
* a PDU that is none ends this link with a reason and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from sms_bridge.link.cmpp import old_version_answer
from sms_bridge.link.manners import Manners
from sms_bridge.link.model import (
    Again,
    Alive,
    Answered,
    Asked,
    Down,
    Heard,
    Leaving,
    LinkEvent,
    LinkSettings,
    LoginAnswer,
    NoRoom,
    Order,
    Report,
    SubmitAnswer,
    Text,
    Ticket,
    Unanswered,
    Up,
    Verdict,
)
from sms_bridge.link.phase import LEGAL, Phase
from sms_bridge.protocols.dialect import Framer, Pdu
from sms_bridge.protocols.fields import Malformed

P = Phase
LATE = 10_000
"""So many given-up sequences rest at most."""


@dataclass(frozen=True, slots=True)
class _Pending:
    ticket: Ticket
    frame: bytes
    at: float
    tries: int = 1


class Link:
    """See the module. Every method that may cause output leaves it in :meth:`output` and :meth:`events`."""

    def __init__(self, manners: Manners, settings: LinkSettings) -> None:
        self.phase = Phase.CONNECTING
        self.settings = settings
        self.limit = settings.window
        """Window as the gateway's speed allows it now."""
        self.paused_until = 0.0
        self._manners = manners
        self._dialect = manners.dialect
        self._framer = Framer(manners.dialect)
        self._out: list[bytes] = []
        self._events: list[LinkEvent] = []
        self._pending: dict[int, _Pending] = {}
        self._late: dict[int, Ticket] = {}
        self._unsettled = 0
        self._sequence = 0
        self._heard_at = self._asked_at = 0.0
        self._unheard = 0
        self._left = False
        self.was_up = False
        self._pause = settings.slower_s

    def __repr__(self) -> str:
        return f"<Link {self._dialect.name} {self.phase} {len(self._pending)} pending, {self._unsettled} unsettled of {self.limit}>"

    @property
    def in_doubt(self) -> int:
        """Orders on the wire without an answer."""
        return len(self._pending)

    @property
    def unsettled(self) -> int:
        """Answers the relay has not settled yet."""
        return self._unsettled

    @property
    def over(self) -> bool:
        """Whether it is down."""
        return self.phase is P.DOWN

    def room(self, at: float, settling: int = 0) -> int:
        """How many orders may go now, or once ``settling`` answers are settled."""
        if self.phase is not P.UP or at < self.paused_until:
            return 0
        return max(0, self.limit - len(self._pending) - self._unsettled + settling)

    def output(self) -> bytes:
        """The bytes to be written, once."""
        data, self._out = b"".join(self._out), []
        return data

    def events(self) -> list[LinkEvent]:
        """What happened, once."""
        found, self._events = self._events, []
        return found

    def opened(self, at: float, now: datetime) -> None:
        """The connection is there: ask to be let in. ``now``: Asia/Shanghai, for the digest."""
        self._move(P.LOGGING_IN)
        self._heard_at = self._asked_at = at
        self._write(self._manners.login(self._next(), now))

    def submit(self, order: Order, at: float) -> None:
        """Put an order on the wire. Raises NoRoom, and Malformed when it can't be written (nothing was)."""
        if self.phase is not P.UP or self.limit - len(self._pending) - self._unsettled <= 0:
            raise NoRoom(repr(self))
        sequence = self._next()
        frame = self._dialect.write(self._manners.submit(sequence, order))
        self._pending[sequence] = _Pending(order.ticket, frame, at)
        self._out.append(frame)

    def settled(self, count: int) -> None:
        """So many answers are durable: their permits are free."""
        self._unsettled = max(0, self._unsettled - count)
        self._leave_when_drained()

    def confirm(self, receipt: Pdu) -> None:
        """What came with ``receipt`` is durable: tell the gateway."""
        if self.phase in (P.UP, P.DRAINING):
            self._write(receipt)

    def drain(self) -> None:
        """Take no more orders; leave when the last is answered and settled."""
        if self.phase is P.UP:
            self._move(P.DRAINING)
            self._leave_when_drained()

    def closed(self, reason: str, forbidden: bool = False) -> None:
        """The connection is gone, or must go."""
        if self.phase is P.DOWN:
            return
        self._move(P.DOWN)
        in_doubt = tuple(each.ticket for each in self._pending.values())
        self._pending.clear()
        self._unsettled = 0
        self._events.append(Down(reason, in_doubt, forbidden))

    def received(self, data: bytes, at: float) -> None:
        """Bytes from the gateway. What can't be understood closes the link; what stood before it counts."""
        if self.over:
            return
        self._heard_at, self._unheard = at, 0
        try:
            for frame in self._framer.feed(data):
                self._take(frame, at)
                if self.over:
                    return
        except Malformed as error:
            self.closed(str(error))

    def tick(self, at: float) -> None:
        """Time passed: answers that did not come, heart-beats that are due."""
        if self.phase is P.LOGGING_IN and at - self._asked_at >= self.settings.answer_s:
            self.closed(f"no answer to our login within {self.settings.answer_s:g} s")
        if self.phase not in (P.UP, P.DRAINING):
            return
        for sequence, each in list(self._pending.items()):
            if at - each.at < self.settings.answer_s:
                break
            self._overdue(sequence, each, at)
        self._beat(at)
        self._leave_when_drained()

    def _take(self, frame: bytes, at: float) -> None:
        try:
            pdu = self._dialect.read(frame)
        except Malformed:
            words = old_version_answer(frame) if self.phase is P.LOGGING_IN and self._dialect.name.startswith("cmpp") else ""
            if not words:
                raise
            self.closed(words, forbidden=True)
            return
        heard = self._manners.hear(pdu)
        if self.phase is P.LOGGING_IN and not isinstance(heard, LoginAnswer | Leaving):
            raise Malformed(f"{pdu.name} before the answer to our login")
        self._act(heard, at)

    def _act(self, heard: Heard, at: float) -> None:
        match heard:
            case SubmitAnswer():
                self._answered(heard, at)
            case Report() | Text():
                self._events.append(heard)
            case Asked():
                self._write(heard.answer)
            case LoginAnswer():
                self._let_in(heard)
            case Leaving():
                if heard.answer is not None:
                    self._write(heard.answer)
                self.closed("the gateway ended the session" if heard.answer else "we left")
            case Alive():
                pass
            case _:
                assert_never(heard)

    def _let_in(self, answer: LoginAnswer) -> None:
        if self.phase is not P.LOGGING_IN:
            return
        if answer.words:
            self.closed(answer.words, forbidden=True)
            return
        self._move(P.UP)
        self.was_up = True
        self._events.append(Up())

    def _answered(self, answer: SubmitAnswer, at: float) -> None:
        pending = self._pending.pop(answer.sequence, None)
        if pending is None:
            ticket = self._late.pop(answer.sequence, None)
            if ticket is not None:
                self._events.append(Answered(ticket, answer.verdict, answer.code, answer.gateway_id, late=True))
            return
        self._unsettled += 1
        self._pace(answer.verdict, at - pending.at, at)
        self._events.append(Answered(pending.ticket, answer.verdict, answer.code, answer.gateway_id))

    def _pace(self, verdict: Verdict, took: float, at: float) -> None:
        """Less at a time when the gateway asks for it or answers slowly (a full window that waits is resent as a mass); else more."""
        if verdict is Verdict.SLOWER:
            self.limit = max(1, self.limit // 2)
            if at >= self.paused_until:
                self.paused_until = at + self._pause
                self._pause = min(self._pause * 2, self.settings.slowest_s)
        elif took > self.settings.answer_s / 4:
            self.limit = max(1, self.limit - 1)
        else:
            self._pause = self.settings.slower_s
            self.limit = min(self.settings.window, self.limit + 1)

    def _overdue(self, sequence: int, pending: _Pending, at: float) -> None:
        del self._pending[sequence]
        if pending.tries < self.settings.tries:
            self._pending[sequence] = replace(pending, at=at, tries=pending.tries + 1)
            self._out.append(pending.frame)
            self._events.append(Again(pending.ticket))
            return
        self._late[sequence] = pending.ticket
        while len(self._late) > LATE:
            del self._late[next(iter(self._late))]
        self._events.append(Unanswered(pending.ticket))

    def _beat(self, at: float) -> None:
        wait = self.settings.answer_s if self._unheard else self.settings.beat_s
        if at - max(self._heard_at, self._asked_at) < wait:
            return
        beat = self._manners.beat(self._next())
        if beat is None:
            return
        if self._unheard >= self.settings.tries:
            self.closed(f"no heart-beat after {self.settings.tries} tries")
            return
        self._unheard += 1
        self._asked_at = at
        self._write(beat)

    def _leave_when_drained(self) -> None:
        if self.phase is P.DRAINING and not self._pending and not self._unsettled and not self._left:
            self._left = True
            self._write(self._manners.leave(self._next()))

    def _next(self) -> int:
        while True:
            self._sequence = self._sequence % 0x7FFFFFFF + 1
            if self._sequence not in self._pending and self._sequence not in self._late:
                return self._sequence

    def _write(self, pdu: Pdu) -> None:
        self._out.append(self._dialect.write(pdu))

    def _move(self, to: Phase) -> None:
        if to not in LEGAL[self.phase]:
            raise AssertionError(f"a link can't go from {self.phase} to {to}")
        self.phase = to

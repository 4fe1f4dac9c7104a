"""What the relay knows by heart: the parts under way, who waits in which lane, reports without a message. It never awaits.

Every change of a part goes through the LEGAL table and into the turn that writes it down.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import assert_never

from hotline.moment import Moment
from sms_bridge.link.model import Again, Answered, Down, LinkEvent, Report, Text, Ticket, Unanswered, Up, Verdict
from sms_bridge.link.wire import Wire
from sms_bridge.model import IllegalSmsStep, Lane, SmsState
from sms_bridge.relay.doubts import Doubts
from sms_bridge.relay.early import EarlyReports
from sms_bridge.relay.model import Came, Part, RelaySettings, Reported, Route, Row, Settled, Turn
from sms_bridge.relay.roads import Roads
from sms_bridge.relay.rules import URGENT, after_answer, again_after
from sms_bridge.rules import LEGAL, OPENS

S = SmsState
AHEAD = 200
"""So many parts of a lane are looked at for one that can go, when the first can't."""


@dataclass(frozen=True, slots=True)
class Picked:
    """A part and the link it is to go by."""

    part: Part
    wire: Wire


class Desk:
    """See the module."""

    def __init__(self, settings: RelaySettings, routes: Sequence[Route]) -> None:
        self.counts: Counter[str] = Counter()
        self.ready: dict[Lane, deque[Part]] = {lane: deque() for lane in Lane}
        self._settings = settings
        self._roads = Roads(routes, settings.reserve)
        self._parts: dict[Ticket, Part] = {}
        self._known: Counter[int] = Counter()
        self._doubts = Doubts()
        self._early = EarlyReports()
        self._carry: dict[Ticket, Row] = {}

    def knows(self) -> Collection[int]:
        """Messages that are here already."""
        return self._known.keys()

    def turn(self, at: Moment) -> Turn:
        """A new turn, with what the last one left to be written."""
        turn = Turn(at.wall, dict(self._carry))
        self._carry.clear()
        return turn

    def resume(self, parts: Sequence[Part], early: Sequence[Reported], at: Moment) -> Turn:
        """Begin with what a former run left: what it had on the wire is unknown."""
        turn = self.turn(at)
        for report in early:
            self._early.keep(report)
        for part in parts:
            if part.state is S.ON_WIRE:
                self._add(part)
                self._doubt(part, turn, at)
            elif part.state is S.UNKNOWN:
                self._add(part)
                self._later(part, at)
            else:
                self.welcome([part])
        return turn

    def welcome(self, parts: Sequence[Part]) -> None:
        """Parts that wait to be sent."""
        for part in parts:
            self._add(part)
            self.ready[part.message.lane].append(part)

    def hear(self, inbox: Sequence[tuple[Wire, LinkEvent]], accounts: dict[Wire, str], turn: Turn, at: Moment) -> dict[Wire, int]:
        """What the links told; how many answers of each link this turn settles."""
        settling: dict[Wire, int] = {}
        for wire, event in inbox:
            account = accounts.get(wire, "")
            match event:
                case Answered():
                    if not event.late:
                        settling[wire] = settling.get(wire, 0) + 1
                    self._answered(event, turn, at)
                case Report():
                    report = Reported(account, event.gateway_id, event.fate, event.stat, event.key, number=event.number)
                    turn.reports.append(report)
                case Text():
                    turn.texts.append(Came(account, event))
                case Again():
                    self._again(event, turn)
                case Unanswered():
                    self._in_doubt((event.ticket,), turn, at)
                case Down():
                    self._in_doubt(event.in_doubt, turn, at)
                case Up():
                    pass
                case _:
                    assert_never(event)
        return settling

    def settle(self, settled: Settled) -> None:
        """What the reports of a turn found."""
        for report in settled.orphans:
            self._early.keep(report)
        for ticket in settled.resolved:
            part = self._parts.get(ticket)
            if part is not None and part.state is S.UNKNOWN:
                self.counts["resolved_by_report"] += 1
                self._drop(part)

    def pick(self, wires: Sequence[tuple[Wire, str]], settling: dict[Wire, int], turn: Turn, at: Moment) -> list[Picked]:
        """Whose turn it is on the links that have room: first lane first, what waited longest first within it."""
        self._wake_unknown(turn, at)
        rooms = {wire: wire.room(settling.get(wire, 0)) for wire, _ in wires if wire.link.phase == "up"}
        picked: list[Picked] = []
        for lane in Lane:
            if self.open(lane, at) and any(self._roads.free(lane, wire, rooms) for wire in rooms):
                self._pick_lane(lane, [(w, a) for w, a in wires if w in rooms], rooms, turn, at, picked)
        return picked

    def open(self, lane: Lane, at: Moment) -> bool:
        """Whether a lane is served at this hour; a lane of notices closes early so that nothing is left over at 22:00."""
        return lane in URGENT or OPENS <= at.local().time() < self._settings.closes

    def back(self, part: Part, account: str) -> None:
        """A part that was picked did not go: as if it had not been taken."""
        part.attempts -= 1
        self._roads.give_back(account)
        self._move(part, S.UNKNOWN if part.attempts else S.HELD)
        self.ready[part.message.lane].appendleft(part)
        self._carry[part.ticket] = part.row()

    def refuse(self, part: Part, reason: str) -> None:
        """A part that can't be written at all: a dead letter."""
        part.code = reason[:80]
        self._move(part, S.FAILED)
        self._carry[part.ticket] = part.row()
        self._drop(part)
        self._fail_others(part, self._carry)

    def wait(self, at: Moment) -> float:
        """Seconds until a bucket lets something go; a large number when it isn't buckets that hold it up."""
        return self._roads.wait(at) if any(self.ready.values()) else 60.0

    def _pick_lane(
        self, lane: Lane, wires: list[tuple[Wire, str]], rooms: dict[Wire, int], turn: Turn, at: Moment, picked: list[Picked]
    ) -> None:
        queue, passed = self.ready[lane], list[Part]()
        while queue and len(passed) < AHEAD:
            part = queue.popleft()
            if part.state not in (S.COMPOSED, S.HELD, S.UNKNOWN) or part.ticket not in self._parts:
                continue
            if part.message.expires_us is not None and at.wall >= part.message.expires_us:
                self._expire(part, turn)
                continue
            wire = self._roads.choose(part, wires, rooms, at)
            if wire is None:
                passed.append(part)
                if not any(self._roads.free(lane, wire, rooms) for wire in rooms) or self._roads.single():
                    break
                continue
            rooms[wire[0]] -= 1
            self._put_on_wire(part, wire[1], turn, at)
            picked.append(Picked(part, wire[0]))
        queue.extendleft(reversed(passed))

    def _put_on_wire(self, part: Part, account: str, turn: Turn, at: Moment) -> None:
        if part.attempts:
            self.counts["resent"] += 1
        self._move(part, S.ON_WIRE)
        part.account, part.attempts, part.on_wire_us = account, part.attempts + 1, at.wall
        self._note(part, turn)

    def _answered(self, event: Answered, turn: Turn, at: Moment) -> None:
        part = self._parts.get(event.ticket)
        to = after_answer(part.state, event.verdict, part.attempts) if part is not None else None
        self.counts[f"answer_{event.verdict}"] += 1
        if part is None or to is None:
            return
        part.code = event.code
        match event.verdict:
            case Verdict.TAKEN | Verdict.REPEATED:
                part.gateway_id = event.gateway_id if event.verdict is Verdict.TAKEN else ""
                if part.refused_by:
                    turn.learnt[part.message.number_mark] = part.account
                turn.paid[part.message.id] = turn.paid.get(part.message.id, 0) + 1
                turn.reports += self._early.of_message(part.account, part.gateway_id)
            case Verdict.SLOWER | Verdict.ELSEWHERE:
                part.attempts -= 1
                if event.verdict is Verdict.ELSEWHERE:
                    part.refused_by |= {part.account}
                    to = to if self._roads.serve(part) else S.FAILED
            case Verdict.REFUSED:
                pass
        self._come_to(part, to, turn, at)

    def _come_to(self, part: Part, to: SmsState, turn: Turn, at: Moment) -> None:
        self._move(part, to)
        self._note(part, turn)
        if to is S.HELD:
            self.ready[part.message.lane].appendleft(part)
        elif to is S.UNKNOWN:
            self._later(part, at)
        else:
            self._drop(part)
            if to is S.FAILED:
                self._fail_others(part, turn.rows)

    def _again(self, event: Again, turn: Turn) -> None:
        part = self._parts.get(event.ticket)
        if part is not None and part.state is S.ON_WIRE:
            part.attempts += 1
            self.counts["resent"] += 1
            self._note(part, turn)

    def _in_doubt(self, tickets: Sequence[Ticket], turn: Turn, at: Moment) -> None:
        for ticket in tickets:
            part = self._parts.get(ticket)
            if part is not None and part.state is S.ON_WIRE:
                self._doubt(part, turn, at)

    def _doubt(self, part: Part, turn: Turn, at: Moment) -> None:
        self.counts["in_doubt"] += 1
        self._move(part, S.UNKNOWN)
        self._note(part, turn)
        self._later(part, at)
        turn.reports += self._early.of_number(part.message.number_mark)

    def _later(self, part: Part, at: Moment) -> None:
        due = at.mono / 1e6 + again_after(part.message.lane, self._settings.report_wait_s)
        self._doubts.add(part, due)

    def _wake_unknown(self, turn: Turn, at: Moment) -> None:
        """Parts of unknown outcome whose wait is over go again, or are given up as dead letters."""
        for part in self._doubts.over(at.mono / 1e6):
            if part.state is not S.UNKNOWN or part.ticket not in self._parts:
                continue
            if part.attempts >= self._settings.tries:
                part.code = f"no answer after {part.attempts} tries"
                self._come_to(part, S.FAILED, turn, at)
            else:
                self.ready[part.message.lane].appendleft(part)

    def _expire(self, part: Part, turn: Turn) -> None:
        if part.attempts:
            self._move(part, S.EXPIRED)
            self._note(part, turn)
        else:
            turn.expired.append(part.message.id)
        self._drop(part)

    def _fail_others(self, part: Part, rows: dict[Ticket, Row]) -> None:
        """A message of which a part failed has failed: what of it waits does not go."""
        for number in range(1, len(part.message.parts) + 1):
            other = self._parts.get(Ticket(part.message.id, number))
            if other is not None and other.state in (S.COMPOSED, S.HELD):
                other.code = "another part failed"
                self._move(other, S.FAILED)
                rows[other.ticket] = other.row()
                self._drop(other)

    def _move(self, part: Part, to: SmsState) -> None:
        if to not in LEGAL[part.state]:
            raise IllegalSmsStep(f"{part.ticket}: {part.state} to {to}")
        part.state = to

    def _note(self, part: Part, turn: Turn) -> None:
        turn.rows[part.ticket] = part.row()

    def _add(self, part: Part) -> None:
        self._parts[part.ticket] = part
        self._known[part.message.id] += 1

    def _drop(self, part: Part) -> None:
        if self._parts.pop(part.ticket, None) is not None:
            self._known[part.message.id] -= 1
            if not self._known[part.message.id]:
                del self._known[part.message.id]

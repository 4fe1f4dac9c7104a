"""Promises to call back 预约回拨, written down: the event tells the floor, the number stands encrypted beside the journal.

What the floor does with them (its turn, two attempts, never past closing) follows from :class:`hotline.events.CallBackPromised`;
the number is had from ``callers.number`` under the promise's id, and erased with the caller's own.
"""

from __future__ import annotations

from hotline.calendar import Staffing
from hotline.callers import Callers
from hotline.clock import Clock
from hotline.events import CallBackPromised
from hotline.ids import CallId, QueueName, call_back_id
from hotline.journal import Journal
from hotline.journal_model import JournalUnavailable
from hotline.moment import Moment
from ivr.needs import Promised


class CallBackBook:
    """:class:`ivr.needs.CallBacks`."""

    def __init__(self, journal: Journal, callers: Callers, staffing: Staffing, clock: Clock, queue: QueueName) -> None:
        self._journal = journal
        self._callers = callers
        self._staffing = staffing
        self._clock = clock
        self._queue = queue

    async def promise(self, call: CallId, number: str, wanted_at: Moment | None, skill: str = "general") -> Promised:
        """See the protocol. Raises JournalUnavailable while the journal writes nothing to the disk."""
        if not self._journal.healthy:
            raise JournalUnavailable("nothing is promised that isn't on the disk")
        at = self._clock.now()
        opens = None if wanted_at is not None else self._staffing.next_opening(at)
        caller = self._callers.remember(CallId(call_back_id(call)), number, at)
        await self._journal.append(
            CallBackPromised(
                at=at, call=call, call_back=call_back_id(call), caller=caller, queue=self._queue, skill=skill, wanted_at=wanted_at,
                not_before_us=int(opens.timestamp() * 1_000_000) if opens is not None else 0,
            )
        )  # fmt: skip
        return Promised(opens)

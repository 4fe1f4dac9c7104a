"""What a figure is made of: the journey 来电全程, one row per call, folded from the journal's events.

Every number is an integer (microseconds or a count); nothing is rounded here. ``None`` means "cannot be said", never zero.
The classes are those of the hotline guideline's "接通" and "放弃" as this product reads them: an inbound call is exactly one of
them once it is decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from hotline.events import EndedHow, Grade
from hotline.ids import AgentNo, CallId, SeatNo
from hotline.moment import Moment

Direction = Literal["inbound", "outbound"]

SHORT_ABANDON_US = 5_000_000
"""A caller who left the queue within five seconds is a short abandon: still abandoned, counted beside (a custom of the trade)."""


class CallClass(StrEnum):
    """What became of an inbound call; each decided call is exactly one."""

    ANSWERED = "ANSWERED"
    """An agent was joined with the caller."""
    SELF = "SELF"
    """No agent asked for and a service reached, or a message left outside staffed hours: served by itself."""
    ABANDONED = "ABANDONED"
    """Asked for an agent in staffed hours and ended without one, whatever followed."""
    IVR_DROP = "IVR_DROP"
    """Ended in welcome, menu or login: nothing reached, nobody asked for."""
    OFF_REQUEST = "OFF_REQUEST"
    """Asked for an agent outside staffed hours and left no message."""
    BLOCKED = "BLOCKED"
    """Refused for want of a free channel."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One agent's part of a call: from the seat's 200 OK to the first BYE, hold included, and the wrap-up after it.

    ``talk_us`` is None while they talk (or when the end is lost); ``wrap_up_us`` is None until wrap-up ended.
    ``estimated``: an end was taken from another event or from the wall clock.
    """

    seat: SeatNo
    agent: AgentNo
    answered: Moment
    ended: Moment | None
    talk_us: int | None
    wrap_up_us: int | None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class SeatRings:
    """How often a call was offered to one seat, and what the seat made of it (an agent statistic: RONA is no abandonment)."""

    seat: SeatNo
    agent: AgentNo
    offered: int
    unanswered: int
    declined: int


@dataclass(frozen=True, slots=True)
class Journey:
    """One call from arrival to its last late fact; durations in microseconds.

    ``call_class`` is None while the call is open and nothing is decided yet. ``wait_from_request``: from the end of the key or
    route that asked for an agent to the agent's 200 OK, first wait only; ``wait_from_arrival``: from the arrival;
    ``wait_in_queue``: from entering the queue. ``talk`` and ``wrap_up`` are summed over the segments and None until every
    segment has its own; ``wrap_up`` is None for a degraded call. ``waited_until_left``: time in queue of a call nobody answered.
    """

    call: CallId
    day: date
    arrived: Moment
    call_class: CallClass | None
    open: bool
    ended: Moment | None = None
    ended_how: EndedHow | None = None
    wait_from_request: int | None = None
    wait_from_arrival: int | None = None
    wait_in_queue: int | None = None
    talk: int | None = None
    wrap_up: int | None = None
    waited_until_left: int | None = None
    grade: Grade | None = None
    survey_offered: bool = False
    seat: SeatNo | None = None
    agent: AgentNo | None = None
    segments: tuple[Segment, ...] = ()
    rings: tuple[SeatRings, ...] = ()
    services: tuple[str, ...] = ()
    direction: Direction = "inbound"
    callback: bool = False
    internal: bool = False
    degraded: bool = False
    estimated: bool = False
    left_queue: bool = False
    message_left: bool = False

    @property
    def short_abandon(self) -> bool:
        """Whether the caller left the queue within :data:`SHORT_ABANDON_US`."""
        return self.call_class is CallClass.ABANDONED and self.waited_until_left is not None and self.waited_until_left <= SHORT_ABANDON_US

    @property
    def counted(self) -> bool:
        """Whether the call enters the figures: inbound, and neither a test nor a seat calling 12329."""
        return self.direction == "inbound" and not self.internal

    @property
    def wrap_up_due(self) -> bool:
        """Whether an answered call's wrap-up is still to come (a late fact that will correct the day)."""
        return self.call_class is CallClass.ANSWERED and self.wrap_up is None and not self.degraded

"""What the floor asks of the rooms it doesn't know: somebody who writes its events, carries out its commands, wakes it in time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from acd.model.commands import Connect, EndTalk, HangUpSeat, Ring, ShowPresence, StopRinging, Timer
from hotline.events import Event


class EventSink(Protocol):
    """The journal's writer."""

    def append(self, *events: Event) -> Awaitable[object]:
        """Take ``events`` in this order, at once; what is returned is done when they are durable.

        It may be awaited by several, by nobody, or fail when they can't be made durable: a future or the like, not a coroutine.
        """
        ...


class Hands(Protocol):
    """Who carries out the floor's commands. All are safe to repeat; an exception says that it could not be done."""

    async def ring(self, command: Ring) -> None:
        """Send the INVITE. What becomes of it arrives as signals of its offer."""
        ...

    async def stop_ringing(self, command: StopRinging) -> None:
        """Take it back; harmless when it doesn't ring any more, or never did."""
        ...

    async def connect(self, command: Connect) -> None:
        """Join the caller and the seat; first get the caller's line out of the hands of whoever talks with him."""
        ...

    async def end_talk(self, command: EndTalk) -> None:
        """Take the bridge away and hang the seat's leg up; the caller's line is left alone."""
        ...

    async def hang_up_seat(self, command: HangUpSeat) -> None:
        """Hang up a seat's leg that nobody waits for; harmless when it is gone."""
        ...

    async def show_presence(self, command: ShowPresence) -> None:
        """Tell the exchange's own queue, for the time we are not there, who may be rung."""
        ...


class Timers(Protocol):
    """Something that wakes. A timer set again replaces itself; one that isn't set is cancelled without complaint."""

    def set(self, timer: Timer, delay_s: float, ring: Callable[[Timer], None]) -> None:
        """Call ``ring(timer)`` after ``delay_s`` seconds (at the next occasion when 0)."""
        ...

    def cancel(self, timer: Timer) -> None:
        """Forget ``timer``."""
        ...

    def clear(self) -> None:
        """Forget all."""
        ...

"""The talk with one caller: his line, the prompts, the clock and the journal in one hand for every dialog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time, timedelta

from hotline.clock import Clock
from hotline.events import AnyEvent
from hotline.ids import CallId
from hotline.moment import Moment
from hotline.settings import Settings
from ivr.guard.rule import NOWHERE, Origin
from ivr.needs import Note
from ivr.prompts import Prompts
from telephony.ports import Key, Line


@dataclass(slots=True)
class Talk:
    """One call's talk. ``ready`` is a key the caller pressed ahead and nobody has used yet; it never shows in ``repr``."""

    call: CallId
    line: Line
    prompts: Prompts
    clock: Clock
    note_event: Note
    settings: Settings
    staffed: Callable[[], bool]
    """Whether people take calls at this moment."""
    ready: Key | None = field(default=None, repr=False)
    origin: Origin = NOWHERE
    """Where the call comes from, as keyed hashes: for the budgets of login attempts."""

    def now(self) -> Moment:
        """The present moment."""
        return self.clock.now()

    def note(self, event: AnyEvent) -> None:
        """Give an event to the journal."""
        self.note_event(event)

    async def say(self, prompt: str, /, **values: object) -> Key | None:
        """Say a prompt with its values; the key that interrupted it, or one pressed ahead (then nothing is said)."""
        if self.ready is not None:
            return self._take()
        return await self.line.say(*self.prompts.sounds(prompt, **values))

    async def insist(self, prompt: str, /, **values: object) -> None:
        """Say a prompt to its end whatever is pressed; the keys are kept."""
        await self.line.say(*self.prompts.sounds(prompt, **values), interruptible=False)

    async def tell(self, prompt: str, /, **values: object) -> None:
        """Say something that is no question: a key that interrupts it is kept for the next one."""
        if self.ready is None:
            self.ready = await self.say(prompt, **values)

    async def key(self, wait_s: float) -> Key | None:
        """The next key, one pressed ahead first; None when ``wait_s`` seconds pass without."""
        if self.ready is not None:
            return self._take()
        return await self.line.key(timedelta(seconds=wait_s))

    def forget_keys(self) -> None:
        """Throw away what was pressed ahead."""
        self.ready = None
        self.line.forget_keys()

    def service_hours(self) -> dict[str, time]:
        """The values of prompts that name the staffed hours: ``from`` and ``to``."""
        centre = self.settings.centre
        return {"from": time.fromisoformat(centre.staffed_from), "to": time.fromisoformat(centre.staffed_to)}

    def _take(self) -> Key | None:
        key, self.ready = self.ready, None
        return key

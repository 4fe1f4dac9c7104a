"""The talk with one caller: his line, the menu he began with, the clock and the journal in one hand for every dialog."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from hotline.calendar import Calendar, Staffing
from hotline.clock import Clock
from hotline.events import AnyEvent
from hotline.ids import CallId
from hotline.moment import Moment
from hotline.settings import Settings
from ivr.guard.rule import NOWHERE, Origin
from ivr.needs import Note
from ivr.prompts import Prompts
from ivr.version import MenuVersion
from telephony.ports import Key, Line, Sound


@dataclass(slots=True)
class Talk:
    """One call's talk. ``ready`` is a key the caller pressed ahead and nobody has used yet; it never shows in ``repr``."""

    call: CallId
    line: Line
    version: MenuVersion
    clock: Clock
    note_event: Note
    settings: Settings
    staffed: Callable[[], bool]
    """Whether people take calls at this moment."""
    ready: Key | None = field(default=None, repr=False)
    origin: Origin = NOWHERE
    """Where the call comes from, as keyed hashes: for the budgets of login attempts."""
    pressed: Moment | None = None
    """When the last key was pressed; None once a question has been left unanswered."""
    slow: bool = False
    """The slow profile: every wait is longer and everything is spoken more slowly."""
    result: tuple[Sound, ...] = field(default=(), repr=False)
    """What the caller was told last and may hear once more."""
    on_node: Callable[[str], object] = field(default=lambda node: None, repr=False)
    """Told the node the caller comes to stand at: for whoever looks on (a rehearsal); nothing depends on it."""

    @property
    def prompts(self) -> Prompts:
        """The prompts at the caller's speed."""
        return self.version.prompts.slower if self.slow else self.version.prompts

    def now(self) -> Moment:
        """The present moment."""
        return self.clock.now()

    def note(self, event: AnyEvent) -> None:
        """Give an event to the journal."""
        self.note_event(event)

    async def say(self, prompt: str, /, **values: object) -> Key | None:
        """Say a prompt with its values; the key that interrupted it, or one pressed ahead (then nothing is said)."""
        return await self.play(self.prompts.sounds(prompt, **values))

    async def say_all(self, prompts: Iterable[str]) -> Key | None:
        """Say several prompts in one go (a menu and its options), as :meth:`say`. They may name the staffed hours."""
        return await self.play(self.prompts.sequence(prompts, **self.service_hours()))

    async def play(self, sounds: Iterable[Sound]) -> Key | None:
        """Play sounds; the key that interrupted them, or one pressed ahead (then nothing is played)."""
        if self.ready is not None:
            return self._take()
        return self._note_key(await self.line.say(*sounds))

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
        key = await self.line.key(timedelta(seconds=wait_s))
        if key is None:
            self.pressed = None
        return self._note_key(key)

    def asked_at(self) -> Moment:
        """When the caller asked for what he is now given: the end of his last key, or now when it was no key (domain/kpi.md "wait")."""
        return self.pressed or self.now()

    def _note_key(self, key: Key | None) -> Key | None:
        if key is not None:
            self.pressed = self.now().after(-self.line.key_age)
        return key

    def patient(self, wait_s: float) -> float:
        """How long a wait for a key is for this caller: longer in the slow profile."""
        return wait_s * self.settings.menu.slow_factor if self.slow else wait_s

    def forget_keys(self) -> None:
        """Throw away what was pressed ahead."""
        self.ready = None
        self.line.forget_keys()

    def service_hours(self) -> dict[str, str]:
        """The value of prompts that name the staffed hours: ``hours``, in words, from the same settings that open and close."""
        return {"hours": Staffing.of(self.settings.centre, Calendar()).service_hours}

    def _take(self) -> Key | None:
        key, self.ready = self.ready, None
        return key

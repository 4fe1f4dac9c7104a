"""The hall of rehearsals in the browser: each walk is a :class:`server.rehearsal.Rehearsal` on a line whose person sits at a page.

Fulfils :class:`agent_console.needs.Hall`. What is told to the page is what the caller would hear, where he stands and which events
the journal would have, ids of persons masked. No key is kept: it goes to the line and is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Any, Protocol

import structlog

from agent_console.needs import DemoCaller, SceneView
from agent_console.rehearsal import wire as w
from fund_core.model import AccountStatus
from fund_core.people import DemoDepositor, demo_depositors
from hotline.clock import Clock
from hotline.masking import mask_account, mask_phone
from hotline.tables import StoreAway
from ivr.shelf import MenuShelf, Refused
from ivr.version import MenuVersion
from server.dial import length_of
from server.dial_script import BETWEEN_KEYS_S
from server.opening import menu_files, staffing_of
from server.places import Places
from server.rehearsal import Rehearsal, SoundWords, open_rehearsal, places_at
from server.scenes import TITLES, scene_of
from server.transcript import ENDS, Step, Transcript, ending_of
from telephony.ports import Sound
from telephony.rehearsal_line import RehearsalLine

log = structlog.get_logger("rehearsal")

PERSONAL = ("depositor", "caller")
"""Fields of an event that name a person."""
MOST_CALLERS = 8
TEXTS_EVERY_S = 0.5
"""Seconds between two looks for text messages."""
Tell = Callable[[w.Told], None]
Stage = Callable[[w.Begin], AbstractAsyncContextManager[Rehearsal]]
"""Opens a rehearsal for what the page chose."""


class Somebody(Protocol):
    """What a page may key for the person it rehearses as."""

    @property
    def name(self) -> str:
        """His name."""
        ...

    @property
    def account(self) -> str:
        """His account number."""
        ...

    @property
    def citizen_id(self) -> str:
        """His identity number."""
        ...

    @property
    def pin(self) -> str:
        """His PIN."""
        ...


class BrowserWalk:
    """One rehearsal: see :class:`agent_console.needs.Walk`. ``lasts`` gives a sound's seconds, by default its file's."""

    def __init__(
        self, name: str, choice: w.Begin, somebody: Somebody, stage: Stage, tell: Tell, lasts: Callable[[Sound], float] | None = None
    ) -> None:
        self._name = name
        self._choice = choice
        self._somebody = somebody
        self._stage = stage
        self._tell = tell
        self._lasts = lasts
        self._line: RehearsalLine | None = None
        self._transcript = Transcript({})
        self._clip = 0
        self._began = 0.0

    async def run(self) -> None:
        """See the port."""
        async with self._stage(self._choice) as rehearsal:
            words = rehearsal.words_of()
            lasts = self._lasts or (lambda sound: length_of(sound, words))
            self._transcript = transcript = Transcript(words, self._step)
            self._line = line = RehearsalLine(rehearsal.clock, lasts, lambda sounds: self._said(sounds, words, lasts))
            line.on_sound = self._sounds
            line.on_cut = lambda: self._tell(w.Cut())
            line.on_wait = lambda: self._tell(w.Waiting())
            self._began = asyncio.get_running_loop().time()
            self._tell(self._begun(rehearsal))
            async with asyncio.TaskGroup() as group:
                postman = group.create_task(self._carry(rehearsal))
                outcome = await rehearsal.talk(line, transcript.note, lambda node: self._tell(w.Stands(node)))
                postman.cancel()
            transcript.ended(ending_of(outcome))

    def press(self, key: str) -> None:
        """See the port."""
        if self._line is not None and not self._line.hung_up:
            self._line.press(key)

    def fill(self, what: w.What) -> None:
        """See the port."""
        loop, he = asyncio.get_running_loop(), self._somebody
        keys = {"id": f"{he.account}#", "citizen": f"{he.citizen_id.replace('X', '*')}#", "pin": he.pin}
        for number, key in enumerate(keys[what]):
            loop.call_later(number * BETWEEN_KEYS_S, self.press, key)

    def leave(self) -> None:
        """See the port."""
        if self._line is not None:
            self._line.leave()

    def text(self) -> str:
        """See the port."""
        return self._transcript.text()

    async def _carry(self, rehearsal: Rehearsal) -> None:
        """Tell of every text message that would be sent."""
        told: set[int] = set()
        while rehearsal.texts is not None:
            with suppress(StoreAway):
                for text in await rehearsal.texts():
                    if text.id not in told:
                        told.add(text.id)
                        self._tell(w.Texted(self._at(), mask_phone(text.number), text.text))
            await asyncio.sleep(TEXTS_EVERY_S)

    # -- what is told ------------------------------------------------------------------------------------------------

    def _at(self) -> float:
        return round(asyncio.get_running_loop().time() - self._began, 2)

    def _begun(self, rehearsal: Rehearsal) -> w.Begun:
        local = rehearsal.clock.now().local()
        return w.Begun(self._name, rehearsal.version.label, f"{local:%Y-%m-%d %H:%M}", rehearsal.staffed(), self._somebody.name)

    def _said(self, sounds: Sequence[Sound], words: Mapping[Sound, str], lasts: Callable[[Sound], float]) -> None:
        self._transcript.said(sounds)
        self._clip = 0
        self._tell(w.Said(self._at(), tuple(w.Clip(sound_name(sound), words.get(sound, ""), lasts(sound)) for sound in sounds)))

    def _sounds(self, sound: Sound) -> None:
        self._tell(w.Sound(self._clip))
        self._clip += 1

    def _step(self, step: Step) -> None:
        if step.kind == "event":
            self._tell(w.Noted(self._at(), step.words, step.line().lstrip(" ·"), masked(step.fields)))
        elif step.kind == "end":
            self._tell(w.Ended(self._at(), step.words, ENDS.get(step.words, step.words)))


def sound_name(sound: Sound) -> str:
    """What a page calls a sound, by the name of its file; empty while the file has not been made."""
    file = Path(f"{sound}.wav")
    return file.stem if file.exists() else ""


def masked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """An event's fields for a screen: whom it is about shows only the end of his key."""
    return {name: mask_account(str(value)) if name in PERSONAL else value for name, value in fields.items()}


class RehearsalHall:
    """The hall of one installation. ``clock`` is the real one; each walk has a copy of the core and counters of its own."""

    def __init__(self, places: Places, clock: Clock) -> None:
        self._places = places
        self._clock = clock
        self._shelf = MenuShelf(menu_files(places), places.settings.speech)
        self._people = interesting(demo_depositors(count=places.settings.core.depositors))
        self._named: tuple[str, dict[str, Path]] = ("", {})

    def menu(self) -> MenuVersion:
        """See the port. A file that was changed is taken, or refused, as the line worker does."""
        changed = self._shelf.poll()
        if isinstance(changed, Refused):
            log.warning("the changed menu is refused, rehearsing goes on with the old one", why=changed.why)
        return self._shelf.current()

    def people(self) -> Sequence[DemoCaller]:
        """See the port."""
        return [DemoCaller(person.name, mask_account(person.account), facts_of(person)) for person in self._people]

    def scenes(self) -> Sequence[SceneView]:
        """See the port."""
        views = []
        for name, title in TITLES.items():
            scene = scene_of(name, staffing_of(places_at(self._places, name)), self._clock)
            views.append(SceneView(name, title, scene.words(), scene.staffed()))
        return views

    def sound(self, name: str) -> Path | None:
        """See the port. Texts of the knowledge base are known once somebody asked for them: then the list is made anew."""
        version = self._shelf.current()
        if self._named[0] != version.label or name not in self._named[1]:
            self._named = (version.label, {Path(sound).name: Path(f"{sound}.wav") for sound in SoundWords(version.prompts)})
        file = self._named[1].get(name)
        return file if file is not None and file.is_file() else None

    def walk(self, name: str, choice: w.Begin, tell: Tell) -> BrowserWalk:
        """See the port."""
        return BrowserWalk(name, choice, self._somebody(choice), self._stage, tell)

    def _stage(self, choice: w.Begin) -> AbstractAsyncContextManager[Rehearsal]:
        mobile = self._somebody(choice).mobile
        return open_rehearsal(self._places, self._clock, number=mobile, scene=choice.scene, slow=choice.slow, version=self._shelf.current())

    def _somebody(self, choice: w.Begin) -> DemoDepositor:
        return self._people[choice.person % len(self._people)]


def interesting(people: Sequence[DemoDepositor]) -> list[DemoDepositor]:
    """A few people who meet different things in the menu: each adds something that those before him have not."""
    chosen: list[DemoDepositor] = []
    seen: set[str] = set()
    for person in people:
        if len(chosen) < MOST_CALLERS and (facts := facts_of(person)) not in seen:
            seen.add(facts)
            chosen.append(person)
    return chosen


STATUS = {AccountStatus.NORMAL: "正常缴存", AccountStatus.SEALED: "封存", AccountStatus.FROZEN: "冻结", AccountStatus.CLOSED: "销户"}


def facts_of(person: DemoDepositor) -> str:
    """What is special about a demo person."""
    loan = ("逾期贷款" if person.loan.overdue else "有贷款") if person.loan else "无贷款"
    facts = [STATUS.get(person.status, ""), loan, "两个账户" if person.second_account else "", "初始密码" if person.initial else ""]
    return "、".join(fact for fact in facts if fact)

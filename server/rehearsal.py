"""The menus without an exchange: the very dialogs of a call, with the centre's prompts and core, on any line that is handed in.

Login attempts, texts and tickets are kept in memory, so that rehearsing locks nobody out, sends nothing and complains of nothing;
nothing is written to the journal.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from fund_core.port import FundCore
from hotline.callers import caller_key, normal_number
from hotline.clock import Clock
from hotline.events import AnyEvent
from hotline.ids import CallId, RecordingId
from hotline.secret import Secret
from hotline.settings import Settings
from hotline.vault import Vault
from ivr.guard.blind import blinder
from ivr.lockout import LoginGate
from ivr.needs import Needs, Said
from ivr.prompts import Prompts
from ivr.store import MemoryAttempts
from ivr.talk import Talk
from ivr.version import MenuVersion, open_version
from ivr.walk import Goodbye, WantsAgent, walk
from server.opening import menu_files, open_core, slow_callers_of, staffing_of
from server.places import Places
from server.rooms import open_rooms
from telephony.ports import HungUp, Line, Sound

Note = Callable[[AnyEvent], object]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a talk needs beside its line."""

    settings: Settings
    core: FundCore
    gate: LoginGate
    version: MenuVersion
    clock: Clock
    staffed: Callable[[], bool]
    needs: Needs = field(default_factory=Needs)

    async def talk(self, line: Line, note: Note) -> WantsAgent | Goodbye | None:
        """Answer and lead the caller through self-service; None when he hung up. ``note`` is told every event."""
        talk = Talk(line.call, line, self.version, self.clock, note, self.settings, self.staffed)
        try:
            await line.answer()
            return await walk(talk, self.core, self.gate, needs=self.needs)
        except HungUp:
            return None

    def words_of(self) -> Mapping[Sound, str]:
        """What each sound says: the prompts, and the texts of the knowledge base as they come to be told."""
        return SoundWords(self.version.prompts)


class RehearsedMessages:
    """:class:`ivr.needs.Messages` without a recorder: something was said, and nothing of it is kept."""

    def __init__(self) -> None:
        self._count = 0

    async def new(self, call: CallId) -> RecordingId:
        """See the protocol."""
        self._count += 1
        return RecordingId(f"m-{call[2:]}-{self._count}")

    async def said(self, recording: RecordingId) -> Said | None:
        """See the protocol."""
        return Said("〔留言〕", 1.0)

    async def keep(self, recording: RecordingId) -> None:
        """See the protocol."""

    async def throw_away(self, recording: RecordingId) -> None:
        """See the protocol."""


class SoundWords(Mapping[Sound, str]):
    """Sound -> its words, at both speeds."""

    def __init__(self, prompts: Prompts) -> None:
        self._books = (prompts, prompts.slower)
        self._fixed: dict[Sound, str] = {}
        for book in self._books:
            self._fixed |= {str(clip.file.with_suffix("")): clip.words for clip in book.clips.values()}
            self._fixed |= {book.breath: "，", str(book.beep.with_suffix("")): "〔提示音〕"}

    def _all(self) -> dict[Sound, str]:
        return self._fixed | self._books[0].text_words() | self._books[1].text_words()

    def __getitem__(self, sound: Sound) -> str:
        return self._fixed[sound] if sound in self._fixed else self._all()[sound]

    def __iter__(self) -> Iterator[Sound]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


@asynccontextmanager
async def open_rehearsal(places: Places, clock: Clock, staffed: bool | None = None, number: str = "") -> AsyncIterator[Rehearsal]:
    """The centre of ``places`` without its exchange. Raises ConfigError.

    ``staffed``: None: as the calendar has it. ``number``: the one the caller calls from; empty: withheld.
    """
    vault = Vault(places.secrets)
    core, staffing = open_core(places, vault), staffing_of(places)
    rooms = open_rooms(places, vault, core, staffing.calendar, rehearsal=True)
    try:
        await rooms.fill(clock.now())
        key = Secret(secrets.token_hex(16))
        gate = LoginGate(core, MemoryAttempts(), blinder(key), places.settings.login, lambda ani: caller_key(ani, key))
        there = (lambda: staffing.is_staffed(clock.now())) if staffed is None else (lambda: staffed)
        version = open_version(menu_files(places), places.settings.speech)
        listed, hashed_by = slow_callers_of(places)
        slow = caller_key(number, hashed_by) in listed
        needs = rooms.needs(staffing.calendar.is_working_day, lambda call: normal_number(number), lambda call: slow)
        yield Rehearsal(places.settings, core, gate, version, clock, there, replace(needs, messages=RehearsedMessages()))
    finally:
        rooms.close()
        core.close()

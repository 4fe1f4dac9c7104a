"""The menus without an exchange: the very dialogs of a call, with the centre's prompts and core, on any line that is handed in.

Login attempts, texts and tickets are kept in memory, so that rehearsing locks nobody out, sends nothing and complains of nothing;
nothing is written to the journal. Core and knowledge base are copies that are gone afterwards, so that an appointment made or a PIN
changed in a rehearsal changes nothing.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from agent_console.rehearsal.wire import SceneName
from fund_core.port import FundCore
from hotline.calendar import Staffing
from hotline.callers import caller_key, normal_number
from hotline.clock import Clock
from hotline.events import AnyEvent
from hotline.ids import CallId, RecordingId
from hotline.moment import Moment
from hotline.secret import Secret
from hotline.settings import Settings
from hotline.vault import Vault
from ivr.guard.blind import blinder
from ivr.lockout import LoginGate
from ivr.needs import Needs, Promised, Said
from ivr.prompts import Prompts
from ivr.store import MemoryAttempts
from ivr.talk import Talk
from ivr.version import MenuVersion, open_version
from ivr.walk import Goodbye, WantsAgent, walk
from server.opening import menu_files, open_core, slow_callers_of, staffing_of
from server.places import Places
from server.rooms import Rooms, open_rooms
from server.scenes import scene_of
from sms_bridge.model import Waiting
from telephony.ports import HungUp, Line, Sound

Note = Callable[[AnyEvent], object]
COPIED = ("demo_core.db", "back_office.db")
"""Files of the runtime folder that a rehearsal works on a copy of."""


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
    texts: Callable[[], Awaitable[Sequence[Waiting]]] | None = None
    """The text messages that would be on their way; None: this house sends none."""

    async def talk(self, line: Line, note: Note, on_node: Callable[[str], object] = lambda node: None) -> WantsAgent | Goodbye | None:
        """Answer and lead the caller through self-service; None when he hung up. ``note`` is told every event, ``on_node`` every place."""
        talk = Talk(line.call, line, self.version, self.clock, note, self.settings, self.staffed, on_node=on_node)
        try:
            await line.answer()
            return await walk(talk, self.core, self.gate, needs=self.needs)
        except HungUp:
            return None

    def words_of(self) -> Mapping[Sound, str]:
        """What each sound says: the prompts, and the texts of the knowledge base as they come to be told."""
        return SoundWords(self.version.prompts)


class RehearsedCallBacks:
    """:class:`ivr.needs.CallBacks` that nobody keeps."""

    def __init__(self, staffing: Staffing, clock: Clock) -> None:
        self._staffing = staffing
        self._clock = clock

    async def promise(self, call: CallId, number: str, wanted_at: Moment | None, skill: str = "general") -> Promised:
        """See the protocol."""
        return Promised(self._staffing.next_opening(self._clock.now()) if wanted_at is None else None)


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
async def open_rehearsal(
    places: Places,
    clock: Clock,
    staffed: bool | None = None,
    *,
    number: str = "",
    scene: SceneName = "now",
    slow: bool = False,
    version: MenuVersion | None = None,
) -> AsyncIterator[Rehearsal]:
    """The centre of ``places`` without its exchange, at a ``scene``, with the menu in force or an opened ``version`` of it.

    ``staffed``: None: as the calendar has it. ``number``: the one the caller calls from; empty: withheld. ``slow``: he is on the centre's
    list of those served slowly. Raises ConfigError.
    """
    places = places_at(places, scene)
    staffing = staffing_of(places)
    at = scene_of(scene, staffing, clock)
    loop, opened = asyncio.get_running_loop(), ExitStack()
    hand = ThreadPoolExecutor(1, thread_name_prefix="rehearsal")  # one: what is opened is closed, however soon the caller is gone
    try:
        core, rooms = await loop.run_in_executor(hand, _open_copies, places, opened)
        await rooms.fill(at.clock.now())
        key = Secret(secrets.token_hex(16))
        gate = LoginGate(core, MemoryAttempts(), blinder(key), places.settings.login, lambda ani: caller_key(ani, key))
        there = at.staffed if staffed is None else (lambda: staffed)
        version = version or open_version(menu_files(places), places.settings.speech)
        listed, hashed_by = slow_callers_of(places)
        slowly = slow or caller_key(number, hashed_by) in listed
        needs = rooms.needs(staffing.calendar.is_working_day, lambda call: normal_number(number), lambda call: slowly)
        texts = rooms.sms.outbox.waiting if rooms.sms is not None else None
        needs = replace(needs, messages=RehearsedMessages(), call_backs=RehearsedCallBacks(staffing, at.clock))
        yield Rehearsal(places.settings, core, gate, version, at.clock, there, needs, texts)
    finally:
        await loop.run_in_executor(hand, opened.close)
        hand.shutdown(wait=False)


def places_at(places: Places, scene: SceneName) -> Places:
    """The installation as it is at a ``scene``: at another time than now the staffed hours hold, whatever the demo says."""
    if scene == "now":
        return places
    centre = msgspec.structs.replace(places.settings.centre, always_staffed=False)
    return Places(msgspec.structs.replace(places.settings, centre=centre), places.config)


def rehearsal_copies(places: Places) -> Path:
    """Where the copies are while rehearsals last; whatever is there afterwards was left by a killed process."""
    return places.run / "rehearsals"


def _open_copies(places: Places, opened: ExitStack) -> tuple[FundCore, Rooms]:
    """Core and rooms over a runtime folder of their own, with the files that matter copied into it; ``opened`` gives all of it back."""
    vault = Vault(places.secrets)
    if not (places.runtime / COPIED[0]).exists():
        open_core(places, vault).close()
    folder = rehearsal_copies(places)
    folder.mkdir(parents=True, exist_ok=True)
    own = Path(opened.enter_context(TemporaryDirectory(dir=folder, ignore_cleanup_errors=True)))
    for name in COPIED:
        if (places.runtime / name).exists():
            _copy(places.runtime / name, own / name)
    runtime = msgspec.structs.replace(places.settings.runtime, folder=str(own), prompts_folder=str(places.prompts))
    theirs = Places(msgspec.structs.replace(places.settings, runtime=runtime), places.config)
    core = open_core(theirs, vault)
    opened.callback(core.close)
    rooms = open_rooms(theirs, vault, core, staffing_of(places).calendar, rehearsal=True)
    opened.callback(rooms.close)
    return core, rooms


def _copy(file: Path, to: Path) -> None:
    """A SQLite file as it is at this moment, whoever writes to it."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)

"""The menus without an exchange: the very dialogs of a call, with the centre's prompts and core, on any line that is handed in.

Login attempts are counted in memory, so that rehearsing locks nobody out; nothing is written to the journal; the core is a copy that
is gone afterwards, so that an appointment made or a PIN changed in a rehearsal changes nothing.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from agent_console.rehearsal.wire import SceneName
from fund_core.port import FundCore
from hotline.callers import caller_key
from hotline.clock import Clock
from hotline.events import AnyEvent
from hotline.secret import Secret
from hotline.settings import Settings
from hotline.vault import Vault
from ivr.guard.blind import blinder
from ivr.lockout import LoginGate
from ivr.needs import Needs
from ivr.store import MemoryAttempts
from ivr.talk import Talk
from ivr.version import MenuVersion, open_version
from ivr.walk import Goodbye, WantsAgent, walk
from server.opening import core_file, menu_files, open_core, staffing_of
from server.places import Places
from server.scenes import Scene, scene_of
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
    slow: bool = False
    """Whether the caller is on the centre's list of those served slowly."""

    async def talk(self, line: Line, note: Note, on_node: Callable[[str], object] = lambda node: None) -> WantsAgent | Goodbye | None:
        """Answer and lead the caller through self-service; None when he hung up. ``note`` is told every event, ``on_node`` every place."""
        talk = Talk(line.call, line, self.version, self.clock, note, self.settings, self.staffed, slow=self.slow, on_node=on_node)
        try:
            await line.answer()
            return await walk(talk, self.core, self.gate, needs=self.needs)
        except HungUp:
            return None

    def words_of(self) -> Mapping[Sound, str]:
        """What each sound says."""
        words: dict[Sound, str] = {}
        for prompts in (self.version.prompts, self.version.prompts.slower):
            words |= {str(clip.file.with_suffix("")): clip.words for clip in prompts.clips.values()}
            words[str(prompts.pause.with_suffix(""))] = "，"
        return words


@contextmanager
def open_rehearsal(
    places: Places,
    clock: Clock,
    staffed: bool | None = None,
    *,
    scene: SceneName = "now",
    slow: bool = False,
    version: MenuVersion | None = None,
) -> Iterator[Rehearsal]:
    """The centre of ``places`` without its exchange, at a ``scene``, with the menu in force or an opened ``version`` of it.

    ``staffed``: None: as the calendar has it. Raises ConfigError.
    """
    places = places_at(places, scene)
    staffing = staffing_of(places)
    at: Scene = scene_of(scene, staffing, clock)
    with _copy_of_core(places) as core:
        key = Secret(secrets.token_hex(16))
        gate = LoginGate(core, MemoryAttempts(), blinder(key), places.settings.login, lambda ani: caller_key(ani, key))
        there = at.staffed if staffed is None else (lambda: staffed)
        version = version or open_version(menu_files(places), places.settings.speech)
        needs = Needs(is_working_day=staffing.calendar.is_working_day)
        yield Rehearsal(places.settings, core, gate, version, at.clock, there, needs, slow)


def places_at(places: Places, scene: SceneName) -> Places:
    """The installation as it is at a ``scene``: at another time than now the staffed hours hold, whatever the demo says."""
    if scene == "now":
        return places
    centre = msgspec.structs.replace(places.settings.centre, always_staffed=False)
    return Places(msgspec.structs.replace(places.settings, centre=centre), places.config)


def rehearsal_copies(places: Places) -> Path:
    """Where the copies of the core are while rehearsals last; whatever is there afterwards was left by a killed process."""
    return places.run / "rehearsals"


@contextmanager
def _copy_of_core(places: Places) -> Iterator[FundCore]:
    """The fund core as it is at this moment, in a file of its own that is removed at the end."""
    vault, original = Vault(places.secrets), core_file(places)
    if not original.exists():
        open_core(places, vault).close()
    folder = rehearsal_copies(places)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as own:
        copy = Path(own) / original.name
        with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        core = open_core(places, vault, copy)
        try:
            yield core
        finally:
            core.close()

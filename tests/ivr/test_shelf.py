"""The menu changed while calls are on: each call keeps its version, a broken file is refused and the old one stays."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.errors import ConfigError
from hotline.events import MenuEntered
from hotline.settings import SpeechSettings
from ivr.shelf import Changed, MenuShelf, Refused
from ivr.version import MenuFiles, MenuVersion
from ivr.walk import walk
from tests.ivr.menus import Change, changed
from tests.ivr.scripted import ETC, House

RENAME: Change = ('name = "业务查询"', 'name = "查询"')


class Centre:
    """A centre's folder with its own menu, prompts and sounds."""

    def __init__(self, folder: Path) -> None:
        for name in ("menu.toml", "prompts.toml", "pronunciation.toml"):
            shutil.copy(ETC / name, folder / name)
        self.folder = folder
        self.files = MenuFiles(folder / "menu.toml", folder / "prompts.toml", folder / "pronunciation.toml", folder / "sounds")
        self.shelf = MenuShelf(self.files, SpeechSettings())
        self.edits = 0
        self.make_sounds(self.shelf.current())

    def make_sounds(self, version: MenuVersion) -> None:
        """Every sound the version needs, empty."""
        for clip in version.prompts.every_clip():
            clip.file.parent.mkdir(parents=True, exist_ok=True)
            clip.file.touch()

    def edit(self, *changes: Change, file: str = "menu.toml") -> None:
        """Change a file, as an editor does."""
        path = self.folder / file
        path.write_text(changed(path.read_text(encoding="utf-8"), changes), encoding="utf-8")
        self.edits += 1
        os.utime(path, (1_800_000_000 + self.edits, 1_800_000_000 + self.edits))

    def build(self) -> None:
        """What `hotline prompts build` does."""
        self.make_sounds(MenuShelf(self.files, SpeechSettings()).current())


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    return Centre(tmp_path)


def test_nothing_happens_while_nothing_changes(centre: Centre) -> None:
    before = centre.shelf.current()
    assert [centre.shelf.poll() for _ in range(3)] == [None, None, None]
    assert centre.shelf.current() is before


def test_a_changed_menu_is_taken_by_itself(centre: Centre) -> None:
    before = centre.shelf.current()
    centre.edit(('1 = "Q.5.1", 2 = "Q.5.2"', '1 = "Q.5.1"'))
    change = centre.shelf.poll()
    assert isinstance(change, Changed)
    assert change.version is centre.shelf.current()
    assert list(change.version.menu.nodes["Q.5"].keys) == ["1"]
    assert list(before.menu.nodes["Q.5"].keys) == ["1", "2"], "whoever holds the old version keeps it as it was"
    assert change.version.label != before.label


def test_a_broken_file_is_refused_once_with_its_line_and_the_old_one_stays(centre: Centre) -> None:
    before = centre.shelf.current()
    centre.edit(('2 = "G.2"', '2 = "G.22"'))
    refused = centre.shelf.poll()
    assert isinstance(refused, Refused)
    assert "menu.toml line" in refused.why
    assert "'G.22' is no node" in refused.why
    assert centre.shelf.poll() is None
    assert centre.shelf.current() is before
    centre.edit(('2 = "G.22"', '2 = "G.2"'))
    assert centre.shelf.poll() is None, "mended to what is in force already"
    assert centre.shelf.current().label == before.label


def test_a_half_written_or_vanished_file_is_refused_and_the_old_one_stays(centre: Centre) -> None:
    before = centre.shelf.current()
    text = (centre.folder / "menu.toml").read_text(encoding="utf-8")
    (centre.folder / "menu.toml").write_text(text[: len(text) // 2], encoding="utf-8")
    assert isinstance(centre.shelf.poll(), Refused)
    (centre.folder / "menu.toml").unlink()
    assert isinstance(centre.shelf.poll(), Refused)
    assert centre.shelf.current() is before


def test_new_words_without_a_sound_wait_until_there_is_one(centre: Centre) -> None:
    before = centre.shelf.current()
    centre.edit(RENAME)
    refused = centre.shelf.poll()
    assert isinstance(refused, Refused)
    assert "查询请按2" in refused.why
    assert "hotline prompts build" in refused.why
    assert centre.shelf.poll() is None
    assert centre.shelf.current() is before
    centre.build()
    assert isinstance(centre.shelf.poll(), Changed)
    assert centre.shelf.current().menu.nodes["Q"].name == "查询"


def test_a_changed_prompt_is_a_new_version_too(centre: Centre) -> None:
    centre.edit(("感谢您使用", "谢谢您使用"), file="prompts.toml")
    assert isinstance(centre.shelf.poll(), Refused)
    centre.build()
    assert isinstance(centre.shelf.poll(), Changed)
    assert centre.shelf.current().prompts.words("bye").startswith("谢谢")


def test_a_studio_recording_is_taken_while_calls_are_on_once_it_has_been_made_ready(centre: Centre) -> None:
    centre.files = replace(centre.files, studio=centre.folder / "studio")
    (centre.folder / "studio").mkdir()
    shelf = MenuShelf(centre.files, SpeechSettings())
    synthesised = shelf.current().prompts.sounds("bye")
    (centre.folder / "studio" / "bye.wav").write_bytes(b"a voice")
    assert isinstance(shelf.poll(), Refused)
    assert shelf.current().prompts.sounds("bye") == synthesised
    centre.build()
    shelf.poll()
    assert shelf.current().prompts.sounds("bye") != synthesised


def test_a_file_whose_words_have_no_sound_is_not_read_again_and_again(centre: Centre) -> None:
    centre.edit(RENAME)
    assert isinstance(centre.shelf.poll(), Refused)
    read = Meddled(centre.files.pronunciations)
    read.meddle = []
    centre.shelf._files = replace(centre.files, pronunciations=read)
    for _ in range(5):
        assert centre.shelf.poll() is None
    assert read.reads == 0
    centre.build()
    assert isinstance(centre.shelf.poll(), Changed)
    assert read.reads == 1


def test_reload_by_hand_says_why_not(centre: Centre) -> None:
    centre.edit(("[roles]", "[rolls]"))
    with pytest.raises(ConfigError, match="rolls"):
        centre.shelf.reload()


def test_a_house_with_a_broken_menu_does_not_open(centre: Centre) -> None:
    centre.edit(('2 = "G.2"', '2 = "G.22"'))
    with pytest.raises(ConfigError):
        MenuShelf(centre.files, SpeechSettings())


class Restarts:
    """A centre whose house keeps a copy of the menu in force."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.shelf = self.start()

    def start(self) -> MenuShelf:
        """The house starts (anew)."""
        self.shelf = MenuShelf(self.centre.files, SpeechSettings(), self.centre.folder / "menus")
        return self.shelf


@pytest.fixture
def restarts(centre: Centre) -> Restarts:
    return Restarts(centre)


@pytest.mark.parametrize("breaking", [('2 = "G.2"', '2 = "G.22"'), RENAME], ids=["broken", "words without a sound"])
def test_a_house_that_starts_anew_over_a_refused_file_serves_what_was_in_force_and_says_why(restarts: Restarts, breaking: Change) -> None:
    before = restarts.shelf.current()
    restarts.centre.edit(breaking)
    shelf = restarts.start()
    assert shelf.current().label == before.label
    assert shelf.current().menu == before.menu
    refused = shelf.poll()
    assert isinstance(refused, Refused)
    assert str(restarts.centre.files.menu) in refused.why, "the centre's file is named, not our copy"
    assert shelf.poll() is None
    restarts.centre.edit(breaking[::-1])
    assert shelf.poll() is None
    assert shelf.current().label == before.label


def test_words_that_are_spoken_after_the_house_started_anew_are_taken(restarts: Restarts) -> None:
    restarts.centre.edit(RENAME)
    shelf = restarts.start()
    restarts.centre.build()
    assert isinstance(shelf.poll(), Changed)
    assert shelf.current().menu.nodes["Q"].name == "查询"
    assert restarts.start().current().menu.nodes["Q"].name == "查询"


def test_the_last_of_several_versions_is_the_one_that_is_kept(restarts: Restarts) -> None:
    restarts.centre.edit(('1 = "Q.5.1", 2 = "Q.5.2"', '1 = "Q.5.1"'))
    assert isinstance(restarts.shelf.poll(), Changed)
    last = restarts.shelf.current().label
    (restarts.centre.folder / "menu.toml").unlink()
    assert restarts.start().current().label == last


def test_a_damaged_copy_is_no_menu(restarts: Restarts) -> None:
    label = restarts.shelf.current().label
    (restarts.centre.folder / "menus" / label / "menu.toml").write_bytes(b"\xff half")
    restarts.centre.edit(('2 = "G.2"', '2 = "G.22"'))
    with pytest.raises(ConfigError, match=r"'G\.22' is no node"):
        restarts.start()


def test_a_first_start_takes_words_without_a_sound_for_they_are_made_before_it(tmp_path: Path) -> None:
    files = MenuFiles(ETC / "menu.toml", ETC / "prompts.toml", ETC / "pronunciation.toml", tmp_path / "sounds")
    assert MenuShelf(files, SpeechSettings(), tmp_path / "menus").current().menu.nodes


def test_a_folder_that_cannot_be_written_costs_the_copy_only(centre: Centre) -> None:
    (centre.folder / "menus").write_text("a file where the folder should be")
    shelf = MenuShelf(centre.files, SpeechSettings(), centre.folder / "menus")
    centre.edit(('1 = "Q.5.1", 2 = "Q.5.2"', '1 = "Q.5.1"'))
    assert isinstance(shelf.poll(), Changed)


class Meddled(type(Path())):  # type: ignore[misc]
    """A file whose reader is disturbed: the menu is written while it is read."""

    meddle: list[Centre]
    reads = 0

    def read_text(self, *args: str, **options: str) -> str:
        self.reads += 1
        if self.meddle:
            self.meddle.pop().edit(('1 = "Q.5.1", 2 = "Q.5.2"', '1 = "Q.5.1"'))
        return str(super().read_text(*args, **options))


def test_a_file_written_while_it_is_read_makes_no_version_of_half_and_half(centre: Centre) -> None:
    disturbed = Meddled(centre.files.pronunciations)
    disturbed.meddle = [centre]
    version = MenuShelf(replace(centre.files, pronunciations=disturbed), SpeechSettings()).current()
    assert list(version.menu.nodes["Q.5"].keys) == ["1"]
    assert version.label == MenuShelf(centre.files, SpeechSettings()).current().label


def test_a_call_in_progress_finishes_on_the_menu_it_began_with_and_the_next_one_has_the_new(centre: Centre) -> None:
    def changing_in_the_greeting(house: House) -> None:
        heard = house.line.say

        async def say(*sounds: str, interruptible: bool = True) -> str | None:
            if not house.line.heard:
                centre.edit(RENAME, ('keys = { 1 = "G", 2 = "Q", 3 = "A", 4 = "C" }', 'deviates = "试"\nkeys = { 1 = "Q", 2 = "G" }'))
                centre.build()
                assert isinstance(centre.shelf.poll(), Changed)
            return await heard(*sounds, interruptible=interruptible)

        house.line.say = say  # type: ignore[method-assign]

    old = House([("业务查询请按2", "2"), ("账户查询请按1", "90")], version=centre.shelf.current())
    changing_in_the_greeting(old)
    old.run(lambda h: walk(h.talk, h.core, h.gate))
    new = House([("查询请按1", "1"), ("账户查询请按1", "0")], version=centre.shelf.current())
    new.run(lambda h: walk(h.talk, h.core, h.gate))
    assert "业务查询请按2" in old.line.text
    assert "业务查询" not in new.line.text
    for house in (old, new):
        assert [event.node for event in house.events if isinstance(event, MenuEntered)][:2] == ["E.MAIN", "Q"]


@given(st.data())
def test_whatever_is_cut_out_of_the_file_it_is_taken_whole_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("centre")
    for name in ("menu.toml", "prompts.toml", "pronunciation.toml"):
        shutil.copy(ETC / name, folder / name)
    shelf = MenuShelf(MenuFiles(folder / "menu.toml", folder / "prompts.toml", folder / "pronunciation.toml", folder), SpeechSettings())
    lines = (folder / "menu.toml").read_text(encoding="utf-8").splitlines(keepends=True)
    begin = data.draw(st.integers(0, len(lines) - 1))
    length = data.draw(st.integers(1, 12))
    (folder / "menu.toml").write_text("".join(lines[:begin] + lines[begin + length :]), encoding="utf-8")
    before = shelf.current()
    change = shelf.poll()
    assert change is None or isinstance(change, Refused | Changed)
    assert isinstance(change, Changed) or shelf.current() is before

"""The shelf the menu lies on 菜单热更新: who starts a call takes the version that lies there; a changed file is laid on top of it.

A broken file is refused with line and reason, and so is one whose words have no sound yet: the old version stays, calls never meet
half a menu. What is in force is kept as a copy, so that the old one stays even when the house starts anew while the file is broken.
The line worker asks :meth:`MenuShelf.poll` every few seconds; nothing here watches or waits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from hotline.errors import ConfigError
from hotline.settings import SpeechSettings
from ivr.version import MenuFiles, MenuVersion, label_of, open_version

IN_FORCE = "in_force"
"""File that names the version in force, in the folder of the copies."""
NAMES = ("menu.toml", "prompts.toml", "pronunciation.toml")


@dataclass(frozen=True, slots=True)
class Changed:
    """A new version lies on the shelf; calls that are on keep theirs."""

    version: MenuVersion


@dataclass(frozen=True, slots=True)
class Refused:
    """The changed file was refused and the old version stays; ``why`` names file, line, reason and remedy."""

    why: str


class MenuShelf:
    """The menu in force. May be polled from another thread than the one that reads :meth:`current`."""

    def __init__(self, files: MenuFiles, speech: SpeechSettings, kept: Path | None = None) -> None:
        """Opens the files, or the copy of what was in force last in the folder ``kept``: then :meth:`poll` tells first why.

        Raises ConfigError: a house with no menu at all does not open.
        """
        self._files = files
        self._speech = speech
        self._kept = kept
        self._stamp: tuple[tuple[int, int], ...] | None = files.stamp()
        self._refused = ""
        self._silent: MenuVersion | None = None
        """The version of the files while some of its words have no sound."""
        self._version = self._open()

    def current(self) -> MenuVersion:
        """The version new calls begin with."""
        return self._version

    def reload(self) -> MenuVersion:
        """Read the files anew and put them in force. Raises ConfigError, with the old version still in force."""
        self._stamp, self._silent = self._files.stamp(), None
        version = open_version(self._files, self._speech)
        if unspoken := _unspoken(version, self._files):
            self._silent = version
            raise ConfigError(unspoken)
        self._version = version
        self._keep(version)
        return version

    def poll(self) -> Changed | Refused | None:
        """What became of a file that changed since the last look; None when nothing did. The same refusal is told once."""
        if self._files.stamp() == self._stamp and (self._silent is None or self._silent.prompts.missing()):
            return None
        try:
            before, version = self._version.label, self.reload()
        except ConfigError as error:
            again, self._refused = self._refused == str(error), str(error)
            return None if again else Refused(str(error))
        self._refused = ""
        return Changed(version) if version.label != before else None

    def _open(self) -> MenuVersion:
        try:
            version = open_version(self._files, self._speech)
            if not _unspoken(version, self._files):
                self._keep(version)
                return version
            return self._last() or version  # of a first start the sounds are yet to be made
        except ConfigError:
            if (last := self._last()) is None:
                raise
            return last

    def _last(self) -> MenuVersion | None:
        """The version that was in force last, from its copy; None when there is none that can be used."""
        if self._kept is None:
            return None
        try:
            files = _copy(self._files, self._kept / (self._kept / IN_FORCE).read_text(encoding="ascii").strip())
            version = open_version(files, self._speech)
        except (OSError, ValueError, ConfigError):
            return None
        self._stamp = None  # the next look tells what is wrong with the files
        return version

    def _keep(self, version: MenuVersion) -> None:
        """Keep a copy of what is in force; a disk that is full costs the copy only."""
        if self._kept is None:
            return
        try:
            texts = self._files.read()
            if label_of(b"".join(texts)) != version.label:
                return  # written again meanwhile: the next look takes it, and keeps it
            folder = self._kept / version.label
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in zip(NAMES, texts, strict=True):
                _write(folder / name, text)
            _write(self._kept / IN_FORCE, version.label.encode())
        except (OSError, ConfigError):
            return


def _unspoken(version: MenuVersion, files: MenuFiles) -> str:
    """What the version says and no sound does; empty when nothing is missing."""
    missing = version.prompts.missing()
    first = "、".join(clip.words for clip in missing[:3])
    return f"{files.menu}: {len(missing)} prompts have no sound yet ({first}); run `hotline prompts build`" if missing else ""


def _copy(files: MenuFiles, folder: Path) -> MenuFiles:
    menu, prompts, words = (folder / name for name in NAMES)
    return replace(files, menu=menu, prompts=prompts, pronunciations=words)


def _write(file: Path, content: bytes) -> None:
    """All of it or nothing."""
    draft = file.with_suffix(".new")
    draft.write_bytes(content)
    draft.replace(file)

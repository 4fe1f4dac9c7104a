"""The shelf the menu lies on 菜单热更新: who starts a call takes the version that lies there; a changed file is laid on top of it.

A broken file is refused with line and reason, and so is one whose words have no sound yet: the old version stays, calls never meet
half a menu. The line worker asks :meth:`MenuShelf.poll` every few seconds; nothing here watches or waits.
"""

from __future__ import annotations

from dataclasses import dataclass

from hotline.errors import ConfigError
from hotline.settings import SpeechSettings
from ivr.version import MenuFiles, MenuVersion, open_version


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

    def __init__(self, files: MenuFiles, speech: SpeechSettings) -> None:
        """Opens the files. Raises ConfigError: a house with no menu at all does not open."""
        self._files = files
        self._speech = speech
        self._stamp = files.stamp()
        self._refused = ""
        self._waits_for_sounds = False
        self._version = open_version(files, speech)

    def current(self) -> MenuVersion:
        """The version new calls begin with."""
        return self._version

    def reload(self) -> MenuVersion:
        """Read the files anew and put them in force. Raises ConfigError, with the old version still in force."""
        self._stamp = self._files.stamp()
        self._waits_for_sounds = False
        version = open_version(self._files, self._speech)
        if missing := version.prompts.missing():
            self._waits_for_sounds = True
            first = "、".join(clip.words for clip in missing[:3])
            raise ConfigError(f"{self._files.menu}: {len(missing)} prompts have no sound yet ({first}); run `hotline prompts build`")
        self._version = version
        return version

    def poll(self) -> Changed | Refused | None:
        """What became of a file that changed since the last look; None when nothing did. The same refusal is told once."""
        if self._files.stamp() == self._stamp and not self._waits_for_sounds:
            return None
        try:
            before, version = self._version.label, self.reload()
        except ConfigError as error:
            again, self._refused = self._refused == str(error), str(error)
            return None if again else Refused(str(error))
        self._refused = ""
        return Changed(version) if version.label != before else None

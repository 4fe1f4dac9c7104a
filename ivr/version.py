"""One version of the menu: tree, words and sounds together, frozen. A call keeps the version it began with to its end."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from hotline.errors import ConfigError
from hotline.settings import SpeechSettings
from ivr.faults import broken
from ivr.menu import Menu, phrases
from ivr.menu_file import MenuText, load_menu
from ivr.prompts import Prompts, load_book
from ivr.studio import slow_studio

READS = 5


@dataclass(frozen=True, slots=True)
class MenuFiles:
    """Where a centre's menu and its words are, and where the sounds are kept."""

    menu: Path
    prompts: Path
    pronunciations: Path
    sounds: Path
    studio: Path | None = None

    def read(self) -> tuple[bytes, bytes, bytes]:
        """What is in the three files. Raises ConfigError."""
        try:
            return self.menu.read_bytes(), self.prompts.read_bytes(), self.pronunciations.read_bytes()
        except OSError as error:
            raise ConfigError(f"{error.filename}: {error.strerror}") from None

    def stamp(self) -> tuple[tuple[int, int], ...]:
        """Changes whenever one of the three files does, or a studio recording comes or goes; what is not there has a stamp too."""
        studio = (self.studio, slow_studio(self.studio)) if self.studio else ()
        return tuple(_stamp(each) for each in (self.menu, self.prompts, self.pronunciations, *studio) if each)


@dataclass(frozen=True, slots=True)
class MenuVersion:
    """Menu and prompts that belong together. ``label`` names the version in logs: eight characters made of the files' contents."""

    menu: Menu
    prompts: Prompts = field(repr=False)
    source: MenuText = field(repr=False)
    label: str


def open_version(files: MenuFiles, speech: SpeechSettings) -> MenuVersion:
    """The version in ``files``. Raises ConfigError, with the line, when the menu can't be read or can't be walked.

    A file that is written while we read makes no version of half the old and half the new: then all are read again.
    """
    for _ in range(READS):
        stamp, version = files.stamp(), _read(files, speech)
        if files.stamp() == stamp:
            return version
    raise ConfigError(f"{files.menu}: it is being written all the time; look who does")


def _read(files: MenuFiles, speech: SpeechSettings) -> MenuVersion:
    menu, source = load_menu(files.menu)
    book = load_book(files.prompts, files.pronunciations, phrases(menu))
    if faults := broken(menu, book):
        more = f" (and {len(faults) - 1} more: hotline menu check)" if len(faults) > 1 else ""
        raise ConfigError(f"{source.at(faults[0].place, faults[0].field)}: {faults[0].text}{more}")
    texts = b"".join(files.read())
    prompts = Prompts(
        book,
        files.sounds,
        words_per_minute=speech.words_per_minute,
        slow_words_per_minute=speech.slow_words_per_minute,
        studio=files.studio,
    )
    return MenuVersion(menu, prompts, source, label_of(texts))


def label_of(texts: bytes) -> str:
    """The label of the version with these contents, one file's behind the other's."""
    return hashlib.sha256(texts).hexdigest()[:8]


def _stamp(file: Path) -> tuple[int, int]:
    try:
        seen = file.stat()
    except OSError:
        return (0, 0)
    return (seen.st_mtime_ns, seen.st_size)

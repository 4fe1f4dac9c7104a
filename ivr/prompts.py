"""The prompt book: which sound files say a prompt with its values. Nothing is synthesised during a call.

A text is cut at its values into *clips*; values are said by *pieces* (recorded numerals and units), so that a balance is a list
of files that exist already and no program is started while somebody is on the line. A clip's file is named by its id and a digest
of everything that makes its sound (text, the dictionary's words in it, speed, recipe or the studio's recording): when a text
changes, the new sound has another name, a running system keeps playing the old file, and nothing is ever overwritten under it.

Files are ``.wav``, 8 kHz mono 16 bit: on an A-law trunk Asterisk plays them as cheaply as ``.alaw`` (within measuring error), and
their length and level can be checked by anybody with nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hotline.errors import ConfigError, HotlineError
from ivr.prompt_file import PromptFile, PronunciationFile, all_pieces, read_toml
from ivr.spoken import KINDS, PAUSE, cut, say
from ivr.studio import recording_of, slow_studio
from ivr.texts import sentences
from ivr.wanted import WANTED
from telephony.ports import Sound

VOICE = "espeak-cmn-1"
"""Version of the synthesised voice and its recipe: another one makes every clip anew, in a folder of its own."""
LEAST_PIECES = "零一二两三四五六七八九幺十百千万亿元角分点负年月日之叉工作每天小时到次"
PHRASE = "phrase"
TEXT = "text"
"""Kind of a value that is words of the house's own (a branch's address): said by a sound made beforehand like any other."""
TAIL = "tail_"
"""Prompts so named are said behind a menu's options."""
FALLBACK = ("fallback_apology", "fallback_closed")
"""Prompts that the dialplan plays by itself: exported as ``<folder>/<id>.wav``."""
_VALUE = re.compile(r"\{(\w+):(\w+)\}")
_WORDLESS = " ，。、？！；：,."


class NotSpoken(HotlineError):
    """A text has no sound yet:"""


@dataclass(frozen=True, slots=True)
class Value:
    """A place in a text where a value is said: its name and kind."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class PromptBook:
    """Texts, pieces and pronunciations of one centre, checked; no sound yet."""

    texts: Mapping[str, str]
    pieces: frozenset[str]
    pronunciations: Mapping[str, str]
    parts: Mapping[str, tuple[str | Value, ...]] = field(repr=False)
    """Prompt id -> its clip ids and values in the order they are said."""
    clips: Mapping[str, str] = field(repr=False)
    """Clip id -> words; the id of a piece and of a menu's option is its words."""
    options: frozenset[str] = frozenset()
    """The options of the menus, such as 业务查询请按2: prompts of their own, named by their words."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One sound to be had: its words, where it will be, and the studio's recording when there is one."""

    id: str
    words: str
    file: Path
    joins: bool
    """Whether it is said in one breath with others: then its silence is cut off and its ends are faded."""
    studio: Path | None
    words_per_minute: int = 190
    piece: bool = False


def load_book(prompts: Path, pronunciations: Path, options: Collection[str] = ()) -> PromptBook:
    """The book in two TOML files, with the ``options`` of a menu. Raises ConfigError naming file, entry and what is wrong with it."""
    given = read_toml(prompts, PromptFile)
    words = read_toml(pronunciations, PronunciationFile).words
    pieces = frozenset(all_pieces(given.pieces))
    parts: dict[str, tuple[str | Value, ...]] = {}
    clips = {piece: piece for piece in pieces}
    for prompt, text in given.prompts.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]*", prompt):
            raise ConfigError(f"{prompts}: prompt id {prompt!r}; use small letters, digits and _")
        try:
            parts[prompt], own = _cut_text(prompt, text)
        except ValueError as error:
            raise ConfigError(f"{prompts}: prompt {prompt}: {error}") from None
        clips.update(own)
    if faults := [*_lacking(parts), *_unspeakable(pieces)]:
        raise ConfigError(f"{prompts}: {'; '.join(faults)}")
    parts.update({words: (words,) for words in options})
    clips.update({words: words for words in options})
    return PromptBook(given.prompts, pieces, words, parts, clips, frozenset(options))


def _lacking(parts: Mapping[str, tuple[str | Value, ...]]) -> Iterator[str]:
    """What the dialogs say and the book hasn't, or says with a value nobody gives."""
    for prompt, names in WANTED.items():
        if prompt not in parts:
            yield f"prompt {prompt} is missing"
        elif strange := {part.name for part in parts[prompt] if isinstance(part, Value)} - names:
            yield f"prompt {prompt} has no value {', '.join(sorted(strange))}; it may name {', '.join(sorted(names)) or 'none'}"


def _unspeakable(pieces: Collection[str]) -> Iterator[str]:
    """What numbers need and the pieces hold no single character for."""
    if lacking := sorted(set(LEAST_PIECES) - set(pieces)):
        yield f"pieces lack {''.join(lacking)}"


def _cut_text(prompt: str, text: str) -> tuple[tuple[str | Value, ...], dict[str, str]]:
    """``text`` as clip ids and values, and the clips' words. Raises ValueError on an unknown kind or a stray brace."""
    parts: list[str | Value] = []
    clips: dict[str, str] = {}
    pieces = _VALUE.split(text)
    whole = len(pieces) == 1
    for at in range(0, len(pieces), 3):
        words = pieces[at].strip(_WORDLESS) if not whole else pieces[at]
        if "{" in words or "}" in words:
            raise ValueError("a value is written {name:kind}")
        if words:
            clip = prompt if whole else f"{prompt}.{len(clips) + 1}"
            clips[clip] = words
            before, _, behind = pieces[at].partition(words)
            parts += [PAUSE] * (at > 0 and _breathes(before)) + [clip] + [PAUSE] * (not whole and "，" in behind)
        elif 0 < at < len(pieces) - 1 and _breathes(pieces[at]):
            parts.append(PAUSE)
        if at + 2 < len(pieces):
            name, kind = pieces[at + 1 : at + 3]
            if kind not in KINDS and kind not in (PHRASE, TEXT):
                raise ValueError(f"unknown kind {kind!r} of {{{name}}}; known: {', '.join((*KINDS, PHRASE, TEXT))}")
            parts.append(Value(name, kind))
    if not parts:
        raise ValueError("the text is empty")
    return tuple(parts), clips


def _breathes(stops: str) -> bool:
    """Whether the stops after a value ask for a breath before the text goes on."""
    return any(stop in stops for stop in "，。；：")


class Prompts:
    """The book with the place of every sound; asked for sounds during calls (pure look-ups).

    ``slower`` is the same book spoken slowly, for the slow profile; itself when there is none. ``has`` tells whether the sound of a
    text is there: those texts change while we run, so each is looked for when it is to be said.
    """

    def __init__(
        self, book: PromptBook, folder: Path, *, words_per_minute: int = 190, studio: Path | None = None, slow_words_per_minute: int = 0,
        has: Callable[[Path], bool] = Path.exists,
    ) -> None:  # fmt: skip
        self.book = book
        self.folder = folder.absolute()
        self.words_per_minute = words_per_minute
        self._has = has
        self._texts: dict[str, Clip] = {}
        slow = slow_words_per_minute
        self.slower: Prompts = Prompts(book, folder, words_per_minute=slow, studio=slow_studio(studio), has=has) if slow else self
        self.clips: dict[str, Clip] = {clip: self._clip(clip, words, studio) for clip, words in book.clips.items()}
        self.pause, self.beep = (self.folder / VOICE / f"{sign}.wav" for sign in ("pause", "beep"))
        self._sounds: dict[str, Sound] = {clip.id: str(clip.file.with_suffix("")) for clip in self.clips.values()}
        self._sounds[PAUSE] = str(self.pause.with_suffix(""))
        self._pieces = book.pieces | {PAUSE}

    def sounds(self, prompt: str, /, **values: object) -> list[Sound]:
        """The files that say ``prompt`` with its ``values``, absolute and without extension, in order.

        Raises KeyError for an unknown prompt or a value left out, ValueError for a value that is not of its kind, NotSpoken.
        """
        sounds: list[Sound] = []
        for part in self.book.parts[prompt]:
            if isinstance(part, str):
                sounds.append(self._sounds[part])
            elif part.kind == PHRASE:
                sounds += self.sounds(str(values[part.name]))
            elif part.kind == TEXT:
                sounds += self.text(str(values[part.name]))
            else:
                sounds += self.say(part.kind, values[part.name])
        return sounds

    def sequence(self, prompts: Iterable[str], /, **values: object) -> list[Sound]:
        """Several prompts one after the other, with a breath between: a menu and its options."""
        return self.row(self.sounds(prompt, **values) for prompt in prompts)

    def row(self, said: Iterable[Sequence[Sound]]) -> list[Sound]:
        """Several things that are said, with a breath between."""
        sounds: list[Sound] = []
        for each in said:
            sounds += [self.breath] * bool(sounds) + [*each]
        return sounds

    def say(self, kind: str, value: object) -> list[Sound]:
        """The pieces that say one value. Raises ValueError when it is not of its ``kind``."""
        return [self._sounds[piece] for piece in cut(say(kind, value), self._pieces)]

    @property
    def breath(self) -> Sound:
        """The short silence between two things said."""
        return self._sounds[PAUSE]

    def text(self, text: str) -> list[Sound]:
        """The files that say a text of the house's own, sentence by sentence with a breath between. Raises NotSpoken."""
        clips = self.text_clips(text)
        for clip in clips:
            if not self._has(clip.file):
                raise NotSpoken(f"{clip.words[:20]} ({clip.file.name})")
        return self.row([str(clip.file.with_suffix(""))] for clip in clips)

    def text_clips(self, text: str) -> list[Clip]:
        """The sounds to be had for a text, one per sentence; a sentence that stays the same keeps its sound."""
        return [self._text_clip(words) for words in sentences(text)]

    def text_words(self) -> dict[Sound, str]:
        """What the texts asked for so far say, sound by sound: for transcripts."""
        return {str(clip.file.with_suffix("")): clip.words for clip in list(self._texts.values())}

    def words(self, prompt: str, /, **values: object) -> str:
        """What the caller hears, as text: for transcripts and the terminal."""
        said: list[str] = []
        for part in self.book.parts[prompt]:
            if isinstance(part, str):
                said.append(self.book.clips.get(part, part))
            elif part.kind == PHRASE:
                said.append(self.words(str(values[part.name])))
            elif part.kind == TEXT:
                said.append("，".join(sentences(str(values[part.name]))))
            else:
                said.append(say(part.kind, values[part.name]))
        return "".join(said)

    def every_clip(self) -> list[Clip]:
        """All clips, the slow ones behind."""
        return [*self.clips.values(), *(self.slower.clips.values() if self.slower is not self else ())]

    def missing(self) -> list[Clip]:
        """Clips whose sound is not there yet, one per file."""
        return [clip for clip in {clip.file: clip for clip in self.every_clip()}.values() if not clip.file.exists()]

    def _clip(self, clip: str, words: str, studio: Path | None) -> Clip:
        recording = recording_of(studio, clip)
        piece = clip in self.book.pieces
        joins = piece or clip in self.book.options or "." in clip or clip.startswith(TAIL)
        mark = hashlib.sha256(b"studio" + recording.read_bytes()).hexdigest() if recording else self._mark(words, joins)
        name = "piece" if piece else "option" if clip in self.book.options else clip
        return Clip(clip, words, self.folder / VOICE / f"{name}-{mark[:16]}.wav", joins, recording, self.words_per_minute, piece)

    def _text_clip(self, words: str) -> Clip:
        clip = self._texts.get(words)
        if clip is None:
            file = self.folder / VOICE / f"text-{self._mark(words, joins=True)[:16]}.wav"
            clip = self._texts[words] = Clip(words, words, file, joins=True, studio=None, words_per_minute=self.words_per_minute)
        return clip

    def _mark(self, words: str, joins: bool) -> str:
        """What a synthesised sound is told again by: all that makes it."""
        dictionary = sorted((word, spoken) for word, spoken in self.book.pronunciations.items() if word in words)
        return hashlib.sha256(repr((words, dictionary, self.words_per_minute, joins)).encode()).hexdigest()

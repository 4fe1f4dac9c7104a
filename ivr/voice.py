"""Making the prompts' sounds before anybody calls: text -> pinyin -> espeak-ng -> sox -> 8 kHz wav, kept and never overwritten.

espeak-ng's Mandarin voice misreads Chinese characters (Debian's 1.51 spells them), but reads numbered pinyin well; so pypinyin
writes the pinyin, corrected by the centre's pronunciation dictionary. Pieces get their silence cut off and their ends faded
over 5 ms, so that they join without clicks. A recording from the studio is taken instead where there is one.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import sys
import wave
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hotline.errors import HotlineError
from ivr.prompts import FALLBACK, Clip, Prompts
from ivr.spoken import DIGITS, say_digits

RATE = 8000
PAUSE_S = 0.2
BEEP_S, BEEP_HZ = 0.35, 1000
LOUDEST = 0.75
"""Peak of a finished clip relative to full scale: -3 dB is 0.708; louder would clip in A-law gain stages."""
QUIETEST_PEAK = 0.05
LONGEST_S = 30.0
LONGEST_PIECE_S = 1.6
"""At the common speed; slower speech takes longer in proportion."""
COMMON_SPEED = 190
_STOPS = str.maketrans({"，": ", ", "、": ", ", "；": ", ", "：": ", ", "。": ". ", "？": "? ", "！": ". "})
_ONE_END = ("silence", "1", "0.005", "0.4%", "fade", "t", "0.005", "reverse")
_TRIM = (*_ONE_END, *_ONE_END)


class VoiceError(HotlineError):
    """A prompt's sound could not be made:"""


class Program(Protocol):
    """A program of the machine or of the project's toolbox."""

    def argv(self, *args: str) -> Sequence[str]:
        """The command line that runs it with ``args``."""
        ...


class Synthesiser(Protocol):
    """Something that turns pinyin into sound files."""

    def speak(self, pinyin: str, words_per_minute: int, target: Path) -> None:
        """Write ``pinyin`` as a wav file of any rate. Raises VoiceError."""
        ...

    def finish(self, source: Path, target: Path, *, trim: bool) -> None:
        """Convert to 8 kHz mono 16 bit with a peak of -3 dB; ``trim`` cuts silence and fades. Raises VoiceError."""
        ...


class EspeakAndSox:
    """The synthesiser of the project: espeak-ng and sox as separate programs."""

    def __init__(self, espeak: Program, sox: Program) -> None:
        self._espeak = espeak
        self._sox = sox

    def speak(self, pinyin: str, words_per_minute: int, target: Path) -> None:
        """Write ``pinyin`` as a wav file. Raises VoiceError with the program's own last words."""
        _run(self._espeak.argv("-v", "cmn-latn-pinyin", "-s", str(words_per_minute), "-z", "-w", str(target), "--", pinyin))

    def finish(self, source: Path, target: Path, *, trim: bool) -> None:
        """Convert to 8 kHz mono 16 bit, peak -3 dB. Raises VoiceError with the program's own last words."""
        effects = ("gain", "-n", "-3", *(_TRIM if trim else ()))
        form = ("-t", "wav", "-e", "signed-integer", "-b", "16")
        _run(self._sox.argv("-V1", "-D", str(source), *form, str(target), "remix", "-", "rate", str(RATE), *effects))


def _run(argv: Sequence[str]) -> None:
    try:
        done = subprocess.run(argv, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VoiceError(f"{argv[0]}: {error}") from None
    if done.returncode != 0:
        raise VoiceError(f"{argv[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()[-300:]}")


def to_pinyin(words: str, pronunciations: Mapping[str, str]) -> str:
    """``nin2 hao3, yao1 er4 san1 er4 jiu3`` for 您好，12329. Raises VoiceError for a character that has no reading."""
    # Only making sounds needs this library (and its 0.2 s); a call never does.
    from pypinyin import Style, lazy_pinyin

    said: list[str] = []
    for word, known in _split(spell_figures(words), pronunciations):
        spelt = known or " ".join(lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, v_to_u=False))
        said.append(spelt.translate(_STOPS))
    pinyin = re.sub(r" +([,.?])", r"\1", re.sub(r"\s+", " ", " ".join(said))).strip()
    if strange := re.search(r"[^a-z1-5 ,.?]", pinyin):
        raise VoiceError(f"no reading for {strange[0]!r} in {words!r}; write it in Chinese characters")
    return pinyin


def spell_figures(words: str) -> str:
    """Figures as characters: a lone 1 is 一 (请按1), longer rows are read as a telephone number (12329: 幺二三二九)."""
    return re.sub(r"[0-9]+", lambda row: say_digits(row[0]) if len(row[0]) > 1 else DIGITS[int(row[0])], words)


def _split(words: str, pronunciations: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Runs of ``words`` with their reading when the dictionary has one, longest word first."""
    longest = max(map(len, pronunciations), default=0)
    rest, at = "", 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            if (word := words[at : at + length]) in pronunciations:
                if rest:
                    yield rest, ""
                yield word, pronunciations[word]
                rest, at = "", at + length
                break
        else:
            rest, at = rest + words[at], at + 1
    if rest:
        yield rest, ""


def build(prompts: Prompts, synthesiser: Synthesiser, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Make every sound that is missing, then export the dialplan's own; the number made.

    Each file is written beside its place and renamed into it, so two builders and a running system don't disturb each other.
    ``progress(done, total)`` is called from one thread. Raises VoiceError; what was made before stays.
    """
    folder = prompts.pause.parent
    folder.mkdir(parents=True, exist_ok=True)
    _place_signs(prompts)
    wanted = prompts.missing()
    progress(0, len(wanted))
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="voice") as pool:
        for done, _ in enumerate(pool.map(lambda clip: _make(prompts, synthesiser, clip), wanted), 1):
            progress(done, len(wanted))
    for prompt in FALLBACK:
        _export(prompts, prompt)
    return len(wanted)


def unspoken(prompts: Prompts, texts: Iterable[str]) -> list[Clip]:
    """The sounds, at both speeds, that texts of the house's own still lack; one per file."""
    books = (prompts, prompts.slower)
    clips = {clip.file: clip for text in dict.fromkeys(texts) for book in books for clip in book.text_clips(text)}
    return [clip for clip in clips.values() if not clip.file.exists()]


def speak(prompts: Prompts, synthesiser: Synthesiser, texts: Iterable[str]) -> tuple[int, list[str]]:
    """Make what :func:`unspoken` lists: how many were made, and why the others could not be, in plain words."""
    prompts.pause.parent.mkdir(parents=True, exist_ok=True)
    _place_signs(prompts)
    made, faults = 0, []
    for clip in unspoken(prompts, texts):
        try:
            _make(prompts, synthesiser, clip)
            made += 1
        except (VoiceError, OSError) as error:
            faults.append(f"{clip.words[:20]}: {error}")
    return made, faults


def _place_signs(prompts: Prompts) -> None:
    """The sounds that are no speech: the breath between two, the beep before a message."""
    for file, write in ((prompts.pause, _write_pause), (prompts.beep, _write_beep)):
        if not file.exists():
            _place(file, write)


def _make(prompts: Prompts, synthesiser: Synthesiser, clip: Clip) -> None:
    if clip.studio is not None and is_ready(clip.studio):
        studio = clip.studio
        _place(clip.file, lambda draft: _copy(studio, draft))
        return
    raw = clip.file.with_suffix(f".{os.getpid()}.raw.wav")
    try:
        if clip.studio is None:
            synthesiser.speak(to_pinyin(clip.words, prompts.book.pronunciations), clip.words_per_minute, raw)
        _place(clip.file, lambda draft: synthesiser.finish(clip.studio or raw, draft, trim=clip.joins))
    finally:
        raw.unlink(missing_ok=True)


def _place(file: Path, write: Callable[[Path], None]) -> None:
    draft = file.with_suffix(f".{os.getpid()}.draft.wav")
    try:
        write(draft)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def _export(prompts: Prompts, prompt: str) -> None:
    """Put a prompt without values under its plain name, for the dialplan."""
    source = prompts.clips[prompt].file
    target = prompts.folder / f"{prompt}.wav"
    if not target.exists() or target.read_bytes() != source.read_bytes():
        _place(target, lambda draft: _copy(source, draft))


def _write_pause(path: Path) -> None:
    _write(path, array("h", bytes(2 * int(RATE * PAUSE_S))))


def _write_beep(path: Path) -> None:
    """A tone at a quarter of full scale, swelling and fading over 10 ms so that it doesn't click."""
    samples, edge = int(RATE * BEEP_S), RATE // 100
    swell = (min(1.0, at / edge, (samples - at) / edge) for at in range(samples))
    _write(path, array("h", (int(8192 * each * math.sin(2 * math.pi * BEEP_HZ * at / RATE)) for at, each in enumerate(swell))))


def _write(path: Path, samples: array[int]) -> None:
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())


@dataclass(frozen=True, slots=True)
class Heard:
    """What a sound file is like: seconds, peak and root mean square relative to full scale."""

    seconds: float
    peak: float
    rms: float


def measure(path: Path) -> Heard:
    """Length and level of an 8 kHz mono 16-bit wav. Raises VoiceError when it is something else."""
    if not is_ready(path):
        raise VoiceError(f"{path} is not 8 kHz mono 16 bit")
    with wave.open(str(path), "rb") as sound:
        samples = array("h", sound.readframes(sound.getnframes()))
    if not samples:
        return Heard(0.0, 0.0, 0.0)
    rms = math.sqrt(sum(value * value for value in samples) / len(samples)) / 32768
    return Heard(len(samples) / RATE, max(abs(min(samples)), max(samples)) / 32768, rms)


def is_ready(path: Path) -> bool:
    """Whether a file is what Asterisk plays as it stands: wav, 8 kHz, mono, 16 bit."""
    try:
        with wave.open(str(path), "rb") as sound:
            return (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (RATE, 1, 2)
    except (OSError, EOFError, wave.Error):
        return False


def check(prompts: Prompts) -> list[str]:
    """Faults of the sounds in plain English, empty when all is well: missing, silent, too loud, too long."""
    return [f"{clip.id}: {fault}" for clip in prompts.every_clip() for fault in _faults(clip)]


def _faults(clip: Clip) -> Iterator[str]:
    if not clip.file.exists():
        yield "there is no sound; run `hotline prompts build`"
        return
    try:
        heard = measure(clip.file)
    except VoiceError as error:
        yield str(error)
        return
    longest = LONGEST_PIECE_S * max(1.0, COMMON_SPEED / clip.words_per_minute) if clip.piece else LONGEST_S
    if heard.peak > LOUDEST:
        yield f"too loud, peak {heard.peak:.2f} of full scale (at most {LOUDEST})"
    if heard.peak < QUIETEST_PEAK:
        yield f"nothing to be heard, peak {heard.peak:.3f}"
    if heard.seconds > longest:
        yield f"too long, {heard.seconds:.1f} s (at most {longest:.1f} s)"

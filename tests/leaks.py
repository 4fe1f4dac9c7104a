"""Looking for PINs in every byte that was written: as numbers, disguised, one digit a record, or as tones.

Nothing here knows what was dialled: each way gives all six-digit strings a file holds, and they are counted for the canaries (PINs
that were dialled) and the controls (PINs nobody dialled) alike. A canary has leaked where it is found more often than any control:
chance finds both.
"""

from __future__ import annotations

import base64
import gzip
import re
import shutil
import sqlite3
import tempfile
import wave
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from robots.key_ears import keys_heard

PLACES = 6
Found = Mapping[str, Counter[str]]
"""How a six-digit string was written -> how often each was."""

_NUMBER = re.compile(r"(?<!\d)(?<!\d\.)\d{6}(?!\d)")
_SPACED = re.compile(r"(?=(?<!\d)(\d(?:[^\w]{1,5}\d){5})(?!\d))")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_HEX = re.compile(rb"(?:3[0-9]){6,}")
_IDENTIFIER = re.compile(r"c-\d{8}-\d+|\b\d{10}\.\d+|(?:PJSIP|Local|Surrogate)/[\w.@;-]+")
_NAME = re.compile(r"[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{4,})*|\d+\.\d+")
_FIGURE = re.compile(r"\d+")
_ASCII = {str(code): chr(code) for code in range(ord("0"), ord("9") + 1)}
"""Digits as FastAGI tells them: 52 for 4."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A canary found in ``file``, ``how`` it was written, and how often; controls at most ``by_chance`` times."""

    file: str
    how: str
    times: int
    by_chance: int


def leaks(folder: Path, canaries: Collection[str], controls: Collection[str], without: Collection[str] = ()) -> list[Leak]:
    """Where canaries leaked in the files below ``folder`` (names in ``without`` are passed over)."""
    found: list[Leak] = []
    for file in files_of(folder, without):
        for how, counts in ways(file).items():
            chance = max((counts[control] for control in controls), default=0)
            hits = max((counts[canary] for canary in canaries), default=0)
            if hits > chance:
                found.append(Leak(str(file.relative_to(folder)), how, hits, chance))
    return found


def chance_of(folder: Path, controls: Collection[str], without: Collection[str] = ()) -> int:
    """How often any control is found below ``folder``: the search is awake, and what it finds of canaries can be compared."""
    return sum(counts[control] for file in files_of(folder, without) for counts in ways(file).values() for control in controls)


def files_of(folder: Path, without: Collection[str] = ()) -> list[Path]:
    """Every file below ``folder``, write-ahead logs and all."""
    return [file for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink() and file.name not in without]


def ways(file: Path) -> Found:
    """Every six-digit string in a file, by how it is written."""
    data = file.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    found: dict[str, Counter[str]] = {}
    for how, look in (("number", _numbers), ("utf-16", _wide), ("spaced", _spaced), ("base64", _base64), ("hex", _hex)):
        found[how] = Counter(look(data))
    for how, texts in _records(file, data).items():
        found[how] = Counter(_one_a_record(texts))
    if data[:4] == b"RIFF" or file.suffix in (".alaw", ".ulaw", ".sln", ".slin"):
        found["tones"] = Counter(_tones(file, data))
    return found


# -- as numbers ----------------------------------------------------------------------------------------------------------


def _numbers(data: bytes) -> Iterable[str]:
    return _NUMBER.findall(data.decode("latin-1"))


def _wide(data: bytes) -> Iterator[str]:
    for encoding in ("utf-16-le", "utf-16-be"):
        for shift in (0, 1):
            if b"\x00" in data:
                yield from _NUMBER.findall(data[shift:].decode(encoding, "ignore"))


def _spaced(data: bytes) -> Iterator[str]:
    """``4 9 3 8 1 7``, ``["4","9",...]``: up to five signs between two digits."""
    for each in _SPACED.findall(data.decode("latin-1")):
        yield re.sub(r"\D", "", each)


def _base64(data: bytes) -> Iterator[str]:
    for each in _BASE64.findall(data):
        run = each.translate(bytes.maketrans(b"-_", b"+/"))
        for shift in range(4):
            part = run[shift:]
            part = part[:-1] if len(part) % 4 == 1 else part
            yield from _numbers(base64.b64decode(part + b"=" * (-len(part) % 4)))


def _hex(data: bytes) -> Iterator[str]:
    for run in _HEX.findall(data):
        yield from _numbers(bytes.fromhex(run.decode()))


# -- one digit a record --------------------------------------------------------------------------------------------------


def _records(file: Path, data: bytes) -> dict[str, list[str]]:
    """A file's records in their order: rows of tables, blocks of headers, lines."""
    if data[:15] == b"SQLite format 3":
        return {f"one a row of {table}": rows for table, rows in _rows(file).items()}
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    if "\x00" in text[:4096]:
        return {}
    found = {"one a line": text.split("\n")}
    if re.search(r"^\w+: .*\n\w+: ", text):
        found["one a block"] = text.split("\n\n")
    return found


def _rows(file: Path) -> dict[str, list[str]]:
    """Every table's rows as text, what is only in the write-ahead log among them."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            if (part := file.with_name(file.name + suffix)).exists():
                shutil.copyfile(part, Path(folder) / f"copy{suffix}")
        connection = sqlite3.connect(Path(folder) / "copy")
        try:
            tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
            return {table: [" ".join(map(_shown, row)) for row in connection.execute(f'select * from "{table}"')] for table in tables}
        except sqlite3.DatabaseError:
            return {}
        finally:
            connection.close()


def _shown(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _one_a_record(records: Iterable[str]) -> Iterator[str]:
    """Six digits in order where records that are alike, of one channel (or of all), differ in one figure: 按键 told one by one."""
    columns: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for record in records:
        channels = {"", *_IDENTIFIER.findall(record)}
        alike = _FIGURE.sub("\x00", _NAME.sub("\x01", _IDENTIFIER.sub("\x02", record)))
        figures = _FIGURE.findall(_NAME.sub("\x01", _IDENTIFIER.sub("\x02", record)))
        for place, figure in enumerate(figures):
            digit = figure if len(figure) == 1 else _ASCII.get(figure, "-")
            for channel in channels:
                columns[channel, alike, place].append(digit)
    for digits in columns.values():
        if len(digits) >= PLACES:
            yield from _windows("".join(digits))


def _windows(text: str) -> Iterator[str]:
    for run in re.findall(r"\d{6,}", text):
        yield from (run[at : at + PLACES] for at in range(len(run) - PLACES + 1))


# -- as tones ------------------------------------------------------------------------------------------------------------


def _tones(file: Path, data: bytes) -> Iterator[str]:
    for samples in _sounds(file, data):
        yield from _windows(re.sub(r"[^0-9]", "", keys_heard(samples)))


def _sounds(file: Path, data: bytes) -> Iterator[array[int]]:
    """Each channel of a sound file, PCM16 at 8000 a second."""
    from robots.g711 import decode

    if file.suffix in (".alaw", ".ulaw"):
        yield decode(data, "PCMA" if file.suffix == ".alaw" else "PCMU")
        return
    try:
        with wave.open(str(file)) as stream:
            channels, width = stream.getnchannels(), stream.getsampwidth()
            frames = stream.readframes(stream.getnframes())
    except (wave.Error, EOFError):
        channels, width, frames = 1, 2, data[len(data) % 2 :]
    if width == 2:
        samples = array("h", frames[: len(frames) // 2 * 2])
        for channel in range(channels):
            yield samples[channel::channels]

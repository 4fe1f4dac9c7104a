"""Reading a centre's prompt file and its dictionary of pronunciations: TOML in, checked structures out."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from hotline.errors import ConfigError

T = TypeVar("T")


class Pieces(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What numbers are said with: single characters, words, and characters joined or crossed with others."""

    single: str
    words: tuple[str, ...] = ()
    joined: tuple[tuple[str, str], ...] = ()
    crossed: tuple[tuple[str, str], ...] = ()


class PromptFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """prompts.toml."""

    prompts: dict[str, str]
    pieces: Pieces


class PronunciationFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """pronunciation.toml."""

    words: dict[str, str]


def read_toml(path: Path, kind: type[T]) -> T:
    """The file as ``kind``. Raises ConfigError."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), kind)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from None


def all_pieces(given: Pieces) -> Iterator[str]:
    """Every piece there is to be a sound for."""
    yield from given.single
    yield from given.words
    for heads, tails in (*given.joined, *given.crossed):
        yield from (head + tail for head in heads for tail in tails)

"""The catalogue of topics as data: catalogue.toml beside this file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec

from sms_bridge.model import Lane, SmsClass, Topic, UnknownTopic


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    audience: str
    lane: Lane
    stat: str
    template: str
    sms_class: SmsClass | None = msgspec.field(default=None, name="class")
    refusal: bool = False


@cache
def catalogue() -> Mapping[str, Topic]:
    """Topic id -> topic."""
    text = Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8")
    entries = msgspec.convert(tomllib.loads(text), dict[str, _Entry])
    return MappingProxyType({id: Topic(id, e.name, e.lane, e.stat, e.template, e.sms_class) for id, e in entries.items()})


def topic(id: str) -> Topic:
    """The topic of that id. Raises UnknownTopic."""
    if (found := catalogue().get(id)) is None:
        raise UnknownTopic(id)
    return found


@cache
def forbidden_words() -> frozenset[str]:
    """Words no text may contain: forbidden.txt beside this file."""
    lines = Path(__file__).with_name("forbidden.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))

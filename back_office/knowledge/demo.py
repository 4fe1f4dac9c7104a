"""The demo's articles, branches and estates: invented, plainly marked 演示, from demo.toml beside this file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from back_office.knowledge.model import Article, ArticleId, Audience, Branch, Channel, Estate
from back_office.knowledge.store import Knowledge
from hotline.moment import Moment

WRITER = "演示"
_ALL = frozenset(Channel)


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    full: str
    spoken: str
    sms: str
    audience: Audience = Audience.EVERYBODY


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    valid_from: date
    articles: dict[str, _Text]
    branches: tuple[dict[str, str], ...]
    estates: tuple[dict[str, str | bool], ...]


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo's knowledge base holds."""

    articles: tuple[Article, ...]
    branches: tuple[Branch, ...]
    estates: tuple[Estate, ...]


def demo_knowledge() -> Demo:
    """The invented content."""
    file = msgspec.convert(tomllib.loads(Path(__file__).with_name("demo.toml").read_text(encoding="utf-8")), _File)
    articles = tuple(
        Article(ArticleId(name), 1, t.title, t.full, t.spoken, t.sms, _ALL, file.valid_from, audience=t.audience, demo=True)
        for name, t in file.articles.items()
    )
    branches = tuple(msgspec.convert(row | {"demo": True}, Branch) for row in file.branches)
    return Demo(articles, branches, tuple(msgspec.convert(row | {"demo": True}, Estate) for row in file.estates))


async def fill(knowledge: Knowledge, at: Moment) -> None:
    """Put the invented content where it isn't yet; what was cut short in the middle is made whole."""
    demo = demo_knowledge()
    added = await knowledge.put(demo.articles, WRITER, at, WRITER)
    if added or not await knowledge.areas():
        await knowledge.put_places(demo.branches, demo.estates)

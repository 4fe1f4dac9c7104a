"""What the knowledge base holds: articles, branches, estates, in the shapes the channels tell them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType

from hotline.errors import UnknownThing

ArticleId = NewType("ArticleId", str)
"""Kind and subject: ``policy/deposit``, ``guide/loan``, ``faq/balance``, ``forms/unit``."""


class Channel(StrEnum):
    """Where an article is told."""

    HOTLINE = "hotline"
    SMS = "sms"
    DESK = "desk"
    WEB = "web"


class Status(StrEnum):
    """草稿, 待审核, 已发布, 已撤回. Only a published article is told to anybody."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Audience(StrEnum):
    """缴存人, 缴存单位, 所有人."""

    EVERYBODY = "everybody"
    DEPOSITORS = "depositors"
    EMPLOYERS = "employers"


class NoSuchArticle(UnknownThing):
    """No article of this name is published today:"""


@dataclass(frozen=True, slots=True)
class Article:
    """One version of an article. ``spoken`` is told by phone, ``sms`` is sent; empty: not by that way. ``valid_to``: the last day."""

    id: ArticleId
    version: int
    title: str
    full: str
    spoken: str
    sms: str
    channels: frozenset[Channel]
    valid_from: date
    valid_to: date | None = None
    status: Status = Status.PUBLISHED
    audience: Audience = Audience.EVERYBODY
    demo: bool = False

    @property
    def sound(self) -> str:
        """Name of the sound that says ``spoken``: another version, another name, so a call never hears half of each."""
        return f"kb-{self.id.replace('/', '-')}-{self.version}"


@dataclass(frozen=True, slots=True)
class Branch:
    """An office 业务网点. ``code`` is the fund core's, ``area`` the telephone area code with its 0, ``hours`` as it is spoken."""

    code: str
    area: str
    name: str
    address: str
    phone: str
    hours: str
    open: bool = True
    demo: bool = False

    @property
    def sound(self) -> str:
        """Beginning of the names of the sounds that tell it: ``-name``, ``-address``, ``-hours``."""
        return f"branch-{self.code}"


@dataclass(frozen=True, slots=True)
class Estate:
    """An estate fund loans may be given for 合作楼盘, by its registration number 备案编号 (1 to 12 digits)."""

    number: str
    name: str
    developer: str
    address: str
    lends: bool
    demo: bool = False

    @property
    def sound(self) -> str:
        """Beginning of the names of the sounds that tell it: ``-name``, ``-address``."""
        return f"estate-{self.number}"

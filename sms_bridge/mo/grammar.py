"""What a text means (domain/sms.md §3.3 "Parsing"): the first word decides, however it is written; pure.

Full-width letters, small letters, the separators # + and blanks, and a full stop at the end make no difference.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec

from sms_bridge.model import CodePurpose, SmsClass

CLASS_WORDS: Mapping[str, SmsClass] = MappingProxyType(
    {"账户": SmsClass.ACCOUNT, "账户变动": SmsClass.ACCOUNT, "贷款": SmsClass.LOAN, "通知": SmsClass.NOTICE, "业务通知": SmsClass.NOTICE}
)
CLASS_NAMES: Mapping[SmsClass, str] = MappingProxyType({SmsClass.ACCOUNT: "账户", SmsClass.LOAN: "贷款", SmsClass.NOTICE: "通知"})
OPEN, CLOSE, TICKET, SCORE, UNKNOWN = "MO-93", "MO-94", "MO-96", "MO-97", "MO-99"
COMPLAINTS = ("投诉", "举报", "骚扰", "曝光", "乱收费")
"""A text with one of these is a complaint even when its first word is no keyword."""

_SPLIT = re.compile(r"[#+\s]+")
_STOPS = "。.!！,，;；、"
_END = _STOPS + "?？"


class Keyword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of keywords.toml."""

    id: str
    item: str
    words: tuple[str, ...]
    bound: bool = False
    purpose: CodePurpose | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What a text asks for: the entry's id, what stood behind the first word, and the classes to open or close."""

    id: str
    argument: str = field(default="", repr=False)
    classes: frozenset[SmsClass] = frozenset(SmsClass)
    suggestion: bool = False

    @property
    def tail(self) -> str:
        """The last four digits of the account meant, when they were given."""
        return self.argument if re.fullmatch(r"\d{4}", self.argument) else ""


@cache
def keywords() -> Mapping[str, Keyword]:
    """Id -> entry."""
    given = tomllib.loads(Path(__file__).with_name("keywords.toml").read_text(encoding="utf-8"))
    return MappingProxyType({each.id: each for each in msgspec.convert(given["keyword"], list[Keyword])})


@cache
def _by_word() -> Mapping[str, str]:
    return {_plain(word): each.id for each in keywords().values() for word in each.words}


def understand(text: str, survey_open: bool = False) -> Request:
    """What ``text`` asks for. While a survey is open a single digit is its answer, before it is anything else."""
    plain = _plain(text)
    if survey_open and plain in ("1", "2", "3"):
        return Request(SCORE, plain)
    tokens = [token for token in _SPLIT.split(plain) if token]
    first = tokens[0] if tokens else ""
    argument = " ".join(tokens[1:])
    id = _by_word().get(first) or _by_word().get(first.rstrip(_END)) or _by_word().get(first.rstrip(_STOPS))
    if id is None:
        return _by_prefix(first) or _free(text, plain)
    if id in (OPEN, CLOSE):
        return Request(id, argument, _classes(argument))
    return Request(id, argument, suggestion=id == TICKET and first in ("JY", "建议"))


def about_sms(text: str) -> bool:
    """Whether a complaint is about texts themselves (服务质量投诉量, seed 000 §4.2)."""
    return any(word in text for word in ("短信", "信息", "退订", "骚扰"))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().upper()


def _classes(argument: str) -> frozenset[SmsClass]:
    """The classes named; all when none is."""
    return frozenset(CLASS_WORDS[word] for word in argument.split() if word in CLASS_WORDS) or frozenset(SmsClass)


def _by_prefix(first: str) -> Request | None:
    """KT账户, TD贷款 and the like: a class right behind the word."""
    word = first.rstrip(_END)
    for prefix, id in (("KT", OPEN), ("开通", OPEN), ("TD", CLOSE), ("退订", CLOSE), ("关闭", CLOSE), ("取消", CLOSE)):
        if word.startswith(prefix) and word.removeprefix(prefix) in CLASS_WORDS:
            return Request(id, classes=frozenset({CLASS_WORDS[word.removeprefix(prefix)]}))
    for prefix in ("TS", "JY", "投诉", "建议"):
        if word.startswith(prefix) and len(word) > len(prefix) and not word.removeprefix(prefix).isascii():
            return Request(TICKET, word.removeprefix(prefix), suggestion=prefix in ("JY", "建议"))
    return None


def _free(text: str, plain: str) -> Request:
    if any(word in plain for word in COMPLAINTS):
        return Request(TICKET, text.strip())
    return Request(UNKNOWN, text.strip())

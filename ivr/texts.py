"""How a text of the house's own (an article, an address) is read aloud: cut into sentences, figures and signs as they are spoken.

Prompts are written for the ear; these are written by whoever keeps the knowledge base, with ``5%``, ``3个``, 《》 and the like. What
still has no reading afterwards is a fault of the text (:func:`ivr.voice.to_pinyin` names it). Pure rules.
"""

from __future__ import annotations

import re
from decimal import Decimal

from ivr.spoken import say_count, say_decimal, say_digits, say_number, say_percent, say_permille

STOPS = "。！？；!?;\n"
_SENTENCE = re.compile(f"[^{STOPS}]+[{STOPS}]?")
_WORD = re.compile(r"[\w]")
_SILENT = str.maketrans("", "", "《》〈〉“”‘’「」『』\"'·　\u200b")
_BREATHS = str.maketrans({"（": "，", "）": "，", "(": "，", ")": "，", "【": "，", "】": "，", "…": "，", "：": "，", ":": "，"})
_GROUPED = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?!\d)")
_RANGE = re.compile(r"(?<=[\d%‰])\s*[-—–~～]+\s*(?=\d)")
_PER = re.compile(r"(\d+(?:\.\d+)?)([%‰％])")
_YEAR = re.compile(r"(\d{4})(?=年)")
_ORDINAL = re.compile(r"(?<![\d.])(\d{1,2})(?=[月日号](?!\w*[天后]))")
_DECIMAL = re.compile(r"\d+\.\d+")
_COUNTED = re.compile(
    r"(?<![\d.])(\d{1,12})(?=\s*(?:个|位|名|人|家|次|项|种|份|张|套|笔|年|天|元|万|亿|倍|周|岁|小时|分钟|工作日|平方米|公里|米|条|户|期))"
)
_REPEATED = re.compile(r"[，、\s]*，[，\s]*")
_BEFORE_STOP = re.compile(f"，(?=[{STOPS}]|$)")


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of ``text`` in order, each as it is read aloud; what holds no word is left out."""
    return tuple(readable(each) for each in _SENTENCE.findall(text) if _WORD.search(each))


def readable(sentence: str) -> str:
    """``sentence`` with figures in words where they count something (5%, 3个, 2026年) and without signs nobody says."""
    words = sentence.strip().translate(_SILENT).translate(_BREATHS)
    words = _GROUPED.sub(lambda found: found[0].replace(",", ""), words)
    words = _RANGE.sub("到", words)
    words = _PER.sub(_rate, words)
    words = _YEAR.sub(lambda found: say_digits(found[1], one="一"), words)
    words = _ORDINAL.sub(lambda found: say_number(int(found[1])), words)
    words = _DECIMAL.sub(lambda found: say_decimal(Decimal(found[0])), words)
    words = _COUNTED.sub(lambda found: say_count(int(found[1])), words)
    return _BEFORE_STOP.sub("", _REPEATED.sub("，", words)).strip("， ")


def _rate(found: re.Match[str]) -> str:
    return (say_permille if found[2] == "‰" else say_percent)(Decimal(found[1]))

"""Every keyword and alias of the catalogue is understood however it is written; nothing else is taken for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_bridge.catalogue import topic
from sms_bridge.mo.grammar import CLOSE, OPEN, SCORE, TICKET, UNKNOWN, about_sms, keywords, understand
from sms_bridge.model import SmsClass

ENTRIES = json.loads((Path(__file__).parents[1] / "data" / "sms_mo.json").read_text())
WRITTEN = [
    (entry["id"], word.split("#")[0])
    for entry in ENTRIES
    if entry["id"] not in ("MO-97", "MO-99")
    for word in [entry["code"], *entry["aliases"]]
]


@pytest.mark.parametrize(("id", "word"), WRITTEN, ids=lambda each: str(each))
def test_every_keyword_and_alias_is_understood_however_it_is_written(id: str, word: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in word)
    for text in (word, word.lower(), f"  {word} ", f"{word}。", wide, f"{word}#1234", f"{word}＃1234", f"{word}+1234", f"{word} 1234"):
        assert understand(text).id == id, text


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda each: str(each["id"]))
def test_every_reply_of_the_catalogue_is_there_word_for_word(entry: dict[str, str]) -> None:
    assert topic(entry["id"]).template == entry["reply"]


def test_a_single_digit_answers_an_open_survey_before_it_is_anything_else() -> None:
    assert understand("1").id == "MO-01"
    assert (understand("1", survey_open=True).id, understand("１", survey_open=True).argument) == (SCORE, "1")
    assert understand("4", survey_open=True).id == UNKNOWN
    assert understand("0", survey_open=True).id == "MO-90"
    assert understand("GJJYE", survey_open=True).id == "MO-01"


def test_classes_are_named_behind_the_word_or_all_are_meant() -> None:
    assert understand("KT账户").classes == understand("kt 账户").classes == {SmsClass.ACCOUNT}
    assert understand("TD贷款").classes == understand("退订贷款").classes == {SmsClass.LOAN}
    assert understand("TD").classes == understand("KT").classes == set(SmsClass)
    assert (understand("KT账户").id, understand("取消通知").id) == (OPEN, CLOSE)


def test_the_last_four_digits_name_an_account_and_nothing_else_does() -> None:
    assert understand("GJJYE#0012").tail == "0012"
    assert understand("GJJYE#123456").tail == ""
    assert understand("GJJYE#62010219800101001X#123456").tail == ""


def test_complaints_become_tickets_with_their_words() -> None:
    told = understand("TS#窗口排队太久，没人管")
    assert (told.id, told.argument, told.suggestion) == (TICKET, "窗口排队太久,没人管", False)
    assert understand("投诉窗口态度差").argument == "窗口态度差"
    assert understand("建议增加网点").suggestion
    assert understand("你们老是发骚扰短信，我要举报").id == TICKET
    assert about_sms("短信发错了")
    assert not about_sms("窗口排队太久")


@pytest.mark.parametrize("text", ["", "   ", "你好", "TDX", "GJJ", "GJJYE123", "123", "#", "KT你好"])
def test_what_is_no_keyword_is_unknown(text: str) -> None:
    assert understand(text).id == UNKNOWN


@given(text=st.text(max_size=80), survey=st.booleans())
def test_any_text_means_something_and_never_fails(text: str, survey: bool) -> None:
    assert understand(text, survey).id in {*keywords(), SCORE, UNKNOWN}

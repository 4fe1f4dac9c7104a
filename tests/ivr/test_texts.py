"""Texts of the house's own, read aloud: figures as they are spoken, sentence by sentence, each sound made before it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.prompts import PAUSE, NotSpoken, Prompts, load_book
from ivr.texts import readable, sentences
from ivr.voice import VoiceError, speak, to_pinyin, unspoken
from tests.ivr.scripted import BOOK, ETC
from tests.ivr.test_prompts import Tones

ARTICLE = "缴存比例为5%-12%。每年7月调整一次；基数不超过月平均工资的3倍。"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("比例为5%-12%", "比例为百分之五到百分之十二"),
        ("利率2.6%，上浮1‰", "利率百分之二点六，上浮千分之一"),
        ("2026年10月1日起", "二零二六年十月一日起"),
        ("3个工作日内，2个网点", "三个工作日内，两个网点"),
        ("最高1,200,000元", "最高一百二十万元"),
        ("贷款期限最长30年", "贷款期限最长三十年"),
        ("《住房公积金管理条例》（国务院令第350号）规定", "住房公积金管理条例，国务院令第350号，规定"),
        ("请拨打12329", "请拨打12329"),
        ("演示街1号", "演示街一号"),
        ("演示大街十一号", "演示大街十一号"),
    ],
)
def test_figures_and_signs_are_read_as_they_are_spoken(written: str, spoken: str) -> None:
    assert readable(written) == spoken


def test_an_article_is_cut_into_its_sentences() -> None:
    assert sentences(ARTICLE) == ("缴存比例为百分之五到百分之十二。", "每年七月调整一次；", "基数不超过月平均工资的三倍。")
    assert sentences("。。 \n") == ()


@given(st.text(alphabet="缴存为百分之，。；（）《》0123456789%-.年月日个元", max_size=60))
def test_whatever_is_written_nothing_is_left_that_nobody_says(text: str) -> None:
    for sentence in sentences(text):
        assert not set(sentence) & set("《》（）")


def test_every_text_of_the_demo_has_a_reading() -> None:
    from back_office.knowledge.demo import demo_knowledge
    from back_office.knowledge.rules import spoken_texts

    demo = demo_knowledge()
    texts = spoken_texts(demo.articles, demo.branches, demo.estates)
    assert len(texts) > 30
    for text in texts.values():
        for sentence in sentences(text):
            assert to_pinyin(sentence, BOOK.pronunciations)


# -- their sounds ----------------------------------------------------------------------------------------------------


def prompts_in(folder: Path) -> Prompts:
    return Prompts(BOOK, folder, slow_words_per_minute=130)


def test_a_text_is_a_row_of_sounds_made_before_with_a_breath_between(tmp_path: Path) -> None:
    prompts = prompts_in(tmp_path)
    with pytest.raises(NotSpoken):
        prompts.text(ARTICLE)
    assert speak(prompts, Tones(), [ARTICLE]) == (6, [])
    sounds = prompts.text(ARTICLE)
    assert [Path(f"{sound}.wav").exists() for sound in sounds] == [True] * 5
    assert sounds[1] == sounds[3] == str(prompts.pause.with_suffix(""))
    assert [prompts.text_words().get(sound, PAUSE) for sound in sounds][::2] == list(sentences(ARTICLE))
    assert prompts.slower.text(ARTICLE)[0] != sounds[0]


def test_a_corrected_text_keeps_the_sounds_of_its_unchanged_sentences(tmp_path: Path) -> None:
    prompts = prompts_in(tmp_path)
    speak(prompts, Tones(), [ARTICLE])
    before = prompts.text(ARTICLE)
    corrected = ARTICLE.replace("3倍", "5倍")
    assert [clip.words for clip in unspoken(prompts, [corrected])] == ["基数不超过月平均工资的五倍。"] * 2
    tones = Tones()
    assert speak(prompts, tones, [corrected]) == (2, [])
    assert len(tones.spoken) == 2
    after = prompts.text(corrected)
    assert after[:4] == before[:4]
    assert after[4] != before[4]
    assert prompts.text(ARTICLE) == before, "a call that is on hears out what it began with"


def test_a_sentence_without_a_reading_costs_itself_only_and_is_named(tmp_path: Path) -> None:
    prompts = prompts_in(tmp_path)
    made, faults = speak(prompts, Tones(), ["请用App办理。", "请到网点办理。"])
    assert made == 2
    assert len(faults) == 2
    assert "请用App办理" in faults[0]
    with pytest.raises(VoiceError):
        to_pinyin("请用App办理。", {})
    assert prompts.text("请到网点办理。")


def test_a_prompt_may_say_a_text_among_its_words(tmp_path: Path) -> None:
    text = (ETC / "prompts.toml").read_text(encoding="utf-8") + ""
    text = text.replace('bye = "', 'office = "{name:text}，地址，{address:text}。"\nbye = "', 1)
    (tmp_path / "prompts.toml").write_text(text, encoding="utf-8")
    prompts = Prompts(load_book(tmp_path / "prompts.toml", ETC / "pronunciation.toml"), tmp_path)
    office = {"name": "演示网点", "address": "演示街1号"}
    with pytest.raises(NotSpoken):
        prompts.sounds("office", **office)
    speak(prompts, Tones(), office.values())
    words = prompts.text_words()
    said = [words.get(sound) for sound in prompts.sounds("office", **office)]
    assert [each for each in said if each] == ["演示网点", "演示街一号"]
    assert prompts.words("office", **office) == "演示网点，地址，演示街一号"

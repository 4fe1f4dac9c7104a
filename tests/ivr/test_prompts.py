"""The prompt book and the making of sounds: right readings, right files, nothing overwritten, the studio first."""

from __future__ import annotations

import os
import re
import shutil
import struct
import wave
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.errors import ConfigError
from hotline.money import Fen
from ivr import voice
from ivr.prompts import PAUSE, PromptBook, Prompts, Value, load_book
from ivr.spoken import say
from ivr.voice import EspeakAndSox, VoiceError, build, check, measure, spell_figures, to_pinyin
from ivr.wanted import WANTED
from tests.ivr.scripted import BOOK, ETC, MENU


class HostProgram:
    """A program of the machine."""

    def __init__(self, path: str) -> None:
        self.path = path

    def argv(self, *args: str) -> list[str]:
        return [self.path, *args]


class Tones:
    """A synthesiser that writes a tone whose length tells how much was to be said; remembers what it was asked for."""

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.finished: list[tuple[Path, bool]] = []

    def speak(self, pinyin: str, words_per_minute: int, target: Path) -> None:
        self.spoken.append(pinyin)
        write_wav(target, seconds=0.1 * len(pinyin.split()))

    def finish(self, source: Path, target: Path, *, trim: bool) -> None:
        self.finished.append((target, trim))
        shutil.copyfile(source, target)


def write_wav(path: Path, *, seconds: float = 0.5, peak: int = 20000, rate: int = 8000) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"".join(struct.pack("<h", peak if at % 16 < 8 else -peak) for at in range(int(seconds * rate))))


def prompts_in(folder: Path, book: PromptBook = BOOK, **options: object) -> Prompts:
    return Prompts(book, folder, **options)  # type: ignore[arg-type]


# -- the book -------------------------------------------------------------------------------------------------------


def test_the_centres_book_has_every_prompt_that_dialogs_and_menu_say_and_no_other() -> None:
    named = {prompt for node in MENU.nodes.values() for prompt in node.prompts}
    assert set(BOOK.texts) == set(WANTED) | named
    for prompt, names in WANTED.items():
        assert {part.name for part in BOOK.parts[prompt] if isinstance(part, Value)} == names, prompt


def test_a_balance_is_a_list_of_pieces_that_exist_and_starts_no_program() -> None:
    prompts = prompts_in(Path("/voice"))
    sounds = prompts.sounds("balance", tail="1234", status="status_normal", balance=Fen(3879602))
    words = {str(clip.file.with_suffix("")): clip.words for clip in prompts.clips.values()}
    words[str(prompts.pause.with_suffix(""))] = PAUSE
    said = [words[sound] for sound in sounds]
    assert said[:6] == ["您尾号", "幺", "二", "三", "四", "的住房公积金账户，状态为"]
    assert said[6:9] == ["正常", "，", "当前余额"]
    assert said[9:] == ["三万", "八千", "七百", "九十", "六元", "零", "二分"]
    assert prompts.words("balance", tail="1234", status="status_normal", balance=Fen(3879602)) == "".join(said)


@given(st.integers(-(10**13), 10**13))
def test_every_amount_can_be_said_with_the_pieces(amount: int) -> None:
    assert PROMPTS.say("amount", Fen(amount))


@given(st.dates(), st.times(), st.integers(0, 10**12), st.text("0123456789", min_size=1, max_size=20))
def test_every_kind_of_value_can_be_said_with_the_pieces(day: object, at: time, number: int, digits: str) -> None:
    for kind, value in (("date", day), ("time", at.replace(microsecond=0)), ("count", number), ("account", digits), ("digits", digits)):
        assert len(PROMPTS.say(kind, value)) <= len(say(kind, value))
    assert PROMPTS.say("percent", f"{number}.{number % 97}")


PROMPTS = prompts_in(Path("/voice"))


def test_a_centre_that_recorded_single_pieces_only_can_still_say_everything(tmp_path: Path) -> None:
    text = (ETC / "prompts.toml").read_text(encoding="utf-8")
    text = re.sub(r"words = .*", "", text)
    text = re.sub(r"joined = \[.*?\n\]", "", text, flags=re.DOTALL)
    text = re.sub(r"crossed = .*", "", text)
    (tmp_path / "prompts.toml").write_text(text, encoding="utf-8")
    prompts = prompts_in(tmp_path, load_book(tmp_path / "prompts.toml", ETC / "pronunciation.toml"))
    assert len(prompts.say("amount", Fen(3879602))) == len("三万八千七百九十六元零二分")
    assert prompts.say("percent", "12.5")


def test_an_unknown_value_or_prompt_is_an_error_not_a_silence() -> None:
    with pytest.raises(KeyError):
        PROMPTS.sounds("balance", tail="1234", status="status_normal")
    with pytest.raises(KeyError):
        PROMPTS.sounds("weather")
    with pytest.raises(ValueError):
        PROMPTS.sounds("agent_serves", agent="八")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('bye = "感谢', 'bye2 = "感谢', "prompt bye is missing"),
        ("{tail:account}的住房", "{tale:account}的住房", "no value tale"),
        ("{ahead:count}", "{ahead:weather}", "unknown kind 'weather'"),
        ("{ahead:count}", "{ahead}", "{name:kind}"),
        ('notice = "通话可能会被录音。"', 'notice = ""', "the text is empty"),
        ("万亿元", "万元", "pieces lack 亿"),
        ("[pieces]", "[peaces]", "peaces"),
        ('greeting = "', "greeting = ", "line"),
        ("greeting =", '"Greeting!" =', "Greeting!"),
    ],
)
def test_a_wrong_book_is_refused_with_file_and_entry(tmp_path: Path, old: str, new: str, fault: str) -> None:
    text = (ETC / "prompts.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "prompts.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(fault)) as raised:
        load_book(tmp_path / "prompts.toml", ETC / "pronunciation.toml")
    assert str(tmp_path / "prompts.toml") in str(raised.value)


def test_a_book_that_is_not_there_is_said_by_name() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_book(Path("nowhere.toml"), ETC / "pronunciation.toml")


# -- pronunciation --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "pinyin"),
    [
        ("还款", "huan2 kuan3"),
        ("约定还款日", "yue1 ding4 huan2 kuan3 ri4"),
        ("本期应还", "ben3 qi1 ying1 huan2"),
        ("偿还", "chang2 huan2"),
        ("还贷", "huan2 dai4"),
        ("还有", "hai2 you3"),
        ("您前面还有", "nin2 qian2 mian4 hai2 you3"),
        ("重听", "chong2 ting1"),
        ("重新输入", "chong2 xin1 shu1 ru4"),
        ("重置密码", "chong2 zhi4 mi4 ma3"),
        ("银行", "yin2 hang2"),
        ("进行评价", "jin4 xing2 ping2 jia4"),
        ("贷款期数", "dai4 kuan3 qi1 shu4"),
        ("缴存", "jiao3 cun2"),
        ("缴至", "jiao3 zhi4"),
        ("提取", "ti2 qu3"),
        ("差额", "cha1 e2"),
        ("利率", "li4 lv4"),
        ("累计", "lei3 ji4"),
        ("调整", "tiao2 zheng3"),
        ("转接", "zhuan3 jie1"),
        ("为您转接", "wei4 nin2 zhuan3 jie1"),
        ("状态为正常", "zhuang4 tai4 wei2 zheng4 chang2"),
        ("单位缴存", "dan1 wei4 jiao3 cun2"),
        ("结息", "jie2 xi1"),
        ("称", "cheng1"),
        ("会计", "kuai4 ji4"),
        ("一百", "yi4 bai3"),
        ("一万", "yi2 wan4"),
        ("十一", "shi2 yi1"),
        ("一月", "yi1 yue4"),
        ("幺二三", "yao1 er4 san1"),
        ("不正确", "bu2 zheng4 que4"),
        ("井号键", "jing3 hao4 jian4"),
        ("星号键", "xing1 hao4 jian4"),
        ("联名卡", "lian2 ming2 ka3"),
        ("女", "nv3"),
        ("12329", "yao1 er4 san1 er4 jiu3"),
        ("请按1", "qing3 an4 yi1"),
        ("您好，再见。", "nin2 hao3, zai4 jian4."),
    ],
)
def test_the_words_of_the_trade_are_pronounced_right(words: str, pinyin: str) -> None:
    assert to_pinyin(words, BOOK.pronunciations) == pinyin


def test_every_clip_of_the_book_has_a_reading() -> None:
    for clip in PROMPTS.clips.values():
        syllables = re.findall(r"[a-z]+[1-5]", to_pinyin(clip.words, BOOK.pronunciations))
        assert len(syllables) == len(re.sub(r"[，。、；：]", "", spell_figures(clip.words))), clip.words


def test_what_has_no_reading_is_said_before_anybody_hears_it() -> None:
    with pytest.raises(VoiceError, match="X"):
        to_pinyin("末位是X", BOOK.pronunciations)


# -- making sounds --------------------------------------------------------------------------------------------------


def test_everything_missing_is_made_once_and_the_dialplans_own_have_plain_names(tmp_path: Path) -> None:
    tmp_path = tmp_path / "prompts"
    tones, steps = Tones(), list[tuple[int, int]]()
    prompts = prompts_in(tmp_path)
    made = build(prompts, tones, lambda done, total: steps.append((done, total)))
    assert made == len(prompts.clips) == len(tones.spoken)
    assert steps[0] == (0, made)
    assert steps[-1] == (made, made)
    assert prompts.missing() == []
    assert (tmp_path / "fallback_apology.wav").read_bytes() == prompts.clips["fallback_apology"].file.read_bytes()
    assert (tmp_path / "fallback_closed.wav").exists()
    assert build(prompts_in(tmp_path), Tones()) == 0
    assert not list(tmp_path.rglob("*.draft.wav")) + list(tmp_path.rglob("*.raw.wav"))
    assert Path(prompts.sounds("queue_first")[0]).with_suffix(".wav").exists()
    assert Path(prompts.say("account", "12345")[4]).with_suffix(".wav").exists()


def test_a_changed_text_is_made_anew_beside_the_old_sound(tmp_path: Path) -> None:
    before = prompts_in(tmp_path)
    build(before, Tones())
    changed = load_changed(tmp_path, "prompts.toml", "感谢您使用", "谢谢您使用")
    after = prompts_in(tmp_path, changed)
    tones = Tones()
    assert build(after, tones) == 1
    assert tones.spoken[0].startswith("xie4 xie5")
    assert after.clips["bye"].file != before.clips["bye"].file
    assert before.clips["bye"].file.exists()


@pytest.mark.thorough
def test_a_changed_pronunciation_makes_only_the_clips_it_is_in(tmp_path: Path) -> None:
    build(prompts_in(tmp_path), Tones())
    changed = load_changed(tmp_path, "pronunciation.toml", '"结束" = "jie2 shu4"', '"结束" = "jie2 shu5"')
    assert {clip.id for clip in prompts_in(tmp_path, changed).missing()} == {
        clip for clip, words in changed.clips.items() if "结束" in words
    }
    assert len(prompts_in(tmp_path, words_per_minute=120).missing()) == len(BOOK.clips)


def load_changed(folder: Path, name: str, old: str, new: str) -> PromptBook:
    for file in ("prompts.toml", "pronunciation.toml"):
        text = (ETC / file).read_text(encoding="utf-8")
        assert file != name or old in text
        (folder / file).write_text(text.replace(old, new) if file == name else text, encoding="utf-8")
    return load_book(folder / "prompts.toml", folder / "pronunciation.toml", BOOK.options)


def test_a_studio_recording_is_taken_as_it_is_or_converted(tmp_path: Path) -> None:
    studio = tmp_path / "studio"
    studio.mkdir()
    write_wav(studio / "bye.wav", peak=12345)
    write_wav(studio / "greeting.wav", rate=44100)
    write_wav(studio / "三万.wav", peak=12000)
    prompts, tones = prompts_in(tmp_path / "prompts", studio=studio), Tones()
    build(prompts, tones)
    assert prompts.clips["bye"].file.read_bytes() == (studio / "bye.wav").read_bytes()
    assert prompts.clips["三万"].file.read_bytes() == (studio / "三万.wav").read_bytes()
    assert [target.name for target, _ in tones.finished if target.name.startswith("greeting")]
    assert len(tones.spoken) == len(prompts.clips) - 3
    write_wav(studio / "bye.wav", peak=9999)
    assert [clip.id for clip in prompts_in(tmp_path / "prompts", studio=studio).missing()] == ["bye"]


def test_pieces_and_parts_are_trimmed_and_whole_prompts_are_not(tmp_path: Path) -> None:
    tones = Tones()
    build(prompts_in(tmp_path), tones)
    trimmed = {target.name.split("-")[0] for target, trim in tones.finished if trim}
    assert "piece" in trimmed
    assert "balance.1" in trimmed
    assert "bye" not in trimmed


@pytest.mark.thorough
def test_the_check_finds_what_is_missing_silent_too_loud_too_long_or_of_the_wrong_kind(tmp_path: Path) -> None:
    prompts = prompts_in(tmp_path)
    build(prompts, Tones())
    assert check(prompts) == []
    clips = prompts.clips
    clips["bye"].file.unlink()
    write_wav(clips["notice"].file, peak=10)
    write_wav(clips["greeting"].file, peak=32000)
    write_wav(clips["survey"].file, seconds=31)
    write_wav(clips["三万"].file, seconds=2)
    write_wav(clips["invalid"].file, rate=16000)
    faults = "\n".join(check(prompts))
    for fault in (
        "bye: there is no sound",
        "notice: nothing to be heard",
        "greeting: too loud",
        "survey: too long, 31.0 s",
        "三万: too long",
    ):
        assert fault in faults
    assert "is not 8 kHz mono 16 bit" in faults
    assert len(check(prompts)) == 6


def test_a_synthesiser_that_fails_leaves_no_half_a_sound(tmp_path: Path) -> None:
    class Broken(Tones):
        def finish(self, source: Path, target: Path, *, trim: bool) -> None:
            target.write_bytes(b"RIFF")
            raise VoiceError("no sound today")

    prompts = prompts_in(tmp_path)
    with pytest.raises(VoiceError, match="no sound today"):
        build(prompts, Broken())
    assert len(prompts.missing()) == len(prompts.clips)
    assert [file.name for file in sorted(tmp_path.rglob("*.wav"))] == ["beep.wav", "pause.wav"]


def test_a_program_that_fails_or_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="false ended with 1"):
        EspeakAndSox(HostProgram("false"), HostProgram("false")).speak("ma1", 160, tmp_path / "x.wav")
    with pytest.raises(VoiceError, match="no-such-program"):
        EspeakAndSox(HostProgram("no-such-program"), HostProgram("false")).speak("ma1", 160, tmp_path / "x.wav")


def program(name: str) -> HostProgram | None:
    """``name`` of the machine or of the project's toolbox."""
    toolbox = Path(os.environ.get("HOTLINE_TOOLBOX") or ETC.parent / "var" / "toolbox") / "bin"
    found = shutil.which(name, path=f"{os.environ['PATH']}:{toolbox}")
    return HostProgram(found) if found else None


@pytest.mark.skipif(not (program("espeak-ng") and program("sox")), reason="espeak-ng and sox are neither on PATH nor in the toolbox")
def test_the_real_synthesiser_makes_sounds_that_join_without_clicks(tmp_path: Path) -> None:
    book = PromptBook({}, frozenset("零三万"), BOOK.pronunciations, {}, {"三": "三", "万": "万", "bye": "再见。", "balance.1": "您尾号"})
    prompts = Prompts(book, tmp_path)
    espeak, sox = program("espeak-ng"), program("sox")
    assert espeak
    assert sox
    synthesiser = EspeakAndSox(espeak, sox)
    for clip in prompts.clips.values():
        clip.file.parent.mkdir(parents=True, exist_ok=True)
        voice._make(prompts, synthesiser, clip)
    assert check(prompts) == []
    for clip in ("三", "万", "balance.1"):
        with wave.open(str(prompts.clips[clip].file), "rb") as sound:
            samples = struct.unpack(f"<{sound.getnframes()}h", sound.readframes(sound.getnframes()))
        assert max(map(abs, samples[:4])) < 1500
        assert max(map(abs, samples[-4:])) < 1500
        assert 0.15 < measure(prompts.clips[clip].file).seconds < 1.2


def test_a_comma_between_two_values_is_a_breath() -> None:
    said = BOOK.parts["detail"]
    assert [part.name if isinstance(part, Value) else part for part in said[:5]] == ["day", PAUSE, "kind", PAUSE, "amount"]
    assert said[-1] == next(part for part in reversed(said) if isinstance(part, Value)), "no breath after the last word"

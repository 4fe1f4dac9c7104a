"""Spoken Chinese: the table of readings, and cn2an as the oracle of plain integers."""

from __future__ import annotations

import json
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from cn2an import an2cn
from hypothesis import given
from hypothesis import strategies as st

from hotline.money import Fen
from ivr import spoken

VECTORS = json.loads((Path(__file__).parent / "data" / "reading_vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['kind']} {v['input']}")
def test_every_reading_of_the_table_is_said_as_it_stands(vector: dict[str, str]) -> None:
    assert spoken.say(vector["kind"], vector["input"]) == vector["expect"]


@given(st.one_of(st.integers(0, 10**5), st.integers(0, 10**16 - 1), st.integers(0, 15).map(lambda power: 10**power)))
def test_integers_are_counted_as_cn2an_counts_them(number: int) -> None:
    assert spoken.say_number(number).replace("两", "二") == an2cn(number)


@given(st.integers(-(10**15), 10**15))
def test_an_amount_read_back_is_the_amount(amount: int) -> None:
    words = spoken.say_amount(Fen(amount))
    assert read_amount(words) == amount
    assert "零零" not in words
    assert not words.removeprefix("负").startswith("一十")


@given(st.integers(0, 10**14))
def test_an_amount_is_cut_into_the_thirty_numeral_pieces(amount: int) -> None:
    pieces = frozenset("零一二两三四五六七八九幺十百千万亿元角分负")
    assert "".join(spoken.cut(spoken.say_amount(Fen(amount)), pieces)) == spoken.say_amount(Fen(amount))


def test_pieces_are_as_long_as_possible() -> None:
    assert spoken.cut("三万八千零二元", ["三", "八", "万", "千", "三万", "八千", "零", "二", "元", "二元"]) == [
        "三万",
        "八千",
        "零",
        "二元",
    ]


def test_a_word_nobody_recorded_is_named() -> None:
    with pytest.raises(ValueError, match="元"):
        spoken.cut("三元", ["三"])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (spoken.say_count(2), "两"),
        (spoken.say_count(12), "十二"),
        (spoken.say_count(202), "二百零二"),
        (spoken.say_number(22000), "两万两千"),
        (spoken.say_number(120000), "十二万"),
        (spoken.say_number(10020000), "一千零二万"),
        (spoken.say_number(-10), "负十"),
        (spoken.say_amount(Fen(0)), "零元"),
        (spoken.say_amount(Fen(20)), "二角"),
        (spoken.say_amount(Fen(-5)), "负五分"),
        (spoken.say_digits("8001"), "八零零幺"),
        (spoken.say_account("62010219900307000X"), "六二零幺，零二幺九，九零零三，零七零零，零叉"),
        (spoken.say_phone("09311234567"), "零九三，幺幺二三，四五六七"),
        (spoken.say_phone("123"), "幺二三"),
        (spoken.say_date(date(2011, 1, 1)), "二零一一年一月一日"),
        (spoken.say_time(time(9)), "九点"),
        (spoken.say_time(time(14, 30)), "十四点三十分"),
        (spoken.say_time(time(2, 5)), "两点零五分"),
        (spoken.say_percent(Decimal("2.60")), "百分之二点六"),
        (spoken.say_percent(Decimal("-1")), "负百分之一"),
        (spoken.say_permille(Decimal("3")), "千分之三"),
    ],
)
def test_the_finer_points_of_the_grammar(words: str, expected: str) -> None:
    assert words == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("amount", "1.005"),
        ("amount", "abc"),
        ("date", "2026-02-30"),
        ("year_month", "202613"),
        ("year_month", "2026-1"),
        ("account", "12a4"),
        ("phone", "٣٣٣"),
        ("account", ""),
        ("percent", "x"),
        ("percent", "NaN"),
        ("number", str(10**16)),
        ("weather", "1"),
    ],
)
def test_what_cannot_be_said_is_refused(kind: str, value: str) -> None:
    with pytest.raises(ValueError):
        spoken.say(kind, value)


def read_amount(words: str) -> int:
    """Fen of spoken words, by a reader that knows nothing of the speaker."""
    sign = -1 if words.startswith("负") else 1
    words = words.removeprefix("负")
    fen = 0
    if "元" in words:
        yuan, _, words = words.partition("元")
        fen += 100 * read_integer(yuan)
    for name, worth in (("角", 10), ("分", 1)):
        if name in words:
            digit, _, words = words.partition(name)
            fen += worth * "零一二三四五六七八九".index(digit[-1])
    return sign * fen


def read_integer(words: str) -> int:
    """An integer of Chinese words (recursive on 亿, 万)."""
    for name, worth in (("亿", 10**8), ("万", 10**4)):
        if name in words:
            high, _, low = words.rpartition(name)
            return read_integer(high) * worth + read_integer(low)
    total, digit = 0, 0
    for word in words.replace("两", "二"):
        if word in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(word)
        else:
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[word]
            digit = 0
    return total + digit

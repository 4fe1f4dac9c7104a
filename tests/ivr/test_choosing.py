"""Choosing from a list: a few at once, more on a key, round again; the keys that work everywhere do here too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.choosing import Choice, choose_one
from ivr.manners import Nav
from tests.ivr.scripted import House

NAMES = [Choice("day_option", {"day": f"2025-11-{day}"}) for day in range(10, 20)]


def choose(keys: list[str], count: int, at_once: int = 4, instead: dict[str, str] | None = None) -> tuple[int | Nav, str]:
    house = House([("请选择办理网点", key) for key in keys])
    chosen = house.run(lambda h: choose_one(h.talk, "ask_office", NAMES[:count], at_once, more="more_offices", instead=instead))
    return chosen, house.line.text


@given(st.integers(1, 10), st.integers(1, 6), st.data())
def test_each_of_them_can_be_had_and_so_can_the_first_after_the_last(count: int, at_once: int, data: st.DataObject) -> None:
    wanted = data.draw(st.integers(0, count - 1))
    rounds = data.draw(st.integers(0, 1)) if count > at_once else 0
    pages = -(-count // at_once)
    turns = [str(at_once + 1)] * (wanted // at_once + rounds * pages)
    chosen, _ = choose([*turns, str(wanted % at_once + 1)], count, at_once)
    assert chosen == wanted


def test_more_is_said_only_where_there_is_more() -> None:
    assert "更多网点" not in choose(["1"], 4)[1]
    assert "更多网点请按五" in choose(["1"], 5)[1]


def test_the_last_page_says_what_is_left_and_takes_no_other_key() -> None:
    chosen, text = choose(["5", "2", "1"], 5)
    assert chosen == 4
    assert text.splitlines()[1] == "请选择办理网点。，十一月十四日请按一，更多网点请按五"
    assert "您的输入有误" in text


@pytest.mark.parametrize(("key", "nav"), [("0", Nav.AGENT), ("*", Nav.BACK), ("9", Nav.MAIN)])
def test_the_keys_that_work_everywhere_work_here(key: str, nav: Nav) -> None:
    assert choose([key], 5)[0] is nav


def test_hash_says_it_again_and_three_wrong_keys_end_it() -> None:
    again, text = choose(["#", "1"], 3)
    assert again == 0
    assert text.count("请选择办理网点") == 2
    assert choose(["8", "8", "8"], 3)[0] is Nav.FAILED


def test_who_keys_what_is_not_offered_now_is_told_so() -> None:
    chosen, text = choose(["2", "1"], 1, instead={"2": "appointment_full"})
    assert chosen == 0
    assert "该时段已约满" in text

"""Waiting for a person, and judging him afterwards."""

from __future__ import annotations

import asyncio

import pytest

from hotline.events import SatisfactionGiven
from hotline.ids import AgentNo
from hotline.settings import QueueSettings
from ivr.survey import ask_grade
from ivr.waiting import BACK, wait_for_agent
from telephony.ports import HungUp
from tests.ivr.scripted import House

AGENT = AgentNo("8003")


async def waited(house: House, places: list[int], seconds: float) -> bool:
    """Wait at ``places`` (the last one for ever) for ``seconds``; whether the caller went back by himself."""
    position = iter([*places, *([places[-1]] * 10_000)])
    waiting = asyncio.create_task(wait_for_agent(house.talk, lambda: next(position)))
    done, _ = await asyncio.wait({waiting}, timeout=seconds)
    if done:
        assert waiting.result() == BACK
        return True
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    return False


def test_a_waiting_caller_hears_his_place_with_music_between() -> None:
    house = House([])
    assert not house.run(lambda h: waited(h, [3, 2, 1], 75))
    said = house.line.text.splitlines()
    assert said[0] == "正在为您转接人工服务，请稍候。"
    assert said[1].startswith("您前面还有两位来电")
    assert said[2].startswith("您前面还有一位来电")
    assert said[3].startswith("您排在第一位")
    assert not house.line.music_on


def test_star_leads_back_to_the_menu_from_prompt_and_from_music() -> None:
    for late in ((), ("您前面还有",)):
        house = House([("您前面还有", "57*")], late=late)
        assert house.run(lambda h: waited(h, [3], 300))
        assert not house.line.music_on
        assert house.ended_at < 30


def test_a_caller_who_waited_very_long_is_told_that_he_may_go_back() -> None:
    house = House([], queue=QueueSettings(longest_wait_s=60))
    house.run(lambda h: waited(h, [2], 150))
    assert house.line.text.count("非常抱歉让您久等") == 2


def test_a_caller_back_after_a_restart_is_not_told_again_that_he_is_put_through() -> None:
    house = House([])

    async def resumed(house: House) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await wait_for_agent(house.talk, lambda: 1, resumed=True)

    house.run(resumed)
    assert house.line.text.startswith("您排在第一位")


def test_a_hang_up_while_waiting_is_a_hang_up() -> None:
    house = House([("您前面还有", "!")])
    with pytest.raises(HungUp):
        house.run(lambda h: waited(h, [3], 300))


def test_a_flood_of_keys_does_not_end_the_waiting() -> None:
    house = House([("您前面还有", "1234567890#" * 50)])
    assert not house.run(lambda h: waited(h, [3], 100))
    assert house.line.text.count("您前面还有") >= 2


def test_a_key_held_for_ever_does_not_silence_the_announcements() -> None:
    house = House([])
    house.line.flood = "5"
    assert not house.run(lambda h: waited(h, [3], 100))
    assert house.line.text.count("您前面还有") == 5


@pytest.mark.parametrize("key", ["1", "7"])
def test_a_key_held_for_ever_ends_the_survey_all_the_same(key: str) -> None:
    house = House([])
    house.line.flood = key

    async def bounded(house: House) -> object:
        async with asyncio.timeout(100):
            return await ask_grade(house.talk, AGENT)

    assert house.run(bounded) == ("satisfied" if key == "1" else None)


@pytest.mark.parametrize(
    ("keys", "grade"),
    [("1", "satisfied"), ("2", "basically"), ("3", "dissatisfied"), ("31", "satisfied"), ("18", "satisfied"), ("0", None), ("", None)],
)
def test_the_last_valid_key_counts(keys: str, grade: str | None) -> None:
    house = House([("满意请按1", keys)])
    assert house.run(lambda h: ask_grade(h.talk, AGENT)) == grade
    given = [event.grade for event in house.events if isinstance(event, SatisfactionGiven)]
    assert given == ([grade] if grade else [])
    assert house.kinds()[0] == "SurveyOffered"
    assert house.line.text.splitlines()[-1].startswith("感谢您的评价" if grade else "感谢您使用")


def test_who_says_nothing_is_asked_twice_and_no_more() -> None:
    house = House([])
    house.run(lambda h: ask_grade(h.talk, AGENT))
    assert house.line.text.count("满意请按1") == 2


def test_a_hang_up_right_after_the_grade_keeps_it() -> None:
    house = House([("满意请按1", "1!")])
    with pytest.raises(HungUp):
        house.run(lambda h: ask_grade(h.talk, AGENT))
    assert house.kinds() == ["SurveyOffered", "SatisfactionGiven"]


def test_keys_pressed_during_the_talk_are_no_grade() -> None:
    house = House([("满意请按1", "2")])
    house.line.kept.append("3")
    assert house.run(lambda h: ask_grade(h.talk, AGENT)) == "basically"


def test_the_survey_is_bounded_for_a_caller_who_never_stops_pressing() -> None:
    house = House([("满意请按1", "1" * 5000)])
    house.run(lambda h: ask_grade(h.talk, AGENT))
    assert house.ended_at < 60

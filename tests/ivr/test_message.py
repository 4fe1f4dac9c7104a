"""留言: explained, recorded after the beep, heard again, said anew, handed in or dropped; what was said is never lost by accident."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from hotline.events import MessageLeft, SelfServiceGiven
from hotline.ids import RecordingId
from hotline.settings import MessageSettings
from ivr.needs import Needs
from ivr.walk import Goodbye, Outcome, walk
from telephony.ports import HungUp
from tests.ivr.rooms import FakeMessages, FakeTickets
from tests.ivr.scripted import House

NUMBER = "13900001111"
TO_MESSAGE = [("投诉建议留言请按4", "4")]
HAND_IN = ("提交请按3", "3")
FIRST, SECOND = (RecordingId(f"m-20251125-0123456789-{number}") for number in (1, 2))


class Scene:
    """A house at night with a caller who leaves messages."""

    def __init__(self, script: list[tuple[str, str]], speaks: Sequence[float] = (20,), staffed: bool = False, **settings: Any) -> None:
        self.house = House(script, staffed=staffed, **settings)
        self.house.line.speaks.extend(speaks)
        self.messages, self.tickets = FakeMessages(self.house.line), FakeTickets()

    def run(self) -> Outcome:
        needs = Needs(tickets=cast(Any, self.tickets), messages=self.messages, number_of=lambda call: NUMBER)
        return self.house.run(lambda h: walk(h.talk, h.core, h.gate, needs=needs))

    def hangs_up(self) -> None:
        with pytest.raises(HungUp):
            self.run()

    @property
    def text(self) -> str:
        return self.house.line.text

    @property
    def left(self) -> list[RecordingId]:
        return [event.recording for event in self.house.events if isinstance(event, MessageLeft)]


def test_a_caller_at_night_leaves_a_message_and_is_told_his_ticket_and_when_he_has_an_answer() -> None:
    scene = Scene([*TO_MESSAGE, HAND_IN, ("投诉建议留言请按4", "!")])
    scene.hangs_up()
    lines = scene.text.splitlines()
    explained = next(at for at, line in enumerate(lines) if "最长一百八十秒，结束请按井号键" in line)
    assert lines[explained + 1] == "（提示音）"
    assert lines[explained + 2] == f"（录音 {FIRST}）"
    assert "工单编号二零二五，零零零幺" in scene.text
    assert "我们将在五个工作日内给您答复" in scene.text
    assert scene.tickets.made == {FIRST: (scene.house.line.call, NUMBER)}
    assert scene.messages.kept == scene.left == [FIRST]
    assert [event.service for event in scene.house.events if isinstance(event, SelfServiceGiven)] == ["C.MSG"]
    assert scene.messages.thrown_away == []
    assert NUMBER not in repr(scene.house.events)


def test_who_asks_for_a_person_at_night_is_offered_a_message() -> None:
    scene = Scene([("业务查询请按2", "0"), ("留言请按1", "1"), HAND_IN, ("投诉建议留言请按4", "!")])
    scene.hangs_up()
    assert scene.left == [FIRST]


def test_he_may_hear_it_and_say_it_anew() -> None:
    script = [*TO_MESSAGE, ("收听留言请按1", "1"), ("收听留言请按1", "2"), HAND_IN, ("投诉建议留言请按4", "!")]
    scene = Scene(script, speaks=(20, 30))
    scene.hangs_up()
    assert f"（播放 {FIRST}）" in scene.text
    assert scene.messages.thrown_away == [FIRST]
    assert scene.left == [SECOND]
    assert list(scene.tickets.made) == [SECOND]


def test_star_drops_it() -> None:
    scene = Scene([*TO_MESSAGE, ("收听留言请按1", "*"), ("投诉建议留言请按4", "!")])
    scene.hangs_up()
    assert "留言已取消" in scene.text
    assert scene.messages.thrown_away == [FIRST]
    assert scene.left == []
    assert scene.tickets.made == {}


@pytest.mark.parametrize("key", ["9", "0"])
def test_who_goes_elsewhere_has_left_it(key: str) -> None:
    scene = Scene([*TO_MESSAGE, ("收听留言请按1", key), ("留言请按", "!")])
    scene.hangs_up()
    assert scene.left == [FIRST]
    assert "工单编号" in scene.text


def test_who_presses_nothing_has_left_it() -> None:
    scene = Scene([*TO_MESSAGE])
    assert scene.run() == Goodbye("no_input")
    assert scene.left == [FIRST]
    assert "工单编号" in scene.text


def test_who_hangs_up_while_he_speaks_has_left_what_he_said() -> None:
    scene = Scene(TO_MESSAGE, speaks=(-12,))
    scene.hangs_up()
    assert scene.left == [FIRST]
    assert scene.tickets.made == {FIRST: (scene.house.line.call, NUMBER)}


def test_who_hangs_up_into_the_beep_has_left_nothing() -> None:
    scene = Scene(TO_MESSAGE, speaks=(-1,))
    scene.hangs_up()
    assert scene.left == []
    assert scene.messages.thrown_away == [FIRST]


def test_who_hangs_up_before_he_decides_has_left_it() -> None:
    scene = Scene([*TO_MESSAGE, ("收听留言请按1", "!")])
    scene.hangs_up()
    assert scene.left == [FIRST]


def test_who_hangs_up_while_he_says_it_anew_has_left_the_new_one_only() -> None:
    scene = Scene([*TO_MESSAGE, ("收听留言请按1", "2")], speaks=(20, -5))
    scene.hangs_up()
    assert scene.left == [SECOND]
    assert scene.messages.thrown_away == [FIRST]


def test_who_says_nothing_is_told_so_and_asked_again_a_few_times() -> None:
    scene = Scene(TO_MESSAGE, speaks=(0.2, 0.3, 5))
    assert scene.run() == Goodbye("no_input")
    assert scene.text.count("没有听到您的留言") == 2
    assert scene.left == [RecordingId("m-20251125-0123456789-3")]
    silent = Scene(TO_MESSAGE, speaks=[0.2] * 9)
    assert silent.run() == Goodbye("no_input")
    assert silent.left == []


def test_before_the_beep_the_usual_keys_work_and_square_explains_again() -> None:
    for key, heard in (("*", "投诉建议留言请按4"), ("9", "投诉建议留言请按4")):
        scene = Scene([*TO_MESSAGE, ("最长", key), (heard, "!")])
        scene.hangs_up()
        assert scene.messages.made == 0
    scene = Scene([*TO_MESSAGE, ("最长", "#"), ("最长", "5"), HAND_IN, ("投诉建议留言请按4", "!")])
    scene.hangs_up()
    assert scene.text.count("最长一百八十秒") == 2
    assert scene.left == [FIRST]


def test_its_longest_is_the_centres_and_is_told() -> None:
    scene = Scene([*TO_MESSAGE, HAND_IN, ("投诉建议留言请按4", "!")], speaks=(500,), message=MessageSettings(longest_s=60))
    scene.hangs_up()
    assert "最长六十秒" in scene.text
    assert scene.house.line.recorded[FIRST] == 60


def test_a_message_whose_ticket_has_to_wait_is_kept_and_no_number_is_promised() -> None:
    scene = Scene([*TO_MESSAGE, HAND_IN, ("投诉建议留言请按4", "!")])
    scene.tickets.away = True
    scene.hangs_up()
    assert scene.messages.kept == scene.left == [FIRST]
    assert "您的留言已收到" in scene.text
    assert "工单编号" not in scene.text


def test_a_full_disk_does_not_drop_what_was_said() -> None:
    scene = Scene([*TO_MESSAGE, HAND_IN, ("投诉建议留言请按4", "!")])
    scene.messages.full = True
    scene.hangs_up()
    assert scene.messages.thrown_away == []
    assert "您的留言已收到" in scene.text

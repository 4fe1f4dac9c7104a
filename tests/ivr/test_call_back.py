"""预约回拨: offered to who waits long and to who finds nobody; the number is confirmed, the promise written before it is said."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from hotline.identity import is_subscriber
from hotline.settings import QueueSettings
from ivr.needs import Needs
from ivr.waiting import BACK, Left, wait_for_agent
from ivr.walk import Goodbye, Outcome, walk
from tests.ivr.rooms import FakeCallBacks, FakeMessages, FakeTickets
from tests.ivr.scripted import House

OWN, OTHER, LANDLINE = "13900001111", "13800002222", "09318234567"
TO_CALL_BACK = [("业务查询请按2", "0"), ("预约回拨请按2", "2")]


def at_night(script: list[tuple[str, str]], book: FakeCallBacks, number: str = OWN) -> tuple[House, Outcome]:
    house = House(script, staffed=False)
    needs = Needs(call_backs=book, number_of=lambda call: number)
    return house, house.run(lambda h: walk(h.talk, h.core, h.gate, needs=needs))


def promised(book: FakeCallBacks) -> list[str]:
    return [number for _, number, _, _ in book.promised]


# -- when nobody is there --------------------------------------------------------------------------------------------


def test_who_finds_nobody_is_called_back_when_people_are_there_and_is_told_when() -> None:
    book = FakeCallBacks()
    house, outcome = at_night([*TO_CALL_BACK, ("确认请按1", "1")], book)
    assert outcome == Goodbye("done")
    assert promised(book) == [OWN]
    assert book.promised[0][2] is None, "he has no place in a queue"
    assert "尾号幺幺幺幺的来电号码" in house.line.text
    assert "我们将在二零二五年十一月二十六日九点以后，回拨您尾号幺幺幺幺的号码" in house.line.text
    assert house.line.text.endswith("再见。")
    assert OWN not in repr(house.events)


def test_another_number_is_keyed_and_read_back() -> None:
    book = FakeCallBacks()
    script = [
        ("确认请按1", "2"),
        ("回拨的电话号码", f"{OTHER}#"),
        ("您输入的是", "2"),
        ("回拨的电话号码", f"{LANDLINE}#"),
        ("您输入的是", "1"),
    ]
    house, _ = at_night([*TO_CALL_BACK, *script], book)
    assert promised(book) == [LANDLINE]
    assert "您输入的是幺三八，零零零零，二二二二" in house.line.text


@pytest.mark.parametrize("withheld", ["", "12345", "008613900001111"])
def test_a_number_that_cannot_be_called_is_not_offered(withheld: str) -> None:
    book = FakeCallBacks()
    house, _ = at_night([*TO_CALL_BACK, ("回拨的电话号码", f"{OTHER}#"), ("您输入的是", "1")], book, withheld)
    assert "来电号码，确认" not in house.line.text
    assert promised(book) == [OTHER]


@pytest.mark.parametrize("keyed", ["1234567890", "96612345678", "001390000111", "00390000111"])
def test_what_is_no_subscribers_number_is_refused_three_times_at_most(keyed: str) -> None:
    book = FakeCallBacks()
    house, outcome = at_night([*TO_CALL_BACK, *[("回拨的电话号码", f"{keyed}#")] * 3], book, "")
    assert outcome == Goodbye("no_input")
    assert promised(book) == []
    assert house.line.text.count("您的输入有误") == 3


def test_star_and_two_stars_lead_back_without_a_promise() -> None:
    for script in ([("确认请按1", "*")], [("确认请按1", "2"), ("回拨的电话号码", "**")]):
        book = FakeCallBacks()
        house, _ = at_night([*TO_CALL_BACK, *script, ("返回主菜单请按9", "9")], book)
        assert promised(book) == []
        assert house.line.text.count("现在是非人工服务时间") == 2


def test_nothing_is_promised_that_could_not_be_written() -> None:
    book = FakeCallBacks(away=True)
    house, _ = at_night([*TO_CALL_BACK, ("确认请按1", "1")], book)
    assert "暂时无法登记回拨" in house.line.text
    assert "已为您登记" not in house.line.text


def test_without_a_book_it_is_not_offered() -> None:
    house = House([("业务查询请按2", "0")], staffed=False)
    house.run(lambda h: walk(h.talk, h.core, h.gate, needs=Needs()))
    assert "预约回拨" not in house.line.text


# -- while waiting ---------------------------------------------------------------------------------------------------


class Room:
    """A waiting room with all that can be had instead."""

    def __init__(self, script: list[tuple[str, str]], *, message: bool = True, book: bool = True, late: tuple[str, ...] = ()) -> None:
        self.house = House(script, late=late, queue=QueueSettings(offer_after_s=60, announce_every_s=20))
        messages = FakeMessages(self.house.line) if message else None
        self.needs = Needs(
            call_backs=FakeCallBacks() if book else None, tickets=cast(Any, FakeTickets()), messages=messages, number_of=lambda call: OWN
        )  # fmt: skip

    def waits(self, seconds: float = 300) -> Left | None:
        """How he left by himself within ``seconds``; None: he waits still."""

        async def wait(house: House) -> Left | None:
            waiting = asyncio.create_task(wait_for_agent(house.talk, lambda: 3, needs=self.needs))
            done, _ = await asyncio.wait({waiting}, timeout=seconds)
            if done:
                return waiting.result()
            waiting.cancel()
            await asyncio.wait({waiting})
            return None

        return self.house.run(wait)


def test_who_waits_long_is_offered_a_call_back_and_a_message_and_not_before() -> None:
    room = Room([])
    assert room.waits(150) is None
    offers = [at for at, words in room.house.line.heard if "预约回拨请按1，留言请按2，返回主菜单请按星号键" in words]
    assert offers
    assert offers[0] >= 60


def test_a_call_back_is_wanted_at_the_confirmed_number() -> None:
    for script in (
        [("预约回拨请按1", "1"), ("确认请按1", "1")],
        [("预约回拨请按1", "1"), ("确认请按1", "2"), ("回拨", f"{OTHER}#"), ("您输入", "1")],
    ):
        left = Room(script).waits()
        assert left is not None
        assert left.how == "call_back"
        assert left.number == (OWN if len(script) == 2 else OTHER)
        assert left.number not in repr(left)


def test_a_message_is_wanted() -> None:
    assert Room([("预约回拨请按1", "2")]).waits() == Left("message")


def test_who_thinks_better_of_it_waits_on() -> None:
    room = Room([("预约回拨请按1", "1"), ("确认请按1", "*"), ("您前面还有", "")])
    assert room.waits() is None
    heard = room.house.line.text
    assert heard.index("确认请按1") < heard.rindex("您前面还有")


def test_before_the_offer_its_keys_mean_nothing_and_zero_is_harmless() -> None:
    room = Room([("您前面还有", "120")])
    assert room.waits(55) is None
    assert Room([("您前面还有", "*")]).waits() == BACK


@pytest.mark.parametrize(("message", "book"), [(True, False), (False, True), (False, False)])
def test_only_what_there_is_is_offered(message: bool, book: bool) -> None:
    room = Room([], message=message, book=book)
    room.waits(150)
    assert ("留言请按2" in room.house.line.text) == message
    assert ("预约回拨请按1" in room.house.line.text) == book
    assert ("座席全忙，请您继续等待" in room.house.line.text) == (message or book)


def test_whose_number_can_be_called() -> None:
    for good in (OWN, LANDLINE, "01062345678", "02087654321", "07558234567"):
        assert is_subscriber(good), good
    for bad in ("", "12329", "110", "0086139", "00139000011112", "02112", "9661234567", "0931" + "9" * 8, "1390000111a"):
        assert not is_subscriber(bad), bad

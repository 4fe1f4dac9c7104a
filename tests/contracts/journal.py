"""What every journal promises, whatever it is written into: the suite the real ones and the one in memory pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date

import pytest
from sqlalchemy import text

from hotline.errors import HotlineError
from hotline.events import CallArrived, CallEnded, MenuEntered, PresenceChosen
from hotline.ids import AgentNo, CallId, SeatNo
from hotline.journal import Journal, Recorded, Trouble
from hotline.journal_model import JournalUnavailable
from tests.hotline.samples import EVENT_TYPES, arrived, ended, entered, moment, sample

Open = Callable[..., AbstractAsyncContextManager[Journal]]


def presence(clock_text: str) -> PresenceChosen:
    return PresenceChosen(at=moment(clock_text), seat=SeatNo(3), agent=AgentNo("8003"), presence="available")


class JournalContract:
    """Subclasses give the fixture ``open_one``: opens the journal (again), ``on_trouble`` as keyword."""

    @pytest.fixture
    def open_one(self) -> Open:
        raise NotImplementedError

    async def test_events_come_out_as_they_went_in_and_in_that_order(self, open_one: Open) -> None:
        events = [entered(number) for number in range(50)]
        async with open_one() as journal:
            for event in events:
                journal.append(event)
            stored = await journal.read()
        assert [each.event for each in stored] == events
        assert [each.seq for each in stored] == sorted({each.seq for each in stored})

    @pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
    async def test_every_type_of_event_survives_being_written_down(self, open_one: Open, kind: type) -> None:
        event = sample(kind)
        async with open_one() as journal:
            journal.append(event)
            assert [each.event for each in await journal.read()] == [event]

    async def test_append_returns_before_anybody_hears_of_it(self, open_one: Open) -> None:
        heard: list[Recorded] = []
        async with open_one() as journal:
            journal.subscribe(heard.append)
            appended = journal.append(entered(1), entered(2))
            assert (heard, appended.durable) == ([], False)
            await appended
            assert [each.event for each in heard] == [entered(1), entered(2)]

    async def test_an_awaited_event_is_durable_and_stands_where_the_promise_says(self, open_one: Open) -> None:
        async with open_one() as journal:
            appended = await journal.append(entered(1), entered(2))
            assert appended.durable
            assert not appended.set_aside
            assert [each.seq for each in await journal.read()] == [appended.first, appended.last]
            assert (journal.healthy, journal.spooled, journal.accepts_calls) == (True, 0, True)

    async def test_listeners_hear_each_event_once_in_order_with_its_place(self, open_one: Open) -> None:
        heard: list[Recorded] = []
        async with open_one() as journal:
            journal.subscribe(heard.append)
            for number in range(30):
                journal.append(entered(number), entered(100 + number))
                if number % 7 == 0:
                    await asyncio.sleep(0)
            await journal.flushed()
            assert heard == await journal.read()
            assert len(heard) == 60

    async def test_a_listener_that_left_hears_nothing_more(self, open_one: Open) -> None:
        heard: list[Recorded] = []
        async with open_one() as journal:
            leave = journal.subscribe(heard.append)
            await journal.append(entered(1))
            leave()
            leave()
            await journal.append(entered(2))
        assert [each.event for each in heard] == [entered(1)]

    async def test_a_listener_may_append_and_another_may_fail(self, open_one: Open) -> None:
        heard: list[Recorded] = []

        def answer(recorded: Recorded) -> None:
            if recorded.event == entered(1):
                journal.append(entered(2))

        def fail(recorded: Recorded) -> None:
            raise ValueError("a listener's own fault")

        async with open_one() as journal:
            for listener in (answer, fail, heard.append):
                journal.subscribe(listener)
            await journal.append(entered(1))
            await journal.flushed()
            assert [each.event for each in heard] == [entered(1), entered(2)]
            assert journal.counters.listener_errors == 2

    async def test_a_second_end_of_a_call_is_set_aside_and_stops_nobody(self, open_one: Open) -> None:
        heard: list[Recorded] = []
        told: list[Trouble] = []
        call = "c-20251120-00000000aa"
        async with open_one(on_trouble=told.append) as journal:
            journal.subscribe(heard.append)
            first = journal.append(ended(call))
            second = journal.append(entered(1), ended(call, "2025-11-20 10:00:00"), entered(2))
            await second
            later = await journal.append(ended(call, "2025-11-20 11:00:00"))
            stored = [each.event for each in await journal.read()]
            assert stored == [ended(call), entered(1), entered(2)]
            assert [each.event for each in heard] == stored
            assert (first.set_aside, second.set_aside, later.set_aside) == (False, True, True)
            assert (journal.counters.set_aside, journal.counters.written, journal.healthy) == (2, 3, True)
            aside = await journal.run(lambda connection: connection.execute(text("SELECT type, call FROM events_set_aside")).all())
        assert [trouble.code for trouble in told] == ["journal_event_set_aside"] * 2
        assert [tuple(row) for row in aside] == [("CallEnded", call)] * 2

    @pytest.mark.parametrize(
        "bad",
        [
            MenuEntered(at=moment(), call=CallId("c-\ud800"), node="menu"),
            MenuEntered(at=moment(), call=CallId("c-1"), node="\udfff"),
            PresenceChosen(at=moment(), seat=SeatNo(2**70), agent=AgentNo("8003"), presence="available"),
            PresenceChosen(at=moment(), seat=SeatNo(2**63), agent=AgentNo("8003"), presence="available"),
        ],
        ids=["surrogate in the call", "surrogate in the body", "more than JSON takes", "more than the column takes"],
    )
    async def test_an_event_the_database_cant_hold_is_set_aside_and_the_others_are_kept(self, open_one: Open, bad: MenuEntered) -> None:
        async with open_one() as journal:
            appended = await journal.append(entered(1), bad, entered(2))
            assert [each.event for each in await journal.read()] == [entered(1), entered(2)]
            assert (appended.set_aside, journal.healthy) == (True, True)

    async def test_text_with_nul_quotes_and_emoji_comes_back_unchanged(self, open_one: Open) -> None:
        event = MenuEntered(at=moment(), call=CallId("c-1"), node="\0'\"\\;--${SHELL(x)}\r\n公积金😀")
        async with open_one() as journal:
            await journal.append(event)
            assert [each.event for each in await journal.read()] == [event]

    async def test_one_call_or_some_types_or_what_came_later_can_be_read(self, open_one: Open) -> None:
        one, other = "c-20251120-0000000001", "c-20251120-0000000002"
        story = [arrived(one), entered(1, one), arrived(other), entered(2, other), ended(one)]
        async with open_one() as journal:
            journal.append(*story)
            everything = await journal.read()
            assert [each.event for each in await journal.read(call=CallId(one))] == [story[0], story[1], story[4]]
            assert [each.event for each in await journal.read(types=[CallArrived, CallEnded])] == [story[0], story[2], story[4]]
            assert await journal.read(after=everything[2].seq) == everything[3:]
            assert await journal.read(types=[]) == []

    async def test_a_call_belongs_to_the_shanghai_day_it_arrived_on(self, open_one: Open) -> None:
        night, morning, orphan = "c-night", "c-morning", "c-orphan"
        before = [arrived("c-before", "2025-11-19 23:59:59"), presence("2025-11-19 12:00:00")]
        of_the_day = [
            presence("2025-11-20 00:00:00"),
            arrived(night, "2025-11-20 23:59:59.999999"),
            ended(orphan, "2025-11-20 12:00:00"),
            ended(night, "2025-11-21 00:10:00"),
        ]
        after = [ended("c-before", "2025-11-20 00:01:00"), arrived(morning, "2025-11-21 00:00:00"), presence("2025-11-21 00:00:00")]
        async with open_one() as journal:
            journal.append(*before, *of_the_day, *after)
            assert [each.event for each in await journal.read_day(date(2025, 11, 20))] == of_the_day
            that_day = {each.event for each in await journal.read(day=date(2025, 11, 20))}
        assert that_day == {*of_the_day[:3], after[0]}

    async def test_a_snapshot_and_the_events_after_it_are_enough_to_begin_again(self, open_one: Open) -> None:
        async with open_one() as journal:
            assert await journal.latest_snapshot("floor") is None
            for number in range(1, 5):
                at = journal.append(entered(number))
                journal.save_snapshot("floor", at.last, b"state \0 %d" % number)
            journal.save_snapshot("other", 1, b"another state")
            journal.append(entered(5))
            snapshot = await journal.latest_snapshot("floor")
            assert snapshot is not None
            assert snapshot.body == b"state \0 4"
            assert [each.event for each in await journal.read(after=snapshot.seq)] == [entered(5)]
            kept = await journal.run(lambda connection: connection.execute(text("SELECT name, seq FROM snapshots ORDER BY 1, 2")).all())
            assert [row[0] for row in kept] == ["floor", "floor", "other"]

    async def test_reading_twice_gives_the_same(self, open_one: Open) -> None:
        async with open_one() as journal:
            journal.append(*(sample(kind, seed) for seed in range(3) for kind in EVENT_TYPES if kind is not CallEnded))
            assert await journal.read() == await journal.read()

    async def test_a_side_write_that_is_refused_stops_nobody(self, open_one: Open) -> None:
        nameless = text("INSERT INTO snapshots (name, seq, taken_us, body) VALUES (:name, 1, 1, :body)")
        async with open_one() as journal:
            journal.append(entered(1))
            journal.write_beside("a bad one", (nameless, {"name": None, "body": b""}))
            await journal.append(entered(2))
            assert [each.event for each in await journal.read()] == [entered(1), entered(2)]
            assert journal.healthy

    async def test_a_question_that_fails_fails_for_its_asker_only(self, open_one: Open) -> None:
        async with open_one() as journal:
            with pytest.raises(JournalUnavailable):
                await journal.run(lambda connection: connection.execute(text("SELECT * FROM nothing_of_the_kind")))
            await journal.append(entered(1))
            assert [each.event for each in await journal.read()] == [entered(1)]

    async def test_after_closing_nothing_raises_and_what_is_lost_is_counted(self, open_one: Open) -> None:
        async with open_one() as journal:
            await journal.append(entered(1))
        appended = await journal.append(entered(2), entered(3))
        assert not appended.durable
        assert journal.counters.refused_closed == 2
        with pytest.raises(HotlineError):
            await journal.run(lambda connection: None)

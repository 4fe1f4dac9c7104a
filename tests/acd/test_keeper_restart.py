"""The keeper over a crash and at its end: replay, snapshot, timers and commands taken up again; stopping; stumbling."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from acd.fake import FakeRefusal
from acd.floor import STOP_WITHIN_S
from acd.image import UnreadableSnapshot
from acd.model import signals as sig
from acd.model.commands import Connect, EndTalk, HangUpSeat, ShowPresence, StopRinging
from acd.visits import Talked
from hotline import events as ev
from hotline.ids import AgentNo, CallId, OfferId, SeatNo
from tests.acd.house import House
from tests.acd.virtual_time import live

# -- restart -------------------------------------------------------------------------------------------------------


def crash_and_return(before: Callable[[House], Awaitable[None]], *, snapshot: bool, away_s: float = 1) -> tuple[list[str], House]:
    """Live ``before``, be killed, come back from the journal; what the new keeper orders, and the new house."""

    async def main() -> tuple[list[str], House]:
        house = House()
        seen, image = 0, None
        async with house.floor.running():
            house.ready(1, 2)
            if snapshot:
                seen, image = len(house.journal.events), house.floor.snapshot()
            await before(house)
        after = House()
        after.journal.events = list(house.journal.events)
        await asyncio.sleep(away_s)
        after.floor.restore(image, house.journal.events[seen:])
        assert after.floor.snapshot() == house.floor.snapshot()
        async with after.floor.running():
            await asyncio.sleep(0.1)
            assert after.floor.faults == 0
            return after.done(), after

    return live(main())


@pytest.mark.parametrize("snapshot", [False, True])
def test_after_a_crash_who_rings_is_rung_again_and_who_talks_is_joined_again(snapshot: bool) -> None:
    async def busy(house: House) -> None:
        for name in "abc":
            house.caller(name)
        house.answers("a")

    done, after = crash_and_return(busy, snapshot=snapshot)
    assert sorted(done) == ["Connect", "Ring"]
    assert next(command.again for command in after.hands.done if isinstance(command, Connect))
    assert {(show.seat, show.takes_calls) for show in after.hands.done if isinstance(show, ShowPresence)} == {(1, True), (2, True)}
    assert [call.call for call in after.floor.view().waiting] == ["b", "c"]


def test_timers_that_ran_out_while_we_were_away_run_out_at_once() -> None:
    async def wrapping_up(house: House) -> None:
        house.caller("a")
        house.hangs_up(house.answers("a"))

    _, after = crash_and_return(wrapping_up, snapshot=True, away_s=3600)
    ended = after.journal.events[-1]
    assert isinstance(ended, ev.WrapUpEnded) and ended.how == "cap"
    assert after.floor.view().seats[0].activity == "idle"


def test_what_the_reconciler_knows_comes_before_the_timers() -> None:
    async def main() -> None:
        house = House()
        async with house.floor.running():
            house.ready(1)
            house.caller("a")
            offer = house.offer("a")
        after = House()
        await asyncio.sleep(60)
        after.floor.restore(None, house.journal.events)
        after.floor.take(sig.OfferAnswered(offer, at=after.clock.now()))
        visit = after.floor.visit(CallId("a"))
        assert visit is not None
        async with after.floor.running():
            await asyncio.sleep(0.1)
            assert after.done() == ["Connect"]
            assert (await visit.answered()) is not None

    live(main())


def test_a_visit_is_taken_up_again_where_it_was() -> None:
    async def main() -> None:
        house = House()
        async with house.floor.running():
            house.ready(1)
            for name in "ab":
                house.caller(name)
            offer = house.answers("a")
        after = House()
        after.floor.restore(house.floor.snapshot(), ())
        async with after.floor.running():
            talking, waiting = after.floor.visit(CallId("a")), after.floor.visit(CallId("b"))
            assert talking is not None and waiting is not None
            answered = await talking.answered()
            assert answered is not None and (answered.seat, answered.offer) == (1, offer)
            assert waiting.position() == 1 and waiting.talking is None
            assert after.floor.visit(CallId("a")) is talking
            after.hangs_up(offer)
            assert isinstance(await talking.outcome(), Talked)
            assert after.floor.visit(CallId("never")) is None

    live(main())


def test_a_snapshot_that_can_not_be_read_is_said_so() -> None:
    house = House()
    good = house.floor.snapshot()
    for bad in (b"", b"{}", b"\xff", good.replace(b'"version":3', b'"version":99')):
        with pytest.raises(UnreadableSnapshot):
            house.floor.restore(bad, ())


def test_an_event_that_contradicts_the_rest_is_skipped_on_restore() -> None:
    async def main() -> None:
        house = House()
        async with house.floor.running():
            house.ready(1)
            house.caller("a")
        without_queueing = [event for event in house.journal.events if not isinstance(event, ev.CallQueued)]
        after = House()
        after.floor.restore(None, without_queueing)
        assert after.floor.faults == 1
        assert after.floor.view().seats[0].activity == "idle"

    live(main())


# -- stopping, stumbling -------------------------------------------------------------------------------------------


def test_the_floor_closes_when_what_was_begun_is_done() -> None:
    async def main() -> None:
        house = House()
        house.hands.slow[HangUpSeat] = 1
        async with house.floor.running():
            house.floor.take(sig.OfferAnswered(OfferId("o-late"), at=house.clock.now()))
        assert (house.done(), house.clock.now().mono) == (["HangUpSeat"], 1_000_000)

    live(main())


def test_the_floor_closes_in_time_even_when_a_command_hangs() -> None:
    async def main() -> None:
        house = House()
        house.hands.slow[HangUpSeat] = 1000
        async with house.floor.running():
            house.floor.take(sig.OfferAnswered(OfferId("o-late"), at=house.clock.now()))
        assert house.done() == []
        assert house.clock.now().mono == STOP_WITHIN_S * 1_000_000
        assert len(house.timers) == 0

    live(main())


def test_a_floor_that_is_closed_takes_signals_and_does_nothing_more() -> None:
    async def main() -> None:
        house = House()
        async with house.floor.running():
            house.ready(1)
            await asyncio.sleep(1)
        house.caller("a")
        await asyncio.sleep(100)
        assert house.done() == [] and len(house.timers) == 0
        assert house.floor.view().waiting[0].seat == 1

    live(main())


def test_an_error_in_the_block_ends_the_floor_too() -> None:
    async def main() -> None:
        house = House()
        with pytest.raises(ExceptionGroup):
            async with house.floor.running():
                house.hands.slow[HangUpSeat] = 1000
                house.floor.take(sig.OfferAnswered(OfferId("o-late"), at=house.clock.now()))
                await asyncio.sleep(0.1)
                raise FakeRefusal
        assert house.clock.now().mono < 1_000_000
        house.caller("a")

    live(main())


def test_a_signal_the_rules_stumble_over_is_counted_and_the_floor_goes_on() -> None:
    async def main() -> None:
        house = House()
        async with house.floor.running():
            nonsense: Any = ev.AlarmRaised(at=house.clock.now(), code="x", text="y")
            assert house.floor.take(nonsense).events == ()
            assert house.floor.faults == 1
            house.ready(1)
            house.caller("a")
            await asyncio.sleep(0.1)
            assert house.done() == ["Ring"]

    live(main())


def test_commands_name_themselves_the_same_every_time() -> None:
    call, offer = CallId("c-1"), OfferId("o-1-1")
    assert StopRinging(call, offer, "normal").id == StopRinging(call, offer, "no_answer").id == "StopRinging:o-1-1"
    assert EndTalk(call, offer).id == "EndTalk:o-1-1"
    assert HangUpSeat(offer).id == "HangUpSeat:o-1-1"
    assert ShowPresence(SeatNo(3), AgentNo("8003"), "hl-3", True, True).id == "ShowPresence:seat-3"

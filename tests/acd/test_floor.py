"""The keeper: journal before command, order per call, time-outs, visits, restart, stopping. On virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from acd.dispatch import TIME_OUT_S
from acd.model import signals as sig
from acd.model.commands import Connect, Ring, ShowPresence, Timer
from acd.timers import LoopTimers
from acd.visits import Abandoned, Talked
from hotline.ids import AgentNo, CallId, OfferId, SeatNo
from tests.acd.house import House, story
from tests.acd.virtual_time import live
from tests.acd.world import SETTINGS


@story
async def test_a_whole_call_from_waiting_to_the_end_of_the_talk(house: House) -> None:
    visit = house.caller("a")
    assert visit.position() == 1
    house.ready(3)
    await asyncio.sleep(2)
    offer = house.answers("a")
    answered = await visit.answered()
    assert answered is not None and (answered.offer, answered.seat, answered.agent) == (offer, 3, "8003")
    assert visit.talking == answered
    await asyncio.sleep(60)
    house.hangs_up(offer)
    outcome = await visit.outcome()
    assert outcome == Talked(SeatNo(3), AgentNo("8003"), "agent", house.clock.now())
    assert visit.over == outcome
    assert visit.position() == 0
    await asyncio.sleep(1)
    assert house.done() == ["Ring", "Connect", "EndTalk"]
    assert house.floor.visit(CallId("a")) is None


@story
async def test_nobody_is_rung_or_joined_before_it_is_durable(house: House) -> None:
    house.ready(1)
    house.journal.held = True
    house.caller("a")
    await asyncio.sleep(1)
    assert house.done() == []
    house.journal.commit()
    await asyncio.sleep(1)
    assert house.done() == ["Ring"]
    house.answers("a")
    await asyncio.sleep(1)
    assert house.done() == ["Ring"]
    house.journal.commit()
    await asyncio.sleep(1)
    assert house.done() == ["Ring", "Connect"]


@story
async def test_hang_ups_and_presence_do_not_wait_for_the_commit(house: House) -> None:
    house.journal.held = True
    house.ready(1)
    house.floor.take(sig.OfferAnswered(OfferId("o-late"), at=house.clock.now()))
    await asyncio.sleep(0.1)
    assert [type(command) for command in house.hands.done].count(ShowPresence) == 2
    assert house.done() == ["HangUpSeat"]
    house.journal.commit()


@story
async def test_commands_of_one_call_keep_their_order_and_others_do_not_wait_for_them(house: House) -> None:
    house.ready(1, 2)
    house.hands.slow[Ring] = 5
    house.caller("a")
    house.caller("b")
    await asyncio.sleep(1)
    assert [command.lane for command in house.hands.begun if isinstance(command, Ring)] == ["a", "b"], "side by side"
    house.floor.take(sig.OfferRefused(house.offer("a"), "no_answer", at=house.clock.now()))
    house.floor.take(sig.OfferAnswered(house.offer("b"), at=house.clock.now()))
    await asyncio.sleep(1)
    assert house.done() == [], "b is joined when its ring is done"
    await asyncio.sleep(4)
    assert house.done() == ["Ring", "Ring", "Connect"]


@story
async def test_a_command_whose_reason_is_gone_before_its_turn_is_not_begun(house: House) -> None:
    house.ready(1)
    house.journal.held = True
    visit = house.caller("a")
    visit.leave("hung_up")
    house.journal.commit()
    await asyncio.sleep(1)
    assert house.done() == ["StopRinging"]


@story
async def test_a_ring_that_is_refused_sends_the_caller_to_the_next_seat(house: House) -> None:
    house.ready(1, 2)
    house.hands.refuse.add(Ring)
    house.caller("a")
    await asyncio.sleep(0.1)
    assert house.happened().count("OfferDeclined") == 2
    assert house.floor.view().waiting[0].offer is None
    house.hands.refuse.clear()
    await asyncio.sleep(SETTINGS.retry_phone_s)
    assert house.floor.view().waiting[0].offer is not None, "the seats are not lost"


@story
async def test_a_ring_that_hangs_is_given_up_in_time_and_taken_back(house: House) -> None:
    house.ready(1, 2)
    house.hands.slow[Ring] = 1000
    house.caller("a")
    await asyncio.sleep(TIME_OUT_S - 0.1)
    assert house.floor.view().waiting[0].seat == 1
    house.hands.slow.clear()
    await asyncio.sleep(0.2)
    assert house.floor.view().waiting[0].seat == 2
    assert house.done() == ["StopRinging", "Ring"]


@story
async def test_a_commit_that_hangs_counts_against_the_time_of_the_command(house: House) -> None:
    house.ready(1, 2)
    house.journal.held = True
    house.caller("a")
    await asyncio.sleep(TIME_OUT_S + 0.1)
    assert house.floor.view().waiting[0].seat == 2
    house.journal.commit()
    await asyncio.sleep(0.1)
    assert house.done() == ["StopRinging", "Ring"]


@story
async def test_a_commit_that_fails_rings_nobody_and_the_next_command_goes_on(house: House) -> None:
    house.ready(1, 2)
    house.journal.held = True
    house.caller("a")
    house.journal.fail()
    house.journal.held = False
    await asyncio.sleep(0.1)
    assert house.floor.view().waiting[0].seat == 2
    assert house.done() == ["StopRinging", "Ring"]


def test_a_journal_that_takes_nothing_does_not_take_the_floor_down() -> None:
    async def main() -> None:
        house = House()
        async with house.floor.running():
            house.ready(1)
            house.journal.broken = True
            visit = house.caller("a")
            await asyncio.sleep(0.1)
            assert house.done() == ["StopRinging"], "no ring without a commit"
            assert visit.leave("hung_up")
            assert await visit.outcome() == Abandoned("hung_up", house.clock.now())
        assert house.floor.faults > 0

    live(main())


@story
async def test_a_join_that_fails_ends_the_talk_by_the_switch(house: House) -> None:
    house.ready(1)
    house.hands.refuse.add(Connect)
    visit = house.caller("a")
    house.answers("a")
    assert (await visit.answered()) is not None
    outcome = await visit.outcome()
    assert isinstance(outcome, Talked) and outcome.by == "switch"


# -- timers --------------------------------------------------------------------------------------------------------


@story
async def test_the_ring_timer_sends_the_caller_on(house: House) -> None:
    house.ready(1)
    house.caller("a")
    await asyncio.sleep(14.9)
    assert house.floor.view().seats[0].activity == "ringing"
    await asyncio.sleep(0.2)
    assert house.happened()[-2:] == ["RingNoAnswer", "PresenceChosen"]
    assert house.done() == ["Ring", "StopRinging"]


@story
async def test_a_timer_counts_from_the_moment_told_not_from_its_telling(house: House) -> None:
    house.ready(1)
    house.caller("a")
    offer = house.answers("a")
    bye = house.clock.now()
    await asyncio.sleep(100)
    house.floor.take(sig.SeatHungUp(offer, at=bye))
    await asyncio.sleep(0)
    await asyncio.sleep(20.1)
    assert house.floor.view().seats[0].activity == "idle"
    assert house.happened()[-2:] == ["WrapUpOverTarget", "WrapUpEnded"]


@story
async def test_no_timer_is_left_when_nothing_is_waited_for(house: House) -> None:
    house.ready(1)
    house.caller("a")
    house.hangs_up(house.answers("a"))
    assert len(house.timers) == 2
    house.floor.take(sig.EndWrapUp(SeatNo(1), at=house.clock.now()))
    assert len(house.timers) == 0


class Hasty(LoopTimers):
    """As uvloop's timers are: a little early now and then."""

    def set(self, timer: Timer, delay_s: float, ring: Callable[[Timer], None]) -> None:
        super().set(timer, max(0.0, delay_s - 0.0005), ring)


def test_a_timer_that_is_early_is_waited_out_and_not_lost() -> None:
    async def main() -> None:
        house = House(timers=Hasty())
        async with house.floor.running():
            house.caller("a")
            house.ready(1)
            await asyncio.sleep(1)
            offer = house.answers("a")
            await asyncio.sleep(5)
            house.hangs_up(offer)
            await asyncio.sleep(SETTINGS.wrap_up_cap_s + 1)
            assert house.floor.view().seats[0].activity == "idle"

    live(main())

"""The keeper: journal before command, order per call, time-outs, visits, restart, stopping. On virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from acd.dispatch import TIME_OUT_S
from acd.fake import FakeHands, FakeJournal, FakeRefusal
from acd.floor import STOP_WITHIN_S, Floor
from acd.image import UnreadableSnapshot
from acd.model import signals as sig
from acd.model.commands import Connect, EndTalk, HangUpSeat, Ring, ShowPresence, StopRinging
from acd.timers import LoopTimers
from acd.visits import Abandoned, LeftQueue, Talked, Visit
from hotline import events as ev
from hotline.ids import AgentNo, CallId, ChannelId, OfferId, QueueName, SeatNo
from hotline.settings import SeatSettings
from tests.acd.virtual_time import LoopClock, live
from tests.acd.world import SETTINGS

MAIN = QueueName("main")


class House:
    """A keeper with everything it needs, faked."""

    def __init__(self, settings: SeatSettings = SETTINGS) -> None:
        self.journal = FakeJournal()
        self.hands = FakeHands()
        self.clock = LoopClock()
        self.timers = LoopTimers()
        self.floor = Floor(settings, self.journal, self.hands, self.clock, self.timers)

    def ready(self, *seats: int) -> None:
        for seat in seats:
            self.floor.take(sig.SignIn(SeatNo(seat), AgentNo(f"80{seat:02}"), f"hl-{seat}", at=self.clock.now()))
            self.floor.take(sig.GoAvailable(SeatNo(seat), at=self.clock.now()))

    def caller(self, name: str) -> Visit:
        return self.floor.enter(CallId(name), ChannelId(f"line-{name}"), MAIN, self.clock.now())

    def offer(self, name: str) -> OfferId:
        view = self.floor.view()
        offers = {call.call: call.offer for call in view.waiting} | {talk.call: talk.offer for talk in view.talks}
        offer = offers[CallId(name)]
        assert offer is not None
        return offer

    def answers(self, name: str) -> OfferId:
        offer = self.offer(name)
        self.floor.take(sig.OfferAnswered(offer, at=self.clock.now()))
        return offer

    def hangs_up(self, offer: OfferId) -> None:
        self.floor.take(sig.SeatHungUp(offer, at=self.clock.now()))

    def done(self) -> list[str]:
        """What the hands did, presence left out."""
        return [type(command).__name__ for command in self.hands.done if not isinstance(command, ShowPresence)]

    def happened(self) -> list[str]:
        return [type(event).__name__ for event in self.journal.events]


def story(told: Callable[[House], Awaitable[None]]) -> Callable[[], None]:
    """A test on virtual time with an open house."""

    async def main() -> None:
        house = House()
        async with house.floor.running():
            await told(house)
        assert house.floor.faults == 0

    def test() -> None:
        live(main())

    test.__name__ = told.__name__
    return test


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


# -- visits --------------------------------------------------------------------------------------------------------


@story
async def test_a_visit_that_ends_without_an_agent_says_so_to_who_waits_for_one(house: House) -> None:
    visit = house.caller("a")
    waiting = asyncio.ensure_future(visit.answered())
    await asyncio.sleep(1)
    assert visit.leave("hung_up")
    assert await waiting is None
    assert await visit.outcome() == Abandoned("hung_up", house.clock.now())
    assert visit.talking is None
    assert not visit.leave("hung_up")


@story
async def test_who_goes_back_or_waited_too_long_left_the_queue(house: House) -> None:
    left: tuple[sig.LeftHow, ...] = ("went_back", "timed_out")
    for name in left:
        visit = house.caller(name)
        assert visit.leave(name)
        assert await visit.outcome() == LeftQueue(name, house.clock.now())


@story
async def test_too_late_to_leave_when_an_agent_was_faster(house: House) -> None:
    house.ready(1)
    visit = house.caller("a")
    house.answers("a")
    assert not visit.leave("went_back")
    assert visit.talking is not None
    assert visit.leave("hung_up"), "but hanging up always is possible"


@story
async def test_entering_twice_is_the_same_visit_and_coming_again_another(house: House) -> None:
    visit = house.caller("a")
    assert house.caller("a") is visit
    visit.leave("went_back")
    again = house.caller("a")
    assert again is not visit and again.over is None


@story
async def test_cancelling_one_who_awaits_a_visit_ends_nothing(house: House) -> None:
    visit = house.caller("a")
    impatient = asyncio.ensure_future(visit.outcome())
    other = asyncio.ensure_future(visit.answered())
    await asyncio.sleep(0)
    impatient.cancel()
    other.cancel()
    await asyncio.sleep(0)
    visit.leave("hung_up")
    assert isinstance(await visit.outcome(), Abandoned)


@story
async def test_the_exchange_starting_anew_ends_the_visits_of_the_old(house: House) -> None:
    house.floor.take(sig.SwitchBack("22", "monday", at=house.clock.now()))
    house.ready(1)
    talking, waiting = house.caller("a"), house.caller("b")
    house.answers("a")
    house.floor.take(sig.SwitchBack("22", "tuesday", at=house.clock.now()))
    outcome = await talking.outcome()
    assert isinstance(outcome, Talked) and outcome.by == "switch"
    assert await waiting.outcome() == Abandoned("switch_restart", house.clock.now())


# -- looking -------------------------------------------------------------------------------------------------------


@story
async def test_the_view_shows_seats_by_number_and_callers_in_order(house: House) -> None:
    house.ready(2, 1)
    for name in "abc":
        house.caller(name)
        await asyncio.sleep(1)
    house.answers("b")
    house.answers("a")
    view = house.floor.view()
    assert [(seat.seat, seat.activity) for seat in view.seats] == [(1, "talking"), (2, "talking")]
    assert [(call.call, call.position, call.seat) for call in view.waiting] == [("c", 1, None)]
    assert {(talk.call, talk.seat, talk.agent) for talk in view.talks} == {("a", 1, "8001"), ("b", 2, "8002")}
    assert not view.away


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
    for bad in (b"", b"{}", b"\xff", good.replace(b'"version":2', b'"version":99')):
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

"""The laws of the floor under any history: late, doubled, foreign and contradictory signals included."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from acd import image
from acd.model import signals as sig
from acd.model.commands import Command, Connect, EndTalk, Ring, StopRinging, Timer, TimerKind
from acd.rules import HANDLERS, apply, decide
from hotline import events as ev
from hotline.ids import AgentNo, CallId, ChannelId, OfferId, QueueName, SeatNo
from hotline.moment import Moment
from hotline.settings import SeatSettings
from tests.acd.world import World, check_laws

SEATS = st.integers(1, 5).map(SeatNo)
AGENTS = st.sampled_from(["8001", "8002", "8003", "8004"]).map(AgentNo)
PHONES = st.sampled_from(["hl-4", "hl-1", "hl-2", "hl-3", "hl-3-web", "hl-9"])
QUEUES = st.sampled_from(["main", "complaints"]).map(QueueName)
CAUSES = st.sampled_from(get_args(sig.RefusalCause))


def test_every_signal_has_its_rule() -> None:
    assert set(HANDLERS) == set(get_args(sig.AnySignal))


class Floor(RuleBasedStateMachine):
    """Random people at random phones."""

    @initialize(cap=st.sampled_from([0, 30, 120]), known=st.booleans())
    def open(self, cap: int, known: bool) -> None:
        self.world = World(SeatSettings(count=4, ring_s=15, wrap_up_target_s=25, wrap_up_cap_s=cap, retry_phone_s=10))
        self.callers = 0
        self.offers: list[OfferId] = [OfferId("o-never-made")]
        self.done: list[Command] = []
        self.half: tuple[bytes, int] | None = None
        if known:
            self.world.switch_back("run-1")
        self.world.seats_ready(1, 2)

    def tell(self, signal: sig.AnySignal) -> None:
        """Take it once; then the same again, which must change nothing."""
        world = self.world
        before = world.floor.facts()
        decided = world.take(signal)
        if not decided.events:
            assert world.floor.facts() == before
        for command in decided.commands:
            self._check_command(command, decided.events)
        self.offers += [event.offer for event in decided.events if isinstance(event, ev.CallOffered)]
        self.done += decided.commands
        self._tell_again(signal, decided.events)

    def _tell_again(self, signal: sig.AnySignal, first: tuple[ev.Event, ...]) -> None:
        """A doubled signal changes nothing."""
        facts = self.world.reread().facts()
        decided = self.world.take(signal)
        assert not decided.events, f"{signal} first gave {first}, then {decided.events}"
        assert self.world.floor.facts() == facts

    def _check_command(self, command: Command, events: tuple[ev.Event, ...]) -> None:
        floor = self.world.floor
        if isinstance(command, Ring | Connect):
            call = floor.live(command.offer)
            assert call is not None and call.call == command.call
            assert call.stage == ("ringing" if isinstance(command, Ring) else "talking")
            assert any(isinstance(event, ev.CallOffered | ev.CallAnswered) and event.offer == command.offer for event in events)
        elif isinstance(command, StopRinging | EndTalk):
            assert floor.live(command.offer) is None
            assert any(isinstance(event, ev.CallEvent) and event.call == command.call for event in events)

    # -- an ordinary day, which most of the steps should be --------------------------------------------------------

    @rule(seat=st.integers(1, 4).map(SeatNo))
    def take_seat_and_go_available(self, seat: SeatNo) -> None:
        self.tell(sig.SignIn(seat, AgentNo(f"800{seat}"), f"hl-{seat}", at=self.now()))
        self.tell(sig.GoAvailable(seat, at=self.now()))

    @rule(queue=QUEUES, waited=st.integers(-2, 30), boot=st.sampled_from(["hand", "hand", "older"]))
    def new_caller(self, queue: QueueName, waited: int, boot: str) -> None:
        self.callers += 1
        self.joins(CallId(f"c-{self.callers}"), queue, waited, boot)

    @rule()
    def another_caller(self) -> None:
        self.callers += 1
        self.joins(CallId(f"c-{self.callers}"), QueueName("main"), 0, "hand")

    @rule(call=st.integers(0, 99), how=st.sampled_from(get_args(sig.LeftHow)))
    def caller_leaves(self, call: int, how: sig.LeftHow) -> None:
        here = sorted(self.world.floor.calls)
        if here:
            self.tell(sig.CallerLeft(here[call % len(here)], how, at=self.now()))

    @rule(which=st.integers(0, 99))
    def phone_rings_and_is_answered(self, which: int) -> None:
        if offer := self.live("ringing", which):
            self.tell(sig.OfferRang(offer, at=self.now()))
            self.tell(sig.OfferAnswered(offer, at=self.now()))

    @rule(which=st.integers(0, 99))
    def phone_is_answered_late(self, which: int) -> None:
        if offer := self.live("ringing", which):
            earlier = self.now().after(timedelta(seconds=-3))
            self.tell(sig.OfferAnswered(offer, at=earlier))

    @rule(which=st.integers(0, 99), cause=CAUSES)
    def phone_refuses(self, which: int, cause: sig.RefusalCause) -> None:
        if offer := self.live("ringing", which):
            self.tell(sig.OfferRefused(offer, cause, at=self.now()))

    @rule(which=st.integers(0, 99), held=st.booleans())
    def agent_holds(self, which: int, held: bool) -> None:
        if offer := self.live("talking", which):
            self.tell(sig.HeldBySeat(offer, held, at=self.now()))

    @rule(which=st.integers(0, 99))
    def agent_hangs_up(self, which: int) -> None:
        if offer := self.live("talking", which):
            self.tell(sig.SeatHungUp(offer, at=self.now()))

    @rule()
    def all_end_wrap_up(self) -> None:
        for seat in list(self.world.floor.seats):
            self.tell(sig.EndWrapUp(seat, at=self.now()))

    @rule(seconds=st.sampled_from([0.0, 0.5, 9.0, 16.0, 26.0, 130.0]))
    def time_passes(self, seconds: float) -> None:
        before = len(self.world.events)
        self.world.pass_s(seconds)
        self.offers += [event.offer for event in self.world.events[before:] if isinstance(event, ev.CallOffered)]

    # -- people at any moment --------------------------------------------------------------------------------------

    @rule(seat=SEATS, agent=AGENTS, phone=PHONES)
    def sign_in(self, seat: SeatNo, agent: AgentNo, phone: str) -> None:
        self.tell(sig.SignIn(seat, agent, phone, at=self.now()))

    @rule(seat=SEATS, reason=st.sampled_from(["", "rest", "busy", "link", "missed"]), kind=st.integers(0, 9))
    def button(self, seat: SeatNo, reason: str, kind: int) -> None:
        if kind == 0:
            self.tell(sig.SignOut(seat, at=self.now()))
        elif kind < 6:
            self.tell(sig.GoOnBreak(seat, reason, at=self.now()))
        else:
            self.tell(sig.GoAvailable(seat, at=self.now()))

    # -- what is late, doubled, out of order, foreign --------------------------------------------------------------

    @rule(offer=st.integers(0, 99), kind=st.integers(0, 4), held=st.booleans(), cause=CAUSES)
    def any_word_of_any_offer(self, offer: int, kind: int, held: bool, cause: sig.RefusalCause) -> None:
        name, at = self.offers[offer % len(self.offers)], self.now()
        words = (sig.OfferRang(name, at=at), sig.OfferAnswered(name, at=at), sig.OfferRefused(name, cause, at=at))
        self.tell((*words, sig.SeatHungUp(name, at=at), sig.HeldBySeat(name, held, at=at))[kind])

    @rule(call=st.integers(1, 9), how=st.sampled_from(get_args(sig.LeftHow)), leaves=st.booleans())
    def old_caller_again(self, call: int, how: sig.LeftHow, leaves: bool) -> None:
        name = CallId(f"c-{call}")
        if leaves:
            self.tell(sig.CallerLeft(name, how, at=self.now()))
        elif call <= self.callers:
            self.joins(name, QueueName("main"), 0, "hand")

    @rule(phone=PHONES, reachable=st.booleans())
    def phone(self, phone: str, reachable: bool) -> None:
        self.tell(sig.EndpointReachable(phone, reachable, at=self.now()))

    @rule(kind=st.sampled_from(get_args(TimerKind)), seat=SEATS, offer=st.integers(0, 99))
    def old_timer(self, kind: TimerKind, seat: SeatNo, offer: int) -> None:
        timer = Timer(kind, seat, self.offers[offer % len(self.offers)])
        if timer not in self.world.timers:  # what isn't set any more, or never was
            before = self.world.reread().facts()
            self.world.take(sig.TimeUp(timer, at=self.now()))
            assert self.world.floor.facts() == before

    @rule(which=st.integers(0, 99))
    def command_failed(self, which: int) -> None:
        if self.done:
            self.tell(sig.CommandFailed(self.done[-1 - which % len(self.done)], "failed", at=self.now()))

    @rule(started=st.sampled_from(["", "", "run-1", "run-1", "run-1", "run-2"]))
    def switch(self, started: str) -> None:
        self.tell(sig.SwitchBack("22.7", started, at=self.now()) if started else sig.SwitchGone("cut", at=self.now()))

    @rule()
    def snapshot(self) -> None:
        """Remember the floor as it is: with the events from here on it must become the floor of the end."""
        self.half = (image.encode(self.world.floor), len(self.world.events))

    # -- what holds ------------------------------------------------------------------------------------------------

    @invariant()
    def laws_hold(self) -> None:
        if hasattr(self, "world"):
            check_laws(self.world)

    @invariant()
    def every_visit_has_one_outcome(self) -> None:
        """Joined = answered + left + still waiting; answered = ended + still talking; for each call."""
        if not hasattr(self, "world"):
            return
        floor = self.world.floor
        tally: Counter[tuple[str, str]] = Counter()
        for event in self.world.events:
            if isinstance(event, ev.CallEvent):
                tally[event.call, type(event).__name__] += 1
        for call in {call for call, _ in tally}:
            here = floor.calls.get(CallId(call))
            waits = here is not None and here.stage != "talking"
            talks = here is not None and here.stage == "talking"
            assert tally[call, "CallQueued"] == tally[call, "CallAnswered"] + tally[call, "CallAbandoned"] + waits
            assert tally[call, "CallAnswered"] == tally[call, "TalkEnded"] + talks
            over = ("RingNoAnswer", "OfferDeclined", "OfferWithdrawn", "CallAnswered")
            ringing = here is not None and here.stage == "ringing"
            assert tally[call, "CallOffered"] == sum(tally[call, kind] for kind in over) + ringing

    @invariant()
    def offers_are_numbered_once(self) -> None:
        if hasattr(self, "world"):
            made = [event.offer for event in self.world.events if isinstance(event, ev.CallOffered)]
            assert len(made) == len(set(made))

    @invariant()
    def no_span_is_negative(self) -> None:
        if hasattr(self, "world"):
            for call in self.world.floor.calls.values():
                assert call.since.mono <= self.world.clock.now().mono + 2_000_000

    def teardown(self) -> None:
        if getattr(self, "half", None) is None:
            return
        assert self.half is not None
        snapshot, seen = self.half
        floor = image.decode(snapshot, self.world.floor.settings)
        for event in self.world.events[seen:]:
            apply(floor, event)
        assert floor == self.world.floor
        following = sig.CallerWaits(CallId("next"), ChannelId("line"), QueueName("main"), self.now(), at=self.now())
        assert decide(floor, following) == decide(self.world.floor, following), "equal floors decide differently"

    def joins(self, call: CallId, queue: QueueName, waited: int, boot: str) -> None:
        wanted = self.now().after(timedelta(seconds=-waited))
        wanted = Moment(wanted.wall, wanted.mono, boot)
        self.tell(sig.CallerWaits(call, ChannelId(f"line-{call}"), queue, wanted, at=self.now()))

    def live(self, stage: str, which: int) -> OfferId | None:
        """One of the offers at ``stage``, if there is any."""
        found = [call.offer for call in self.world.floor.calls.values() if call.stage == stage and call.offer]
        return found[which % len(found)] if found else None

    def now(self) -> Moment:
        return self.world.clock.now()


class TestFloor(Floor.TestCase):  # type: ignore[misc, valid-type]
    """Quick in the gate, long in ``make prove``."""

    settings = settings(
        max_examples=80, stateful_step_count=50, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@pytest.mark.prove
class TestFloorLong(Floor.TestCase):  # type: ignore[misc, valid-type]
    """The full count."""

    settings = settings(max_examples=3000, stateful_step_count=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))

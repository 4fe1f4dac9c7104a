"""Every decision of the rules against an oracle that looks at everybody, on floors with random queues, skills, priorities and people."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acd import image
from acd.model import signals as sig
from acd.rules import HANDLERS, Step, decide
from hotline import events as ev
from hotline.ids import AgentNo, CallId, ChannelId, OfferId, QueueName, SeatNo
from hotline.routing import AgentRouting, Overflow, Priority, QueueRouting, RoutingSettings
from tests.acd.oracle import Oracle
from tests.acd.world import World, check_laws

QUEUES = ("a", "b", "c")
SKILLS = ("x", "y")
STRATEGIES = st.sampled_from(["longest_idle", "fewest_calls", "least_talk", "round_robin", "linear", "ring_all"])
LEVELS = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 2), max_size=2)
STEPS = 13


def overflows(name: str) -> st.SearchStrategy[tuple[Overflow, ...]]:
    others = [queue for queue in QUEUES if queue != name]
    way = st.builds(
        Overflow,
        when=st.sampled_from(["length", "wait", "estimate", "closed", "nobody"]),
        over=st.integers(0, 20),
        to=st.sampled_from(others),
    )
    return st.lists(way, max_size=2).map(tuple)


def queues(name: str) -> st.SearchStrategy[QueueRouting]:
    return st.builds(
        QueueRouting, strategy=STRATEGIES, requires=LEVELS, prefers=LEVELS, priority=st.sampled_from(["normal", "high", "fast"]),
        longest_wait_s=st.sampled_from([0, 0, 40]), sticky_s=st.sampled_from([0, 15]), ring_at_once=st.integers(1, 3),
        overflow=overflows(name),
    )  # fmt: skip


AGENT = st.builds(AgentRouting, skills=LEVELS, queues=st.dictionaries(st.sampled_from(QUEUES), st.integers(1, 2), max_size=3))
PRIORITY = st.builds(Priority, tier=st.integers(0, 1), head_start_s=st.sampled_from([0, 10]), weight=st.sampled_from([1, 1, 3]))
ROUTING = st.builds(
    RoutingSettings,
    queues=st.fixed_dictionaries({name: queues(name) for name in QUEUES}),
    priorities=st.fixed_dictionaries({"high": PRIORITY, "fast": PRIORITY}),
    agents=st.fixed_dictionaries({f"800{seat}": AGENT for seat in range(1, 5)}),
)


class Checked(World):
    """A floor on which every decision is compared with the oracle's."""

    def __init__(self, routing: RoutingSettings) -> None:
        super().__init__(routing=routing)
        self.oracle = Oracle()
        self.names = 0
        self.offers: list[OfferId] = []

    def take(self, signal: sig.AnySignal):  # type: ignore[no-untyped-def]
        double = image.decode(image.encode(self.floor), self.floor.settings, self.floor.routing)
        step = Step(double, signal.at)
        HANDLERS[type(signal)](step, signal)
        expected = self.oracle.pairs(double, signal.at)
        decided = super().take(signal)
        told = [event for event in decided.events if isinstance(event, ev.CallOffered)]
        assert [(event.call, event.seat) for event in told] == expected, f"after {signal}"
        self.offers += [event.offer for event in told]
        return decided

    def do(self, kind: int, one: int, two: int) -> None:
        """One step of a day, chosen by three numbers."""
        deeds: dict[int, Callable[[], object]] = {
            3: lambda: self.some_leave(one),
            4: lambda: (self.switch_back(), self.phone(f"hl-{1 + one % 5}", True), self.sign_in(1 + one % 5), self.available(1 + one % 5)),
            5: lambda: self.presence(1 + one % 5, two),
            6: lambda: self.answers(self.some_offer(one)),
            7: lambda: self.answers(self.some_offer(one)),
            8: lambda: self.seat_hangs_up(self.some_offer(one)),
            9: lambda: [self.end_wrap_up(number) for number in list(self.floor.seats)],
            10: lambda: self.pass_s((0.5, 3, 11, 16)[two % 4]),
            11: lambda: self.refuses(self.some_offer(one), ("declined", "no_answer", "busy", "unreachable")[two % 4]),  # type: ignore[arg-type]
            12: lambda: self.rare(one, two),
        }
        deeds.get(kind, lambda: self.comes(one, two))()

    def comes(self, one: int, two: int) -> None:
        self.names += 1
        at = self.clock.now()
        needs = ((SKILLS[two % 2], 1 + one % 2),) if two % 3 == 0 else ()
        priority, sticky = ("", "high", "fast")[two % 3], AgentNo(f"800{one % 6}" if two % 4 == 0 else "")
        call = CallId(f"c-{self.names}")
        self.take(sig.CallerWaits(call, ChannelId("line"), QueueName(QUEUES[one % 3]), at, needs, priority, sticky, at=at))

    def some_offer(self, one: int) -> OfferId:
        """Mostly a live one."""
        live = sorted(self.floor.offers)
        past = self.offers[-1 - one % len(self.offers)] if self.offers else OfferId("o-none-0")
        return live[one % len(live)] if live and one % 10 else past

    def some_leave(self, one: int) -> None:
        calls = sorted(self.floor.calls)
        if calls:
            self.take(sig.CallerLeft(calls[one % len(calls)], "hung_up", at=self.clock.now()))

    def presence(self, seat: int, two: int) -> None:
        self.available(seat)
        if two % 4 == 0:
            self.on_break(seat)
        elif two % 9 == 1:
            self.sign_out(seat)

    def rare(self, one: int, two: int) -> None:
        at, seat = self.clock.now(), SeatNo(1 + one % 4)
        if two % 5 == 0:
            self.switch_gone()
        elif two % 5 == 1:
            self.switch_back()
        elif two % 5 == 2:
            self.phone(f"hl-{seat}", one % 2 == 0)
        elif two % 5 == 3:
            self.take(sig.SetQueueHours(QueueName(QUEUES[one % 3]), two % 2 == 0, at=at))
        else:
            self.take(sig.Force(seat, ("available", "on_break", "signed_out")[one % 3], "boss", at=at))  # type: ignore[arg-type]


def live_through(routing: RoutingSettings, steps: list[tuple[int, int, int]]) -> Checked:
    day = Checked(routing)
    for seat in (1, 2, 3):
        day.sign_in(seat)
        day.available(seat)
    for step in steps:
        day.do(*step)
        check_laws(day)
    return day


NUMBERS = st.lists(st.tuples(st.integers(0, STEPS - 1), st.integers(0, 99), st.integers(0, 99)), max_size=60)


@settings(derandomize=True, deadline=None, max_examples=150, database=None, suppress_health_check=list(HealthCheck))
@given(ROUTING, NUMBERS)
def test_every_decision_is_the_one_that_looking_at_everybody_makes(routing: RoutingSettings, steps: list[tuple[int, int, int]]) -> None:
    live_through(routing, steps)


@pytest.mark.prove
@settings(deadline=None, max_examples=5000, database=None, suppress_health_check=list(HealthCheck))
@given(ROUTING, NUMBERS)
def test_every_decision_of_many_days_is_the_oracle_s(routing: RoutingSettings, steps: list[tuple[int, int, int]]) -> None:
    live_through(routing, steps)


@pytest.mark.parametrize("strategy", ["longest_idle", "fewest_calls", "least_talk", "round_robin", "linear", "ring_all"])
def test_a_long_day_of_each_strategy_is_the_oracle_s(strategy: str) -> None:
    draw = Random(strategy)
    routing = RoutingSettings(
        queues={
            "a": QueueRouting(strategy=strategy, requires={"x": 1}, prefers={"y": 2}, sticky_s=20),  # type: ignore[arg-type]
            "b": QueueRouting(strategy=strategy, priority="high", overflow=(Overflow(when="wait", over=8, to="c"),)),  # type: ignore[arg-type]
            "c": QueueRouting(strategy=strategy, longest_wait_s=90),  # type: ignore[arg-type]
        },
        priorities={"high": Priority(head_start_s=10, weight=2), "fast": Priority(tier=1)},
        agents={
            "8001": AgentRouting(skills={"x": 1, "y": 2}), "8002": AgentRouting(skills={"x": 2}, queues={"a": 1, "b": 2}),
            "8003": AgentRouting(queues={"b": 1, "c": 1}), "8004": AgentRouting(skills={"y": 1}),
        },
    )  # fmt: skip
    steps = [
        (draw.choice((0, 4, 4, 5, 6, 7, 8, 8, 9, 10, draw.randrange(STEPS))), draw.randrange(99), draw.randrange(99)) for _ in range(600)
    ]
    day = live_through(routing, steps)
    assert sum(isinstance(event, ev.TalkEnded) for event in day.events) > 20


def test_equal_floors_decide_alike_whatever_their_heaps_went_through() -> None:
    """A floor that lived through a day, and one read from its snapshot: the same next hundred decisions."""
    draw = Random(5)
    routing = RoutingSettings(queues={"a": QueueRouting(strategy="least_talk"), "b": QueueRouting(requires={"x": 1})}, agents={
        "8001": AgentRouting(skills={"x": 1}), "8002": AgentRouting(queues={"a": 1}),
    })  # fmt: skip
    day = live_through(routing, [(draw.randrange(STEPS - 1), draw.randrange(99), draw.randrange(99)) for _ in range(300)])
    double = image.decode(image.encode(day.floor), day.floor.settings, routing)
    for number in range(100):
        at = day.clock.advance(1)
        signal = sig.CallerWaits(CallId(f"n-{number}"), ChannelId("l"), QueueName("ab"[number % 2]), at, at=at)
        assert decide(day.floor, signal) == decide(double, signal)
        signal2 = sig.EndWrapUp(SeatNo(1 + number % 3), at=at)
        assert decide(day.floor, signal2) == decide(double, signal2)

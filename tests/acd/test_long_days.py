"""Long random days from a seed: busier and deeper than what hypothesis makes up, with the same laws after every signal."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import get_args

import pytest

from acd.model import signals as sig
from acd.rules import apply
from hotline.ids import SeatNo
from hotline.settings import SeatSettings
from tests.acd.test_properties import Floor
from tests.acd.world import check_indexes, check_laws, check_pairs, is_free

DAY = SeatSettings(count=4, ring_s=15, wrap_up_target_s=25, wrap_up_cap_s=60, retry_phone_s=10)


class Day(Floor):
    """The same signals as the state machine's, drawn by weight."""

    def live_through(self, seed: int, steps: int) -> Counter[str]:
        """A day of ``steps`` signals; how often each event happened."""
        draw = Random(seed)
        self.open(60, True)
        shadow = self.world.replayed()
        seen = len(self.world.events)
        for _ in range(steps):
            self._something(draw)
            for event in self.world.events[seen:]:
                apply(shadow, event)
            seen = len(self.world.events)
            assert shadow.facts() == self.world.floor.facts()
            self._laws()
        check_laws(self.world)
        self.every_visit_has_one_outcome()
        return Counter(type(event).__name__ for event in self.world.events)

    def _laws(self) -> None:
        floor = self.world.floor
        check_pairs(floor)
        check_indexes(floor)
        waits = any(call.stage == "waiting" for call in floor.calls.values())
        assert floor.away or not (waits and any(is_free(floor, seat) for seat in floor.seats.values()))

    def _something(self, draw: Random) -> None:
        some = draw.randrange(99)
        cause, how = draw.choice(get_args(sig.RefusalCause)), draw.choice(get_args(sig.LeftHow))
        deeds = [
            (12, self.another_caller),
            (3, lambda: self.caller_leaves(some, how)),
            (12, lambda: self.phone_rings_and_is_answered(some)),
            (2, lambda: self.phone_is_answered_late(some)),
            (2, lambda: self.phone_refuses(some, cause)),
            (2, lambda: self.agent_holds(some, draw.random() < 0.5)),
            (8, lambda: self.agent_hangs_up(some)),
            (2, self.all_end_wrap_up),
            (4, lambda: self.time_passes(draw.choice((0.5, 3.0, 16.0, 26.0, 61.0)))),
            (5, lambda: self.take_seat_and_go_available(SeatNo(1 + some % 4))),
            (3, lambda: self.button(SeatNo(1 + some % 4), draw.choice(("rest", "busy")), draw.randrange(10))),
            (4, lambda: self.any_word_of_any_offer(-1 - draw.randrange(min(9, len(self.offers))), some % 5, some % 2 == 0, cause)),
            (1, lambda: self.old_caller_again(draw.randint(1, 9), how, draw.random() < 0.8)),
            (2, lambda: self.phone(f"hl-{1 + some % 4}", draw.random() < 0.7)),
            (1, lambda: self.command_failed(draw.randrange(8))),
            (1, lambda: self.switch(draw.choice(("", "run-1", "run-1", "run-1", f"run-{some}")))),
        ]
        draw.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])[0]()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("seed", range(4))
def test_a_long_random_day_keeps_the_laws(seed: int) -> None:
    counted = Day().live_through(seed, 4000)
    rare = ("CallHeld", "BreakPlanned", "WrapUpOverTarget", "OfferDeclined", "RingNoAnswer", "OfferWithdrawn", "PhoneReachable")
    assert counted["TalkEnded"] > 50, "the day was not busy enough to show anything"
    assert all(counted[kind] for kind in rare)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(100, 200))
def test_many_long_random_days_keep_the_laws(seed: int) -> None:
    assert Day().live_through(seed, 5000)["TalkEnded"] > 100

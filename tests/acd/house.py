"""A keeper with everything it needs, faked, to tell stories with on virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from acd.fake import FakeHands, FakeJournal
from acd.floor import Floor
from acd.model import signals as sig
from acd.model.commands import ShowPresence
from acd.timers import LoopTimers
from acd.visits import Visit
from hotline.ids import AgentNo, CallId, ChannelId, OfferId, QueueName, SeatNo
from hotline.settings import SeatSettings
from tests.acd.virtual_time import LoopClock, live
from tests.acd.world import SETTINGS

MAIN = QueueName("main")


class House:
    """A keeper with everything it needs, faked."""

    def __init__(self, settings: SeatSettings = SETTINGS, timers: LoopTimers | None = None) -> None:
        self.journal = FakeJournal()
        self.hands = FakeHands()
        self.clock = LoopClock()
        self.timers = LoopTimers() if timers is None else timers
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

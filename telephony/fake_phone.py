"""A seat's telephone that exists in memory only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from hotline.ids import OfferId
from telephony.ports import FeatureDialled, HeldBySeat, PhoneAnswered, PhoneHungUp, PhoneRefused, PhoneRinging, RefusalCause

if TYPE_CHECKING:
    from telephony.fake_world import FakeWorld

Manner = Literal["answer", "ignore", "decline", "busy"]


class FakePhone:
    """One endpoint: its manner says what it does when it is rung. Delays are seconds on the loop's time."""

    def __init__(self, exchange: FakeWorld, endpoint: str, manner: Manner, after: float) -> None:
        self.endpoint = endpoint
        self.manner: Manner = manner
        self.after = after
        """Seconds from ringing to answering or refusing."""
        self.registered = True
        self.labels: list[str] = []
        """What it displayed, ring by ring."""
        self._exchange = exchange

    def hang_up(self, after: float = 0.0) -> None:
        """Hang up whatever leg it has."""
        self._later(after, self._bye)

    def hold(self, held: bool = True, after: float = 0.0) -> None:
        """Put the caller on hold, or take him back: he hears music meanwhile."""
        self._later(after, lambda: self._hold(held))

    def dial(self, code: str, argument: str = "") -> None:
        """Dial a feature code, e.g. ``1`` with ``8003`` for *818003."""
        self._exchange.emit(FeatureDialled(self.endpoint, code, argument, self._exchange.clock.now()))

    def unplug(self) -> None:
        """Lose the registration."""
        self._exchange.register(self.endpoint, False)

    def plug_in(self) -> None:
        """Register again."""
        self._exchange.register(self.endpoint, True)

    # -- what the exchange does with it --------------------------------------------------------------------------

    def invited(self, offer: OfferId, longest: float) -> None:
        """An INVITE has come."""
        leg = self._exchange.legs[offer]
        leg.rang = True
        self._exchange.emit(PhoneRinging(offer, self._exchange.clock.now()))
        if self.manner == "ignore" or self.after > longest:
            self._later(longest, lambda: self.refused(offer, "no_answer"))
        elif self.manner == "answer":
            self._later(self.after, lambda: self._answered(offer))
        else:
            cause: RefusalCause = "declined" if self.manner == "decline" else "busy"
            self._later(self.after, lambda: self.refused(offer, cause))

    def refused(self, offer: OfferId, cause: RefusalCause) -> None:
        """The leg ends before it was answered."""
        leg = self._exchange.legs[offer]
        if not leg.over and not leg.up:
            leg.over = True
            self._exchange.emit(PhoneRefused(offer, cause, self._exchange.clock.now()))

    def _answered(self, offer: OfferId) -> None:
        leg = self._exchange.legs[offer]
        if not leg.over:
            leg.up = True
            self._exchange.emit(PhoneAnswered(offer, self._exchange.clock.now()))

    def ended(self, offer: OfferId) -> None:
        """The answered leg is gone."""
        leg = self._exchange.legs[offer]
        if not leg.over:
            leg.over = True
            self._exchange.leave_bridge(offer)
            self._exchange.emit(PhoneHungUp(offer, self._exchange.clock.now()))

    def _mine(self) -> list[OfferId]:
        return [offer for offer, leg in self._exchange.legs.items() if leg.phone is self and leg.up and not leg.over]

    def _bye(self) -> None:
        for offer in self._mine():
            self.ended(offer)

    def _hold(self, held: bool) -> None:
        for offer in self._mine():
            self._exchange.emit(HeldBySeat(offer, held, self._exchange.clock.now()))
            caller = self._exchange.caller_bridged_with(offer)
            if caller is not None:
                caller.music = held

    def _later(self, after: float, act: Callable[[], None]) -> None:
        if after <= 0:
            act()
        else:
            asyncio.get_running_loop().call_later(after, act)

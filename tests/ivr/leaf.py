"""One leaf held by itself: what a scripted caller hears of it, with fakes behind it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hotline.clock import HandClock
from hotline.ids import DepositorId
from ivr.errand import Errand
from ivr.leaves import LEAVES
from ivr.manners import Nav
from ivr.needs import Needs
from tests.ivr.fake_sms import FakeSms
from tests.ivr.scripted import House, LoopClock

Script = list[tuple[str, str]]


class LeafHouse(House):
    """A scripted call that is about one service; ``sms`` is the fake bridge (``without_sms``: this house hasn't got one)."""

    def __init__(self, script: Script, *, without_sms: bool = False, **given: Any) -> None:
        super().__init__(script, **given)
        self.sms = FakeSms(self.core)
        self.needs = Needs(sms=None if without_sms else self.sms)
        self.forgotten = 0
        self._began = HandClock(wall=1_764_043_200_000_000).now()

    @property
    def me(self) -> DepositorId:
        """Who is logged in."""
        return self.core.people[0].depositor

    def again(self, script: Script) -> None:
        """The same call goes on with these keys."""
        self.line.script.extend(script)

    def hold(self, dialog: str, node: str, about: str = "", **who: Any) -> Nav | None:
        """Hold the leaf; where the caller went."""
        logged_in = who or {"depositor": self.me}

        def forget() -> None:
            self.forgotten += 1

        errand = Errand(node, self.core, self.needs, self.gate, about, forget_refusals=forget, **logged_in)
        self._began = self._began.after(timedelta(seconds=self.ended_at))  # each dialog has a loop whose time begins with 0
        self.talk.clock = LoopClock(self._began)
        return self.run(lambda h: LEAVES[dialog].run(h.talk, errand))

    def why(self) -> list[str]:
        """Why services failed."""
        return [event.why for event in self.events if type(event).__name__ == "SelfServiceFailed"]  # type: ignore[union-attr]

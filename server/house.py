"""Everything one line worker needs, put together once: what the call path is handed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from acd.floor import Floor
from fund_core.port import FundCore
from hotline.calendar import Staffing
from hotline.callers import Callers
from ivr.needs import Locks
from ivr.prompts import Prompts
from ivr.talk import Talk

from hotline.clock import Clock
from hotline.ids import QueueName
from hotline.journal import Journal
from hotline.settings import Settings
from recordings.archive import Archive
from server.calls import Calls, LiveCall
from telephony.ports import Line, SeatPhones, Switch

QUEUE = QueueName("agents")
"""The one queue there is so far; skills and more queues come with the floor's growth."""


@dataclass
class House:
    """The rooms, each behind its port."""

    settings: Settings
    clock: Clock
    journal: Journal
    callers: Callers
    staffing: Staffing
    switch: Switch
    phones: SeatPhones
    floor: Floor
    core: FundCore
    locks: Locks
    prompts: Prompts
    archive: Archive
    calls: Calls = field(default_factory=Calls)

    def staffed(self) -> bool:
        """Whether people answer now."""
        return self.staffing.is_staffed(self.clock.now())

    def talk(self, live: LiveCall, line: Line) -> Talk:
        """What a dialog is handed."""
        return Talk(
            call=live.call,
            line=line,
            prompts=self.prompts,
            clock=self.clock,
            note=self.journal.append,
            core=self.core,
            locks=self.locks,
            settings=self.settings,
            staffed=self.staffed,
        )

    @property
    def announce_every(self) -> timedelta:
        """Music between two announcements of the position."""
        return timedelta(seconds=self.settings.queue.announce_every_s)

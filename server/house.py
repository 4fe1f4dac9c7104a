"""Everything one line worker needs, put together once: what the call path is handed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from acd.floor import Floor
from fund_core.port import FundCore
from hotline.calendar import Staffing
from hotline.callers import Callers, normal_number
from hotline.clock import Clock
from hotline.ids import CallId, QueueName
from hotline.journal import Journal
from hotline.settings import Settings
from ivr.guard.rule import Origin
from ivr.lockout import LoginGate
from ivr.needs import Needs
from ivr.prompts import Prompts
from ivr.shelf import MenuShelf
from ivr.talk import Talk
from recordings.archive import Archive
from server.call_backs import CallBackBook
from server.calls import Calls, LiveCall
from server.message_files import MessagesOfTheHouse
from server.progress import Progress
from server.rooms import Rooms
from server.slow_callers import SlowCallers
from telephony.ports import Line, SeatPhones, Switch

QUEUE = QueueName("agents")
"""The one queue there is so far; skills and more queues come with the floor's growth."""


@dataclass
class House:
    """The rooms, each behind its port. ``floor`` is set last: its hands need the house."""

    settings: Settings
    clock: Clock
    journal: Journal
    callers: Callers
    staffing: Staffing
    switch: Switch
    phones: SeatPhones
    core: FundCore
    gate: LoginGate
    menus: MenuShelf
    archive: Archive
    rooms: Rooms
    slow_callers: SlowCallers
    calls: Calls = field(default_factory=Calls)
    floor: Floor = field(init=False)
    hears_asterisk: bool = False
    progress: dict[CallId, Progress] = field(default_factory=dict)
    """How far every live call has come, as the journal has it."""
    handed: dict[CallId, Progress] = field(default_factory=dict)
    """Calls that FastAGI hands over to our application, until they arrive there."""

    def staffed(self) -> bool:
        """Whether people answer now."""
        return self.staffing.is_staffed(self.clock.now())

    @property
    def prompts(self) -> Prompts:
        """The prompts of the menu in force."""
        return self.menus.current().prompts

    def needs(self) -> Needs:
        """What the menu's dialogs need of other rooms."""
        needs = self.rooms.needs(self.staffing.calendar.is_working_day, self.number_of, self.likes_it_slow)
        messages = MessagesOfTheHouse(self.archive, self.switch.spool, self.settings.message)
        book = CallBackBook(self.journal, self.callers, self.staffing, self.clock, QUEUE)
        return replace(needs, messages=messages, call_backs=book)

    def number_of(self, call: CallId) -> str:
        """The number a call that is on comes from; empty when it is withheld."""
        live = self.calls.get(call)
        return normal_number(live.arrival.ani) if live is not None else ""

    def likes_it_slow(self, call: CallId) -> bool:
        """Whether a call that is on comes from a number on the centre's list of slow callers."""
        live = self.calls.get(call)
        return live is not None and self.callers.key(live.arrival.ani) in self.slow_callers

    def takes_calls(self) -> bool:
        """Whether a new call may come in: what can't be written must not begin (architecture.md: then the fallback serves)."""
        return self.journal.healthy and self.journal.accepts_calls

    def talk(self, live: LiveCall, line: Line) -> Talk:
        """What a dialog is handed: the call keeps the menu that is in force now."""
        ani = live.arrival.ani
        origin = Origin(self.callers.key(ani), self.callers.block(ani))
        return Talk(live.call, line, self.menus.current(), self.clock, self.journal.append, self.settings, self.staffed, origin=origin)

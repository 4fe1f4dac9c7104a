"""What the voice menu asks of the rest of the house; ``server`` hands it in.

What a method takes and gives is said in words of this room, so that no other room has to be imported. A method of knowledge, SMS
or tickets may raise :class:`hotline.tables.StoreAway`; :func:`ivr.asking.ask_core` takes it like a core that is away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol, TypeVar

from fund_core.model import Account, Verdict
from hotline.events import AnyEvent
from hotline.identity import LoginKind
from hotline.ids import CallId, DepositorId, RecordingId
from hotline.moment import Moment
from hotline.secret import Secret
from ivr.guard.rule import Counts, Ruling
from ivr.promises import CallBacks as CallBacks
from ivr.promises import Messages as Messages
from ivr.promises import Promised as Promised
from ivr.promises import Said as Said

T = TypeVar("T")
Note = Callable[[AnyEvent], object]
"""Takes an event for the journal; never waits (menus don't wait for a commit)."""
Blind = Callable[[str], str]
"""Keyed hash of what a caller keyed: equal texts give equal hashes, the text can't be had back."""


class LoginCore(Protocol):
    """What the login asks of the fund core (:class:`fund_core.port.FundCore`)."""

    async def identify(self, number: str, kinds: Sequence[LoginKind]) -> DepositorId | None:
        """Whose number it is."""
        ...

    async def verify(self, depositor: DepositorId | None, pin: Secret) -> Verdict:
        """Judge a PIN."""
        ...

    async def accounts(self, depositor: DepositorId) -> Sequence[Account]:
        """The person's accounts."""
        ...


class AttemptStore(Protocol):
    """Durable counters, shared by all lines, kept for a day; and who is familiar. No subject is a plain number or PIN."""

    async def charge(self, day: date, changes: Mapping[str, int], ruling: Callable[[Counts], Ruling]) -> Ruling:
        """Count ``changes``, ask the rule, apply its corrections, all in one durable transaction; the ruling.

        The rule is shown every subject of ``changes`` as it stands with them. No other charge comes in between; no count falls
        below 0.
        """
        ...

    async def knows(self, pair: str, since: date) -> bool:
        """Whether ``pair`` was remembered on ``since`` or later."""
        ...

    async def remember(self, pair: str, day: date) -> None:
        """Remember ``pair`` as of ``day``."""
        ...


# -- the knowledge base 知识库 -------------------------------------------------------------------------------------------


class Article(Protocol):
    """An article as it is told by phone. ``sound`` names the sound of ``spoken``; ``sms`` is empty when it is not sent."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def spoken(self) -> str: ...
    @property
    def sms(self) -> str: ...
    @property
    def sound(self) -> str: ...


class Branch(Protocol):
    """An office 业务网点. ``sound`` begins the names of its sounds: ``-name``, ``-address``, ``-hours``."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def hours(self) -> str: ...
    @property
    def sound(self) -> str: ...


class Estate(Protocol):
    """An estate fund loans may be given for. ``sound`` begins the names of its sounds: ``-name``, ``-address``."""

    @property
    def number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def lends(self) -> bool: ...
    @property
    def sound(self) -> str: ...


class Knowledge(Protocol):
    """The knowledge base, as far as it is told by phone."""

    async def published(self, article: str, day: date) -> Article:
        """The version told on ``day``. Raises UnknownThing."""
        ...

    async def hot(self, prefix: str, day: date, count: int = 5) -> Sequence[Article]:
        """The most used articles whose name begins with ``prefix``, the most used first."""
        ...

    async def used(self, article: str, day: date, *, by_sms: bool = False) -> None:
        """Count that an article was told, or sent."""
        ...

    async def branches_in(self, area: str) -> Sequence[Branch]:
        """The open branches of a telephone area code (with its 0), in the order they are told."""
        ...

    async def area_of(self, number: str) -> str | None:
        """The area code that has branches and that a fixed line belongs to; None for mobiles and other places."""
        ...

    async def branch(self, code: str) -> Branch | None:
        """The branch the fund core calls ``code``."""
        ...

    async def branch_sms(self, branch: Branch) -> str:
        """A branch as it is sent."""
        ...

    async def estates_like(self, digits: str, count: int = 3) -> Sequence[Estate]:
        """The estate of that number, else up to ``count`` whose number begins with ``digits``."""
        ...


# -- SMS 短信 ------------------------------------------------------------------------------------------------------------

CodePurpose = Literal["pin", "bind_old", "bind_new"]
"""What a code proves: that who asked holds the bound mobile (to set a PIN, to bind another), or the one to be bound."""
NoCode = Literal["too_soon", "too_many"]
"""Why no code was sent: one was sent within the minute, or enough were."""
SmsClass = Literal["account", "loan", "notice"]
"""What is subscribed to: 账户变动, 贷款, 业务通知."""
ALL_CLASSES: tuple[SmsClass, ...] = ("account", "loan", "notice")


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code on its way. ``tail``: the last digits of the mobile; empty when there is none to send to (say what you always say)."""

    id: str
    tail: str = field(repr=False)


class Sms(Protocol):
    """The SMS bridge as callers use it. What asks the core too may raise what the core raises."""

    async def send(
        self, key: str, topic: str, number: str, fields: Mapping[str, object], at: Moment, *, call: CallId, depositor: DepositorId | None
    ) -> None:
        """Put a text of the catalogue's ``topic`` into the outbox, once per ``key``. Raises HotlineError when it can't be composed."""
        ...

    async def mobile(self, depositor: DepositorId, at: Moment) -> str:
        """The mobile bound to a person; empty when there is none."""
        ...

    async def send_code(
        self, purpose: CodePurpose, depositor: DepositorId | None, number: str, at: Moment, *, call: CallId, asked: str = ""
    ) -> SentCode | NoCode:
        """Send a code to ``number`` of ``depositor``. For nobody (None) nothing is sent and nothing keyed will be right; ``asked``
        is then the number that was keyed, so that the limits hold for it as for others."""
        ...

    async def check_code(self, sent: SentCode, purpose: CodePurpose, keyed: Secret, at: Moment) -> bool:
        """Whether that was the code; a right one is right once, for five minutes."""
        ...

    async def bind(
        self, depositor: DepositorId, number: str, codes: Sequence[SentCode], at: Moment, *, call: CallId
    ) -> Literal["done", "already", "not_proven"]:
        """Bind a mobile to who is logged in. ``codes`` were keyed rightly: to the new number, and to the old one if there is one."""
        ...

    async def subscribed(self, depositor: DepositorId) -> frozenset[SmsClass]:
        """What a person is subscribed to."""
        ...

    async def subscribe(
        self, depositor: DepositorId, classes: Collection[SmsClass], words: str, at: Moment, *, call: CallId
    ) -> frozenset[SmsClass]:
        """Open ``classes``; all that are open then. ``words``: what he was told, the proof of his consent."""
        ...

    async def unsubscribe(
        self, depositor: DepositorId, classes: Collection[SmsClass], words: str, at: Moment, *, call: CallId
    ) -> frozenset[SmsClass]:
        """Close ``classes``; all that are still open then."""
        ...


# -- tickets 工单 --------------------------------------------------------------------------------------------------------

TicketState = Literal["taken", "reopened", "dispatched", "in_hand", "waiting_for_you", "answer_soon", "answered", "closed", "void"]
"""How far a ticket is, as the person is told: never who has it."""


@dataclass(frozen=True, slots=True)
class TicketProgress:
    """A ticket as its owner is told of it. ``tail``: the eight digits; ``due``: the last day of handling."""

    tail: str = field(repr=False)
    state: TicketState
    due: date


@dataclass(frozen=True, slots=True)
class TicketTaken:
    """A ticket that was made: its eight digits, and within how many working days it is handled."""

    tail: str = field(repr=False)
    working_days: int


class Tickets(Protocol):
    """Tickets as callers use them."""

    async def progress(self, tail: str, *, phone: str = "", last4: str = "") -> TicketProgress | None:
        """The ticket of those eight digits, for who calls from its ``phone`` or keys the last four digits of it; None if not both
        are right: which is wrong is not told."""
        ...

    async def message(self, call: CallId, recording: RecordingId, phone: str, depositor: DepositorId | None, at: Moment) -> TicketTaken:
        """The ticket of a voice message; asked again for the same recording it is the same ticket."""
        ...


@dataclass(frozen=True, slots=True)
class Needs:
    """What dialogs need of other rooms beside the fund core, one field each; None: this house hasn't got it.

    A leaf names the fields it can't do without (:class:`ivr.leaves.Leaf`); while one of them is None its key is not offered.
    """

    is_working_day: Callable[[date], bool] = lambda day: day.weekday() < 5
    """The working calendar (hotline.calendar.Calendar.is_working_day), for services that keep office days."""
    likes_it_slow: Callable[[CallId], bool] = lambda call: False
    """Whether this call's caller is on the centre's list of those served with the slow profile."""
    number_of: Callable[[CallId], str] = lambda call: ""
    """The number a call comes from, as dialled inside China; empty when it is withheld. Personal: never noted, never logged."""
    knowledge: Knowledge | None = None
    """Articles, branches and estates."""
    sms: Sms | None = None
    """Texts to mobiles, codes, bindings, subscriptions."""
    tickets: Tickets | None = None
    """Tickets: voice messages become some, their owners ask how far they are."""
    messages: Messages | None = None
    """Voice messages: what callers say when nobody listens."""
    call_backs: CallBacks | None = None
    """Promises to call somebody back."""


def there(room: T | None) -> T:
    """A room of Needs, for a leaf that is offered only where the room is. Raises LookupError when it isn't."""
    if room is None:
        raise LookupError("the leaf does not name in its needs what it asks of")
    return room

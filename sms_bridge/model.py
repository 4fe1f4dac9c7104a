"""What the bridge sends and keeps: topics, messages, one-time codes, bindings, subscriptions (seed 000; domain/sms.md §3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NewType

from hotline.errors import HotlineError, UnknownThing
from hotline.ids import CallId, DepositorId
from hotline.moment import Moment

MessageId = NewType("MessageId", int)
CodeId = NewType("CodeId", str)
"""Names a code that was sent; the code can't be had from it."""


class Lane(StrEnum):
    """Who goes first: codes, then replies, then notices, then texts to many."""

    CODE = "code"
    REPLY = "reply"
    NOTICE = "notice"
    BULK = "bulk"


class SmsClass(StrEnum):
    """What can be subscribed to, class by class: 账户变动, 贷款, 业务通知 (KT账户, KT贷款, KT通知)."""

    ACCOUNT = "account"
    LOAN = "loan"
    NOTICE = "notice"


class SmsState(StrEnum):
    """A message's life."""

    COMPOSED = "composed"
    HELD = "held"
    """Waits for the sending window, or for a gateway that asked for less."""
    ON_WIRE = "on_wire"
    ACCEPTED = "accepted"
    """The gateway has it."""
    UNKNOWN = "unknown"
    """The link broke before the gateway answered: the only state a message is sent again from."""
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"


class CodePurpose(StrEnum):
    """What a code proves: that who asked holds the bound mobile, or the one he wants to bind."""

    PIN = "pin"
    """Set a new query PIN."""
    BIND_OLD = "bind_old"
    BIND_NEW = "bind_new"
    WEB = "web"
    """Registration, recovery and business on the web (MO-09, MO-12)."""


class CodeVerdict(StrEnum):
    """RIGHT is said once; OVER: too late, used, or too many wrong ones; the dialog says the same for WRONG and OVER."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"


class Refusal(StrEnum):
    """Why no code is sent: one was sent within the minute, or enough were sent."""

    TOO_SOON = "too_soon"
    TOO_MANY = "too_many"


class Bound(StrEnum):
    """How a wish to bind a mobile ended."""

    DONE = "done"
    ALREADY = "already"
    """It is the bound one."""
    NOT_PROVEN = "not_proven"
    """The codes it needs weren't all given, in time, for this number."""


Proof = Literal["login", "code_to_old", "code_to_new", "counter"]
"""How somebody showed that he may bind; ``counter``: in person, with his identity card."""
Way = Literal["hotline", "sms", "counter", "desk", "web", "app"]
"""Where a person said so (seed 000 §3.1: all of them open and close subscriptions)."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Proof that a person wanted it: which way, whose hand, the words he was told. Kept at least five months."""

    way: Way
    by: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of message of the catalogue; ``sms_class`` None: sent because the person asked."""

    id: str
    name: str
    lane: Lane
    stat: str
    template: str
    sms_class: SmsClass | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A wanted message. ``key`` names the business event: the same key is sent once. Number and fields don't show in ``repr``."""

    key: str
    topic: str
    number: str = field(repr=False)
    fields: Mapping[str, object] = field(default_factory=dict, repr=False)
    depositor: DepositorId | None = None
    call: CallId | None = None
    expires: Moment | None = None
    not_before: Moment | None = None
    link_id: str = ""
    """Of the text it answers: gateways that bill by it want it back."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that failed: why, in the gateway's or our words, and how often it was tried."""

    id: MessageId
    topic: str
    reason: str
    attempts: int
    changed_us: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message to be sent, opened: for the gateway only."""

    id: MessageId
    lane: Lane
    topic: str
    number: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code on its way, as the dialog keeps it. ``tail``: the last digits of the mobile, to be told."""

    id: CodeId
    tail: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptCode:
    """What is kept of a code, for the rule: never the code. Moments in microseconds."""

    sent_us: int
    expires_us: int
    wrong: int
    used: bool


class UnknownTopic(UnknownThing):
    """The catalogue has no such topic:"""


class NotComposed(HotlineError):
    """This message can't be composed:"""


class IllegalSmsStep(HotlineError):
    """A message can't take this step:"""

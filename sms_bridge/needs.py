"""What the bridge asks of the fund core (fund_core.port.FundCore answers it)."""

from __future__ import annotations

from datetime import date
from typing import Literal, Protocol

from hotline.ids import DepositorId
from hotline.moment import Moment
from hotline.secret import Secret

TicketKind = Literal["complaint", "suggestion", "other"]


class HasNumber(Protocol):
    """Something with a number: a bound mobile, an account."""

    @property
    def number(self) -> str:
        """The number; empty when there is none."""
        ...


class HasName(Protocol):
    """A person."""

    @property
    def name(self) -> str:
        """How he is addressed."""
        ...


class Persons(Protocol):
    """The fund core, which has the last word on which mobile is bound: the counter writes there."""

    async def mobile(self, depositor: DepositorId | None) -> HasNumber:
        """The mobile bound to the person."""
        ...

    async def bind_mobile(self, depositor: DepositorId, number: Secret) -> None:
        """Bind another mobile. Doing it again is harmless."""
        ...

    async def person(self, depositor: DepositorId) -> HasName:
        """Who it is."""
        ...

    async def account(self, depositor: DepositorId) -> HasNumber:
        """His main account."""
        ...


class Tickets(Protocol):
    """Where what can't be answered at once goes 工单 (seed 000 §3.3-4)."""

    async def open(self, request: str, kind: TicketKind, content: str, number: str, about_sms: bool, at: Moment) -> tuple[str, int]:
        """Make a ticket; its eight digits and the working days it takes. ``request`` names the text: asking twice makes one."""
        ...

    async def progress(self, tail: str, number: str) -> tuple[str, date] | None:
        """Where the ticket of those eight digits stands, in words, and its last day; None unless ``number`` made it."""
        ...

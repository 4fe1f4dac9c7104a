"""What the bridge asks of the fund core (fund_core.port.FundCore answers it)."""

from __future__ import annotations

from typing import Protocol

from hotline.ids import DepositorId
from hotline.secret import Secret


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

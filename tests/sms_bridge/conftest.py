"""What the tests of this room share: a bridge in each database, and a core that knows two persons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from fund_core.port import CoreAway
from hotline.ids import DepositorId
from hotline.secret import Secret
from sms_bridge.bridge import Bridge, open_bridge
from tests.contracts.databases import postgres as postgres
from tests.contracts.databases import url as url

OLD, NEW = "15400000001", "15400000099"
PERSON, SPOUSE, STRANGER = DepositorId("d000001"), DepositorId("d000002"), DepositorId("d000003")


@dataclass(frozen=True)
class Thing:
    """A mobile, an account, a person: as little of it as is asked for."""

    number: str = ""
    name: str = ""


@dataclass
class Core:
    """The fund core as far as the bridge knows it."""

    mobiles: dict[DepositorId, str] = field(default_factory=lambda: {PERSON: OLD, SPOUSE: OLD})
    away: bool = False

    async def mobile(self, depositor: DepositorId | None) -> Thing:
        if self.away:
            raise CoreAway
        return Thing(self.mobiles.get(depositor or DepositorId(""), ""))

    async def bind_mobile(self, depositor: DepositorId, number: Secret) -> None:
        if self.away:
            raise CoreAway
        self.mobiles[depositor] = number.reveal()

    async def person(self, depositor: DepositorId) -> Thing:
        return Thing(name="演示甲")

    async def account(self, depositor: DepositorId) -> Thing:
        return Thing(number="1232900001")


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture
def bridge(url: str, core: Core) -> Iterator[Bridge]:
    """A bridge with nothing in it."""
    opened = open_bridge(url, Secret("a key"), core, "示范公积金")
    yield opened
    opened.close()

"""The SMS bridge as the voice menu asks for it passes the contract of the menu's needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fund_core.fake import FakeCore
from hotline.secret import Secret
from ivr.needs import Sms
from server.for_callers import SmsByPhone
from sms_bridge.bridge import Bridge, open_bridge
from tests.contracts.sms_by_phone import SmsContract, Texts


class TestTheBridge(SmsContract):
    @pytest.fixture
    def core(self) -> FakeCore:
        return FakeCore()

    @pytest.fixture
    def bridge(self, core: FakeCore) -> Iterator[Bridge]:
        opened = open_bridge("sqlite://", Secret("a key"), core, "示范公积金")
        yield opened
        opened.close()

    @pytest.fixture
    def sms(self, bridge: Bridge) -> Sms:
        return SmsByPhone(bridge)

    @pytest.fixture
    def texts(self, bridge: Bridge) -> Texts:
        async def sent_to(number: str) -> list[str]:
            waiting = sorted(await bridge.outbox.waiting(), key=lambda message: message.id)
            return [message.text for message in waiting if message.number == number]

        return sent_to

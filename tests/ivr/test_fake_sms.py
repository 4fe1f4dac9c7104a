"""The fake of the SMS bridge passes the bridge's contract."""

from __future__ import annotations

import pytest

from fund_core.fake import FakeCore
from tests.contracts.sms_by_phone import SmsContract, Texts
from tests.ivr.fake_sms import FakeSms


class TestTheFake(SmsContract):
    @pytest.fixture
    def core(self) -> FakeCore:
        return FakeCore()

    @pytest.fixture
    def sms(self, core: FakeCore) -> FakeSms:
        return FakeSms(core)

    @pytest.fixture
    def texts(self, sms: FakeSms) -> Texts:
        async def sent_to(number: str) -> list[str]:
            return sms.texts_to(number)

        return sent_to

"""The bridge in front of the fund core's fake: the port gives what the bridge needs."""

from __future__ import annotations

import re

from fund_core.fake import FakeCore
from hotline.secret import Secret
from sms_bridge.bridge import open_bridge
from sms_bridge.model import Bound, CodePurpose, CodeVerdict, Consent, SentCode
from tests.hotline.samples import moment


async def test_a_depositor_changes_his_mobile_by_phone() -> None:
    core, at = FakeCore(), moment()
    person = core.people[0]
    bridge = open_bridge("sqlite://", Secret("a key"), core, "示范公积金")
    new = "15400009999"
    shown = []
    for purpose, number in ((CodePurpose.BIND_OLD, person.mobile), (CodePurpose.BIND_NEW, new)):
        sent = await bridge.codes.send(purpose, person.depositor, number, at)
        assert isinstance(sent, SentCode)
        text = next(each.text for each in await bridge.outbox.waiting() if each.number == number)
        keyed = Secret(re.findall(r"\d{6}", text)[0])
        assert await bridge.codes.check(sent.id, purpose, keyed, at) is CodeVerdict.RIGHT
        shown.append(sent.id)
    assert await bridge.bindings.bind(person.depositor, new, shown, Consent("hotline", "caller"), at) is Bound.DONE
    assert (await core.mobile(person.depositor)).number == new
    told = next(each for each in await bridge.outbox.waiting() if each.topic == "MT-BD01")
    assert (told.number, person.name in told.text) == (person.mobile, True)
    bridge.close()

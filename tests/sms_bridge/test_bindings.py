"""One account, one mobile: who binds another one shows a code of each; the old number is told; subscriptions stay with the person."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from fund_core.port import CoreAway
from hotline.ids import DepositorId
from hotline.moment import Moment
from hotline.secret import Secret
from sms_bridge.bridge import Bridge
from sms_bridge.model import Bound, CodeId, CodePurpose, CodeVerdict, Consent, Proof, SentCode, SmsClass
from sms_bridge.rules import may_bind
from tests.hotline.samples import moment
from tests.sms_bridge.conftest import NEW, OLD, PERSON, SPOUSE, STRANGER, Core

NOON = moment("2025-11-20 12:00:00")
BY_PHONE = Consent("hotline", "caller", "绑定手机")
COUNTER = Consent("counter", "8003")


async def shown(bridge: Bridge, purpose: CodePurpose, number: str, depositor: DepositorId = PERSON, at: Moment = NOON) -> CodeId:
    """A code sent and keyed rightly."""
    sent = await bridge.codes.send(purpose, depositor, number, at)
    assert isinstance(sent, SentCode)
    texts = [each.text for each in await bridge.outbox.waiting() if each.number == number and each.topic == "MT-YZ01"]
    keyed = Secret(re.findall(r"\d{6}", texts[-1])[0])
    assert await bridge.codes.check(sent.id, purpose, keyed, at) is CodeVerdict.RIGHT
    return sent.id


async def both(bridge: Bridge) -> list[CodeId]:
    return [await shown(bridge, CodePurpose.BIND_OLD, OLD), await shown(bridge, CodePurpose.BIND_NEW, NEW)]


async def farewells(bridge: Bridge) -> list[tuple[str, str]]:
    return [(each.number, each.text) for each in await bridge.outbox.waiting() if each.topic == "MT-BD01"]


async def test_with_a_code_of_each_number_the_mobile_is_changed_and_the_old_one_is_told(bridge: Bridge, core: Core) -> None:
    assert await bridge.bindings.bind(PERSON, NEW, await both(bridge), BY_PHONE, NOON) is Bound.DONE
    assert core.mobiles[PERSON] == NEW
    assert await bridge.bindings.number(PERSON, NOON) == NEW
    assert await bridge.bindings.accounts_of(NEW) == [PERSON]
    assert await farewells(bridge) == [
        (OLD, "【示范公积金】演示甲，您的公积金账户（尾号0001）绑定手机已更换为尾号0099的号码，如非本人操作请致电12329。")
    ]


@pytest.mark.parametrize("which", [[], [0], [1]])
async def test_one_code_of_the_two_changes_nothing_and_is_not_spent(bridge: Bridge, core: Core, which: list[int]) -> None:
    codes = await both(bridge)
    assert await bridge.bindings.bind(PERSON, NEW, [codes[at] for at in which], BY_PHONE, NOON) is Bound.NOT_PROVEN
    assert core.mobiles[PERSON] == OLD
    assert await farewells(bridge) == []
    assert await bridge.bindings.bind(PERSON, NEW, codes, BY_PHONE, NOON) is Bound.DONE


async def test_a_code_proves_only_the_number_it_was_sent_to(bridge: Bridge, core: Core) -> None:
    codes = await both(bridge)
    assert await bridge.bindings.bind(PERSON, "15400000077", codes, BY_PHONE, NOON) is Bound.NOT_PROVEN
    assert await bridge.bindings.bind(SPOUSE, NEW, codes, BY_PHONE, NOON) is Bound.NOT_PROVEN
    assert core.mobiles == {PERSON: OLD, SPOUSE: OLD}


async def test_codes_serve_once_and_for_a_call_not_for_a_day(bridge: Bridge, core: Core) -> None:
    codes = await both(bridge)
    late = NOON.after(timedelta(minutes=15, seconds=1))
    assert await bridge.bindings.bind(PERSON, NEW, codes, BY_PHONE, late) is Bound.NOT_PROVEN
    assert await bridge.bindings.bind(PERSON, NEW, codes, BY_PHONE, NOON) is Bound.DONE
    core.mobiles[PERSON] = OLD
    assert await bridge.bindings.bind(PERSON, NEW, codes, BY_PHONE, NOON) is Bound.NOT_PROVEN


async def test_a_code_that_was_sent_but_not_keyed_proves_nothing(bridge: Bridge) -> None:
    sent = [
        await bridge.codes.send(purpose, PERSON, number, NOON)
        for purpose, number in ((CodePurpose.BIND_OLD, OLD), (CodePurpose.BIND_NEW, NEW))
    ]
    names = [each.id for each in sent if isinstance(each, SentCode)]
    assert await bridge.bindings.bind(PERSON, NEW, names, BY_PHONE, NOON) is Bound.NOT_PROVEN


async def test_the_first_mobile_takes_the_login_and_a_code_to_it(bridge: Bridge, core: Core) -> None:
    assert await bridge.bindings.bind(STRANGER, NEW, [], BY_PHONE, NOON) is Bound.NOT_PROVEN
    code = await shown(bridge, CodePurpose.BIND_NEW, NEW, STRANGER)
    assert await bridge.bindings.bind(STRANGER, NEW, [code], BY_PHONE, NOON) is Bound.DONE
    assert core.mobiles[STRANGER] == NEW
    assert await farewells(bridge) == []


async def test_a_lost_telephone_is_replaced_at_the_counter(bridge: Bridge, core: Core) -> None:
    code = await shown(bridge, CodePurpose.BIND_NEW, NEW)
    assert await bridge.bindings.bind(PERSON, NEW, [code], COUNTER, NOON) is Bound.DONE
    assert core.mobiles[PERSON] == NEW
    assert [number for number, _ in await farewells(bridge)] == [OLD]


async def test_what_the_counter_changed_in_the_core_is_believed_noted_and_told(bridge: Bridge, core: Core) -> None:
    assert await bridge.bindings.number(PERSON, NOON) == OLD
    core.mobiles[PERSON] = NEW
    for _ in range(2):
        assert await bridge.bindings.number(PERSON, NOON) == NEW
    assert await bridge.bindings.accounts_of(OLD) == []
    assert await bridge.bindings.accounts_of(NEW) == [PERSON]
    assert [number for number, _ in await farewells(bridge)] == [OLD]
    del core.mobiles[PERSON]
    assert await bridge.bindings.number(PERSON, NOON) == ""
    assert await bridge.bindings.accounts_of(NEW) == []


async def test_a_mobile_may_hold_the_accounts_of_two(bridge: Bridge) -> None:
    for person in (PERSON, SPOUSE):
        await bridge.bindings.number(person, NOON)
    assert await bridge.bindings.accounts_of(OLD) == [PERSON, SPOUSE]


async def test_the_bound_number_and_no_number_are_not_bound_again(bridge: Bridge) -> None:
    assert await bridge.bindings.bind(PERSON, OLD, [], BY_PHONE, NOON) is Bound.ALREADY
    assert await bridge.bindings.bind(STRANGER, "", [], BY_PHONE, NOON) is Bound.NOT_PROVEN
    assert await bridge.bindings.bind(PERSON, "09318888888", [], COUNTER, NOON) is Bound.NOT_PROVEN


async def test_a_core_that_is_away_binds_nothing_and_the_notes_heal_later(bridge: Bridge, core: Core) -> None:
    codes = await both(bridge)
    core.away = True
    with pytest.raises(CoreAway):
        await bridge.bindings.bind(PERSON, NEW, codes, BY_PHONE, NOON)
    core.away = False
    assert await bridge.bindings.number(PERSON, NOON) == OLD
    assert await bridge.bindings.bind(PERSON, NEW, codes, BY_PHONE, NOON) is Bound.DONE


async def test_a_core_that_fails_at_the_last_moment_leaves_the_codes_good(
    bridge: Bridge, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = await both(bridge)

    async def away(depositor: DepositorId, number: Secret) -> None:
        raise CoreAway

    with monkeypatch.context() as failing:
        failing.setattr(core, "bind_mobile", away)
        with pytest.raises(CoreAway):
            await bridge.bindings.bind(PERSON, NEW, codes, BY_PHONE, NOON)
    assert await bridge.bindings.bind(PERSON, NEW, codes, BY_PHONE, NOON) is Bound.DONE


@pytest.mark.parametrize(
    ("bound", "proofs", "may"),
    [
        (True, {"login", "code_to_new"}, False),
        (True, {"login", "code_to_old"}, False),
        (True, {"code_to_old", "code_to_new"}, True),
        (True, {"counter", "code_to_new"}, True),
        (True, {"counter"}, False),
        (False, {"login", "code_to_new"}, True),
        (False, {"code_to_new"}, False),
        (False, {"login"}, False),
    ],
)
def test_who_may_bind(bound: bool, proofs: set[Proof], may: bool) -> None:
    assert may_bind(bound, proofs) is may


async def test_subscriptions_are_closed_until_they_are_opened_and_closing_always_works(bridge: Bridge) -> None:
    wanted = bridge.subscriptions
    assert await wanted.of(PERSON) == frozenset()
    assert await wanted.open(PERSON, {SmsClass.LOAN, SmsClass.ACCOUNT}, BY_PHONE, NOON) == {SmsClass.LOAN, SmsClass.ACCOUNT}
    assert await wanted.open(PERSON, {SmsClass.LOAN}, BY_PHONE, NOON) == {SmsClass.LOAN, SmsClass.ACCOUNT}
    assert await wanted.close(PERSON, {SmsClass.LOAN}, BY_PHONE, NOON) == {SmsClass.ACCOUNT}
    assert await wanted.of(PERSON) == {SmsClass.ACCOUNT}
    assert await wanted.of(SPOUSE) == frozenset()
    assert await wanted.close(SPOUSE, set(SmsClass), BY_PHONE, NOON) == frozenset()


async def test_who_comes_back_is_counted_once_among_all_who_ever_came(bridge: Bridge) -> None:
    wanted = bridge.subscriptions
    for _ in range(2):
        await wanted.open(PERSON, set(SmsClass), BY_PHONE, NOON)
        await wanted.close(PERSON, set(SmsClass), BY_PHONE, NOON)
    await wanted.open(SPOUSE, {SmsClass.NOTICE}, BY_PHONE, NOON)
    assert await wanted.persons() == (1, 2)


async def test_subscriptions_stay_with_the_person_when_the_mobile_changes(bridge: Bridge) -> None:
    await bridge.subscriptions.open(PERSON, {SmsClass.LOAN}, BY_PHONE, NOON)
    await bridge.bindings.bind(PERSON, NEW, await both(bridge), BY_PHONE, NOON)
    assert await bridge.subscriptions.of(PERSON) == {SmsClass.LOAN}

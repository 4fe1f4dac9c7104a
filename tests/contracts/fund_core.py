"""The contract of the fund core's port: every core that the house may ask passes it."""

from __future__ import annotations

import pytest

from fund_core.model import AccountStatus, PinStanding, UnitStatus, Verdict
from fund_core.people import DemoDepositor, demo_unit_pin, demo_units, unit_key
from fund_core.port import FundCore, NotOnFile
from fund_core.weak_pin import PinFault, initial_pin
from hotline.identity import login_kinds
from hotline.ids import DepositorId
from hotline.secret import Secret


class FundCoreContract:
    """Subclass with a fixture ``core`` that knows the people of a fixture ``people``."""

    async def test_a_person_is_found_by_account_identity_number_and_card(self, core: FundCore, people: list[DemoDepositor]) -> None:
        for person in people:
            for number in (person.account, person.citizen_id, person.card):
                assert await core.identify(number, login_kinds(number)) == person.depositor

    async def test_nobody_is_found_by_a_strange_number_or_the_wrong_kind(self, core: FundCore, people: list[DemoDepositor]) -> None:
        assert await core.identify("1232999999", ("account",)) is None
        assert await core.identify(people[0].account, ("card",)) is None
        assert await core.identify(people[0].account, ()) is None
        assert await core.identify("' OR 1=1 --", ("account", "citizen_id", "card")) is None

    async def test_the_right_pin_opens_and_the_verdict_names_the_person(self, core: FundCore, people: list[DemoDepositor]) -> None:
        for person in people[:3]:
            verdict = await core.verify(person.depositor, Secret(person.pin))
            assert verdict == Verdict(person.depositor, True, PinStanding.OWN, person.mobile)

    async def test_an_initial_pin_is_right_but_said_to_be_initial(self, core: FundCore, people: list[DemoDepositor]) -> None:
        person = next(person for person in people if person.initial)
        assert person.pin == initial_pin(person.citizen_id)
        verdict = await core.verify(person.depositor, Secret(person.pin))
        assert (verdict.right, verdict.standing) == (True, PinStanding.INITIAL)

    async def test_a_wrong_pin_names_the_bound_mobile_all_the_same(self, core: FundCore, people: list[DemoDepositor]) -> None:
        verdict = await core.verify(people[0].depositor, Secret("000000"))
        assert (verdict.right, verdict.mobile) == (False, people[0].mobile)
        assert people[0].mobile not in repr(verdict)

    async def test_a_pin_of_ones_own_takes_the_place_of_the_initial_one(self, core: FundCore, people: list[DemoDepositor]) -> None:
        person = [person for person in people if person.initial][-1]
        for pin, fault in (
            ("12345", PinFault.NOT_SIX_DIGITS),
            (person.citizen_id[8:14], PinFault.BIRTHDAY),
            (person.pin, PinFault.INITIAL),
            ("837261", None),
            ("837261", PinFault.OLD),
        ):
            assert await core.set_pin(person.depositor, Secret(pin)) is fault, fault
        verdict = await core.verify(person.depositor, Secret("837261"))
        assert (verdict.right, verdict.standing) == (True, PinStanding.OWN)
        assert not (await core.verify(person.depositor, Secret(person.pin))).right
        with pytest.raises(NotOnFile):
            await core.set_pin(DepositorId("stranger"), Secret("837261"))

    async def test_an_employers_pin_is_replaced_too(self, core: FundCore) -> None:
        number, _ = demo_units()[3]
        key = await core.identify(number, ("unit",))
        assert key is not None
        for pin, fault in (
            (number[-6:], PinFault.OWN_NUMBER),
            (demo_unit_pin(number), PinFault.OLD),
            ("837261", None),
            ("837261", PinFault.OLD),
        ):
            assert await core.set_pin(key, Secret(pin)) is fault, fault
        assert await core.verify(key, Secret("837261")) == Verdict(key, True)
        assert not (await core.verify(key, Secret(demo_unit_pin(number)))).right
        other = await core.identify(demo_units()[4][0], ("unit",))
        assert (await core.verify(other, Secret(demo_unit_pin(demo_units()[4][0])))).right

    async def test_another_mobile_is_bound(self, core: FundCore, people: list[DemoDepositor]) -> None:
        person = people[5]
        assert (await core.mobile(person.depositor)).number == person.mobile
        await core.bind_mobile(person.depositor, Secret("15400009999"))
        bound = await core.mobile(person.depositor)
        assert (bound.depositor, bound.number) == (person.depositor, "15400009999")
        assert "15400009999" not in repr(bound)
        assert (await core.mobile(None)).number == ""
        assert (await core.mobile(DepositorId("stranger"))).number == ""
        with pytest.raises(NotOnFile):
            await core.bind_mobile(DepositorId("stranger"), Secret("15400009999"))

    async def test_a_mobile_leads_to_everybody_it_is_bound_to(self, core: FundCore, people: list[DemoDepositor]) -> None:
        one, other = people[6], people[7]
        assert await core.persons_with(one.mobile) == [one.depositor]
        await core.bind_mobile(other.depositor, Secret(one.mobile))
        assert await core.persons_with(one.mobile) == sorted([one.depositor, other.depositor])
        assert await core.persons_with("") == await core.persons_with("15499999999") == []

    async def test_who_has_two_accounts_is_found_by_both_and_told_both_the_main_one_first(
        self, core: FundCore, people: list[DemoDepositor]
    ) -> None:
        person = next(person for person in people if person.second_account)
        assert await core.identify(person.second_account, ("account",)) == person.depositor
        accounts = await core.accounts(person.depositor)
        assert [account.number for account in accounts] == [person.account, person.second_account]
        assert {account.depositor for account in accounts} == {person.depositor}
        assert await core.account(person.depositor, 1) == accounts[1]
        for which in (2, -1):
            with pytest.raises(NotOnFile):
                await core.account(person.depositor, which)
        with pytest.raises(NotOnFile):
            await core.accounts(DepositorId("stranger"))

    async def test_a_unit_is_found_and_judged_under_a_key_that_opens_no_person(self, core: FundCore, people: list[DemoDepositor]) -> None:
        number, name = demo_units()[1]
        key = await core.identify(number, ("unit",))
        assert key is not None
        assert key not in {person.depositor for person in people}
        assert await core.identify(number, ("account", "card", "citizen_id")) is None
        assert await core.identify(people[0].account, ("unit",)) is None
        assert await core.verify(key, Secret(demo_unit_pin(number))) == Verdict(key, True)
        assert not (await core.verify(key, Secret("000000"))).right
        assert ((await core.own_unit(key)).number, (await core.own_unit(key)).name) == (number, name)
        for stranger in (people[0].depositor, DepositorId("u0")):
            with pytest.raises(NotOnFile):
                await core.own_unit(stranger)
        with pytest.raises(NotOnFile):
            await core.account(key)

    async def test_a_wrong_pin_opens_nothing(self, core: FundCore, people: list[DemoDepositor]) -> None:
        for wrong in (people[1].pin, "", people[0].pin[:5], people[0].pin + "0"):
            assert not (await core.verify(people[0].depositor, Secret(wrong))).right

    async def test_nobody_has_no_pin(self, core: FundCore, people: list[DemoDepositor]) -> None:
        assert not (await core.verify(None, Secret(people[0].pin))).right
        assert not (await core.verify(DepositorId("stranger"), Secret(people[0].pin))).right

    async def test_an_account_is_told_with_its_owner(self, core: FundCore, people: list[DemoDepositor]) -> None:
        for person in people:
            account = await core.account(person.depositor)
            assert account.depositor == person.depositor
            assert account.number == person.account
            assert account.balance == person.balance
            assert account.status is person.status
            assert account.monthly_deposit == person.own_deposit + person.employer_deposit
            assert account.paid_through == person.paid_through
            assert person.account not in repr(account)

    async def test_a_loan_is_told_with_its_owner_or_said_not_to_be(self, core: FundCore, people: list[DemoDepositor]) -> None:
        assert {person.loan is None for person in people} == {True, False}
        for person in people:
            if person.loan is None:
                with pytest.raises(NotOnFile):
                    await core.loan(person.depositor)
            else:
                loan = await core.loan(person.depositor)
                assert (loan.depositor, loan.outstanding) == (person.depositor, person.loan.outstanding)
                assert (loan.number, loan.due_day, loan.term) == (person.loan.number, person.loan.due_day, person.loan.term)

    async def test_who_is_not_on_file_has_no_account(self, core: FundCore) -> None:
        with pytest.raises(NotOnFile):
            await core.account(DepositorId("stranger"))

    async def test_a_unit_is_told_by_its_number(self, core: FundCore, people: list[DemoDepositor]) -> None:
        number, name = demo_units()[1]
        unit = await core.unit(number)
        assert (unit.unit, unit.number, unit.name, unit.status) == (unit_key(number), number, name, UnitStatus.NORMAL)
        assert unit.depositors == sum(person.unit == number for person in people)
        with pytest.raises(NotOnFile):
            await core.unit("0")

    async def test_the_first_person_is_in_good_standing(self, core: FundCore, people: list[DemoDepositor]) -> None:
        assert (await core.account(people[0].depositor)).status is AccountStatus.NORMAL

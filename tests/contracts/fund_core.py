"""The contract of the fund core's port: every core that the house may ask passes it."""

from __future__ import annotations

import pytest

from fund_core.model import AccountStatus
from fund_core.people import DemoDepositor, demo_units
from fund_core.port import FundCore, NotOnFile
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
            assert verdict.right
            assert verdict.depositor == person.depositor

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
        assert (unit.number, unit.name, unit.open) == (number, name, True)
        assert unit.depositors == sum(person.unit == number for person in people)
        with pytest.raises(NotOnFile):
            await core.unit("0")

    async def test_the_first_person_is_in_good_standing(self, core: FundCore, people: list[DemoDepositor]) -> None:
        assert (await core.account(people[0].depositor)).status is AccountStatus.NORMAL

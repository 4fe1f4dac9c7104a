"""Which PINs are refused, and how many are left."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund_core.weak_pin import NOBODY, Owner, PinFault, birthday_parts, initial_pin, is_date, number_tails, pin_fault

OWNER = Owner("62010219870316483X", ("1232907361", "1232840958"), "6222020200940275", "13900274906")
STRONG = "940786"
"""No run, no date, nobody's number."""


@pytest.mark.parametrize(
    ("pin", "fault"),
    [
        ("777777", PinFault.ALL_EQUAL),
        ("123456", PinFault.RUN),
        ("984321", PinFault.RUN),
        ("901237", PinFault.RUN),
        ("789084", PinFault.RUN),
        ("870316", PinFault.BIRTHDAY),
        ("198703", PinFault.BIRTHDAY),
        ("031687", PinFault.BIRTHDAY),
        ("160387", PinFault.BIRTHDAY),
        ("031600", PinFault.BIRTHDAY),
        ("987316", None),
        ("164830", PinFault.OWN_NUMBER),
        ("316483", PinFault.OWN_NUMBER),
        ("907361", PinFault.OWN_NUMBER),
        ("840958", PinFault.OWN_NUMBER),
        ("940275", PinFault.OWN_NUMBER),
        ("274906", PinFault.OWN_NUMBER),
        ("483000", PinFault.INITIAL),
        (STRONG, None),
        ("112233", PinFault.POPULAR),
        ("147258", PinFault.POPULAR),
        ("520520", PinFault.POPULAR),
        ("379973", PinFault.POPULAR),
        ("121212", PinFault.POPULAR),
        ("484884", PinFault.POPULAR),
        ("951231", PinFault.DATE),
        ("311295", PinFault.DATE),
        ("123195", PinFault.DATE),
        ("200002", PinFault.POPULAR),
        ("199607", PinFault.DATE),
        ("960230", None),
        ("12345", PinFault.NOT_SIX_DIGITS),
        ("12a456", PinFault.NOT_SIX_DIGITS),
        ("٣٣٣٣٣٣", PinFault.NOT_SIX_DIGITS),
        ("", PinFault.NOT_SIX_DIGITS),
    ],
)
def test_a_pin_is_refused_for_its_plainest_fault(pin: str, fault: PinFault | None) -> None:
    assert pin_fault(pin, OWNER) is fault


def test_the_old_pin_is_refused_and_no_other_for_its_sake() -> None:
    assert pin_fault(STRONG, OWNER, old=STRONG) is PinFault.OLD
    assert pin_fault(STRONG, OWNER, old="940787") is None


def test_the_initial_pin_reads_an_x_as_a_zero() -> None:
    assert initial_pin("62010219870316483X") == "483000"
    assert initial_pin("62010219870316483x") == "483000"
    assert initial_pin("620102198703164828") == "482800"


def test_ninety_and_a_half_percent_of_all_pins_are_left() -> None:
    """The figure the attack's report quotes; a sample that the whole count (905,207) falls well into."""
    dice = random.Random(12329)
    left = sum(pin_fault(f"{dice.randrange(10**6):06d}") is None for _ in range(30_000)) / 30_000
    assert left == pytest.approx(0.905207, abs=0.004)


def test_a_person_without_numbers_is_judged_by_the_general_rules_alone() -> None:
    assert number_tails(NOBODY) == frozenset()
    assert birthday_parts("") == frozenset()
    assert pin_fault(STRONG) is None


@given(st.dates())
def test_every_date_of_birth_is_refused_in_three_orders(born: date) -> None:
    for order in ("%y%m%d", "%m%d%y", "%d%m%y"):
        pin = format(born, order)
        assert is_date(pin)
        assert pin_fault(pin) is not None


@given(st.from_regex(r"\A[0-9]{6}\Z"))
def test_the_rule_answers_every_pin_and_always_the_same(pin: str) -> None:
    assert pin_fault(pin, OWNER) == pin_fault(pin, OWNER)
    if pin in birthday_parts(OWNER.citizen_id) | number_tails(OWNER) or pin == initial_pin(OWNER.citizen_id):
        assert pin_fault(pin, OWNER) is not None


def test_what_an_owner_has_does_not_show() -> None:
    shown = repr(OWNER)
    for number in (OWNER.citizen_id, *OWNER.accounts, OWNER.card, OWNER.mobile):
        assert number not in shown

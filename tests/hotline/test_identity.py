"""Identity numbers (GB 11643), cards (Luhn) and accounts: what a keyed number may be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.identity import citizen_check_digit, citizen_id_fault, complete, is_citizen_id, login_kinds, luhn_holds

VECTORS = json.loads((Path(__file__).parent / "data" / "idcards.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_every_identity_number_of_the_table_is_judged_right(vector: dict[str, str | bool]) -> None:
    assert is_citizen_id(str(vector["id"])) is vector["valid"]


@given(st.from_regex(r"\A9[0-9]{5}19[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}\Z"), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(first17: str, place: int, by: int) -> None:
    number = first17 + citizen_check_digit(first17)
    assert is_citizen_id(number)
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert not is_citizen_id(wrong)


@pytest.mark.parametrize(
    ("number", "why"),
    [("1234", "places"), ("62010219901301001X", "date"), ("62010218000101001X", "1900"), ("62010X199003070001", "digits")],
)
def test_the_fault_is_said(number: str, why: str) -> None:
    assert why in citizen_id_fault(number)


@pytest.mark.parametrize(
    ("number", "kinds"),
    [
        ("62010219900307000X", ("citizen_id",)),
        ("62010219900307000", ("citizen_id",)),
        ("6201001234", ("account",)),
        ("6222020200112236", ("account",)),
        ("6222020200112230", ("card",)),
        ("123", ()),
        ("1" * 21, ()),
        ("12345X", ()),
        ("٣٣٣٣٣٣", ()),
    ],
)
def test_a_keyed_number_is_recognised(number: str, kinds: tuple[str, ...]) -> None:
    assert login_kinds(number) == kinds


def test_a_card_that_is_also_an_identity_number_is_asked_for_as_both() -> None:
    both = next(
        number
        for sequence in range(1000)
        if luhn_holds(number := (first := f"99990119900307{sequence:03d}") + citizen_check_digit(first)) and number[-1] != "X"
    )
    assert login_kinds(both) == ("citizen_id", "card")


def test_a_missing_x_is_added_and_nothing_else() -> None:
    assert complete("62010219900307000") == "62010219900307000X"
    assert complete("62010219900307101") == "62010219900307101"

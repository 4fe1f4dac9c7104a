"""A secret can't leak by being printed, formatted, pickled, iterated or compared."""

from __future__ import annotations

import copy
import pickle

import msgspec
import pytest

from hotline.secret import Secret

PIN = "493817"


def test_a_secret_shows_stars_however_it_is_printed() -> None:
    secret = Secret(PIN)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>20}", f"{secret!s}", "%s" % secret, repr([secret]), repr({"pin": secret})]  # noqa: UP031
    assert all(PIN not in text for text in shown)


def test_a_secret_can_neither_be_pickled_nor_copied_nor_encoded() -> None:
    for attempt in (pickle.dumps, copy.deepcopy, msgspec.json.encode):
        with pytest.raises(TypeError):
            attempt(Secret(PIN))  # type: ignore[operator]


def test_a_secret_is_equal_to_itself_only_so_that_nobody_guesses_by_comparing() -> None:
    assert Secret(PIN) != Secret(PIN)
    assert Secret(PIN) != PIN


def test_a_secret_is_not_read_letter_by_letter_but_revealed() -> None:
    with pytest.raises(TypeError):
        list(Secret(PIN))
    assert Secret(PIN).reveal() == PIN

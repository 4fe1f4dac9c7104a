"""The rule of a number being keyed in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.entry import MOST_KEYS, Entry, Form, Step
from ivr.login import NUMBER, PIN

KEYS = "0123456789*#ABCD"


def keyed(keys: str, form: Form = NUMBER) -> tuple[Step, str]:
    """What the last key made of it, and what was keyed."""
    entry, step = Entry(form), Step.EMPTY
    for key in keys:
        assert step in (Step.EMPTY, Step.MORE, Step.CLEARED), "the entry was over before its last key"
        step = entry.press(key)
    return step, entry.take().reveal()


@pytest.mark.parametrize(
    ("keys", "step", "number"),
    [
        ("1234#", Step.DONE, "1234"),
        ("123#", Step.WRONG, "123"),
        ("#", Step.WRONG, ""),
        ("*", Step.CLEARED, ""),
        ("12*", Step.CLEARED, ""),
        ("12*34", Step.MORE, "34"),
        ("12**", Step.CANCELLED, ""),
        ("1*2*", Step.CLEARED, ""),
        ("62010219900307000*", Step.MORE, "62010219900307000X"),
        ("62010219900307000*#", Step.DONE, "62010219900307000X"),
        ("62010219900307000**", Step.CANCELLED, "62010219900307000X"),
        ("62010219900307000*1#", Step.WRONG, "62010219900307000X1"),
        ("1" * 30 + "#", Step.WRONG, "1" * 21),
        ("1A2B3C4D#", Step.DONE, "1234"),
    ],
)
def test_the_keys_of_a_number_mean_what_the_rules_say(keys: str, step: Step, number: str) -> None:
    assert keyed(keys) == (step, number)


@pytest.mark.parametrize(
    ("keys", "step", "pin"),
    [
        ("135790", Step.DONE, "135790"),
        ("#135790", Step.DONE, "135790"),
        ("13579#", Step.WRONG, "13579"),
        ("13*246801", Step.DONE, "246801"),
    ],
)
def test_a_pin_ends_by_itself_and_a_belated_hash_before_it_is_harmless(keys: str, step: Step, pin: str) -> None:
    assert keyed(keys, PIN) == (step, pin)


def test_silence_ends_what_is_long_enough() -> None:
    for keys, step in (("", Step.EMPTY), ("123", Step.WRONG), ("1234", Step.DONE), ("12*", Step.EMPTY)):
        entry = Entry(NUMBER)
        for key in keys:
            entry.press(key)
        assert entry.wait_over() is step


@given(st.text(KEYS, min_size=MOST_KEYS + 1, max_size=MOST_KEYS + 1), st.sampled_from([NUMBER, PIN]))
def test_an_entry_ends_whatever_is_pressed(keys: str, form: Form) -> None:
    entry = Entry(form)
    steps = [entry.press(key) for key in keys]
    assert steps[-1] is Step.WRONG
    assert not any(step in (Step.EMPTY,) for step in steps)


@given(st.text(KEYS, max_size=MOST_KEYS), st.sampled_from([NUMBER, PIN]))
def test_what_is_done_has_the_right_form_and_never_shows(keys: str, form: Form) -> None:
    entry = Entry(form)
    for key in keys:
        if entry.press(key) is Step.DONE:
            taken = entry.take()
            assert form.shortest <= len(taken) <= form.longest
            assert taken.reveal().rstrip("X").isdigit()
            assert not entry.begun
            return
        assert repr(entry) == "Entry(***)"

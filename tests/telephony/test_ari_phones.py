"""What the causes of a leg's end mean, and what a phone is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.ids import CallId, offer_id
from telephony.ari_phones import call_of, label, offer_of, refusal


@pytest.mark.parametrize(
    ("cause", "status", "rang", "meaning"),
    [
        (17, 486, True, "busy"),
        (17, 486, False, "busy"),
        (21, 603, True, "declined"),
        (19, None, True, "no_answer"),
        (18, None, True, "no_answer"),
        (19, None, False, "unreachable"),  # it never rang: nobody ignored it
        (19, 480, False, "unreachable"),  # do not disturb
        (19, 480, True, "declined"),  # silenced while it rang
        (20, None, False, "unreachable"),
        (1, 404, False, "unreachable"),
        (38, 500, True, "failed"),
        (0, None, True, "failed"),
        (127, None, True, "failed"),
    ],
)
def test_why_a_leg_ended_before_it_was_answered(cause: int, status: int | None, rang: bool, meaning: str) -> None:
    assert refusal(cause, status, rang) == meaning


@given(st.text("0123456789-", min_size=1, max_size=30).map(lambda tail: CallId(f"c-{tail}")), st.integers(1, 999))
def test_an_offers_id_names_its_call(call: CallId, attempt: int) -> None:
    offer = offer_id(call, attempt)
    assert offer_of(offer) == offer
    assert call_of(offer) == call


def test_other_channels_are_no_offers() -> None:
    assert offer_of("1795267868.0") is None


@given(st.text(max_size=80))
def test_nothing_shown_to_a_phone_can_leave_its_quotes(text: str) -> None:
    shown = label(text)
    name, _, number = shown[1:-1].partition('" <')
    assert shown == f'"{name}" <{number}>'
    assert not set(name + number) & set('"<>\\,;\r\n\0')
    assert number
    assert number.isascii()


def test_a_masked_number_is_shown_as_it_is() -> None:
    assert label("139****1111") == '"139****1111" <139****1111>'
    assert label("来电") == '"来电" <12329>'

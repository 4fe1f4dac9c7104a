"""What proves enough to replace a PIN. The codes themselves: tests/sms_bridge/test_codes.py."""

from __future__ import annotations

import pytest

from fund_core.model import PinStanding
from ivr.guard.codes import Proof, may_set_pin


@pytest.mark.parametrize(
    ("standing", "proofs", "may"),
    [
        (PinStanding.OWN, {"old_pin"}, True),
        (PinStanding.INITIAL, {"old_pin"}, False),
        (PinStanding.WEAK, {"old_pin"}, False),
        (PinStanding.INITIAL, {"code_to_bound_mobile"}, True),
        (PinStanding.WEAK, {"counter"}, True),
        (PinStanding.OWN, set(), False),
    ],
)
def test_an_initial_pin_is_replaced_only_with_a_code_to_the_bound_mobile_or_at_a_counter(
    standing: PinStanding, proofs: set[Proof], may: bool
) -> None:
    assert may_set_pin(standing, proofs) is may

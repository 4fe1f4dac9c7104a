"""Rule: with which proof a PIN may be replaced (domain/identity.md "PIN policy").

An initial PIN, or one the policy refuses, is replaced only with a code to the mobile that is bound already, or at a counter: who
guessed the PIN has not got the telephone. The codes themselves are the SMS bridge's (sms_bridge/store/codes.py), and so is the rule
of who may bind a mobile.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from fund_core.model import PinStanding

Proof = Literal["old_pin", "code_to_bound_mobile", "counter"]
"""How somebody showed that he may set a PIN; ``counter``: in person, with his identity card."""


def may_set_pin(standing: PinStanding, proofs: Collection[Proof]) -> bool:
    """Whether a PIN may be replaced: the old one proves something only when it was the person's own and strong."""
    return "counter" in proofs or "code_to_bound_mobile" in proofs or ("old_pin" in proofs and standing is PinStanding.OWN)

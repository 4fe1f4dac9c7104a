"""Every prompt the dialogs say, with the names of its values: a centre's own prompt file must have them all."""

from __future__ import annotations

from collections.abc import Mapping

_HOURS = frozenset({"hours"})
_PLAIN = (
    "greeting notice resumed self_service_only urgent_notice slow_on not_offered tail_back tail_main tail_person tail_again "
    "tail_hang_up invalid no_input invalid_entry cleared to_agent bye bye_no_input ask_number ask_unit ask_pin login_refused "
    "login_failed no_account no_loan status_normal status_sealed status_frozen status_closed status_other core_wait "
    "core_failed core_failed_closed queue_first queue_long survey survey_thanks fallback_apology fallback_closed"
)

WANTED: Mapping[str, frozenset[str]] = {
    **{prompt: frozenset() for prompt in _PLAIN.split()},
    "closed": _HOURS,
    "balance": frozenset({"tail", "status", "balance"}),
    "deposit": frozenset({"monthly", "own", "employer", "paid_through"}),
    "loan": frozenset({"tail", "granted", "term", "outstanding", "due", "day"}),
    "account_option": frozenset({"tail", "key"}),
    "queue_position": frozenset({"ahead"}),
    "agent_serves": frozenset({"agent"}),
}

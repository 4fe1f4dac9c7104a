"""Every prompt the dialogs say, with the names of its values: a centre's own prompt file must have them all."""

from __future__ import annotations

from collections.abc import Mapping

_HOURS = frozenset({"hours"})
_PLAIN = (
    "greeting notice resumed self_service_only urgent_notice slow_on not_offered tail_back tail_main tail_person tail_again "
    "tail_hang_up invalid no_input invalid_entry cleared to_agent bye bye_no_input ask_number ask_unit ask_pin login_refused "
    "login_failed no_account no_loan status_normal status_sealed status_frozen status_closed status_other core_wait "
    "no_details no_interest no_repayments no_application no_unit no_unit_deposit status_opened status_deferred detail_keys "
    "detail_deposit detail_back_payment detail_withdrawal detail_closing detail_interest detail_transfer_in detail_transfer_out "
    "detail_other stage_accepted stage_reviewed stage_signed stage_secured stage_approved stage_paid_out not_overdue ask_ticket "
    "ask_ticket_phone ticket_unknown ticket_failed ticket_taken ticket_reopened ticket_dispatched ticket_in_hand "
    "ticket_waiting_for_you ticket_answer_soon ticket_answered ticket_closed ticket_void "
    "core_failed core_failed_closed queue_first queue_long survey survey_thanks fallback_apology fallback_closed"
)
_GUIDE = (
    "article_sms article_next question_next no_article not_spoken sent_to_caller not_sent ask_area no_area no_branch branch_next "
    "branch_sms ask_estate no_estate estate_lends estate_lends_not estate_next"
)

WANTED: Mapping[str, frozenset[str]] = {
    **{prompt: frozenset() for prompt in f"{_PLAIN} {_GUIDE}".split()},
    "closed": _HOURS,
    "balance": frozenset({"tail", "status", "balance"}),
    "deposit": frozenset({"monthly", "own", "employer", "paid_through"}),
    "loan": frozenset({"tail", "granted", "term", "outstanding", "due", "day"}),
    "detail_count": frozenset({"count"}),
    "detail": frozenset({"day", "kind", "amount", "balance"}),
    "interest": frozenset({"day", "interest", "balance"}),
    "repayment": frozenset({"day", "principal", "interest", "penalty", "outstanding"}),
    "overdue": frozenset({"count", "amount"}),
    "progress": frozenset({"stage", "day"}),
    "unit": frozenset({"status", "active", "sealed", "unit_rate", "own_rate"}),
    "unit_paid": frozenset({"paid_through", "amount", "count", "day"}),
    "ticket": frozenset({"state", "due"}),
    "ticket_past": frozenset({"state"}),
    "account_option": frozenset({"tail", "key"}),
    "queue_position": frozenset({"ahead"}),
    "agent_serves": frozenset({"agent"}),
    "branch_count": frozenset({"count"}),
    "branch": frozenset({"place", "name", "address", "phone", "hours"}),
    "estate_count": frozenset({"count"}),
    "estate": frozenset({"name", "address", "lends"}),
}

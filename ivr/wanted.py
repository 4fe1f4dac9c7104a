"""Every prompt the dialogs say, with the names of its values: a centre's own prompt file must have them all."""

from __future__ import annotations

from collections.abc import Mapping

_HOURS = frozenset({"hours"})
_PLAIN = (
    "greeting notice resumed self_service_only urgent_notice slow_on not_offered tail_back tail_main tail_person tail_again "
    "tail_hang_up invalid no_input invalid_entry cleared to_agent bye bye_no_input ask_number ask_unit ask_pin login_refused "
    "no_details no_interest no_repayments no_application no_unit no_unit_deposit status_opened status_deferred detail_keys "
    "detail_deposit detail_back_payment detail_withdrawal detail_closing detail_interest detail_transfer_in detail_transfer_out "
    "detail_other stage_accepted stage_reviewed stage_signed stage_secured stage_approved stage_paid_out not_overdue ask_ticket "
    "ask_ticket_phone ticket_unknown ticket_failed ticket_taken ticket_reopened ticket_dispatched ticket_in_hand "
    "ticket_waiting_for_you ticket_answer_soon ticket_answered ticket_closed ticket_void "
    "login_failed login_failed_counter no_account no_loan status_normal status_sealed status_frozen status_closed status_other core_wait "
    "core_failed core_failed_closed queue_first queue_long survey survey_thanks fallback_apology fallback_closed "
    "ask_code ask_code_old ask_code_new code_wrong code_failed code_too_soon code_too_many ask_whose_pin ask_new_pin ask_new_pin_again "
    "pin_changed pin_mismatch pin_not_six_digits pin_all_equal pin_run pin_birthday pin_own_number pin_initial pin_old pin_date "
    "pin_popular pin_not_changed ask_identity reset_at_counter no_mobile ask_mobile mobile_already ask_mobile_for_text ask_forms "
    "forms_none ask_subscribe ask_unsubscribe topics_account topics_loan topics_notice topics_account_loan topics_account_notice "
    "topics_loan_notice topics_all appointment_loan appointment_repay appointment_withdraw ask_office ask_day morning afternoon "
    "appointment_full appointment_office_full appointment_nowhere appointment_none for_loan_apply for_loan_repay for_withdraw "
    "appointment_keys appointment_cancel_key appointment_cancel_confirm appointment_cancelled appointment_over"
)
_GUIDE = (
    "article_sms article_next question_next no_article not_spoken sent_to_caller not_sent ask_area no_area no_branch branch_next "
    "branch_sms ask_estate no_estate estate_lends estate_lends_not estate_next message_keys message_empty message_dropped message_kept "
    "offer_wait offer_call_back offer_message offer_menu ask_call_back_number call_back_failed"
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
    "office_option": frozenset({"office", "key"}),
    "day_option": frozenset({"day", "key"}),
    "half_option": frozenset({"half", "key"}),
    "more_offices": frozenset({"key"}),
    "more_days": frozenset({"key"}),
    "appointment_confirm": frozenset({"day", "half", "office"}),
    "appointment_already": frozenset({"day", "half"}),
    "appointment_made": frozenset({"number"}),
    "appointment_made_untold": frozenset({"number"}),
    "appointment_count": frozenset({"count"}),
    "appointment": frozenset({"day", "half", "branch", "kind"}),
    "appointment_somewhere": frozenset({"day", "half", "kind"}),
    "sms_opened": frozenset({"topics"}),
    "sms_closed": frozenset({"topics"}),
    "sms_was_closed": frozenset({"topics"}),
    "sms_status": frozenset({"tail", "topics"}),
    "sms_status_none": frozenset({"tail"}),
    "confirm_mobile": frozenset({"phone"}),
    "rebind_mobile": frozenset({"tail"}),
    "mobile_bound": frozenset({"tail"}),
    "sent_by_sms": frozenset({"tail"}),
    "forms_sent": frozenset({"tail"}),
    "account_option": frozenset({"tail", "key"}),
    "queue_position": frozenset({"ahead"}),
    "agent_serves": frozenset({"agent"}),
    "call_back_own": frozenset({"tail"}),
    "call_back_in_turn": frozenset({"tail"}),
    "call_back_later": frozenset({"tail", "day", "time"}),
    "ask_message": frozenset({"seconds"}),
    "message_taken": frozenset({"ticket", "days"}),
    "branch_count": frozenset({"count"}),
    "branch": frozenset({"place", "name", "address", "phone", "hours"}),
    "estate_count": frozenset({"count"}),
    "estate": frozenset({"name", "address", "lends"}),
}

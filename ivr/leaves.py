"""The leaves of the menu 叶节点: every Python dialog a ``dialog = "..."`` in menu.toml may name, in one table.

A leaf is ``async def leaf(talk, errand) -> Nav | None``: None when the caller was served (he goes where the node's ``then`` leads),
a :class:`~ivr.manners.Nav` when he wants to go elsewhere. It notes SelfServiceGiven with ``errand.node`` itself, at the moment the
result is reached. To add one: write it, add its line here, its prompts to ``ivr/wanted.py`` and ``etc/prompts.toml``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from ivr.appointment import make_appointment
from ivr.appointments import tell_appointments
from ivr.articles import tell_articles, tell_questions
from ivr.balance import tell_balance, tell_deposit, tell_loan
from ivr.binding import bind_mobile
from ivr.branches import find_branches, find_estates
from ivr.by_sms import send_account, send_forms
from ivr.call_back import call_back
from ivr.errand import Errand
from ivr.manners import Nav
from ivr.menu import ANNOUNCE, NOTICE, Login
from ivr.message import leave_message
from ivr.needs import Needs
from ivr.pins import change_pin, reset_pin
from ivr.queries import tell_details, tell_interest, tell_overdue, tell_progress, tell_repayments, tell_unit, tell_unit_deposit
from ivr.subscription import subscribe, tell_subscriptions, unsubscribe
from ivr.talk import Talk
from ivr.ticket import tell_ticket

Run = Callable[[Talk, Errand], Awaitable[Nav | None]]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A dialog: how it is held, whom it serves (its node must ask for that login), which fields of Needs it can't do without."""

    run: Run
    login: Login = ""
    needs: tuple[str, ...] = ()


LEAVES: Mapping[str, Leaf] = {
    "account_balance": Leaf(tell_balance, "person"),
    "account_deposit": Leaf(tell_deposit, "person"),
    "account_details": Leaf(tell_details, "person"),
    "account_interest": Leaf(tell_interest, "person"),
    "loan_summary": Leaf(tell_loan, "person"),
    "loan_details": Leaf(tell_repayments, "person"),
    "loan_overdue": Leaf(tell_overdue, "person"),
    "loan_progress": Leaf(tell_progress, "person"),
    "unit_account": Leaf(tell_unit, "unit"),
    "unit_deposit": Leaf(tell_unit_deposit, "unit"),
    "ticket_progress": Leaf(tell_ticket, needs=("tickets",)),
    "appointment": Leaf(make_appointment, "person"),
    "appointments": Leaf(tell_appointments, "person"),
    "sms_subscribe": Leaf(subscribe, "person", needs=("sms",)),
    "sms_unsubscribe": Leaf(unsubscribe, "person", needs=("sms",)),
    "sms_status": Leaf(tell_subscriptions, "person", needs=("sms",)),
    "mobile_binding": Leaf(bind_mobile, "person", needs=("sms",)),
    "account_by_sms": Leaf(send_account, "person", needs=("sms",)),
    "pin_change": Leaf(change_pin, "any"),
    "pin_reset": Leaf(reset_pin, needs=("sms",)),
    "forms": Leaf(send_forms, needs=("knowledge", "sms")),
    "article": Leaf(tell_articles, needs=("knowledge",)),
    "questions": Leaf(tell_questions, needs=("knowledge",)),
    "branches": Leaf(find_branches, needs=("knowledge",)),
    "estates": Leaf(find_estates, needs=("knowledge",)),
    "voice_message": Leaf(leave_message, needs=("tickets", "messages")),
    "call_back": Leaf(call_back, needs=("call_backs",)),
}
"""Dialog name -> leaf."""

OF_THE_HOUSE = frozenset({ANNOUNCE, NOTICE, "login_person", "login_unit", "waiting", "agent_number", "survey"})
"""Dialogs that are held by the walk, the login and the call path themselves, not looked up here."""


def known(leaves: Mapping[str, Leaf] = LEAVES) -> frozenset[str]:
    """Every dialog there is, whether or not a house has the rooms it needs: what a menu file may name."""
    return OF_THE_HOUSE | set(leaves)


def there_are(needs: Needs, leaves: Mapping[str, Leaf] = LEAVES) -> frozenset[str]:
    """The dialogs that can be held in a house with ``needs``."""
    return OF_THE_HOUSE | {name for name, leaf in leaves.items() if all(getattr(needs, need) is not None for need in leaf.needs)}

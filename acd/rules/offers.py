"""The life of an offer: rung, answered, refused, let ring, withdrawn; of a talk; of the wrap-up behind it.

* The one who was first is right: a hang-up and an answer in the same millisecond give exactly one outcome, by order of arrival.
* A call that isn't answered keeps its place and its waiting time and goes on to the next seat at once (seed 001 §2.4-1;
  domain/tickets.md §4.5-1: ring timer, back to the queue's head, seat on break).
* Wrap-up begins at the first BYE; its target is an alarm, only its cap ends it (domain/kpi.md "ACW end").
"""

from __future__ import annotations

from datetime import timedelta

from acd.model.commands import CancelTimer, Connect, EndTalk, HangUpSeat, SetTimer, StopCause, StopRinging, Timer
from acd.model.signals import HeldBySeat, OfferAnswered, OfferRang, OfferRefused, SeatHungUp
from acd.model.state import Call, Seat
from acd.rules.step import Step
from hotline import events as ev
from hotline.ids import OfferId
from hotline.moment import Moment

PHONE_FAULTS = frozenset(("busy", "failed"))
"""Refusals that say nothing of registration: the phone is tried again after a while."""


# -- signals -------------------------------------------------------------------------------------------------------


def rang(step: Step, signal: OfferRang) -> None:
    """The phone rings: said once."""
    call = step.floor.live(signal.offer)
    if call is not None and call.stage == "ringing" and not call.rang:
        seat = seat_of(step, call)
        step.happen(ev.OfferRinging(at=signal.at, call=call.call, offer=signal.offer, seat=seat.seat, agent=seat.agent))


def answered(step: Step, signal: OfferAnswered) -> None:
    """The agent took it. An answer to an offer that isn't live any more is hung up: there is nobody to talk with."""
    call = step.floor.live(signal.offer)
    if call is None:
        step.do(HangUpSeat(signal.offer))
        return
    if call.stage != "ringing":
        return
    seat = seat_of(step, call)
    at = later(call.since, signal.at)
    step.happen(ev.CallAnswered(at=at, call=call.call, offer=signal.offer, seat=seat.seat, agent=seat.agent))
    step.do(CancelTimer(_ring_timer(step, call)))
    step.do(Connect(call.call, signal.offer, call.line, seat.seat, seat.agent))


def refused(step: Step, signal: OfferRefused) -> None:
    """The phone said no, or let it ring to the exchange's own limit."""
    call = step.floor.live(signal.offer)
    if call is None or call.stage != "ringing":
        return
    if signal.cause == "no_answer":
        let_ring(step, call, still_rings=False)
    else:
        decline(step, call, signal.cause, still_rings=False)


def seat_hung_up(step: Step, signal: SeatHungUp) -> None:
    """The agent's leg is gone: the talk is over, or an answer we have not heard of came to nothing."""
    call = step.floor.live(signal.offer)
    if call is None:
        return
    if call.stage == "ringing":
        decline(step, call, "failed", still_rings=False)
    else:
        end_talk(step, call, "agent", estimated=signal.estimated)


def held(step: Step, signal: HeldBySeat) -> None:
    """On hold, or back; hold is part of talk (domain/kpi.md "talk")."""
    call = step.floor.live(signal.offer)
    if call is None or call.stage != "talking" or call.held == signal.held or call.seat is None:
        return
    kind = ev.CallHeld if signal.held else ev.CallRetrieved
    step.happen(kind(at=signal.at, call=call.call, seat=call.seat))


# -- ends of an offer ----------------------------------------------------------------------------------------------


def let_ring(step: Step, call: Call, *, still_rings: bool = True) -> None:
    """Ring-no-answer: the caller goes on, the seat is on break (missed)."""
    seat, offer = seat_of(step, call), offer_of(call)
    _stop(step, call, "no_answer" if still_rings else None)
    step.happen(ev.RingNoAnswer(at=step.at, call=call.call, offer=offer, seat=seat.seat, agent=seat.agent))
    _break(step, seat, "missed")


def decline(step: Step, call: Call, cause: str, *, still_rings: bool = True) -> None:
    """The phone refuses: declined is 示忙 by the agent's own hand; anything else is the line's fault (break ``link``)."""
    seat, offer = seat_of(step, call), offer_of(call)
    _stop(step, call, "failure" if still_rings else None)
    step.happen(ev.OfferDeclined(at=step.at, call=call.call, offer=offer, seat=seat.seat, agent=seat.agent, cause=cause))
    if cause == "declined":
        _break(step, seat, "busy")
        return
    if cause == "unreachable" and step.floor.reachable(seat.endpoint):
        step.happen(ev.PhoneReachable(at=step.at, seat=seat.seat, agent=seat.agent, reachable=False, endpoint=seat.endpoint))
    _break(step, seat, "link")
    if seat.retry == offer:
        after = timedelta(seconds=step.floor.settings.retry_phone_s)
        step.do(SetTimer(Timer("phone_retry", seat.seat, offer), step.at, after))


def withdraw(step: Step, call: Call, why: str) -> None:
    """We stop the ringing; the seat keeps its place among the idle, for it is not to blame."""
    seat = seat_of(step, call)
    _stop(step, call, "normal")
    step.happen(ev.OfferWithdrawn(at=step.at, call=call.call, offer=offer_of(call), seat=seat.seat, agent=seat.agent, why=why))


def _stop(step: Step, call: Call, cause: StopCause | None) -> None:
    """Forget the live offer's timer and silence its phone, unless its leg is known to be gone (None)."""
    step.do(CancelTimer(_ring_timer(step, call)))
    if cause is not None:
        step.do(StopRinging(call.call, offer_of(call), cause))


def _break(step: Step, seat: Seat, reason: str) -> None:
    """On break for ``reason``, or for the one the agent had planned."""
    step.happen(ev.PresenceChosen(at=step.at, seat=seat.seat, agent=seat.agent, presence="on_break", reason=seat.planned or reason))


# -- end of a talk, wrap-up ----------------------------------------------------------------------------------------


def end_talk(step: Step, call: Call, by: ev.EndedBy, *, estimated: bool = False, bridge: bool = True) -> None:
    """The talk is over and wrap-up begins. ``bridge``: there is still something to take apart."""
    seat, offer = seat_of(step, call), offer_of(call)
    at = later(call.since, step.at)
    step.happen(ev.TalkEnded(at=at, call=call.call, seat=seat.seat, agent=seat.agent, by=by, estimated=estimated))
    if bridge:
        step.do(EndTalk(call.call, offer))
    target, cap = timedelta(seconds=step.floor.settings.wrap_up_target_s), timedelta(seconds=step.floor.settings.wrap_up_cap_s)
    if not cap:
        end_wrap_up(step, seat, "cap", at)
        settle(step, seat)
        return
    if target < cap:
        step.do(SetTimer(Timer("wrap_up_target", seat.seat, offer), at, target))
    step.do(SetTimer(Timer("wrap_up_cap", seat.seat, offer), at, cap))


def end_wrap_up(step: Step, seat: Seat, how: str, at: Moment) -> None:
    """Wrap-up ends; what the seat does next is :func:`settle`'s."""
    assert seat.call is not None and seat.offer is not None
    step.do(CancelTimer(Timer("wrap_up_target", seat.seat, seat.offer)))
    step.do(CancelTimer(Timer("wrap_up_cap", seat.seat, seat.offer)))
    step.happen(ev.WrapUpEnded(at=later(seat.since, at), call=seat.call, seat=seat.seat, agent=seat.agent, how=how))


def settle(step: Step, seat: Seat) -> None:
    """A seat that has become idle takes its planned break, or the one a lost phone forces on it."""
    if seat.planned:
        _break(step, seat, seat.planned)
    elif seat.presence == "available" and not step.floor.reachable(seat.endpoint):
        _break(step, seat, "link")


# -- small words ---------------------------------------------------------------------------------------------------


def seat_of(step: Step, call: Call) -> Seat:
    """The seat of a ringing or talking call."""
    assert call.seat is not None
    return step.floor.seats[call.seat]


def offer_of(call: Call) -> OfferId:
    """The offer of a ringing or talking call."""
    assert call.offer is not None
    return call.offer


def _ring_timer(step: Step, call: Call) -> Timer:
    return Timer("ring", seat_of(step, call).seat, offer_of(call))


def later(one: Moment, other: Moment) -> Moment:
    """The later of two moments: an end told before its beginning is taken to be at its beginning."""
    if one.boot == other.boot:
        return one if other.mono < one.mono else other
    return one if other.wall < one.wall else other

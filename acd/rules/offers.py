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
from acd.model.state import Call, FloorState, Seat
from acd.rules import routes, works
from acd.rules.step import Step
from hotline import events as ev
from hotline.ids import CallId, OfferId
from hotline.moment import Moment

PHONE_FAULTS = frozenset(("busy", "failed"))
"""Refusals that say nothing of registration: the phone is tried again after a while."""
SIGN_OUT = "sign_out"
"""The planned break of one who was ordered to leave after his call."""


# -- signals -------------------------------------------------------------------------------------------------------


def rang(step: Step, signal: OfferRang) -> None:
    """The phone rings: said once."""
    seat = _ringing(step, signal.offer)
    if seat is not None and seat.call is not None and not seat.rang:
        step.happen(ev.OfferRinging(at=signal.at, call=seat.call, offer=signal.offer, seat=seat.seat, agent=seat.agent))


def answered(step: Step, signal: OfferAnswered) -> None:
    """The agent took it: of several who were rung, the first. An answer to an offer that isn't live any more is hung up."""
    call = step.floor.live(signal.offer)
    if call is None:
        step.do(HangUpSeat(signal.offer))
        return
    if call.stage != "ringing":
        return
    seat = step.floor.seats[call.seat_of(signal.offer)]
    since = seat.since
    rung = [step.floor.seats[number] for number in (call.seat, *call.also.values()) if number is not None] if call.also else []
    losers = [other for other in rung if other is not seat]
    for loser in losers:
        withdraw(step, loser, "answered_elsewhere")
    at = later(since, signal.at)
    step.happen(ev.CallAnswered(at=at, call=call.call, offer=signal.offer, seat=seat.seat, agent=seat.agent))
    if step.floor.held:
        works.pause(step, seat, talks=True)
    step.do(CancelTimer(Timer("ring", seat.seat, signal.offer)))
    step.do(Connect(call.call, signal.offer, call.line, seat.seat, seat.agent))
    for loser in losers:
        settle(step, loser)


def refused(step: Step, signal: OfferRefused) -> None:
    """The phone said no, or let it ring to the exchange's own limit."""
    seat = _ringing(step, signal.offer)
    if seat is None:
        return
    if signal.cause == "no_answer":
        let_ring(step, seat, still_rings=False)
    else:
        decline(step, seat, signal.cause, still_rings=False)


def seat_hung_up(step: Step, signal: SeatHungUp) -> None:
    """The agent's leg is gone: the talk is over, or an answer we have not heard of came to nothing."""
    call = step.floor.live(signal.offer)
    if call is None:
        return
    if call.stage == "ringing":
        decline(step, step.floor.seats[call.seat_of(signal.offer)], "failed", still_rings=False)
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


def let_ring(step: Step, seat: Seat, *, still_rings: bool = True) -> None:
    """Ring-no-answer: the caller goes on, the seat is on break (missed)."""
    call, offer = offer_at(seat)
    _stop(step, seat, "no_answer" if still_rings else None)
    step.happen(ev.RingNoAnswer(at=step.at, call=call, offer=offer, seat=seat.seat, agent=seat.agent))
    _break(step, seat, "missed")
    _waits_again(step, call)


def decline(step: Step, seat: Seat, cause: str, *, still_rings: bool = True) -> None:
    """The phone refuses: declined is 示忙 by the agent's own hand; anything else is the line's fault (break ``link``)."""
    call, offer = offer_at(seat)
    _stop(step, seat, "failure" if still_rings else None)
    step.happen(ev.OfferDeclined(at=step.at, call=call, offer=offer, seat=seat.seat, agent=seat.agent, cause=cause))
    if cause == "declined":
        _break(step, seat, "busy")
        return _waits_again(step, call)
    if cause == "unreachable" and step.floor.reachable(seat.endpoint):
        step.happen(ev.PhoneReachable(at=step.at, seat=seat.seat, agent=seat.agent, reachable=False, endpoint=seat.endpoint))
    _break(step, seat, "link")
    if seat.retry == offer:
        after = timedelta(seconds=step.floor.settings.retry_phone_s)
        step.do(SetTimer(Timer("phone_retry", seat.seat, offer), step.at, after))
    return _waits_again(step, call)


def withdraw(step: Step, seat: Seat, why: str) -> None:
    """We stop the ringing; the seat keeps its place among the idle, for it is not to blame."""
    call, offer = offer_at(seat)
    _stop(step, seat, "answered_elsewhere" if why == "answered_elsewhere" else "normal")
    step.happen(ev.OfferWithdrawn(at=step.at, call=call, offer=offer, seat=seat.seat, agent=seat.agent, why=why))
    if why not in ("caller_left", "answered_elsewhere"):
        _waits_again(step, call)


def _waits_again(step: Step, name: CallId) -> None:
    call = routes.waiting_call(step.floor, name)
    if call is not None:
        routes.begin_to_wait(step, call)


def _stop(step: Step, seat: Seat, cause: StopCause | None) -> None:
    """Forget the live offer's timer and silence its phone, unless its leg is known to be gone (None)."""
    call, offer = offer_at(seat)
    step.do(CancelTimer(Timer("ring", seat.seat, offer)))
    if cause is not None:
        step.do(StopRinging(call, offer, cause))


def _break(step: Step, seat: Seat, reason: str) -> None:
    """On break for ``reason``, or for the one the agent had planned; or gone, as was ordered."""
    if seat.planned == SIGN_OUT:
        sign_out(step, seat, "supervisor")
    else:
        choose(step, seat, "on_break", seat.planned or reason)


def choose(step: Step, seat: Seat, presence: ev.Presence, reason: str = "", by: str = "") -> None:
    """The seat takes calls, or is on break; whoever waited for its agent alone waits for him no more."""
    if reason != "link":
        cancel_retry(step, seat)
    if break_limit(step.floor, seat) is not None and not seat.over_limit:
        step.do(CancelTimer(Timer("break_limit", seat.seat, OfferId(""))))
    step.happen(ev.PresenceChosen(at=step.at, seat=seat.seat, agent=seat.agent, presence=presence, reason=reason, by=by))
    limit = break_limit(step.floor, seat)
    if limit is not None:
        step.do(SetTimer(Timer("break_limit", seat.seat, OfferId("")), seat.presence_since, timedelta(seconds=limit)))
    if presence == "on_break":
        routes.release(step, seat)


def break_limit(floor: FloorState, seat: Seat) -> int | None:
    """Seconds this break may last; None when the seat isn't on break or its reason has no limit."""
    return floor.settings.break_limits_s.get(seat.reason) if seat.presence == "on_break" else None


def sign_out(step: Step, seat: Seat, why: str) -> None:
    """The agent is gone; the last to go may leave callers nobody is there for."""
    cancel_retry(step, seat)
    if break_limit(step.floor, seat) is not None and not seat.over_limit:
        step.do(CancelTimer(Timer("break_limit", seat.seat, OfferId(""))))
    works.give_back(step, seat)
    step.happen(ev.SeatSignedOut(at=step.at, seat=seat.seat, agent=seat.agent, why=why))
    routes.release(step, seat)
    routes.send_on(step, "nobody")


def cancel_retry(step: Step, seat: Seat) -> None:
    """What was wrong with the phone doesn't matter any more."""
    if seat.retry is not None:
        step.do(CancelTimer(Timer("phone_retry", seat.seat, seat.retry)))


# -- end of a talk, wrap-up ----------------------------------------------------------------------------------------


def end_talk(step: Step, call: Call, by: ev.EndedBy, *, estimated: bool = False, bridge: bool = True) -> None:
    """The talk is over and wrap-up begins. ``bridge``: there is still something to take apart."""
    seat, offer = seat_of(step, call), offer_of(call)
    at = later(call.since, step.at)
    step.happen(ev.TalkEnded(at=at, call=call.call, seat=seat.seat, agent=seat.agent, by=by, estimated=estimated))
    if step.floor.paused:
        works.pause(step, seat, talks=False)
    if bridge:
        step.do(EndTalk(call.call, offer))
    settings = step.floor.settings
    if not settings.wrap_up_cap_s:
        end_wrap_up(step, seat, "cap", at)
        settle(step, seat)
        return
    target, cap = timedelta(seconds=settings.wrap_up_target_s), timedelta(seconds=settings.wrap_up_cap_s)
    if target < cap:
        step.do(SetTimer(Timer("wrap_up_target", seat.seat, offer), at, target))
    step.do(SetTimer(Timer("wrap_up_cap", seat.seat, offer), at, cap))


def end_wrap_up(step: Step, seat: Seat, how: str, at: Moment) -> None:
    """Wrap-up ends; what the seat does next is :func:`settle`'s."""
    assert seat.call is not None and seat.offer is not None
    if step.floor.settings.wrap_up_cap_s:
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
    """The seat of a talking call, or the first of those that ring for it."""
    assert call.seat is not None
    return step.floor.seats[call.seat]


def offer_of(call: Call) -> OfferId:
    """The offer of a ringing or talking call."""
    assert call.offer is not None
    return call.offer


def offer_at(seat: Seat) -> tuple[CallId, OfferId]:
    """The call and the offer a seat is busy with."""
    assert seat.call is not None and seat.offer is not None
    return seat.call, seat.offer


def _ringing(step: Step, offer: OfferId) -> Seat | None:
    """The seat whose phone rings under ``offer``."""
    call = step.floor.live(offer)
    return step.floor.seats[call.seat_of(offer)] if call is not None and call.stage == "ringing" else None


def later(one: Moment, other: Moment) -> Moment:
    """The later of two moments: an end told before its beginning is taken to be at its beginning."""
    if one.boot == other.boot:
        return one if other.mono < one.mono else other
    return one if other.wall < one.wall else other

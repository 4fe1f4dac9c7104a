"""What people do at seats: sign in and out, go available and on break; and whether their phones are there.

Presence is chosen, activity happens: a choice made during a call is kept for after its wrap-up. Nobody is signed out of a talk.
"""

from __future__ import annotations

from datetime import timedelta

from acd.model.commands import SetTimer, Timer
from acd.model.signals import EndpointReachable, EndWrapUp, ExtendWrapUp, Force, GoAvailable, GoOnBreak, SignIn, SignOut
from acd.model.state import FloorState, Seat
from acd.rules import offers
from acd.rules.step import Step
from hotline import events as ev
from hotline.ids import AgentNo, SeatNo
from hotline.moment import elapsed_us


def sign_in(step: Step, signal: SignIn) -> None:
    """签入. The agent leaves where he sat (``moved``), whoever sat here leaves (``replaced``); neither out of a talk."""
    floor = step.floor
    if not 1 <= signal.seat <= floor.settings.count or not signal.agent or not signal.endpoint:
        return step.refuse("no_such_seat")
    here = floor.seated(signal.seat)
    if here is not None and (here.agent, here.endpoint) == (signal.agent, signal.endpoint):
        return step.refuse("already")
    leaving = _leaving(floor, signal)
    if floor.endpoints.get(signal.endpoint, signal.seat) not in {signal.seat, *(seat.seat for seat in leaving)}:
        return step.refuse("endpoint_taken")
    if any(seat.activity == "talking" for seat in leaving):
        return step.refuse("talking")
    for seat in leaving:
        _leave(step, seat, "moved" if seat.agent == signal.agent else "replaced")
    step.happen(ev.SeatSignedIn(at=signal.at, seat=signal.seat, agent=signal.agent, endpoint=signal.endpoint))


def _leaving(floor: FloorState, signal: SignIn) -> list[Seat]:
    before = floor.agents.get(signal.agent)
    seats = [floor.seats[before]] if before is not None else []
    here = floor.seated(signal.seat)
    return [*seats, here] if here is not None and here not in seats else seats


def sign_out(step: Step, signal: SignOut) -> None:
    """签出. A ringing call goes on to the next, wrap-up ends; during a talk it is refused."""
    seat = step.floor.seated(signal.seat)
    if seat is None:
        return step.refuse("signed_out")
    if seat.activity == "talking":
        return step.refuse("talking")
    _leave(step, seat, signal.why)


def _leave(step: Step, seat: Seat, why: str) -> None:
    if seat.activity == "ringing":
        offers.withdraw(step, seat, "seat_left")
    elif seat.activity == "wrap_up":
        offers.end_wrap_up(step, seat, "signed_out", step.at)
    offers.sign_out(step, seat, why)


def go_available(step: Step, signal: GoAvailable) -> None:
    """示闲. A seat whose phone is lost waits for it (break ``link``) and is available when it comes back."""
    seat = step.floor.seated(signal.seat)
    if seat is None:
        return step.refuse("signed_out")
    if seat.presence == "available" and not seat.planned:
        return step.refuse("already")
    return _want_calls(step, seat)


def _want_calls(step: Step, seat: Seat, by: str = "") -> None:
    if seat.presence == "on_break" and not step.floor.reachable(seat.endpoint):
        step.refuse("unreachable")
        if seat.reason != "link":
            offers.choose(step, seat, "on_break", "link")
        return
    offers.choose(step, seat, "available", by=by)


def go_on_break(step: Step, signal: GoOnBreak) -> None:
    """示忙, 小休: at once when idle, else planned for after the call and its wrap-up."""
    seat, reason = step.floor.seated(signal.seat), signal.reason or "rest"
    if seat is None:
        return step.refuse("signed_out")
    if reason in (seat.reason if seat.presence == "on_break" else "", seat.planned) or seat.planned == offers.SIGN_OUT:
        return step.refuse("already")
    if seat.activity == "idle":
        return offers.choose(step, seat, "on_break", reason)
    return step.happen(ev.BreakPlanned(at=signal.at, seat=seat.seat, agent=seat.agent, reason=reason))


def end_wrap_up(step: Step, signal: EndWrapUp) -> None:
    """结束整理 by hand."""
    seat = step.floor.seated(signal.seat)
    if seat is None or seat.activity != "wrap_up":
        return step.refuse("not_in_wrap_up")
    offers.end_wrap_up(step, seat, "by_hand", signal.at)
    return offers.settle(step, seat)


def extend_wrap_up(step: Step, signal: ExtendWrapUp) -> None:
    """延长整理: the cap moves, as often as the settings let it."""
    seat, settings = step.floor.seated(signal.seat), step.floor.settings
    if seat is None or seat.activity != "wrap_up":
        return step.refuse("not_in_wrap_up")
    by_s = settings.wrap_up_extension_s
    if seat.extended_s >= by_s * settings.wrap_up_extensions:
        return step.refuse("no_more_extensions")
    call, offer = offers.offer_at(seat)
    step.happen(ev.WrapUpExtended(at=signal.at, call=call, seat=seat.seat, agent=seat.agent, by_s=by_s))
    cap = timedelta(seconds=settings.wrap_up_cap_s + seat.extended_s)
    return step.do(SetTimer(Timer("wrap_up_cap", seat.seat, offer), seat.since, cap))


def force(step: Step, signal: Force) -> None:
    """强制示闲, 示忙, 签出: a ringing call goes on to the next when the seat is signed out; a talk and its wrap-up are finished first."""
    seat = step.floor.seated(signal.seat)
    if seat is None:
        return step.refuse("signed_out")
    if signal.to == "available":
        if seat.presence == "available" and seat.activity != "wrap_up" and not seat.planned:
            return step.refuse("already")
        if seat.activity == "wrap_up":
            offers.end_wrap_up(step, seat, "supervisor", signal.at)
        return _want_calls(step, seat, signal.by)
    if signal.to == "signed_out":
        if seat.activity in ("idle", "ringing"):
            return _leave(step, seat, "supervisor")
        return _plan(step, seat, offers.SIGN_OUT, signal.by)
    if seat.activity == "idle":
        return offers.choose(step, seat, "on_break", signal.reason, by=signal.by)
    return _plan(step, seat, signal.reason, signal.by)


def _plan(step: Step, seat: Seat, reason: str, by: str) -> None:
    if seat.planned == reason:
        return step.refuse("already")
    return step.happen(ev.BreakPlanned(at=step.at, seat=seat.seat, agent=seat.agent, reason=reason, by=by))


def break_limit(step: Step, timer: Timer) -> None:
    """The break is longer than its reason allows: said once, at the moment it was."""
    seat = step.floor.seated(timer.seat)
    limit = None if seat is None else offers.break_limit(step.floor, seat)
    if seat is None or limit is None or seat.over_limit or elapsed_us(seat.presence_since, step.at) < limit * 1_000_000:
        return
    at = seat.presence_since.after(timedelta(seconds=limit))
    step.happen(ev.BreakOverLimit(at=at, seat=seat.seat, agent=seat.agent, reason=seat.reason))


def endpoint_reachable(step: Step, signal: EndpointReachable) -> None:
    """A phone is lost or back. A lost one is offered nothing; what it rang goes on at once; a talk or wrap-up is left alone."""
    floor = step.floor
    if not signal.endpoint or floor.reachable(signal.endpoint) == signal.reachable:
        return
    number = floor.endpoints.get(signal.endpoint)
    seat = floor.seats[number] if number is not None else None
    who, at = (seat.agent if seat else AgentNo("")), number or SeatNo(0)
    if seat is not None:
        offers.cancel_retry(step, seat)
    step.happen(ev.PhoneReachable(at=signal.at, seat=at, agent=who, reachable=signal.reachable, endpoint=signal.endpoint))
    if seat is None:
        return
    if signal.reachable:
        if seat.reason == "link":
            offers.choose(step, seat, "available")
    elif seat.activity == "ringing":
        offers.decline(step, seat, "unreachable")
    elif seat.activity == "idle":
        offers.settle(step, seat)


def retry_phone(step: Step, timer: Timer) -> None:
    """The phone that was busy or failed is given another chance."""
    seat = step.floor.seated(timer.seat)
    if seat is not None and seat.retry == timer.offer:
        offers.choose(step, seat, "available")

"""What people do at seats: sign in and out, go available and on break; and whether their phones are there.

Presence is chosen, activity happens: a choice made during a call is kept for after its wrap-up. Nobody is signed out of a talk.
"""

from __future__ import annotations

from acd.model.commands import CancelTimer, Timer
from acd.model.signals import EndpointReachable, EndWrapUp, GoAvailable, GoOnBreak, SignIn, SignOut
from acd.model.state import FloorState, Seat
from acd.rules import offers
from acd.rules.step import Step
from hotline import events as ev
from hotline.ids import AgentNo, SeatNo


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
    if seat.activity == "ringing" and seat.call is not None:
        offers.withdraw(step, step.floor.calls[seat.call], "seat_left")
    elif seat.activity == "wrap_up":
        offers.end_wrap_up(step, seat, "signed_out", step.at)
    _cancel_retry(step, seat)
    step.happen(ev.SeatSignedOut(at=step.at, seat=seat.seat, agent=seat.agent, why=why))


def go_available(step: Step, signal: GoAvailable) -> None:
    """示闲. A seat whose phone is lost waits for it (break ``link``) and is available when it comes back."""
    seat = step.floor.seated(signal.seat)
    if seat is None:
        return step.refuse("signed_out")
    if seat.presence == "available" and not seat.planned:
        return step.refuse("already")
    if seat.presence == "on_break" and not step.floor.reachable(seat.endpoint):
        step.refuse("unreachable")
        if seat.reason != "link":
            _choose(step, seat, "on_break", "link")
        return None
    return _choose(step, seat, "available")


def go_on_break(step: Step, signal: GoOnBreak) -> None:
    """示忙, 小休: at once when idle, else planned for after the call and its wrap-up."""
    seat, reason = step.floor.seated(signal.seat), signal.reason or "rest"
    if seat is None:
        return step.refuse("signed_out")
    if reason in (seat.reason if seat.presence == "on_break" else "", seat.planned):
        return step.refuse("already")
    if seat.activity == "idle":
        return _choose(step, seat, "on_break", reason)
    return step.happen(ev.BreakPlanned(at=signal.at, seat=seat.seat, agent=seat.agent, reason=reason))


def end_wrap_up(step: Step, signal: EndWrapUp) -> None:
    """结束整理 by hand."""
    seat = step.floor.seated(signal.seat)
    if seat is None or seat.activity != "wrap_up":
        return step.refuse("not_in_wrap_up")
    offers.end_wrap_up(step, seat, "by_hand", signal.at)
    return offers.settle(step, seat)


def endpoint_reachable(step: Step, signal: EndpointReachable) -> None:
    """A phone is lost or back. A lost one is offered nothing; what it rang goes on at once; a talk or wrap-up is left alone."""
    floor = step.floor
    if not signal.endpoint or floor.reachable(signal.endpoint) == signal.reachable:
        return
    number = floor.endpoints.get(signal.endpoint)
    seat = floor.seats[number] if number is not None else None
    who, at = (seat.agent if seat else AgentNo("")), number or SeatNo(0)
    if seat is not None:
        _cancel_retry(step, seat)
    step.happen(ev.PhoneReachable(at=signal.at, seat=at, agent=who, reachable=signal.reachable, endpoint=signal.endpoint))
    if seat is None:
        return
    if signal.reachable:
        if seat.reason == "link":
            _choose(step, seat, "available")
    elif seat.activity == "ringing" and seat.call is not None:
        offers.decline(step, floor.calls[seat.call], "unreachable")
    elif seat.activity == "idle":
        offers.settle(step, seat)


def retry_phone(step: Step, timer: Timer) -> None:
    """The phone that was busy or failed is given another chance."""
    seat = step.floor.seated(timer.seat)
    if seat is not None and seat.retry == timer.offer:
        _choose(step, seat, "available")


def _choose(step: Step, seat: Seat, presence: ev.Presence, reason: str = "") -> None:
    if reason != "link":
        _cancel_retry(step, seat)
    step.happen(ev.PresenceChosen(at=step.at, seat=seat.seat, agent=seat.agent, presence=presence, reason=reason))


def _cancel_retry(step: Step, seat: Seat) -> None:
    if seat.retry is not None:
        step.do(CancelTimer(Timer("phone_retry", seat.seat, seat.retry)))

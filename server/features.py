"""What agents do at their seats, from a phone's feature codes and from a terminal: the same words, the same signals.

``*81<agent>`` sign in, ``*82`` available, ``*83`` break, ``*84`` end wrap-up, ``*80`` sign out.
"""

from __future__ import annotations

from acd.model import signals as s
from hotline.errors import HotlineError
from hotline.ids import AgentNo, SeatNo
from hotline.moment import Moment
from server.house import House
from telephony.ports import FeatureDialled

CODES = {"0": "sign-out", "1": "sign-in", "2": "available", "3": "break", "4": "end-wrap-up"}


class NotDone(HotlineError):
    """That can't be done:"""


def dialled(house: House, signal: FeatureDialled) -> None:
    """A seat's phone dialled a code; one that can't be done changes nothing (the phone hears the busy tone)."""
    number = signal.endpoint.removeprefix("hl-").removesuffix("-web")
    action = CODES.get(signal.code)
    if action is not None and number.isdigit():
        try:
            do_at_seat(house, SeatNo(int(number)), action, signal.argument, signal.at, signal.endpoint)
        except NotDone:
            return


def do_at_seat(house: House, seat: SeatNo, action: str, argument: str, at: Moment, endpoint: str = "") -> str:
    """Tell the floor; what became of it in one line. Raises NotDone with the reason."""
    if not 1 <= seat <= house.settings.seats.count:
        raise NotDone(f"seats go from 1 to {house.settings.seats.count}")
    house.floor.take(_signal(seat, action, argument, at, endpoint or f"hl-{seat}"))
    now = next((there for there in house.floor.view().seats if there.seat == seat), None)
    if now is None or now.presence == "signed_out":
        return f"seat {seat}: nobody is signed in"
    reason = f" ({now.reason})" if now.reason else ""
    return f"seat {seat}: agent {now.agent}, {now.presence}{reason}, {now.activity}"


def do_as_agent(house: House, agent: AgentNo, action: str, argument: str, at: Moment) -> str:
    """The same at the seat where ``agent`` is signed in. Raises NotDone when he is nowhere."""
    for seat in house.floor.view().seats:
        if seat.agent == agent and seat.presence != "signed_out":
            return do_at_seat(house, seat.seat, action, argument, at)
    raise NotDone(f"agent {agent} is signed in nowhere; `hotline seat N sign-in {agent}`")


def _signal(seat: SeatNo, action: str, argument: str, at: Moment, endpoint: str) -> s.AnySignal:
    match action:
        case "sign-in" if argument.isdigit():
            return s.SignIn(at=at, seat=seat, agent=AgentNo(argument), endpoint=endpoint)
        case "sign-in":
            raise NotDone("an agent number is needed, e.g. sign-in 8003")
        case "sign-out":
            return s.SignOut(at=at, seat=seat)
        case "available":
            return s.GoAvailable(at=at, seat=seat)
        case "break":
            return s.GoOnBreak(at=at, seat=seat, reason=argument or "rest")
        case "end-wrap-up":
            return s.EndWrapUp(at=at, seat=seat)
        case _:
            raise NotDone(f"there is no {action!r}; there are sign-in, sign-out, available, break, end-wrap-up")

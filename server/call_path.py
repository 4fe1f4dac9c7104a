"""One call, from welcome to goodbye. Read this file first.

The outermost dialog: it owns the caller's line for the whole call, lends it to the dialogs of :mod:`ivr`, gives the call to the
floor when a person is wanted, and alone writes ``CallEnded`` (the reconciler does for calls whose path died with its process).

The caller may hang up at any await below: that is the exception ``HungUp``. Nothing has to be cleaned up for it here, because
channel, bridge and seat each have an owner who hears of it by himself.
"""

from __future__ import annotations

from contextlib import suppress

import structlog

from acd.visits import Abandoned, LeftQueue, Outcome, Talked, Visit
from hotline.errors import HotlineError
from hotline.events import AgentWanted, CallArrived, CallEnded, EndedHow
from hotline.ids import AgentNo
from hotline.moment import Moment
from ivr.call_back import promise
from ivr.needs import there
from ivr.survey import ask_grade
from ivr.talk import Talk
from ivr.waiting import wait_for_agent
from ivr.walk import Goodbye, walk
from server.calls import WORD_OF_HANG_UP, LiveCall
from server.house import QUEUE, House
from server.message_keeping import end_forgotten_messages
from telephony.ports import HungUp, Line

log = structlog.get_logger("call")


async def take_call(house: House, live: LiveCall) -> None:
    """Serve one caller; nothing but our own cancellation is raised."""
    how: EndedHow = "caller_hung_up"
    try:
        async with house.switch.line(live.arrival) as line:
            live.line = line
            try:
                if live.progress is None and not house.takes_calls():
                    await house.switch.to_fallback(live.arrival.line)
                    return
                await _whole_call(house, live, line)
                await line.hang_up()
                how = "we_hung_up"
            except HungUp:
                pass
            except Exception as error:  # one broken call must not take the worker with it
                log.exception("a call went wrong", call=live.call, kind=type(error).__name__)
                how = "we_hung_up"
                with suppress(HotlineError):  # the exchange may be what went wrong
                    await line.hang_up("failure")
        await note_end(house, live, how)
    finally:
        house.calls.leave(live)


async def _whole_call(house: House, live: LiveCall, line: Line) -> None:
    """Self-service, a person, the survey; or from where the call stood when our process before us died."""
    talk = house.talk(live, line)
    if live.progress is None:
        note_arrival(house, live)
    else:
        await end_forgotten_messages(house, live.call)
    if not live.arrival.answered:
        await line.answer()
    visit = house.floor.visit(live.call) or _out_of_the_fallback(house, live) or await _self_service(house, live, talk)
    while visit is not None:
        match await _with_an_agent(house, live, talk, visit):
            case Talked(by="agent", agent=agent):
                await _judge(house, live, talk, agent)
                return
            case Talked(by="switch") if not await live.gone_within(WORD_OF_HANG_UP):  # the talk broke off, not the caller
                await live.insist(lambda: house.switch.disconnect(live.call))
                visit = _wait_on(house, live, live.wanted_at or house.clock.now())
            case Talked() | Abandoned():
                raise HungUp()
            case LeftQueue() if live.left is not None and live.left.how == "call_back":
                await _promise_call_back(house, live, talk, live.left.number)
                return
            case LeftQueue():
                visit = await _self_service(house, live, talk, again=True)


def _out_of_the_fallback(house: House, live: LiveCall) -> Visit | None:
    """A caller whom the dialplan itself promised an agent while we were away: he waits on, from when that was."""
    joined = live.arrival.joined
    if joined is None or not house.staffed() or (live.progress is not None and live.progress.wanted_at is not None):
        return None
    house.journal.append(AgentWanted(at=joined, call=live.call))
    live.wanted_at = joined
    return _wait_on(house, live, joined)


async def _self_service(house: House, live: LiveCall, talk: Talk, *, again: bool = False) -> Visit | None:
    """The voice menu; a visit to the floor when the caller wants a person, None when he has what he called for."""
    came = live.progress
    if came is not None and came.stage in ("talking", "after_talk", "judged"):  # talking: it ended while we were away
        if came.stage != "judged" and came.agent is not None:
            await _judge(house, live, talk, came.agent)
        return None
    if came is not None and came.wanted_at is not None and not live.arrival.resumed and not again:  # FastAGI handed him over
        return _wait_on(house, live, came.wanted_at)
    node = "" if again or came is None else came.node
    dialog = "voice_message" if again and live.left is not None and live.left.how == "message" else ""
    wish = await walk(
        talk, house.core, house.gate, needs=house.needs(), at_node=node, back=again, dialog=dialog,
        logged_in=live.depositor, account=live.account, unit=live.unit, refused=live.refused,
    )  # fmt: skip
    if isinstance(wish, Goodbye):
        return None
    live.depositor, live.account, live.unit = wish.depositor, wish.account, wish.unit
    live.refused, live.wanted_at, live.skill = wish.refused, wish.at, wish.skill
    house.journal.append(AgentWanted(at=wish.at, call=live.call, skill=wish.skill))
    return _wait_on(house, live, wish.at)


def _wait_on(house: House, live: LiveCall, wanted_at: Moment) -> Visit:
    """Into the queue, at the place of one who asked at ``wanted_at``."""
    return house.floor.enter(live.call, live.arrival.line, QUEUE, wanted_at)


async def _judge(house: House, live: LiveCall, talk: Talk, agent: AgentNo) -> None:
    """The survey, when the caller is out of the bridge: a channel that leaves a bridge while it is played to can get stuck."""
    await live.insist(lambda: house.switch.disconnect(live.call))
    await ask_grade(talk, agent)


async def _promise_call_back(house: House, live: LiveCall, talk: Talk, number: str) -> None:
    """He has left the queue and keeps his place in it: written down, said, and goodbye."""
    await promise(talk, there(house.needs().call_backs), number, live.wanted_at or house.clock.now(), live.skill)
    await talk.insist("bye")


async def _with_an_agent(house: House, live: LiveCall, talk: Talk, visit: Visit) -> Outcome:
    """Wait, be offered, talk; what came of it. An agent who answers takes the line out of the waiting dialog's hands."""
    if visit.talking is None and visit.over is None:
        dialog = wait_for_agent(talk, visit.position, resumed=live.arrival.resumed, needs=house.needs())
        live.left = await live.hold_line(dialog, visit.outcome())
        if live.left is not None:
            visit.leave("went_back")
    return await visit.outcome()


def note_arrival(house: House, live: LiveCall) -> None:
    """Write that the call is here; its number is kept apart."""
    arrival = live.arrival
    house.journal.append(
        CallArrived(
            at=arrival.at,
            call=arrival.call,
            caller=house.callers.remember(arrival.call, arrival.ani, arrival.at),
            dnis=arrival.dnis,
            line=arrival.line,
            trunk=arrival.trunk,
            staffed=house.staffing.is_staffed(arrival.at),
            internal=arrival.internal,
            degraded=arrival.joined is not None,
        )
    )


async def note_end(house: House, live: LiveCall, how: EndedHow) -> None:
    """Write that the call is over, at the moment its channel ended."""
    at = await live.end_moment(house.clock)
    if how == "caller_hung_up" and live.end is not None and not live.end.by_caller:
        how = "timed_out"
    house.journal.append(CallEnded(at=at, call=live.call, how=live.how or how, estimated=live.estimated))

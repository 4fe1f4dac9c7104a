"""One call, from welcome to goodbye. Read this file first.

The outermost dialog: it owns the caller's line for the whole call, lends it to the dialogs of :mod:`ivr`, gives the call to the
floor when a person is wanted, and alone writes ``CallEnded`` (the reconciler does for calls whose path died with its process).
The caller may hang up at any await below: that is the exception ``HungUp``, and nothing needs to be cleaned up for it, because
channel, bridge and seat each have an owner that hears of it by itself.
"""

from __future__ import annotations

import structlog
from acd.floor import Abandoned, LeftQueue, Talked
from ivr.survey import survey
from ivr.talk import Talk
from ivr.waiting import wait_for_agent
from ivr.walk import Goodbye, walk

from hotline.events import AgentWanted, CallArrived, CallEnded, EndedHow
from hotline.ids import AgentNo
from hotline.moment import Moment
from server.calls import LiveCall
from server.house import QUEUE, House
from telephony.ports import HungUp, Line

log = structlog.get_logger("call")


async def take_call(house: House, live: LiveCall) -> None:
    """Serve one caller; never raises but for our own cancellation."""
    how: EndedHow = "caller_hung_up"
    try:
        async with house.switch.line(live.arrival) as line:
            live.line = line
            try:
                await _whole_call(house, live, line)
                await line.hang_up()
                how = "we_hung_up"
            except HungUp:
                pass
            except Exception as error:
                log.exception("a call went wrong", call=live.call, kind=type(error).__name__)
                how = "we_hung_up"
                await line.hang_up("failure")
        at = await live.end_moment(house.clock)
        house.journal.append(CallEnded(at=at, call=live.call, how=live.how or how, estimated=live.estimated))
    finally:
        house.calls.leave(live)


async def _whole_call(house: House, live: LiveCall, line: Line) -> None:
    talk = house.talk(live, line)
    came = live.progress
    if came is None:
        _note_arrival(house, live)
        await line.answer()
    stage = came.stage if came else "menu"
    while True:
        if stage == "menu":
            wish = await walk(talk, at_node=came.node if came else "", depositor=came.depositor if came else None)
            if isinstance(wish, Goodbye):
                return
            house.journal.append(AgentWanted(at=wish.at, call=live.call, staffed=wish.staffed))
            if not wish.staffed:
                came, stage = None, "menu"
                continue
            wanted_at = wish.at
        else:
            wanted_at = (came.wanted_at if came else None) or house.clock.now()
        if stage in ("after_talk", "judged"):
            agent = came.agent if came and stage == "after_talk" else None
            break
        outcome = await _with_an_agent(house, live, talk, wanted_at)
        if isinstance(outcome, Talked):
            agent = outcome.agent if outcome.by == "agent" else None
            break
        if isinstance(outcome, Abandoned):
            raise HungUp()
        came, stage = None, "menu"
    await _goodbye(talk, agent)


def _note_arrival(house: House, live: LiveCall) -> None:
    arrival = live.arrival
    house.callers.remember(arrival.call, arrival.ani)
    house.journal.append(
        CallArrived(
            at=arrival.at,
            call=arrival.call,
            caller=house.callers.key(arrival.ani),
            dnis=arrival.dnis,
            line=arrival.line,
            trunk=arrival.trunk,
            staffed=house.staffing.is_staffed(arrival.at),
            internal=arrival.internal,
        )
    )


async def _with_an_agent(house: House, live: LiveCall, talk: Talk, wanted_at: Moment) -> Abandoned | LeftQueue | Talked:
    """Wait, be offered, talk; what came of it. The floor keeps the caller's place whatever happens to an offer."""
    visit = house.floor.visit(live.call) or house.floor.enter(live.call, live.arrival.line, QUEUE, wanted_at)
    if not visit.answered.done():
        left = await live.hold_line(wait_for_agent(talk, visit.position))
        if left is not None:  # the caller pressed * or waited longer than anybody should
            house.floor.leave(live.call, left, house.clock.now())
    return await visit.outcome()


async def _goodbye(talk: Talk, agent: AgentNo | None) -> None:
    """The seat hung up first: ask how it was; else there is nobody left to ask."""
    if agent is not None:
        await survey(talk, agent)

"""How far each live call has come: a fold of its events, read when we start again so that nobody begins anew.

A caller in a menu goes on at that menu with the login kept; one who waits keeps place and clock (the floor's own state);
one who talks goes on talking; one whose talk is over is asked how it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from hotline.events import (
    AgentWanted,
    CallAbandoned,
    CallAnswered,
    CallArrived,
    CallEnded,
    CallQueued,
    Event,
    LoggedIn,
    LoginRefused,
    MenuEntered,
    PinSet,
    RecordingStarted,
    SatisfactionGiven,
    SurveyOffered,
    TalkEnded,
)
from hotline.ids import AgentNo, CallId, ChannelId, DepositorId, RecordingId
from hotline.moment import Moment

Stage = Literal["menu", "waiting", "talking", "after_talk", "judged", "ended"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One call as far as its events tell."""

    call: CallId
    arrived: Moment
    line: ChannelId | None = None
    stage: Stage = "menu"
    node: str = ""
    depositor: DepositorId | None = None
    account: int = 0
    unit: DepositorId | None = None
    refused: int = 0
    wanted_at: Moment | None = None
    skill: str = ""
    agent: AgentNo | None = None
    recording: RecordingId | None = None
    internal: bool = False


STAGE_AFTER: dict[type[Event], Stage] = {
    MenuEntered: "menu",
    CallQueued: "waiting",
    CallAbandoned: "menu",
    CallAnswered: "talking",
    TalkEnded: "after_talk",
    SurveyOffered: "after_talk",
    SatisfactionGiven: "judged",
    CallEnded: "ended",
}
"""Where a call stands after an event; events not named here leave it where it is."""


def step(before: Progress | None, event: Event) -> Progress | None:
    """The progress after ``event``; events of a call never heard of change nothing."""
    if isinstance(event, CallArrived):
        return before or Progress(event.call, event.at, event.line, internal=event.internal)
    if before is None or before.stage == "ended":
        return before
    after = replace(before, stage=STAGE_AFTER.get(type(event), before.stage))
    match event:
        case MenuEntered(node=node):
            return replace(after, node=node)
        case LoggedIn(depositor=depositor, account=account, unit=False):
            return replace(after, depositor=depositor, account=account)
        case LoggedIn(depositor=depositor):
            return replace(after, unit=depositor)
        case LoginRefused() | PinSet(by="code"):
            return replace(after, refused=before.refused + 1 if isinstance(event, LoginRefused) else 0)
        case AgentWanted(at=at, skill=skill):
            return replace(after, wanted_at=at, skill=skill)
        case CallAnswered(agent=agent) | SurveyOffered(agent=agent):
            return replace(after, agent=agent)
        case RecordingStarted(recording=recording):
            return replace(after, recording=recording)
        case _:
            return after


def live_calls(events: Iterable[Event]) -> dict[CallId, Progress]:
    """Every call that began and has not ended, as far as it came."""
    calls: dict[CallId, Progress] = {}
    for event in events:
        call: CallId | None = getattr(event, "call", None)
        if call is None:
            continue
        after = step(calls.get(call), event)
        if after is None or after.stage == "ended":
            calls.pop(call, None)
        else:
            calls[call] = after
    return calls

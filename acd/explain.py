"""Why this caller waited so long and went to that seat, in words; and who got how much of the day's work.

Everything is read off the journal's events: nothing is guessed, what they don't say isn't said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hotline import events as ev
from hotline.ids import AgentNo
from hotline.moment import Moment, elapsed_us

RULES = {
    "longest_idle": "空闲最久者优先",
    "fewest_calls": "接听最少者优先",
    "least_talk": "通话最少者优先",
    "round_robin": "轮流",
    "linear": "按座席顺序",
    "ring_all": "同振",
    "sticky": "熟悉此来电人的坐席",
}
WHY_ON = {"length": "排队人数超限", "wait": "等待超时", "estimate": "预计等待超限", "closed": "队列已关闭", "nobody": "无人签入"}


def figure(rule: str, rank: int) -> str:
    """What a seat was ranked by, with its unit."""
    match rule:
        case "fewest_calls":
            return f"已接 {rank} 通"
        case "least_talk":
            return f"已通话 {rank / 1e6:.0f} 秒"
        case "round_robin":
            return f"上次派话序号 {rank}"
        case "linear":
            return f"座席号 {rank}"
    return f"空闲 {rank / 1e6:.1f} 秒"


def explain(events: Iterable[ev.Event]) -> Iterator[str]:
    """One call's events as sentences, in order; empty when it never asked for a person."""
    asked: Moment | None = None
    for event in events:
        if isinstance(event, ev.AgentWanted | ev.CallQueued) and asked is None:
            asked = event.at
        if (said := _sentence(event, asked)) is not None:
            since = "" if asked is None else f"(+{elapsed_us(asked, event.at) / 1e6:.1f} 秒)"
            yield f"{event.at.local():%H:%M:%S}{since} {said}"


def _sentence(event: ev.Event, asked: Moment | None) -> str | None:
    match event:
        case ev.CallQueued():
            return _queued(event)
        case ev.CallOverflowed():
            return f"从 {event.left} 溢出到 {event.queue}:{WHY_ON.get(event.why, event.why)};排位和等待时间保留。"
        case ev.StickyReleased():
            return f"不再专等工号 {event.agent}({'专等时间已到' if event.why == 'time_up' else '该坐席不再接听'}),改由任何合适的坐席接听。"
        case ev.CallOffered():
            return _offered(event)
        case ev.RingNoAnswer():
            return f"{event.seat} 号座席振铃未接,座席转为未接小休;来电保留排位。"
        case ev.OfferDeclined():
            return f"{event.seat} 号座席未能接听({event.cause});来电保留排位。"
        case ev.OfferWithdrawn():
            return f"撤回 {event.seat} 号座席的振铃({event.why})。"
        case ev.CallAnswered():
            waited = "" if asked is None else f",自请求人工起等待 {elapsed_us(asked, event.at) / 1e6:.1f} 秒"
            return f"{event.seat} 号座席(工号 {event.agent})接听{waited}。"
        case ev.CallAbandoned():
            return f"未获接听即离开({event.how})。"
    return None


def _queued(event: ev.CallQueued) -> str:
    needs = f",要求技能 {'、'.join(f'{skill}≥{level}' for skill, level in event.requires)}" if event.requires else ""
    priority = f",优先级 {event.priority}" if event.priority else ""
    told = f",预计等待 {event.estimate[0]} 至 {event.estimate[1]} 秒" if event.estimate else ""
    only = f",先等熟悉他的工号 {event.only}" if event.only else ""
    return f"进入队列 {event.queue},第 {event.position} 位{needs}{priority}{only}{told}。"


def _offered(event: ev.CallOffered) -> str:
    decision = event.decision
    rule, winner = RULES.get(decision.rule, decision.rule), decision.winner
    others = ";".join(f"{other.seat} 号 {figure(decision.rule, other.rank)}" for other in decision.runners_up)
    if decision.callers:
        passed = f",其后为 {'、'.join(decision.next)}" if decision.next else ""
        why = f"该座席刚空闲,在 {decision.callers} 位等待者中轮到此来电{passed}"
    else:
        why = f"{rule},{decision.considered} 个合适座席空闲" + (f"(其次:{others})" if others else "")
    return f"派给 {event.seat} 号座席(工号 {event.agent}):{why};{figure(decision.rule, winner.rank)}。"


@dataclass(slots=True)
class Share:
    """An agent's part of a day."""

    offered: int = 0
    answered: int = 0
    missed: int = 0
    talk_us: int = 0
    wrap_up_us: int = 0
    available_us: int = 0
    since: Moment | None = None

    @property
    def per_hour(self) -> float:
        """Calls answered per hour of being available."""
        return self.answered / (self.available_us / 3.6e9) if self.available_us else 0.0


def shares(events: Iterable[ev.Event], until: Moment | None = None) -> dict[AgentNo, Share]:
    """Each agent's part in ``events`` (in order); who is still available at their end is counted up to ``until`` (the last event)."""
    found: dict[AgentNo, Share] = defaultdict(Share)
    answered: dict[str, Moment] = {}
    ended: dict[str, Moment] = {}
    last: Moment | None = None
    for event in events:
        last = event.at
        _count(found, event, answered, ended)
    end = until or last
    for share in found.values():
        if share.since is not None and end is not None:
            share.available_us += elapsed_us(share.since, end)
            share.since = None
    return dict(found)


def _count(found: dict[AgentNo, Share], event: ev.Event, answered: dict[str, Moment], ended: dict[str, Moment]) -> None:
    match event:
        case ev.PresenceChosen() | ev.SeatSignedOut():
            share = found[event.agent]
            if share.since is not None:
                share.available_us += elapsed_us(share.since, event.at)
            share.since = event.at if isinstance(event, ev.PresenceChosen) and event.presence == "available" else None
        case ev.CallOffered():
            found[event.agent].offered += 1
        case ev.RingNoAnswer():
            found[event.agent].missed += 1
        case ev.CallAnswered():
            found[event.agent].answered += 1
            answered[event.call] = event.at
        case ev.TalkEnded() if event.call in answered:
            found[event.agent].talk_us += elapsed_us(answered.pop(event.call), event.at)
            ended[event.call] = event.at
        case ev.WrapUpEnded() if event.call in ended:
            found[event.agent].wrap_up_us += elapsed_us(ended.pop(event.call), event.at)


def evenness(shares: Iterable[Share]) -> float:
    """Jain's index of calls answered per available hour: 1 when all have the same, 1/n when one has them all."""
    rates = [share.per_hour for share in shares if share.available_us]
    squares = sum(rate * rate for rate in rates)
    return sum(rates) ** 2 / (len(rates) * squares) if squares else 1.0

"""Segments: who talked with the caller, for how long, and how long the wrap-up after it was.

Talk runs from the seat's 200 OK to the first BYE, hold included, "客服代表与呼入客户交谈的平均时间长度" (guideline §3.2-2);
wrap-up is "一次呼叫电话接听完后，客服代表完成与此呼叫有关的整理工作所需要的时间" (§3.2-6), from that BYE to
the end of wrap-up of that seat.
"""

from __future__ import annotations

from typing import TypeVar

from hotline.events import CallAnswered, CallEnded, SatisfactionGiven, SurveyOffered, TalkEnded, WrapUpEnded
from hotline.ids import SeatNo
from hotline.moment import Moment, elapsed_us, is_estimated
from kpi.model import Segment
from kpi.story import Story

E = TypeVar("E", TalkEnded, WrapUpEnded)


def segments_of(story: Story) -> tuple[Segment, ...]:
    """One segment per answered offer, in order; a second answer of the same offer is a doubled signal."""
    answers = list({answer.offer: answer for answer in reversed(story.all(CallAnswered))}.values())
    answers.sort(key=lambda answer: story.order(answer.at))
    return tuple(_segment(story, answer, answers[place + 1 :]) for place, answer in enumerate(answers))


def _segment(story: Story, answer: CallAnswered, later: list[CallAnswered]) -> Segment:
    again = next((other.at for other in later if other.seat == answer.seat), None)
    ending = _first_of_seat(story, TalkEnded, answer.seat, answer.at, again)
    ended = ending.at if ending else _guessed_end(story, answer.at, later)
    wrapped = _first_of_seat(story, WrapUpEnded, answer.seat, ending.at, again) if ending else None
    guessed = ended is not None and (ending is None or ending.estimated or is_estimated(answer.at, ended))
    return Segment(
        seat=answer.seat,
        agent=answer.agent,
        answered=answer.at,
        ended=ended,
        talk_us=elapsed_us(answer.at, ended) if ended else None,
        wrap_up_us=elapsed_us(ending.at, wrapped.at) if ending and wrapped else None,
        estimated=guessed or bool(ending and wrapped and is_estimated(ending.at, wrapped.at)),
    )


def _first_of_seat(story: Story, kind: type[E], seat: SeatNo, since: Moment, again: Moment | None) -> E | None:
    """The first event of ``kind`` of ``seat`` from ``since`` on and before the same seat answered this call again."""
    for event in story.all(kind):
        late = again is not None and story.order(event.at) >= story.order(again)
        if event.seat == seat and story.order(event.at) >= story.order(since) and not late:
            return event
    return None


def _guessed_end(story: Story, answered: Moment, later: list[CallAnswered]) -> Moment | None:
    """The earliest thing that proves a talk over whose own end was lost; None while it may still go on."""
    survey = [event.at for kind in (SurveyOffered, SatisfactionGiven) for event in story.all(kind)]
    proofs = [other.at for other in later] + survey + [event.at for event in story.all(CallEnded)]
    after = [at for at in proofs if story.order(at) >= story.order(answered)]
    return min(after, key=story.order) if after else None

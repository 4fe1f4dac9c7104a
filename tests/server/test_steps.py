"""Every call step can be said in one line, and nothing personal is in it."""

from __future__ import annotations

from hotline import events as e
from hotline.ids import AgentNo, CallerKey, CallId, SeatNo
from hotline.moment import Moment
from server.steps import WORDS, step_line

AT = Moment(1_763_624_556_000_000, 0)


def test_an_answer_is_said_with_time_call_seat_and_agent() -> None:
    event = e.CallAnswered(at=AT, call=CallId("c-20251120-1"), offer="o-20251120-1-1", seat=SeatNo(3), agent=AgentNo("8003"))
    assert step_line(event) == "15:42:36  c-20251120-1  接通 3 号座席(工号 8003)"


def test_the_callers_key_is_not_shown() -> None:
    assert "k1k1" not in (step_line(e.CallArrived(at=AT, call=CallId("c-1"), caller=CallerKey("k1k1"))) or "")


def test_every_event_of_a_call_has_its_words() -> None:
    silent = {kind for kind in e.CallEvent.__subclasses__() if kind not in WORDS}
    assert silent == set()

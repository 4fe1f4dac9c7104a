"""How far a call has come, read from its events."""

from __future__ import annotations

from hotline import events as e
from hotline.ids import AgentNo, CallerKey, CallId, ChannelId, DepositorId, OfferId, QueueName, SeatNo
from hotline.moment import Moment
from server.progress import live_calls

CALL = CallId("c-20251120-1")
ARRIVED = e.CallArrived(at=Moment(1, 1), call=CALL, caller=CallerKey("k"), line=ChannelId("chan"))
LOGGED_IN = e.LoggedIn(at=Moment(3, 3), call=CALL, depositor=DepositorId("d"))
QUEUED = e.CallQueued(at=Moment(5, 5), call=CALL, queue=QueueName("agents"), position=1)
ANSWERED = e.CallAnswered(at=Moment(6, 6), call=CALL, offer=OfferId("o"), seat=SeatNo(1), agent=AgentNo("8001"))
TALKED = e.TalkEnded(at=Moment(7, 7), call=CALL, seat=SeatNo(1), agent=AgentNo("8001"), by="agent")
ENDED = e.CallEnded(at=Moment(9, 9), call=CALL, how="we_hung_up")


def stage(*events: e.Event) -> str:
    return live_calls(events)[CALL].stage


def test_a_caller_in_a_menu_keeps_menu_and_login() -> None:
    call = live_calls([ARRIVED, LOGGED_IN, e.MenuEntered(at=Moment(4, 4), call=CALL, node="query")])[CALL]
    assert (call.stage, call.node, call.depositor, call.line) == ("menu", "query", "d", "chan")


def test_the_account_he_chose_and_the_employer_he_logged_in_for_are_kept() -> None:
    chose = e.LoggedIn(at=Moment(3, 3), call=CALL, depositor=DepositorId("d"), account=2)
    for_his_unit = e.LoggedIn(at=Moment(4, 4), call=CALL, depositor=DepositorId("u"), unit=True)
    call = live_calls([ARRIVED, chose, for_his_unit])[CALL]
    assert (call.depositor, call.account, call.unit) == ("d", 2, "u")


def test_who_set_his_pin_with_a_code_has_his_tries_back() -> None:
    refused = [e.LoginRefused(at=Moment(at, at), call=CALL, attempt=at) for at in (2, 3, 4)]
    assert live_calls([ARRIVED, *refused])[CALL].refused == 3
    for by, left in (("code", 0), ("old_pin", 3)):
        pin_set = e.PinSet(at=Moment(5, 5), call=CALL, depositor=DepositorId("d"), by=by)  # type: ignore[arg-type]
        assert live_calls([ARRIVED, *refused, pin_set])[CALL].refused == left


def test_what_the_person_he_asked_for_must_know_is_kept() -> None:
    call = live_calls([ARRIVED, e.AgentWanted(at=Moment(4, 4), call=CALL, skill="complaint"), QUEUED])[CALL]
    assert (call.wanted_at, call.skill) == (Moment(4, 4), "complaint")


def test_the_stage_follows_the_call() -> None:
    assert stage(ARRIVED) == "menu"
    assert stage(ARRIVED, QUEUED) == "waiting"
    assert stage(ARRIVED, QUEUED, ANSWERED) == "talking"
    assert stage(ARRIVED, QUEUED, ANSWERED, TALKED) == "after_talk"


def test_one_who_went_back_to_the_menu_is_in_the_menu() -> None:
    assert stage(ARRIVED, QUEUED, e.CallAbandoned(at=Moment(6, 6), call=CALL, stage="waiting", how="went_back")) == "menu"


def test_an_ended_call_is_not_live_and_nothing_wakes_it() -> None:
    assert live_calls([ARRIVED, ENDED]) == {}
    assert live_calls([ARRIVED, ENDED, QUEUED]) == {}


def test_events_of_an_unknown_call_change_nothing() -> None:
    assert live_calls([QUEUED, ANSWERED]) == {}

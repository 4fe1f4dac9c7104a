"""The reconciler's rule, difference by difference."""

from __future__ import annotations

from hotline.ids import BridgeId, CallId, ChannelId, OfferId
from hotline.moment import Moment
from server.differences import (
    Believed,
    BridgeOrphaned,
    CallerFound,
    CallerGone,
    CallerInFallback,
    LegAnswered,
    LegGone,
    LegOrphaned,
    TalkApart,
    differences,
    seen_twice,
)
from telephony.ports import Found, FoundChannel

AT = Moment(1_763_624_556_000_000, 0)
CALL, LINE, OFFER, BRIDGE = CallId("c-20251120-1"), ChannelId("chan-1"), OfferId("o-20251120-1-1"), BridgeId("b-20251120-1")


def caller(bridge: BridgeId | None = None, ours: bool = True, where: str = "") -> FoundChannel:
    return FoundChannel(LINE, "Up", CALL, None, ours, bridge, AT, where=where)


def leg(state: str = "Up", bridge: BridgeId | None = None) -> FoundChannel:
    return FoundChannel(ChannelId(OFFER), state, None, OFFER, True, bridge, AT)


def found(*channels: FoundChannel, bridges: tuple[BridgeId, ...] = ()) -> Found:
    return Found(AT, channels, bridges, frozenset())


def test_where_belief_and_exchange_agree_there_is_nothing_to_do() -> None:
    talk = Believed(callers={CALL: LINE}, talking={OFFER: CALL})
    assert differences(talk, found(caller(BRIDGE), leg(bridge=BRIDGE), bridges=(BRIDGE,))) == []
    ringing = Believed(callers={CALL: LINE}, ringing={OFFER: CALL})
    assert differences(ringing, found(caller(), leg("Ringing"))) == []
    assert differences(Believed(), found()) == []


def test_a_caller_whose_channel_is_gone_is_closed() -> None:
    assert differences(Believed(callers={CALL: LINE}), found()) == [CallerGone(CALL, LINE)]
    assert differences(Believed(asleep={CALL: LINE}), found()) == [CallerGone(CALL, LINE)]


def test_a_caller_nobody_serves_is_taken_up_again() -> None:
    assert differences(Believed(asleep={CALL: LINE}), found(caller())) == [CallerFound(CALL, caller())]
    assert differences(Believed(), found(caller())) == [CallerFound(CALL, caller())]


def test_a_caller_waiting_in_the_dialplans_queue_is_taken_back_but_not_one_who_talks_there() -> None:
    waits = caller(ours=False, where="hl-fallback")
    assert differences(Believed(), found(waits)) == [CallerInFallback(CALL, waits)]
    assert differences(Believed(), found(caller(BridgeId("queue-bridge"), ours=False, where="hl-fallback"))) == []


def test_a_seats_leg_that_vanished_is_told_to_the_floor() -> None:
    assert differences(Believed(callers={CALL: LINE}, ringing={OFFER: CALL}), found(caller())) == [LegGone(OFFER, CALL, talked=False)]
    talking = Believed(callers={CALL: LINE}, talking={OFFER: CALL})
    assert differences(talking, found(caller(BRIDGE), bridges=(BRIDGE,))) == [LegGone(OFFER, CALL, talked=True)]


def test_a_phone_answered_while_we_were_away_is_told_to_the_floor() -> None:
    assert differences(Believed(callers={CALL: LINE}, ringing={OFFER: CALL}), found(caller(), leg("Up"))) == [LegAnswered(OFFER, CALL)]


def test_a_talk_whose_legs_are_apart_is_joined_again() -> None:
    talking = Believed(callers={CALL: LINE}, talking={OFFER: CALL})
    assert differences(talking, found(caller(), leg(), bridges=(BRIDGE,))) == [TalkApart(OFFER, CALL)]


def test_legs_and_bridges_nobody_knows_are_removed_but_not_those_of_others() -> None:
    assert differences(Believed(), found(leg(), bridges=(BRIDGE,))) == [LegOrphaned(ChannelId(OFFER)), BridgeOrphaned(BRIDGE)]
    assert differences(Believed(), found(bridges=(BridgeId("somebody-elses"),))) == []


def test_while_running_only_what_two_looks_see_counts() -> None:
    gone = differences(Believed(callers={CALL: LINE}), found())
    assert seen_twice(gone, []) == []
    assert seen_twice(gone, gone) == gone

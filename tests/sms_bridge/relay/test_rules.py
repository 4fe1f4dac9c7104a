"""The relay's laws by themselves: parts and messages, answers and reports, buckets, carriers, reserved slots."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_bridge.link.model import Fate, Verdict
from sms_bridge.model import Lane, SmsState
from sms_bridge.relay.early import EarlyReports
from sms_bridge.relay.model import Loaded, Part, Reported, Route
from sms_bridge.relay.roads import Roads, carrier_of
from sms_bridge.relay.rules import Bucket, after_answer, after_report, room_for, whole
from sms_bridge.rules import FINAL, LEGAL

S = SmsState
states = st.sampled_from(SmsState)


@given(now=states, verdict=st.sampled_from(Verdict), attempts=st.integers(1, 5))
def test_an_answer_only_ever_takes_a_legal_step_and_never_leaves_an_end(now: SmsState, verdict: Verdict, attempts: int) -> None:
    to = after_answer(now, verdict, attempts)
    assert to is None or to in LEGAL[now]
    assert now not in FINAL or to is None


@given(now=states, fate=st.sampled_from(Fate))
def test_a_report_only_ever_takes_a_legal_step_and_the_first_word_counts(now: SmsState, fate: Fate) -> None:
    to = after_report(now, fate)
    assert to is None or (to in LEGAL[now] and to in FINAL)
    assert now not in FINAL or to is None
    assert fate is not Fate.ON_ITS_WAY or to is None


def test_a_part_that_may_have_been_taken_before_stays_unknown_when_the_gateway_wants_it_slower() -> None:
    assert after_answer(S.ON_WIRE, Verdict.SLOWER, 1) is S.HELD
    assert after_answer(S.ON_WIRE, Verdict.SLOWER, 2) is S.UNKNOWN


@given(parts=st.lists(states, min_size=1, max_size=8))
def test_a_message_is_as_its_worst_part_and_delivered_only_when_all_are(parts: list[SmsState]) -> None:
    assert whole(parts) in parts
    assert (whole(parts) is S.DELIVERED) == (set(parts) == {S.DELIVERED})
    assert (S.FAILED in parts) == (whole(parts) is S.FAILED)


@given(rate=st.floats(1, 1000), moments=st.lists(st.floats(0, 10), max_size=200))
def test_a_bucket_never_lets_more_go_than_its_rate_and_burst(rate: float, moments: list[float]) -> None:
    bucket = Bucket(rate, burst=5)
    taken = sum(bucket.take(at) for at in sorted(moments))
    assert taken <= 5 + rate * 10 + 1e-6


def test_a_bucket_leaves_what_is_kept_for_others_and_says_how_long_to_wait() -> None:
    bucket = Bucket(10, burst=2)
    assert [bucket.take(0, keep=1), bucket.take(0, keep=1), bucket.take(0)] == [True, False, True]
    assert bucket.wait(0) == pytest.approx(0.1)
    assert Bucket(0, 1).take(0)


@given(room=st.integers(0, 64), window=st.integers(1, 64), reserve=st.integers(0, 8))
def test_notices_leave_slots_to_codes_but_never_starve_on_a_small_window(room: int, window: int, reserve: int) -> None:
    assert room_for(Lane.CODE, room, window, reserve) == room
    assert 0 <= room_for(Lane.BULK, room, window, reserve) <= room
    assert room_for(Lane.BULK, window, window, reserve) >= 1


def part(number: str, **more: object) -> Part:
    return Part(Loaded(1, Lane.NOTICE, number, "mark", ("text",)), 1, **more)  # type: ignore[arg-type]


def test_a_number_goes_by_its_carriers_account_unless_that_refused_it_or_it_is_known_to_be_elsewhere() -> None:
    roads = Roads([Route("m", carriers=frozenset({"mobile"})), Route("u", carriers=frozenset({"unicom"})), Route("all")], reserve=2)
    assert roads.serve(part("13800000001")) == {"m"}
    assert roads.serve(part("13100000001")) == {"u"}
    assert roads.serve(part("15400000001")) == {"all"}
    assert roads.serve(part("13800000001", refused_by=frozenset({"m"}))) == {"all"}
    assert roads.serve(part("13800000001", refused_by=frozenset({"m", "all"}))) == {"u"}
    assert roads.serve(part("13800000001", refused_by=frozenset({"m", "u", "all"}))) == frozenset()
    assert roads.serve(part("13800000001", prefers="u")) == {"u"}


def test_the_longest_prefix_counts() -> None:
    assert [carrier_of(n) for n in ("13400000000", "13490000000", "17000000000", "17040000000", "19200000000", "15400000000")] == [
        "mobile", "telecom", "telecom", "unicom", "broadcast", "",
    ]  # fmt: skip


def test_an_early_report_is_taken_once_by_its_message_or_by_its_number() -> None:
    early = EarlyReports()
    reports = [Reported("a", f"id{n}", Fate.DELIVERED, "DELIVRD", f"key{n}", number_mark="mark") for n in range(3)]
    for report in [*reports, reports[0]]:
        early.keep(report)
    assert len(early) == 3
    assert early.of_message("a", "id1") == [reports[1]]
    assert early.of_message("a", "id1") == []
    assert early.of_number("mark") == [reports[0], reports[2]]
    assert len(early) == 0

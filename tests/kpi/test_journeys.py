"""One call's events in, one journey out: classes, waits, talk, wrap-up, whatever order they come in and whatever is missing."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline import events as e
from hotline.events import Event
from hotline.ids import AgentNo, CallerKey, CallId, OfferId, QueueName, RecordingId, SeatNo
from hotline.moment import Moment
from kpi.journeys import JourneyFold, journey_of
from kpi.model import CallClass, Journey
from kpi.tally import CLASS_FIELDS, tally

Told = Callable[..., list[Event]]
SECOND = 1_000_000

ONE_CALL = """
time          call  event       offer  seat
09:00:00.000  a     arrives
09:00:12.000  a     reaches     Q.1.1
09:00:20.000  a     asks
09:00:20.100  a     queues
09:00:21.000  a     offered     o1     1
09:00:36.000  a     unanswered  o1     1
09:00:36.100  a     offered     o2     2
09:00:40.250  a     answered    o2     2
09:01:00.000  a     held        2
09:01:30.000  a     retrieved   2
09:02:40.750  a     talk_ends   2
09:02:41.000  a     surveyed
09:02:44.000  a     grades      satisfied
09:02:46.000  a     ends
09:03:00.750  a     wrapped_up  2
"""


def fold(events: list[Event]) -> Journey:
    journeys = JourneyFold().add_all(events).journeys()
    assert len(journeys) == 1
    return journeys[0]


def test_a_call_through_the_whole_house_is_one_row_exact_to_the_microsecond(told: Told) -> None:
    journey = fold(told(ONE_CALL))
    assert journey.call_class is CallClass.ANSWERED
    assert not journey.open and not journey.estimated
    assert (journey.wait_from_request, journey.wait_from_arrival, journey.wait_in_queue) == (20_250_000, 40_250_000, 20_150_000)
    assert (journey.talk, journey.wrap_up) == (120_500_000, 20 * SECOND)
    assert (journey.seat, journey.agent, journey.grade, journey.ended_how) == (2, "8002", "satisfied", "caller_hung_up")
    assert journey.services == ("Q.1.1",)


def test_a_seat_that_let_it_ring_has_it_in_its_statistics_and_the_wait_goes_on(told: Told) -> None:
    rings = {ring.agent: (ring.offered, ring.unanswered) for ring in fold(told(ONE_CALL)).rings}
    assert rings == {"8001": (1, 1), "8002": (1, 0)}


CLASSES = {
    "answered, whatever was reached before": ("arrives; reaches Q.1.1; asks; answered o1 1; talk_ends 1; ends", "ANSWERED"),
    "a service reached and nobody asked for": ("arrives; reaches Q.1.1; ends", "SELF"),
    "hung up in the queue": ("arrives; asks; queues; leaves; ends", "ABANDONED"),
    "nobody signed in": ("arrives; asks; ends", "ABANDONED"),
    "went back to the menu and served himself": ("arrives; asks; queues; goes_back; reaches Q.1.1; ends", "ABANDONED"),
    "left a message in staffed hours after waiting": ("arrives; asks; queues; goes_back; leaves_message; ends", "ABANDONED"),
    "went back, asked again, was answered": (
        "arrives; asks; queues; goes_back; asks; queues; answered o1 1; talk_ends 1; ends",
        "ANSWERED",
    ),
    "hung up in the menu": ("arrives; ends", "IVR_DROP"),
    "asked outside hours": ("arrives_off_hours; asks_off_hours; ends", "OFF_REQUEST"),
    "served himself, then asked outside hours": ("arrives_off_hours; reaches Q.1.1; asks_off_hours; ends", "OFF_REQUEST"),
    "asked outside hours and left a message": ("arrives_off_hours; asks_off_hours; leaves_message; ends", "SELF"),
    "message without asking": ("arrives; leaves_message; ends", "SELF"),
    "still in the menu": ("arrives; reaches Q.1.1", None),
    "still waiting": ("arrives; asks; queues; offered o1 1", None),
    "still talking": ("arrives; asks; queues; answered o1 1", "ANSWERED"),
    "the end is lost but he left the queue": ("arrives; asks; queues; leaves", "ABANDONED"),
    "the answer is lost but the talk ended": ("arrives; asks; talk_ends 1; ends", "ANSWERED"),
    "the request is lost but he stood in the queue": ("arrives; queues; ends", "ABANDONED"),
    "the arrival is lost": ("asks; queues; answered o1 1; talk_ends 1; ends", "ANSWERED"),
    "answered by the fallback": ("arrives; served_by_fallback 12 60", "ANSWERED"),
    "left the fallback's queue": ("arrives; served_by_fallback 12 0", "ABANDONED"),
    "heard the fallback's apology only": ("arrives; served_by_fallback 0 0", "IVR_DROP"),
}


@pytest.mark.parametrize("story", CLASSES)
def test_a_call_is_exactly_one_class(told: Told, story: str) -> None:
    steps, expected = CLASSES[story]
    lines = [f"09:00:{10 + place:02d} a {step}" for place, step in enumerate(steps.split("; "))]
    journey = fold(told("\n".join(lines)))
    assert journey.call_class == expected


def test_a_transfer_is_one_call_with_the_first_wait_and_both_talks_and_wrap_ups(told: Told) -> None:
    journey = fold(
        told("""
        10:00:00  c  arrives
        10:00:20  c  asks
        10:00:35  c  answered    o1  1
        10:01:35  c  talk_ends   1
        10:01:45  c  wrapped_up  1
        10:01:55  c  answered    o2  2
        10:03:35  c  talk_ends   2
        10:03:36  c  ends
        10:03:55  c  wrapped_up  2
        """)
    )
    assert (journey.wait_from_request, journey.talk, journey.wrap_up) == (15 * SECOND, 160 * SECOND, 30 * SECOND)
    assert [segment.agent for segment in journey.segments] == ["8001", "8002"]
    assert journey.agent == "8001"


def test_a_transfer_back_to_the_same_seat_keeps_each_part_s_own_end(told: Told) -> None:
    journey = fold(
        told("""
        10:00:00  c  arrives
        10:00:10  c  answered    o1  1
        10:00:20  c  talk_ends   1
        10:00:25  c  wrapped_up  1
        10:00:30  c  answered    o2  1
        10:01:30  c  talk_ends   1
        10:01:33  c  wrapped_up  1
        10:01:34  c  ends
        """)
    )
    assert (journey.talk, journey.wrap_up) == (70 * SECOND, 8 * SECOND)


def test_the_end_of_a_second_talk_at_a_seat_is_not_taken_for_the_lost_end_of_the_first(told: Told) -> None:
    steps = [
        "00:00 c arrives",
        "00:10 c answered o1 1",
        "00:30 c answered o2 1",
        "01:30 c talk_ends 1",
        "01:33 c wrapped_up 1",
        "01:34 c ends",
    ]
    first, second = fold(told("\n".join(f"10:{step}" for step in steps))).segments
    assert (first.talk_us, first.wrap_up_us, first.estimated) == (20 * SECOND, None, True)
    assert (second.talk_us, second.wrap_up_us, second.estimated) == (60 * SECOND, 3 * SECOND, False)


def test_wrap_up_is_unknown_until_every_segment_has_ended_its_own(told: Told) -> None:
    journey = fold([event for event in told(ONE_CALL) if not isinstance(event, e.WrapUpEnded)])
    assert journey.wrap_up is None and journey.wrap_up_due


def test_a_degraded_call_has_no_wrap_up_but_a_wait_and_a_talk(told: Told) -> None:
    journey = fold(told("09:00:00 a arrives\n09:02:00 a served_by_fallback 25 90\n09:02:00 a ends"))
    assert (journey.wait_from_request, journey.talk, journey.wrap_up) == (25 * SECOND, 90 * SECOND, None)
    assert journey.degraded and not journey.wrap_up_due


def test_a_caller_who_went_back_and_asked_again_waited_since_he_asked_again(told: Told) -> None:
    journey = fold(
        told("""
        09:00:00  a  arrives
        09:00:10  a  asks
        09:00:10  a  queues
        09:00:40  a  goes_back
        09:02:00  a  asks
        09:02:00  a  queues
        09:02:15  a  answered   o1  1
        09:03:00  a  talk_ends  1
        09:03:00  a  ends
        """)
    )
    assert journey.wait_from_request == 15 * SECOND
    assert journey.wait_from_arrival == 135 * SECOND


def test_a_caller_who_went_back_twice_waited_since_his_last_request(told: Told) -> None:
    steps = ["00 a arrives", "05 a asks", "10 a goes_back", "15 a asks", "20 a goes_back", "30 a asks", "42 a answered o 1"]
    assert fold(told("\n".join(f"09:00:{step}" for step in steps))).wait_from_request == 12 * SECOND


def test_a_degraded_call_taken_back_to_our_floor_keeps_its_wait_and_talk_but_no_wrap_up(told: Told) -> None:
    journey = fold([*told(ONE_CALL), *told("09:02:46 a served_by_fallback 9 0")])
    assert (journey.wait_from_request, journey.talk, journey.wrap_up) == (20_250_000, 120_500_000, None)
    assert not journey.wrap_up_due


def test_two_services_reached_in_one_moment_are_told_in_a_fixed_order(told: Told) -> None:
    one, other = told("09:00:00 a reaches Q.1.1\n09:00:00 a reaches Q.2.1")
    assert fold([one, other]) == fold([other, one])


def test_a_doubled_request_does_not_shorten_the_wait(told: Told) -> None:
    journey = fold(
        told("09:00:00 a arrives\n09:00:10 a asks\n09:00:12 a asks\n09:00:30 a answered o1 1\n09:00:40 a talk_ends 1\n09:00:41 a ends")
    )
    assert journey.wait_from_request == 20 * SECOND


def test_the_first_bye_ends_the_talk_and_a_second_one_changes_nothing(told: Told) -> None:
    late = told("09:02:45 a talk_ends 2")
    assert fold(told(ONE_CALL) + late) == fold(told(ONE_CALL))


def test_a_lost_end_of_talk_is_taken_from_the_survey_and_said_to_be_estimated(told: Told) -> None:
    journey = fold([event for event in told(ONE_CALL) if not isinstance(event, e.TalkEnded)])
    assert (journey.talk, journey.estimated, journey.wrap_up) == (120_750_000, True, None)


def test_the_last_valid_key_of_the_survey_counts(told: Told) -> None:
    journey = fold(told(ONE_CALL + "09:02:45.000 a grades dissatisfied"))
    assert journey.grade == "dissatisfied"


@pytest.mark.parametrize(("seconds", "short"), [("05", True), ("06", False)])
def test_leaving_the_queue_within_five_seconds_is_a_short_abandon(told: Told, seconds: str, short: bool) -> None:
    journey = fold(told(f"09:00:00 a arrives\n09:01:00 a asks\n09:01:00 a queues\n09:01:{seconds} a leaves\n09:01:{seconds} a ends"))
    assert (journey.short_abandon, journey.waited_until_left) == (short, int(seconds) * SECOND)


def test_a_call_belongs_to_the_day_it_arrived_though_it_ended_after_midnight(told: Told) -> None:
    events = told("23:59:30 a arrives\n23:59:40 a asks\n+1 00:00:10 a answered o1 1\n+1 00:02:10 a talk_ends 1\n+1 00:02:10 a ends")
    journey = fold(events)
    assert (journey.day, journey.wait_from_request, journey.talk) == (date(2026, 11, 20), 30 * SECOND, 120 * SECOND)
    assert JourneyFold().add_all(events).journeys(date(2026, 11, 21)) == []


def test_a_call_without_its_arrival_belongs_to_the_day_its_id_names(told: Told) -> None:
    journey = fold(told("+1 00:00:10 c-20261120-9f3ab1c2d4 answered o1 1"))
    assert (journey.day, journey.estimated, journey.wait_from_arrival) == (date(2026, 11, 20), True, None)


def test_durations_are_monotonic_inside_a_boot_and_estimated_across_one() -> None:
    call, who = CallId("a"), {"offer": OfferId("o"), "seat": SeatNo(1), "agent": AgentNo("8001")}
    arrived = e.CallArrived(at=Moment(0, 0, "b1"), call=call, caller=CallerKey(""))
    wanted = e.AgentWanted(at=Moment(10 * SECOND, 10 * SECOND, "b1"), call=call)
    stepped = e.CallAnswered(at=Moment(3 * SECOND, 15 * SECOND, "b1"), call=call, **who)  # type: ignore[arg-type]
    rebooted = e.CallAnswered(at=Moment(40 * SECOND, SECOND, "b2"), call=call, **who)  # type: ignore[arg-type]
    same_boot, other_boot = journey_of(call, [arrived, wanted, stepped]), journey_of(call, [arrived, wanted, rebooted])
    assert (same_boot.wait_from_request, same_boot.estimated) == (5 * SECOND, False)
    assert (other_boot.wait_from_request, other_boot.estimated) == (30 * SECOND, True)


def test_events_of_no_call_are_no_journey() -> None:
    fold = JourneyFold()
    fold.add(e.SwitchLost(at=Moment(0, 0), why="x"))
    fold.add(e.SeatSignedIn(at=Moment(0, 0), seat=SeatNo(1), agent=AgentNo("8001"), endpoint="hl-1"))
    assert fold.journeys() == [] and fold.journey(CallId("a")) is None


# -- properties ------------------------------------------------------------------------------------------------------

KINDS: list[Callable[[Moment, CallId, int], Event]] = [
    lambda at, call, n: e.CallArrived(at=at, call=call, caller=CallerKey("k"), staffed=n > 0, internal=n == 3),
    lambda at, call, n: e.SelfServiceGiven(at=at, call=call, service=f"Q.{n}"),
    lambda at, call, n: e.AgentWanted(at=at, call=call, staffed=n > 0),
    lambda at, call, n: e.CallQueued(at=at, call=call, queue=QueueName("main"), position=n),
    lambda at, call, n: e.OfferRinging(at=at, call=call, offer=OfferId(f"o{n}"), seat=SeatNo(n), agent=AgentNo(f"800{n}")),
    lambda at, call, n: e.RingNoAnswer(at=at, call=call, offer=OfferId(f"o{n}"), seat=SeatNo(n), agent=AgentNo(f"800{n}")),
    lambda at, call, n: e.CallAnswered(at=at, call=call, offer=OfferId(f"o{n}"), seat=SeatNo(n), agent=AgentNo(f"800{n}")),
    lambda at, call, n: e.TalkEnded(at=at, call=call, seat=SeatNo(n), agent=AgentNo(f"800{n}"), by="caller"),
    lambda at, call, n: e.WrapUpEnded(at=at, call=call, seat=SeatNo(n), agent=AgentNo(f"800{n}"), how="cap"),
    lambda at, call, n: e.CallAbandoned(at=at, call=call, stage="waiting", how="went_back" if n == 1 else "hung_up"),
    lambda at, call, n: e.MessageLeft(at=at, call=call, recording=RecordingId("r")),
    lambda at, call, n: e.SatisfactionGiven(at=at, call=call, agent=AgentNo("8001"), grade="basically" if n else "satisfied"),
    lambda at, call, n: e.CallEnded(at=at, call=call, how="caller_hung_up", estimated=n == 2),
    lambda at, call, n: e.Degraded(at=at, call=call, waited_us=n * SECOND, talked_us=n, answered=n > 1),
]
anything = st.builds(
    lambda kind, call, second, boot, n: KINDS[kind](Moment(second * SECOND, second * SECOND, f"b{boot}"), CallId(call), n),
    st.integers(0, len(KINDS) - 1),
    st.sampled_from("abc"),
    st.integers(0, 40),
    st.integers(0, 1),
    st.integers(0, 3),
)


@given(st.lists(anything, max_size=40), st.randoms(use_true_random=False))
def test_shuffled_and_doubled_events_give_the_same_journeys(events: list[Event], dice: random.Random) -> None:
    straight = JourneyFold().add_all(events).journeys()
    mixed = events + dice.sample(events, len(events) // 2)
    dice.shuffle(mixed)
    asked_between = JourneyFold()
    for event in mixed:
        asked_between.add(event)
        asked_between.journeys()
    assert asked_between.journeys() == straight


@given(st.lists(anything, max_size=40))
def test_every_counted_call_is_in_one_class_or_undecided_and_no_duration_is_negative(events: list[Event]) -> None:
    journeys = JourneyFold().add_all(events).journeys()
    sums = tally(journeys)
    assert sum(getattr(sums, name) for name in CLASS_FIELDS.values()) + sums.undecided == sums.calls_arrived
    assert sums.calls_arrived + sums.internal + sums.outbound == len(journeys)
    durations = [(call.wait_from_request, call.wait_from_arrival, call.talk, call.wrap_up, call.waited_until_left) for call in journeys]
    assert all(us is None or us >= 0 for row in durations for us in row)


def test_leaving_any_events_out_never_raises_and_never_invents_an_answer(told: Told) -> None:
    events = told(ONE_CALL)
    subsets = [[event for bit, event in enumerate(events) if mask >> bit & 1] for mask in range(1, 1 << len(events), 7)]
    journeys = [journey_of(CallId("a"), subset) for subset in subsets]
    proofs = (e.CallAnswered, e.TalkEnded, e.CallHeld, e.SurveyOffered, e.SatisfactionGiven)
    for subset, journey in zip(subsets, journeys, strict=True):
        assert (journey.call_class is CallClass.ANSWERED) == any(isinstance(event, proofs) for event in subset)
        assert journey.open == (not any(isinstance(event, e.CallEnded) for event in subset))


def test_journeys_are_listed_by_arrival(told: Told) -> None:
    events = told("09:00:05 b arrives\n09:00:01 c arrives\n09:00:03 a arrives")
    arrivals = [call.arrived.wall for call in JourneyFold().add_all(events).journeys()]
    assert all(one < other for one, other in pairwise(arrivals))

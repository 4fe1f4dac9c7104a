"""The formulas: exact inside, rounded only for display, each with its document's sentence; tallies add; thresholds are data."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.errors import ConfigError
from kpi.indicators import BY_NAME, INDICATORS, Ratio, Unit, export_columns
from kpi.rounding import half_up, milliseconds
from kpi.tally import Tally
from kpi.thresholds import DOCUMENTED, NATIONAL, TENDER, Light, Limit, Nearness, ThresholdSet, all_of, load_thresholds

SENTENCES = {
    "calls_arrived": "一段时间内所有拨入12329的电话总量",
    "mean_talk_time": "客服代表与呼入客户交谈的平均时间长度",
    "connect_rate_all": "接通的电话数量除以该段时间内的总呼叫量",
    "loss_ratio_all": "放弃的电话数量除以该段时间内接通的电话数量",
    "mean_wait_from_arrival": "呼入客户从呼入到接通的平均时间长度",
    "mean_wrap_up_time": "完成与此呼叫有关的整理工作所需要的时间",
    "complaint_rate": "投诉量除以该段时间内的接听量",
    "satisfaction_rate": "满意的客户数除以该段时间内接受调研的客户总数",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_each_of_the_eight_stands_beside_the_document_s_sentence(name: str) -> None:
    text = BY_NAME[name].formula.__doc__ or ""
    assert SENTENCES[name] in text and BY_NAME[name].clause in text


def test_every_formula_is_explained_and_every_column_is_of_the_data_standard() -> None:
    assert all(indicator.formula.__doc__ for indicator in INDICATORS)
    columns = ["callTotal", "callavg", "callconnect", "ABNcalls", "waittimeavg", "acwavg", "complntrate", "satisrate"]
    assert list(export_columns(Tally())) == columns


def test_the_loss_ratio_divides_by_what_was_connected_and_is_not_the_abandonment_rate() -> None:
    tally = Tally(calls_arrived=1000, agent_requests=1000, answered=900, abandoned=100)
    assert (BY_NAME["loss_ratio_all"].shown(tally), BY_NAME["abandonment_rate"].shown(tally)) == ("11.11", "10.00")


def test_minutes_and_percent_are_for_the_columns_only() -> None:
    tally = Tally(wait_request_us=201_000_000, wait_request_calls=5, complaints=3, answered=9999)
    wait, complaints = BY_NAME["mean_wait_from_request"], BY_NAME["complaint_rate"]
    assert (wait.shown(tally), wait.exported(tally), NATIONAL.judge(wait, tally)) == ("40.20", "0.67", False)
    assert (complaints.shown(tally), complaints.exported(tally), TENDER.judge(complaints, tally)) == ("0.30", "0.03", False)


@pytest.mark.parametrize(
    ("name", "tally", "shown", "verdict"),
    [
        ("connect_rate_all", Tally(calls_arrived=100_000, answered=89_996), "90.00", False),
        ("connect_rate_all", Tally(calls_arrived=100, answered=90), "90.00", True),
        ("loss_ratio_all", Tally(abandoned=10_004, answered=100_000), "10.00", False),
        ("mean_wait_from_request", Tally(wait_request_us=30_004_000, wait_request_calls=1), "30.00", False),
        ("mean_wait_from_request", Tally(wait_request_us=30_000_001, wait_request_calls=1), "30.00", False),
        ("mean_wait_from_request", Tally(wait_request_us=30_000_000, wait_request_calls=1), "30.00", True),
        ("mean_wrap_up_time", Tally(wrap_up_us=25_004_999, wrap_up_calls=1), "25.00", False),
        ("satisfaction_rate", Tally(satisfied=94_996, dissatisfied=5_004), "95.00", False),
    ],
)
def test_a_verdict_is_never_taken_from_a_rounded_figure(name: str, tally: Tally, shown: str, verdict: bool) -> None:
    assert (BY_NAME[name].shown(tally), TENDER.judge(BY_NAME[name], tally)) == (shown, verdict)


def test_nothing_to_divide_by_is_null_and_no_verdict() -> None:
    for indicator in INDICATORS:
        if indicator.unit is not Unit.CALLS:
            assert (indicator.exact(Tally()), indicator.shown(Tally()), NATIONAL.judge(indicator, Tally())) == (None, None, None)


def test_without_a_source_of_tickets_the_complaint_rate_is_null_never_zero() -> None:
    rate = BY_NAME["complaint_rate"]
    assert rate.exact(Tally(answered=100)) is None
    assert rate.exact(Tally(answered=100, complaints=0)) == 0


def test_without_drops_the_agent_basis_is_the_stricter_one() -> None:
    """With every call either served or an agent request, connect rate agent <= all and loss ratio agent >= all (algebra)."""
    for served in range(6):
        tally = Tally(calls_arrived=10 + served, agent_requests=10, answered=8, abandoned=2, self_served=served)
        rate, loss = [
            [BY_NAME[f"{family}_{basis}"].exact(tally) or 0 for basis in ("agent", "all")] for family in ("connect_rate", "loss_ratio")
        ]
        assert rate[0] <= rate[1] and loss[0] >= loss[1]


# -- adding ----------------------------------------------------------------------------------------------------------

counts = st.integers(0, 1000)
tallies = st.builds(
    Tally, calls_arrived=counts, answered=counts, abandoned=counts, talk_us=counts, talk_calls=counts, complaints=st.none() | counts
)


@given(tallies, tallies)
def test_tallies_add_field_by_field_in_any_order(one: Tally, other: Tally) -> None:
    both = one + other
    assert both == other + one and both + Tally() == both
    assert (both.answered, both.talk_us) == (one.answered + other.answered, one.talk_us + other.talk_us)


def test_a_month_is_made_of_sums_and_not_of_means_of_rates() -> None:
    month = Tally(calls_arrived=100, answered=95, abandoned=5) + Tally(calls_arrived=900, answered=765, abandoned=135)
    assert BY_NAME["loss_ratio_all"].exact(month) == Fraction(14000, 860)


def test_complaints_of_a_day_without_a_source_are_unknown_for_the_month_too() -> None:
    known, unknown = Tally(calls_arrived=1, complaints=2), Tally(calls_arrived=1)
    assert ((known + known).complaints, (known + unknown).complaints, (known + Tally()).complaints) == (4, None, 2)


# -- rounding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(5175, 1000), "5.18"),
        (Fraction(5174999, 1000000), "5.17"),
        (Fraction(-5175, 1000), "-5.18"),
        (Fraction(-1, 1000), "0.00"),
        (Fraction(0), "0.00"),
        (Fraction(2, 3), "0.67"),
        (Fraction(10**30), "1" + "0" * 30 + ".00"),
    ],
)
def test_halves_are_rounded_away_from_zero(value: Fraction, text: str) -> None:
    assert half_up(value) == text


def test_half_a_millisecond_is_rounded_up() -> None:
    assert (milliseconds(499), milliseconds(500), milliseconds(None), half_up(Fraction(5, 2), 0)) == (0, 1, None, "3")


# -- thresholds ------------------------------------------------------------------------------------------------------


def test_the_shipped_file_states_the_documented_sets() -> None:
    assert load_thresholds(Path(__file__).parents[2] / "etc" / "thresholds.toml") == DOCUMENTED == load_thresholds(None)


def test_equality_passes_in_both_directions() -> None:
    at_least, at_most = Limit("at_least", Fraction(90)), Limit("at_most", Fraction(10))
    assert (at_least.passes(Fraction(90)), at_most.passes(Fraction(10))) == (True, True)
    assert (at_least.passes(Fraction(8999, 100)), at_most.passes(Fraction(1001, 100)), at_most.passes(None)) == (False, False, None)


@pytest.mark.parametrize(
    ("direction", "bound", "value", "light"),
    [
        ("at_least", 90, 91, Light.PASS),
        ("at_least", 90, 90, Light.NEAR),
        ("at_least", 90, 89, Light.FAIL),
        ("at_most", 40, 37, Light.PASS),
        ("at_most", 40, 38, Light.NEAR),
        ("at_most", 40, 40, Light.NEAR),
        ("at_most", 40, 41, Light.FAIL),
        ("at_most", 40, None, Light.NONE),
    ],
)
def test_a_light_tells_pass_near_and_fail_apart(direction: str, bound: int, value: int | None, light: Light) -> None:
    seconds = Tally(wait_request_us=(value or 0) * 1_000_000, wait_request_calls=value is not None)
    limits = ThresholdSet("x", "x", "", {"mean_wait": Limit(direction, Fraction(bound))})  # type: ignore[arg-type]
    assert limits.light(BY_NAME["mean_wait_from_request"], seconds) is light


def test_an_indicator_s_own_limit_goes_before_its_family_s() -> None:
    limits = ThresholdSet(
        "x", "x", "", {"connect_rate": Limit("at_least", Fraction(85)), "connect_rate_agent": Limit("at_least", Fraction(95))}
    )
    tally = Tally(calls_arrived=10, agent_requests=10, answered=9)
    assert [limits.judge(BY_NAME[name], tally) for name in ("connect_rate_all", "connect_rate_agent")] == [True, False]


def test_one_failure_fails_and_what_is_not_said_does_not_count() -> None:
    assert [all_of(said) for said in ([], [None], [None, True], [True, None, False])] == [None, None, True, False]


def test_a_centre_adds_a_set_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text(
        '[near]\npercent_of_maximum = 80\n[centre]\ntitle = "本中心"\n[centre.limits]\ncomplaint_rate = { at_most = 0.25 }\n',
        encoding="utf-8",
    )
    (centre,) = load_thresholds(file)
    assert (centre.title, centre.limits["complaint_rate"].bound) == ("本中心", Fraction(1, 4))
    assert centre.nearness == Nearness(percent_of_maximum=Fraction(80))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a.limits]\nconnect_rat = { at_least = 1 }", "a.limits.connect_rat: is not known"),
        ("[a.limits]\nconnect_rate = 85", "a.limits.connect_rate: must be a table"),
        ("[a.limits]\nconnect_rate = { at_least = 1, at_most = 2 }", "a.limits.connect_rate: needs exactly one"),
        ("[a.limits]\nconnect_rate = { }", "a.limits.connect_rate: needs exactly one"),
        ("[a.limits]\nconnect_rate = { at_least = '85' }", "a.limits.connect_rate.at_least: must be a number"),
        ("[a.limits]\nconnect_rate = { at_least = -1 }", "a.limits.connect_rate.at_least: must be a number"),
        ("[a.limits]\nconnect_rate = { at_least = nan }", "a.limits.connect_rate.at_least: must be a number"),
        ("[a]\ntitle = 5", "a.title: must be text"),
        ("[a]\ncolour = 5", "a.colour: is not known"),
        ("a = 5", "a: must be a table"),
        ("[near]\nx = 5", "near.x: is not known"),
        ("", "holds no threshold set"),
        ("[a", "mend the line"),
    ],
)
def test_a_wrong_threshold_file_is_refused_by_the_field_s_name(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        load_thresholds(file)
    assert said in str(refusal.value) and str(file) in str(refusal.value)


def test_a_threshold_file_that_is_not_there_is_said_to_be() -> None:
    with pytest.raises(ConfigError, match="is not there"):
        load_thresholds(Path("nowhere.toml"))


def test_a_ratio_without_a_source_has_no_value() -> None:
    assert (Ratio(None, 5).value, Ratio(0, 5).value, Ratio(5, 0).value) == (None, 0, None)

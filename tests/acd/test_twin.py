"""The twin: the mathematics, the rules beside it call by call, and what a journal says of its callers."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest

from acd.twin.callers import classes, day, poisson
from acd.twin.drive import AGENTS, Comer, Twin, moment
from acd.twin.figures import Tally
from acd.twin.fitted import Target, fit, foresee, seats_needed
from acd.twin.theory import accumulating, cobham, erlang_a, erlang_b, erlang_c, kiefer_wolfowitz
from hotline import events as ev
from hotline.routing import RoutingSettings

ROWS = {
    80: (0.0490, 0.0107, 0.0108, 1.03, 0.9707, 0.495), 112: (0.1899, 0.0474, 0.0498, 4.61, 0.8742, 0.667),
    136: (0.3431, 0.0948, 0.1047, 9.46, 0.7564, 0.769), 160: (0.5026, 0.1533, 0.1810, 15.94, 0.6201, 0.847),
    240: (0.8616, 0.3547, 0.5498, 44.12, 0.2384, 0.968),
}  # fmt: skip
"""The design's table: 8 seats, AHT 180 s, patience 120 s."""


@pytest.mark.parametrize("rate", ROWS)
def test_erlang_a_is_the_design_s_table(rate: int) -> None:
    got = erlang_a(rate, 180, 120, 8)
    wait, abandon, loss, asa, sl20, busy = ROWS[rate]
    assert got.wait == pytest.approx(wait, abs=6e-5)
    assert got.abandon == pytest.approx(abandon, abs=6e-5)
    assert got.loss_ratio == pytest.approx(loss, abs=6e-5)
    assert got.asa == pytest.approx(asa, abs=6e-3)
    assert got.sl20 == pytest.approx(sl20, abs=6e-5)
    assert got.occupancy == pytest.approx(busy, abs=6e-4)


def test_erlang_b_is_the_exact_fraction() -> None:
    load = Fraction(13, 2)
    terms = [Fraction(1)]
    for n in range(1, 9):
        terms.append(terms[-1] * load / n)
    assert erlang_b(6.5, 8) == pytest.approx(float(terms[-1] / sum(terms)), rel=1e-14)


def test_erlang_c_and_priorities_keep_the_conservation_law() -> None:
    assert erlang_c(140, 180, 8).asa == pytest.approx(114.357, abs=5e-4)
    assert cobham([20, 60, 60], 180, 8) == pytest.approx([16.337, 32.673, 228.714], abs=5e-4)
    assert accumulating([20, 60, 60], [4, 2, 1], 180, 8) == pytest.approx([52.704, 90.160, 159.105], abs=5e-4)
    with pytest.raises(ValueError, match="grow for ever"):
        erlang_c(160, 180, 8)


def waits(agents: int, comers: list[Comer]) -> list[int]:
    found = [0] * len(comers)

    def came(number: int, _: Comer, wait: int) -> None:
        found[number] = wait

    Twin(agents, came).live_through(comers)
    return found


@pytest.mark.parametrize(("agents", "rate", "patience"), [(1, 25, 60), (8, 150, 120), (8, 140, None), (60, 1250, 90)])
def test_no_call_differs_from_the_recursion(agents: int, rate: float, patience: float | None) -> None:
    comers = list(poisson(rate, 180, patience, 3000, 7))
    ours = waits(agents, comers)
    assert ours == list(kiefer_wolfowitz(comers, agents))
    assert sum(wait > 0 for wait in ours) > 100


def test_ties_are_settled_as_the_recursion_settles_them() -> None:
    """Everything on whole hundreds, so that comings, ends and patience fall on one moment all the time."""
    comers = [Comer(100 * (n // 3), 100 * (1 + n % 4), 100 * (n % 3)) for n in range(400)]
    assert waits(2, comers) == list(kiefer_wolfowitz(comers, 2))


def test_a_rule_that_serves_the_last_first_is_found_out() -> None:
    """A control: were newcomers served first, calls would differ."""
    comers = list(poisson(150, 180, 120, 500, 7))
    wrong = [Comer(comer.at, comer.work, comer.patience, AGENTS, "late" if n % 2 else "") for n, comer in enumerate(comers)]
    found = [0] * len(wrong)

    def came(number: int, _: Comer, wait: int) -> None:
        found[number] = wait

    Twin(8, came, routing=msgspec.convert({"priorities": {"late": {"tier": 1}}}, RoutingSettings)).live_through(wrong)
    assert found != list(kiefer_wolfowitz(comers, 8))


def test_the_same_seed_gives_the_same_figures_and_they_lie_by_the_theory() -> None:
    tallies = []
    for _ in range(2):
        tally = Tally(8_000)
        Twin(8, tally.came).live_through(poisson(136, 180, 120, 8_000, 3))
        tallies.append(tally.figures())
    assert tallies[0] == tallies[1]
    exact = erlang_a(136, 180, 120, 8)
    assert tallies[0]["P_wait"].sigmas(exact.wait) < 4
    assert tallies[0]["ASA"].sigmas(exact.asa) < 4
    assert 0 < tallies[0]["SL20"].error < 0.03


def test_a_tier_waits_less_than_the_next() -> None:
    tallies = {"high": Tally(8000), "low": Tally(8000)}

    def came(number: int, comer: Comer, wait: int) -> None:
        tallies[comer.priority].came(number, comer, wait)

    routing = msgspec.convert({"priorities": {"high": {}, "low": {"tier": 1}}}, RoutingSettings)
    Twin(8, came, routing=routing).live_through(classes([(AGENTS, "high", 40.0), (AGENTS, "low", 90.0)], 180, 8000, 1))
    assert tallies["high"].figures()["ASA"].value * 3 < tallies["low"].figures()["ASA"].value


def lived(calls: int = 4000) -> list[ev.Event]:
    """The events of simulated callers, as a journal would hold them."""
    told: list[ev.Event] = []
    Twin(8, lambda *_: None, listen=told.extend).live_through(poisson(140, 180, 120, calls, 5))
    return told


def test_what_was_put_in_is_read_out_of_the_journal() -> None:
    found = fit(lived())
    assert found.calls == 4000
    assert found.aht_s == pytest.approx(180, rel=0.05)
    assert found.patience_s == pytest.approx(120, rel=0.15)
    whole = [hour for weekday in range(7) for hour in found.curve(weekday)]
    assert sum(rate for _, rate in whole) / len(whole) == pytest.approx(140, rel=0.1)


def test_fewer_seats_on_monday_connect_fewer_and_the_interval_says_how_sure() -> None:
    found = fit(lived(1500))
    few, more = (foresee(found, 0, agents, 8, 1) for agents in (6, 9))
    assert few["connect_rate"].high < more["connect_rate"].low
    assert few["wait_s"].mean > more["wait_s"].mean
    assert few["connect_rate"].low < few["connect_rate"].mean < few["connect_rate"].high
    assert few == foresee(found, 0, 6, 8, 1)


def test_a_day_s_callers_come_in_its_hours() -> None:
    hours = [comer.at // 3_600_000_000 for comer in day([(9, 50.0), (14, 100.0)], [60_000_000], 120, 1)]
    assert set(hours) == {9, 14}
    assert hours == sorted(hours)
    assert hours.count(14) > hours.count(9) > 20


@pytest.mark.parametrize(("rate", "seats"), [(50, 4), (80, 6), (100, 7), (120, 8), (200, 12), (500, 25)])
def test_the_seats_a_tender_asks_for(rate: float, seats: int) -> None:
    assert seats_needed(rate, 180, 120, Target(0.90, 0.10, 30)) == seats


def test_the_epoch_is_a_monday() -> None:
    assert moment(0).local().weekday() == 0

"""The queue obeys the mathematics: the production rule, unmodified, beside the recursion call by call and the formulas of theory."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest

from acd.twin.callers import classes, poisson
from acd.twin.drive import AGENTS, Comer, Pace, Twin
from acd.twin.figures import Estimate, Tally
from acd.twin.theory import accumulating, cobham, erlang_a, erlang_c, kiefer_wolfowitz
from hotline.ids import QueueName
from hotline.routing import RoutingSettings

pytestmark = pytest.mark.prove
SEED = 12329
COUPLED = 2_000_000
ROW = 300_000
SIGMAS = 4.0
AHT, PATIENCE = 180.0, 120.0


@pytest.mark.parametrize(("agents", "load"), [(8, 0.85), (100, 0.95), (1000, 1.0)])
def test_no_call_differs_from_the_recursion(agents: int, load: float, evidence: Callable[..., None]) -> None:
    rate = load * agents * 3600 / AHT
    waits = array("q", bytes(8 * COUPLED))

    def came(number: int, comer: Comer, wait: int) -> None:
        waits[number] = wait

    Twin(agents, came).live_through(poisson(rate, AHT, PATIENCE, COUPLED, SEED))
    exact = kiefer_wolfowitz(poisson(rate, AHT, PATIENCE, COUPLED, SEED), agents)
    differ = sum(ours != theirs for ours, theirs in zip(waits, exact, strict=True))
    waited = sum(wait > 0 for wait in waits)
    left = sum(wait < 0 for wait in waits)
    evidence(seed=SEED, calls=COUPLED, agents=agents, calls_per_hour=rate, differ=differ, waited=waited, left=left)
    assert differ == 0
    assert min(waited, left) > COUPLED // 1000, "nobody waited: nothing was shown"


def simulate(agents: int, comers: Iterable[Comer], routing: dict[str, Any] | None = None, pace: Pace | None = None) -> dict[str, Tally]:
    """Figures of each queue and priority, and of all together."""
    tallies: dict[str, Tally] = {"all": Tally(ROW)}

    def came(number: int, comer: Comer, wait: int) -> None:
        tallies["all"].came(number, comer, wait)
        name = f"{comer.queue}{comer.priority}"
        if name not in tallies:
            tallies[name] = Tally(ROW)
        tallies[name].came(number, comer, wait)

    Twin(agents, came, routing=msgspec.convert(routing or {}, RoutingSettings), pace=pace).live_through(comers)
    return tallies


def beside(ours: Estimate, exact: float) -> dict[str, float]:
    return {"ours": round(ours.value, 6), "error": round(ours.error, 6), "exact": round(exact, 6), "sigmas": round(ours.sigmas(exact), 2)}


def settle(evidence: Callable[..., None], found: dict[str, dict[str, float]], **more: Any) -> None:
    worst = max(one["sigmas"] for one in found.values())
    evidence(seed=SEED, calls=ROW, worst_sigmas=worst, figures=found, **more)
    assert worst <= SIGMAS


ROWS = [(8, rate) for rate in (80, 96, 112, 120, 128, 136, 144, 160, 192, 240)] + [(100, 2000), (100, 2200), (1000, 20000), (1000, 22000)]


@pytest.mark.parametrize(("agents", "rate"), ROWS)
def test_a_row_of_erlang_a(agents: int, rate: float, evidence: Callable[..., None]) -> None:
    ours = simulate(agents, poisson(rate, AHT, PATIENCE, ROW, SEED))["all"].figures()
    exact = erlang_a(rate, AHT, PATIENCE, agents)
    wanted = {
        "P_wait": exact.wait, "P_abandon": exact.abandon, "loss_ratio": exact.loss_ratio, "ASA": exact.asa, "SL20": exact.sl20,
    }  # fmt: skip
    settle(evidence, {name: beside(ours[name], value) for name, value in wanted.items()}, agents=agents, calls_per_hour=rate)


def test_erlang_c(evidence: Callable[..., None]) -> None:
    ours = simulate(8, poisson(140, AHT, None, ROW, SEED))["all"].figures()
    exact = erlang_c(140, AHT, 8)
    settle(
        evidence, {name: beside(ours[name], value) for name, value in (("P_wait", exact.wait), ("ASA", exact.asa), ("SL20", exact.sl20))}
    )


THREE = [(AGENTS, "high", 20.0), (AGENTS, "middle", 60.0), (AGENTS, "low", 60.0)]


def test_static_priorities_are_cobham_s(evidence: Callable[..., None]) -> None:
    ours = simulate(8, classes(THREE, AHT, ROW, SEED), {"priorities": {"high": {"tier": 0}, "middle": {"tier": 1}, "low": {"tier": 2}}})
    exact = dict(zip(("high", "middle", "low"), cobham([20, 60, 60], AHT, 8), strict=True))
    settle(evidence, {name: beside(ours[f"agents{name}"].figures()["ASA"], wait) for name, wait in exact.items()})


def test_ageing_priorities_are_kleinrock_s(evidence: Callable[..., None]) -> None:
    ageing = {"priorities": {"high": {"weight": 4}, "middle": {"weight": 2}, "low": {"weight": 1}}}
    ours = simulate(8, classes(THREE, AHT, ROW, SEED), ageing)
    exact = dict(zip(("high", "middle", "low"), accumulating([20, 60, 60], [4, 2, 1], AHT, 8), strict=True))
    settle(evidence, {name: beside(ours[f"agents{name}"].figures()["ASA"], wait) for name, wait in exact.items()})


def pools(*serves: tuple[int, str]) -> dict[str, Any]:
    """Agents in pools: (how many, the queues they serve)."""
    agents: dict[str, Any] = {}
    for count, queues in serves:
        for _ in range(count):
            agents[f"{8001 + len(agents)}"] = {"queues": dict.fromkeys(queues, 1)}
    return {"queues": {"a": {}, "b": {}, "c": {}}, "agents": agents}


Exact = dict[str, tuple[float, float]]
SIDES = (0.72042, 156.998)
MODELS: dict[str, tuple[dict[str, Any], dict[str, int], Exact]] = {
    "W": (pools((4, "ab"), (4, "bc")), {"a": 50, "b": 40, "c": 50}, {"a": SIDES, "b": (0.58789, 105.821), "c": SIDES}),
    "N": (pools((5, "ab"), (3, "b")), {"a": 80, "b": 50}, {"a": (0.74133, 161.894), "b": (0.37939, 45.527)}),
    "M": (pools((3, "a"), (2, "ab"), (3, "b")), {"a": 65, "b": 65}, {"a": (0.56157, 83.610), "b": (0.56157, 83.610)}),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_skills_has_its_exact_form(name: str, evidence: Callable[..., None]) -> None:
    """FCFS with longest idle over pools (Adan and Weiss): the exact values of the design's table."""
    routing, rates, exact = MODELS[name]
    ours = simulate(8, classes([(QueueName(queue), "", float(rate)) for queue, rate in rates.items()], AHT, ROW, SEED), routing)
    found = {}
    for queue, (wait, asa) in exact.items():
        figures = ours[queue].figures()
        found[f"{queue} P_wait"], found[f"{queue} W"] = beside(figures["P_wait"], wait), beside(figures["ASA"], asa)
    settle(evidence, found)


@pytest.mark.parametrize(
    ("name", "strategy", "fast_first", "wait", "asa"),
    [
        ("longest idle", "longest_idle", True, 0.57782, 84.658),
        ("fastest first", "linear", True, 0.56403, 82.637),
        ("slowest first", "linear", False, 0.58903, 86.299),
    ],
)
def test_agents_of_two_speeds(name: str, strategy: str, fast_first: bool, wait: float, asa: float, evidence: Callable[..., None]) -> None:
    def pace(seat: int, work: int) -> int:
        return max(1, work * (150 if (seat <= 4) is fast_first else 210) // 180)

    ours = simulate(8, poisson(140, AHT, None, ROW, SEED), {"queues": {"agents": {"strategy": strategy}}}, pace)["all"].figures()
    settle(evidence, {"P_wait": beside(ours["P_wait"], wait), "W": beside(ours["ASA"], asa)}, rule=name)

"""``hotline twin``, ``staffing``, ``explain``, ``replay`` and ``fairness``: the floor questioned, simulated and lived through again."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from hotline.errors import HotlineError
from hotline.events import Event
from hotline.ids import CallId
from server.places import find_places

AsJson = Annotated[bool, Parameter(name=["--json"], negative=())]
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class NothingKnown(HotlineError):
    """The journal doesn't say enough:"""


def twin(
    *, agents: int = 8, calls_per_hour: float = 136, aht: float = 180, patience: float = 120, calls: int = 100_000, seed: int = 1,
    weekday: str = "", days: int = 100, as_json: AsJson = False,
) -> int:  # fmt: skip
    """The floor's own rules with simulated callers: what would be, with so many agents.

    "Seven seats on Monday?": `hotline twin --agents 7 --weekday monday`, with arrivals, handle times and patience from the journal.

    Parameters
    ----------
    agents: seats that take calls.
    calls_per_hour: callers who want a person (Poisson).
    aht: mean talk and wrap-up in seconds (exponential).
    patience: mean patience in seconds (exponential); 0: nobody gives up.
    calls: how many callers.
    seed: the same seed gives the same callers and the same figures.
    weekday: monday to sunday: simulate such days as the journal knows them instead.
    days: how many of them.
    as_json: for programs.
    """
    if weekday:
        return _days(agents, weekday, days, seed, as_json)
    from acd.twin.callers import poisson
    from acd.twin.drive import Twin
    from acd.twin.figures import Tally

    tally = Tally(calls)
    run = Twin(agents, tally.came)
    run.live_through(poisson(calls_per_hour, aht, patience or None, calls, seed))
    figures = tally.figures()
    found: dict[str, Any] = {name: round(one.value, 6) for name, one in figures.items()}
    found["occupancy"] = round(run.busy_us / agents / run.now, 6) if run.now else 0.0
    found["errors"] = {name: round(one.error, 6) for name, one in figures.items()}
    found["theory"] = _theory(agents, calls_per_hour, aht, patience)
    found |= {"agents": agents, "calls_per_hour": calls_per_hour, "aht": aht, "patience": patience, "calls": calls, "seed": seed}
    if as_json:
        print(json.dumps(found))
        return 0
    rows = [(name, found[name], found["errors"].get(name), found["theory"].get(name)) for name in (*figures, "occupancy")]
    _table(f"{agents} agents, {calls_per_hour:g} calls/h, AHT {aht:g} s", ("figure", "simulated", "error", "theory"), rows)
    return 0


def _theory(agents: int, calls_per_hour: float, aht: float, patience: float) -> dict[str, float]:
    """Erlang A, or C when nobody gives up; empty when the queue would grow for ever."""
    from acd.twin.theory import erlang_a, erlang_c

    if not patience and calls_per_hour * aht / 3600 >= agents:
        return {}
    exact = erlang_a(calls_per_hour, aht, patience, agents) if patience else erlang_c(calls_per_hour, aht, agents)
    return {
        "P_wait": exact.wait, "P_abandon": exact.abandon, "loss_ratio": exact.loss_ratio, "ASA": exact.asa, "SL20": exact.sl20,
        "occupancy": exact.occupancy,
    }  # fmt: skip


def _fitted() -> Any:
    from acd.twin.fitted import KINDS, fit
    from hotline.journal import read_events

    found = fit(recorded.event for recorded in read_events(find_places().journal_url, types=KINDS))
    if not found.works_us:
        raise NothingKnown("no call has been answered and wrapped up yet; give the figures yourself (--calls-per-hour, --aht, --patience)")
    return found


def _weekday(name: str) -> int:
    matching = [number for number, known in enumerate(DAYS) if known.startswith(name.lower())]
    if len(matching) != 1:
        raise NothingKnown(f"there is no weekday {name!r}; they are {', '.join(DAYS)}")
    return matching[0]


def _days(agents: int, weekday: str, days: int, seed: int, as_json: bool) -> int:
    from acd.twin.fitted import foresee

    found, which = _fitted(), _weekday(weekday)
    if not found.curve(which):
        raise NothingKnown(f"nobody asked for a person on a {DAYS[which]} yet")
    spans = {name: asdict(span) for name, span in foresee(found, which, agents, days, seed).items()}
    basis = {"calls": found.calls, "aht_s": round(found.aht_s, 1), "patience_s": found.patience_s, "days_known": len(found.days[which])}
    if as_json:
        print(json.dumps({"agents": agents, "weekday": DAYS[which], "days": days, "seed": seed, "figures": spans, "fitted": basis}))
        return 0
    rows = [
        (name, *(round(span[part], 4) for part in ("mean", "low", "high", "tenth_worst", "tenth_best"))) for name, span in spans.items()
    ]
    _table(
        f"{agents} agents on a {DAYS[which]}, {days} days simulated",
        ("figure", "mean", "95 % from", "to", "10 % of days", "90 % of days"),
        rows,
    )
    print(f"fitted from the journal: {basis}")
    return 0


def staffing(*, weekday: str = "monday", connect: float = 85, loss: float = 15, wait: float = 40, as_json: AsJson = False) -> int:
    """How many seats each hour of a weekday needs (Erlang A on what the journal says). Percent, and seconds for the mean wait."""
    from acd.twin.fitted import Target, seats_needed

    found, which = _fitted(), _weekday(weekday)
    target, patience = Target(connect / 100, loss / 100, wait), found.patience_s or 3600.0
    rows = [(f"{hour:02}:00", round(rate, 1), seats_needed(rate, found.aht_s, patience, target)) for hour, rate in found.curve(which)]
    if as_json:
        print(json.dumps([{"hour": hour, "calls": rate, "seats": seats} for hour, rate, seats in rows]))
    else:
        _table(f"{DAYS[which]}: seats by hour", ("hour", "calls", "seats"), rows)
    return 0


def explain(call: str) -> int:
    """Why this caller waited so long and went to that seat, in words."""
    from acd.explain import explain as sentences
    from hotline.journal import read_events

    said = list(sentences(recorded.event for recorded in read_events(find_places().journal_url, call=CallId(call))))
    print("\n".join(said) if said else f"{call}: 没有请求过人工服务,或没有这个来电。")
    return 0 if said else 1


def _until(day: date) -> Iterable[Event]:
    from hotline.journal import read_events

    for recorded in read_events(find_places().journal_url):
        if recorded.event.at.day() > day:
            return
        yield recorded.event


def replay(day: str, *, as_json: AsJson = False) -> int:
    """Live through the journal up to the end of DAY (YYYY-MM-DD) again: the floor twice, every offer decided anew, the figures twice.

    Exit code 1 when anything comes out otherwise.
    """
    from acd import image
    from acd.model.state import FloorState
    from acd.replay import replay as live_through
    from hotline.journal import read_day
    from kpi.report import day_report

    places, which = find_places(), _date(day)
    settings, routing = places.settings.seats, places.settings.routing
    once = live_through(FloorState(settings, routing), _until(which))
    before = live_through(FloorState(settings, routing), (event for event in _until(which) if event.at.day() < which), ask_again=False)
    halfway = image.decode(image.encode(before.floor), settings, routing)
    again = live_through(halfway, (event for event in _until(which) if event.at.day() >= which), ask_again=False)
    events = [recorded.event for recorded in read_day(places.journal_url, which)]
    figures = [day_report(which, told, (), places.settings.kpi).to_json() for told in (events, events[::-1])]
    found = {
        "events": once.events, "skipped": once.skipped, "offers": once.offers, "offers_decided_alike": once.same,
        "floor": once.digest, "floor_from_snapshot": again.digest, "figures_equal": figures[0] == figures[1],
    }  # fmt: skip
    good = once.digest == again.digest and once.offers == once.same and figures[0] == figures[1] and not once.skipped
    if as_json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:22} {value}")
        for event in once.differing:
            print(f"decided otherwise now: {event.call} → seat {event.seat} at {event.at.local():%H:%M:%S}", file=sys.stderr)
    return 0 if good else 1


def fairness(day: str, *, as_json: AsJson = False) -> int:
    """Who got how much of DAY's work: offers, answers, missed, talk, per available hour; and how even it was (Jain's index)."""
    from acd.explain import evenness, shares
    from hotline.journal import read_events

    found = shares(recorded.event for recorded in read_events(find_places().journal_url, day=_date(day)))
    even = evenness(found.values())
    rows = [_row(agent, one) for agent, one in sorted(found.items())]
    names = ("agent", "offered", "answered", "missed", "talk_s", "wrap_up_s", "available_min", "answered_per_hour")
    if as_json:
        print(json.dumps({"evenness": round(even, 4), "agents": [dict(zip(names, row, strict=True)) for row in rows]}))
    else:
        _table(f"{day}: evenness {even:.3f}", names, rows)
    return 0


def _row(agent: str, one: Any) -> tuple[object, ...]:
    spans = (one.talk_us // 1_000_000, one.wrap_up_us // 1_000_000, one.available_us // 60_000_000)
    return (agent, one.offered, one.answered, one.missed, *spans, round(one.per_hour, 1))


def _date(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise NothingKnown(f"{day!r} is not a day; write it like 2026-11-21") from None


def _table(title: str, names: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name)
    for row in rows:
        table.add_row(*("-" if cell is None else f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in row))
    Console().print(table)


COMMANDS: dict[str, Callable[..., int]] = {"twin": twin, "staffing": staffing, "explain": explain, "replay": replay, "fairness": fairness}
"""What the command line adds."""

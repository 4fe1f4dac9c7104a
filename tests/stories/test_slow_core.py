"""Stories of a fund core that is slow, silent, away or wrong: no silence, no endless waiting, never another's balance.

All callers of this file are on the telephone at the same time, each with a trouble of his own; each test looks at one of them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from hotline_under_test import Hotline
from stories.story import Caller, Story, at_the_end
from stories.worker_with_faulty_core import FAULTS

from fund_core.people import DemoDepositor
from hotline import events as e
from kpi.model import CallClass
from robots.levels import longest_silence

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"core": {"depositors": 5, "give_up_after_s": 6.0}, "login": {"verdict_after_s": 0.2}}
WORKER = ("stories.worker_with_faulty_core",)
TROUBLES: Mapping[str, dict[str, object]] = {
    "slow": {"delay_s": 3.5}, "silent": {"fault": "SILENT"}, "away": {"fault": "FAILING"}, "wrong": {"fault": "WRONG_PERSON"},
}  # fmt: skip
LONGEST_SILENCE_S = 3.0
Troubled = dict[str, tuple[Caller, DemoDepositor]]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def troubled(centre: Hotline) -> AsyncIterator[Troubled]:
    """Callers by the trouble the core has with them; their calls are over."""
    story = Story(centre)
    people = dict(zip(TROUBLES, centre.people, strict=False))
    _trouble(centre, {people[name].depositor: trouble for name, trouble in TROUBLES.items()})
    callers = {name: await story.caller(f"1390000{7000 + number}") for number, name in enumerate(TROUBLES)}
    await asyncio.gather(*(_ask_balance(callers[name], people[name]) for name in TROUBLES))
    await asyncio.gather(
        _hear_it_out(callers["slow"], people["slow"]),
        _try_again(centre, callers["silent"], people["silent"]),
        _want_somebody(callers["away"]),
        _want_somebody(callers["wrong"]),
    )
    await at_the_end(story)
    yield {name: (callers[name], people[name]) for name in TROUBLES}


def _trouble(centre: Hotline, faults: Mapping[str, dict[str, object]]) -> None:
    file = Path(centre.places.runtime / FAULTS)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(faults))
    draft.replace(file)


async def _ask_balance(caller: Caller, person: DemoDepositor) -> None:
    await caller.press("21" + f"{person.account}#" + person.pin)
    await caller.event(e.LoggedIn)


async def _hear_it_out(caller: Caller, person: DemoDepositor) -> None:
    await caller.event(e.SelfServiceGiven)
    await caller.event(e.MenuEntered, node="Q.1")
    await caller.hang_up()


async def _try_again(centre: Hotline, caller: Caller, person: DemoDepositor) -> None:
    await caller.event(e.SelfServiceFailed)
    _trouble(centre, {})
    await asyncio.sleep(1.5)
    await caller.press("#")
    await caller.event(e.MenuEntered, node="Q.1")
    await caller.hang_up()


async def _want_somebody(caller: Caller) -> None:
    await caller.event(e.SelfServiceFailed)
    await asyncio.sleep(3)
    await caller.press("0")
    await caller.event(e.CallQueued)
    await caller.hang_up()


def balance_of(person: DemoDepositor) -> dict[str, object]:
    """What is said of him."""
    return {"tail": person.account[-4:], "status": f"status_{person.status.value}", "balance": person.balance}


async def test_while_the_core_is_slow_the_caller_is_told_so_and_then_his_balance(troubled: Troubled) -> None:
    caller, person = troubled["slow"]
    assert caller.missed("core_wait") == []
    heard = caller.line.heard
    asked, given = (heard.position_of(caller.events(kind)[0].at) for kind in (e.LoggedIn, e.SelfServiceGiven))
    assert longest_silence(heard.pcm(asked, given)) < LONGEST_SILENCE_S
    assert caller.missed("balance", since=given - 0.5, **balance_of(person)) == []
    assert caller.events(e.SelfServiceFailed) == []


async def test_a_silent_core_is_given_up_and_the_caller_may_try_again(troubled: Troubled) -> None:
    caller, person = troubled["silent"]
    assert [event.why for event in caller.events(e.SelfServiceFailed)] == ["core_slow"]
    failed = caller.heard_where("core_failed")
    assert failed is not None, "he was not offered a choice"
    heard = caller.line.heard
    asked = heard.position_of(caller.events(e.LoggedIn)[0].at)
    assert longest_silence(heard.pcm(asked, failed.at_seconds)) < LONGEST_SILENCE_S
    assert caller.missed("balance", since=failed.at_seconds, **balance_of(person)) == []


async def test_a_core_that_is_away_leaves_the_caller_to_a_person(troubled: Troubled) -> None:
    caller, _ = troubled["away"]
    assert [event.why for event in caller.events(e.SelfServiceFailed)] == ["core_down"]
    assert caller.heard_where("core_failed") is not None
    assert caller.events(e.SelfServiceGiven) == []
    assert caller.journey().call_class is CallClass.ABANDONED


async def test_nobody_is_ever_told_another_persons_balance(troubled: Troubled) -> None:
    caller, _ = troubled["wrong"]
    assert [event.why for event in caller.events(e.SelfServiceFailed)] == ["core_wrong"]
    assert caller.events(e.SelfServiceGiven) == []
    assert caller.heard_where("balance", **balance_of(troubled["slow"][1])) is None, "a balance was told"

"""Stories of the PIN: a wrong one, an unknown number and a locked account sound the same; what was keyed is written nowhere.

All callers of this file have hung up before the first test looks; the last of them was served by an agent and recorded.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hotline_under_test import Hotline
from stories.story import Caller, Story, at_the_end

from fund_core.people import DemoDepositor
from hotline import events as e
from kpi.model import CallClass
from robots.ears import find, heard_in_order
from robots.wav import read_wav

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"login": {"verdict_after_s": 0.2, "tries_per_account_day": 1}, "seats": {"count": 1, "wrap_up_cap_s": 0}}
UNKNOWN = "98765432101234"
CORE_FILES = ("demo_core.db", "demo_core.db-wal")
"""The fund core's own tables: it knows account numbers, and no PIN in clear either."""
Guests = dict[str, Caller]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def guests(centre: Hotline) -> AsyncIterator[Guests]:
    """Callers by what they tried; their calls are over."""
    story = Story(centre)
    *victims, served = centre.people[:4]
    wrong, unknown, locked, good = [await story.caller(f"1390000{9000 + number}") for number in range(4)]

    async def once_it_is_locked() -> None:
        await wrong.event(e.LoginRefused)
        await _try_thrice(locked, [(victims[0].account, victims[0].pin)] * 3)

    await asyncio.gather(
        _try_thrice(wrong, [(victim.account, _wrong_pin(victim)) for victim in victims]),
        _try_thrice(unknown, [(UNKNOWN, _wrong_pin(victim)) for victim in victims]),
        once_it_is_locked(),
        _is_served(story, good, served),
    )
    await at_the_end(story)
    yield {"wrong": wrong, "unknown": unknown, "locked": locked, "good": good}


def _wrong_pin(person: DemoDepositor) -> str:
    return f"{(int(person.pin) + 111_111) % 1_000_000:06d}"


async def _try_thrice(caller: Caller, logins: list[tuple[str, str]]) -> None:
    await caller.press("21")
    for attempt, (account, pin) in enumerate(logins, 1):
        await caller.press(f"{account}#{pin}")
        await caller.event(e.LoginRefused, attempt=attempt)
        if attempt < len(logins):
            await asyncio.sleep(1.5)
    await caller.event(e.MenuEntered, nth=2, node="E.MAIN")
    await caller.hang_up()


async def _is_served(story: Story, caller: Caller, person: DemoDepositor) -> None:
    await caller.press(f"21{person.account}#{person.pin}")
    await caller.event(e.SelfServiceGiven)
    await caller.press("**0")
    await caller.event(e.CallQueued)
    talk = await (await story.seat(1)).wait_for_call(5)
    await talk.answer()
    await caller.event(e.RecordingStarted)
    await asyncio.sleep(1)
    await talk.hang_up()
    await caller.event(e.SurveyOffered)
    await caller.press("1")
    await caller.event(e.SatisfactionGiven)
    await caller.hang_up()
    await caller.event(e.RecordingKept)


@pytest.mark.parametrize("who", ["wrong", "unknown", "locked"])
async def test_whatever_is_wrong_with_a_login_sounds_the_same(guests: Guests, who: str) -> None:
    caller = guests[who]
    refused, failed = (read_wav(caller.story.hotline.sound(prompt)[0]) for prompt in ("login_refused", "login_failed"))
    heard = caller.line.heard.pcm()
    assert heard_in_order(heard, [refused, refused, failed]) is not None
    assert caller.missed("login_failed") == []
    assert find(heard, read_wav(caller.story.hotline.sound("balance", **_balance(guests))[0])) is None
    assert caller.events(e.LoggedIn, e.SelfServiceGiven) == []
    assert [event.attempt for event in caller.events(e.LoginRefused)] == [1, 2, 3]
    assert caller.journey().call_class is CallClass.IVR_DROP


def _balance(guests: Guests) -> dict[str, object]:
    person = guests["wrong"].story.hotline.people[0]
    return {"tail": person.account[-4:], "status": f"status_{person.status.value}", "balance": person.balance}


def places_of(folder: Path, secret: str, without: tuple[str, ...] = ()) -> list[str]:
    """Files below ``folder`` that hold ``secret`` in clear: as a number of its own (fractions of seconds have six digits, too)."""
    number = re.compile(rb"(?<![\d.])" + secret.encode() + rb"(?!\d)")
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink() and file.name not in without]
    return [file.name for file in files if number.search(file.read_bytes())]


async def test_no_pin_and_no_account_number_is_written_anywhere(guests: Guests) -> None:
    hotline = guests["good"].story.hotline
    folder = hotline.places.runtime
    people = hotline.people[:4]
    for pin in [person.pin for person in people] + [_wrong_pin(person) for person in people]:
        assert places_of(folder, pin) == []
    for number in [UNKNOWN] + [person.account for person in people]:
        assert places_of(folder, number, without=CORE_FILES) == []
    for file in folder.rglob("*.log"):
        assert b"dtmf" not in file.read_bytes().lower(), "a log tells of keys"


async def test_the_search_would_have_found_them(guests: Guests) -> None:
    hotline = guests["good"].story.hotline
    folder, person = hotline.places.runtime, hotline.person
    planted = folder / "planted"
    planted.write_bytes(b"\x00\x01pin=" + person.pin.encode() + b"\xff")
    assert places_of(folder, person.pin) == ["planted"]
    planted.unlink()
    assert "demo_core.db" in places_of(folder, person.account)
    assert {"journal.db", "hl-cel.json"} <= {
        name.removesuffix("-wal") for name in places_of(folder, guests["good"].events(e.CallArrived)[0].line)
    }

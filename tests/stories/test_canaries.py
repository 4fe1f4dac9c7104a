"""Stories of canary PINs: dialled in real calls, right and wrong, changed, set anew, cut off by a crash, keyed to an agent; then every byte
that was written is searched for them (tests/leaks.py), beside PINs nobody dialled.

The search is proved awake three times: by a planted leak of each kind in the same folder, by keys somebody really sang into a recorded
talk, and by Asterisk's own key log, switched on at the very end.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from hotline_under_test import Hotline
from leaks import Leak, files_of, leaks
from planted import PLANTS
from stories.story import Caller, Story
from stories.test_reservations import text_to

from fund_core.people import demo_unit_pin, demo_units
from fund_core.weak_pin import Owner, pin_fault
from hotline import events as e
from robots.tones import key_tone, silence

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = {"login": {"verdict_after_s": 0.2}, "seats": {"count": 1, "wrap_up_cap_s": 0}, "core": {"depositors": 8}}
GAP = 0.15
DICE = random.Random(12329)
SUNG, LOGGED = "604928", "271093"
"""Sung into a recorded talk, and keyed while Asterisk logs keys: these must be found."""


def strong(dice: random.Random) -> str:
    """A PIN anybody may choose."""
    while pin_fault(pin := f"{dice.randrange(10**6):06d}", Owner()):
        pass
    return pin


@dataclass
class Dialled:
    """What was keyed in the calls of this file. ``digits``: everything, one call's part after the other."""

    canaries: set[str] = field(default_factory=set)
    digits: list[str] = field(default_factory=list)

    def canary(self, pin: str) -> str:
        """``pin``, which is from now on looked for."""
        self.canaries.add(pin)
        return pin

    def controls(self, count: int = 300) -> list[str]:
        """PINs that nobody dialled, not even as a part of something else."""
        everything = " ".join([*self.digits, *self.canaries, SUNG, LOGGED])
        return [pin for pin in (f"{DICE.randrange(10**6):06d}" for _ in range(2 * count)) if pin not in everything][:count]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def dialled(centre: Hotline) -> AsyncIterator[Dialled]:
    """All the calls are over."""
    story, keyed = Story(centre), Dialled()
    await _cut_off(story, keyed)
    callers = [await story.caller(f"1390000{7000 + number}") for number in range(5)]
    await asyncio.gather(
        _wrong(callers[0], keyed), _changes(callers[1], keyed), _sets_anew(callers[2], keyed), _employer(callers[3], keyed),
        _served(story, callers[4], keyed),
    )  # fmt: skip
    assert not await story.left_behind()
    await story.close()
    yield keyed


async def _key(caller: Caller, keyed: Dialled, keys: str) -> None:
    keyed.digits.append(re.sub(r"\D", " ", keys))
    await caller.press(keys, gap=GAP)


async def _cut_off(story: Story, keyed: Dialled) -> None:
    """Our process dies when half of the PIN is keyed; after its restart he stands at his menu and keys it again."""
    caller = await story.caller("13900006999")
    person = story.hotline.people[4]
    await _key(caller, keyed, "21")
    await _key(caller, keyed, f"{person.account}#{person.pin[:3]}")
    story.hotline.kill_worker()
    await story.hotline.start_worker()
    await caller.event(e.MenuEntered, 20, nth=2, node="Q")
    await asyncio.sleep(2)
    await _key(caller, keyed, f"1{person.account}#{keyed.canary(person.pin)}")
    await caller.event(e.LoggedIn)
    await caller.hang_up()


async def _wrong(caller: Caller, keyed: Dialled) -> None:
    """Three wrong PINs."""
    person = caller.story.hotline.people[5]
    await _key(caller, keyed, "21")
    for attempt in (1, 2, 3):
        await _key(caller, keyed, f"{person.account}#{keyed.canary(strong(DICE))}")
        await caller.event(e.LoginRefused, attempt=attempt)
        await asyncio.sleep(1.5)
    await caller.hang_up()


async def _changes(caller: Caller, keyed: Dialled) -> None:
    """A weak one, two that differ, a good one twice."""
    person = caller.story.hotline.people[0]
    await _key(caller, keyed, "251")
    await _key(caller, keyed, f"{person.account}#{keyed.canary(person.pin)}")
    await caller.event(e.LoggedIn)
    weak, one, other, good = "520131", *(strong(DICE) for _ in range(3))
    for first, again in ((weak, weak), (one, other), (good, good)):
        for pin in (first, again):
            await asyncio.sleep(2)
            await _key(caller, keyed, keyed.canary(pin))
        await asyncio.sleep(5)
    await caller.event(e.SelfServiceGiven, service="Q.5.1")
    await caller.hang_up()


async def _sets_anew(caller: Caller, keyed: Dialled) -> None:
    """With the code from the SMS, which is a secret too."""
    hotline = caller.story.hotline
    person = hotline.people[2]
    await _key(caller, keyed, "252")
    await asyncio.sleep(2)
    await _key(caller, keyed, f"{person.citizen_id.replace('X', '*')}#")
    code = re.search(r"验证码(\d{6})", await text_to(hotline, person.mobile, "MT-YZ01"))
    assert code is not None
    await _key(caller, keyed, keyed.canary(code[1]))
    pin = strong(DICE)
    for _ in range(2):
        await asyncio.sleep(3)
        await _key(caller, keyed, keyed.canary(pin))
    await caller.event(e.SelfServiceGiven, service="Q.5.2")
    await caller.hang_up()


async def _employer(caller: Caller, keyed: Dialled) -> None:
    """An employer's clerk: wrong first, then right."""
    number, _ = demo_units()[0]
    await _key(caller, keyed, "23")
    await _key(caller, keyed, f"{number}#{keyed.canary(strong(DICE))}")
    await caller.event(e.LoginRefused)
    await asyncio.sleep(1.5)
    await _key(caller, keyed, f"{number}#{keyed.canary(demo_unit_pin(number))}")
    await caller.event(e.LoggedIn)
    await caller.hang_up()


async def _served(story: Story, caller: Caller, keyed: Dialled) -> None:
    """Logged in, then an agent, recorded: he keys a PIN into the talk, and sings another number."""
    person = story.hotline.people[1]
    await _key(caller, keyed, f"21{person.account}#{keyed.canary(person.pin)}")
    await caller.event(e.SelfServiceGiven)
    await _key(caller, keyed, "**0")
    await caller.event(e.CallQueued)
    talk = await (await story.seat(1)).wait_for_call(5)
    await talk.answer()
    await caller.event(e.RecordingStarted)
    await asyncio.sleep(1)
    await _key(caller, keyed, keyed.canary(strong(DICE)))
    await asyncio.sleep(0.5)
    for digit in SUNG:
        await caller.line.play(key_tone(digit, 0.15) + silence(0.15))
    await asyncio.sleep(0.5)
    await talk.hang_up()
    await caller.event(e.SurveyOffered)
    await caller.hang_up()
    await caller.event(e.RecordingKept)


def search(hotline: Hotline, dialled: Dialled, pins: set[str]) -> list[Leak]:
    """Where these PINs are found more often than any nobody dialled."""
    return leaks(hotline.places.runtime, pins, dialled.controls())


async def test_no_canary_is_in_any_byte_that_was_written(centre: Hotline, dialled: Dialled) -> None:
    assert len(dialled.canaries) >= 12
    names = {file.name for file in files_of(centre.places.runtime)}
    assert {"line.log", "journal.db", "journal.db-wal", "sms.db", "attempts.db", "hl-cel.json", "hl-messages.log"} <= names
    assert any(name.endswith(".wav") for name in names)
    assert search(centre, dialled, dialled.canaries) == []


@pytest.mark.parametrize("kind", PLANTS)
async def test_a_planted_leak_of_each_kind_is_found_among_the_same_bytes(centre: Hotline, dialled: Dialled, kind: str) -> None:
    planted = strong(random.Random(kind))
    assert search(centre, dialled, {planted}) == []
    folder = centre.places.runtime / "planted"
    folder.mkdir()
    kept = PLANTS[kind](folder, planted)
    found = search(centre, dialled, {planted})
    del kept
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    assert found
    assert {leak.file.split("/")[0] for leak in found} == {"planted"}


async def test_what_is_sung_into_a_talk_is_found_in_its_recording(centre: Hotline, dialled: Dialled) -> None:
    assert {leak.how for leak in search(centre, dialled, {SUNG})} == {"tones"}


async def test_what_asterisk_logs_when_its_key_log_is_on_is_found(centre: Hotline, dialled: Dialled) -> None:
    await centre.exchange.cli("logger add channel keys.log dtmf")
    story = Story(centre)
    caller = await story.caller("13900006998")
    await caller.press(f"21{centre.people[6].account}#{LOGGED}", gap=GAP)
    await caller.event(e.LoginRefused)
    await caller.hang_up()
    await centre.exchange.cli("logger remove channel keys.log")
    await story.close()
    found = search(centre, dialled, {LOGGED})
    assert {(leak.file.split("/")[-1], leak.how) for leak in found} == {("keys.log", "one a line")}

"""64 real calls key 160 canary PINs, right and wrong, eight at a time; every byte written is searched beside 1000 PINs nobody dialled."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hotline_under_test import Hotline, running_hotline
from leaks import chance_of, files_of, leaks
from planted import PLANTS
from stories.story import Story
from stories.test_canaries import Dialled, strong

from hotline import events as e

pytestmark = [pytest.mark.asterisk, pytest.mark.prove]
SEED = 12329
CALLS, AT_ONCE, CONTROLS = 64, 8, 1000
BUDGETS = {"verdict_after_s": 0.2, "strangers_hour": 999, "tries_per_block_day": 999}
SETTINGS = {"login": BUDGETS, "seats": {"count": 1}, "core": {"depositors": 200}}


async def key_pins(story: Story, keyed: Dialled, number: int, dice: random.Random) -> None:
    """One call: every fourth one logs in at once, the others key three wrong PINs."""
    caller = await story.caller(f"139{number:08d}")
    person = [each for each in story.hotline.people if not each.initial][number]
    await caller.press("21", gap=0.15)
    right = number % 4 == 0
    for attempt in (1, 2, 3):
        pin = keyed.canary(person.pin if right else strong(dice))
        keyed.digits.append(f"{person.account} {pin}")
        await caller.press(f"{person.account}#{pin}", gap=0.15)
        if right:
            await caller.event(e.LoggedIn)
            break
        await caller.event(e.LoginRefused, attempt=attempt)
        await asyncio.sleep(1.5)
    await caller.hang_up()


def plants_found(hotline: Hotline, keyed: Dialled, controls: list[str]) -> list[str]:
    """The kinds of planted leaks that the search finds in the folder of the calls."""
    found = []
    for kind, plant in PLANTS.items():
        folder = hotline.places.runtime / "planted"
        folder.mkdir()
        pin = strong(random.Random(kind))
        kept = plant(folder, pin)
        if pin not in keyed.canaries and any(leak.file.startswith("planted") for leak in leaks(hotline.places.runtime, [pin], controls)):
            found.append(kind)
        del kept
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    return found


async def test_no_pin_of_64_calls_is_in_any_byte_written(tmp_path: Path, evidence: Callable[..., None]) -> None:
    dice, keyed = random.Random(SEED), Dialled()
    async with running_hotline(tmp_path, **SETTINGS) as hotline:
        story = Story(hotline)
        for first in range(0, CALLS, AT_ONCE):
            await asyncio.gather(*(key_pins(story, keyed, first + each, dice) for each in range(AT_ONCE)))
        assert not await story.left_behind()
        await story.close()
        controls = keyed.controls(CONTROLS)
        files = files_of(hotline.places.runtime)
        found = leaks(hotline.places.runtime, keyed.canaries, controls)
        by_chance = chance_of(hotline.places.runtime, controls)
        planted = plants_found(hotline, keyed, controls)
        evidence(
            seed=SEED, calls=CALLS, canaries=len(keyed.canaries), controls=len(controls), files=len(files),
            bytes=sum(file.stat().st_size for file in files), canaries_found_more_often_than_controls=len(found),
            controls_found_by_chance=by_chance, kinds_planted=len(PLANTS), kinds_found=len(planted),
        )  # fmt: skip
    assert found == []
    assert planted == list(PLANTS)

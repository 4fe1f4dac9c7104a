"""The menu is changed, broken and mended while twenty callers are in it: nobody is dropped, nobody meets two menus."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hotline_under_test import Hotline, make_prompts, running_hotline
from stories.story import Caller, Story, at_the_end

from hotline import events as e

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
ETC = Path(__file__).parents[2] / "etc"
CROWD = 20
MAIN = 'keys = { 1 = "G", 2 = "Q", 3 = "A", 4 = "C" }'
SWAPPED = 'deviates = "试"\nkeys = { 1 = "G", 2 = "C", 3 = "A", 4 = "Q" }'


class Walker:
    """A caller who goes to and fro behind key 2 of the main menu until he is told to stop."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.stop = asyncio.Event()

    async def walk(self) -> None:
        """Key 2, back, key 2, back, ..."""
        await self.caller.event(e.MenuEntered, node="E.MAIN")
        keys = "2*" * 1000
        for key in keys:
            if self.stop.is_set():
                break
            await self.caller.press(key)
            await asyncio.sleep(0.8)
        await self.caller.hang_up()

    @property
    def entered(self) -> list[e.MenuEntered]:
        """The menus he stood at."""
        return self.caller.events(e.MenuEntered)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hotline]:
    """A hotline whose menu lies beside its settings."""
    folder = tmp_path_factory.mktemp("centre")
    async with running_hotline(folder, start=False) as hotline:
        for name in ("menu.toml", "prompts.toml", "pronunciation.toml"):
            shutil.copy(ETC / name, folder / name)
        await hotline.start_worker()
        yield hotline


def edit(hotline: Hotline, old: str, new: str) -> None:
    """Change the menu as an editor does: a new file takes the old one's place."""
    file = hotline.places.etc / "menu.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    draft = file.with_suffix(".new")
    draft.write_text(text.replace(old, new), encoding="utf-8")
    draft.replace(file)


async def crowd(story: Story, group: asyncio.TaskGroup, first: int) -> list[Walker]:
    """Half of the callers."""
    walkers = [Walker(await story.caller(str(13900020000 + first + number))) for number in range(CROWD // 2)]
    for walker in walkers:
        group.create_task(walker.walk())
    return walkers


async def test_the_menu_is_changed_broken_and_mended_under_load(centre: Hotline) -> None:
    story = Story(centre)
    async with asyncio.TaskGroup() as group:
        early = await crowd(story, group, 0)
        edit(centre, MAIN, SWAPPED)
        make_prompts(centre.places)  # the options have other keys now: 业务查询请按4
        changed = await story.event(e.MenuChanged)
        late = await crowd(story, group, CROWD // 2)

        edit(centre, '2 = "G.2"', '2 = "G.22"')
        refused = await story.event(e.AlarmRaised, code="menu_refused")
        after_refusal = Walker(await story.caller("13900029998"))
        group.create_task(after_refusal.walk())
        edit(centre, '2 = "G.22"', '2 = "G.2"')
        edit(centre, SWAPPED, MAIN)
        mended = await story.event(e.MenuChanged, nth=2)
        last = Walker(await story.caller("13900029999"))
        group.create_task(last.walk())
        await asyncio.sleep(6)
        for walker in (*early, *late, after_refusal, last):
            walker.stop.set()

    assert (changed.menu, changed.before) == (mended.before, mended.menu), "mended to what it was"
    assert "menu.toml line" in refused.text
    assert "'G.22' is no node" in refused.text
    story.expected.add("a changed menu was refused, the old one stays")
    for walkers, version, behind in (
        (early, changed.before, "Q"),
        ([*late, after_refusal], changed.menu, "C"),
        ([last], mended.menu, "Q"),
    ):
        for walker in walkers:
            assert {event.menu for event in walker.entered} == {version}, "one call, one version"
            assert {event.node for event in walker.entered} == {"E.MAIN", behind}
            assert [event.how for event in walker.caller.events(e.CallEnded)] == ["caller_hung_up"]
    assert all(len(walker.entered) > 6 for walker in early), "they walked all the time"
    await at_the_end(story)
    told = [entry for line in centre.log().splitlines() if (entry := json.loads(line))["event"] == "the menu was changed"]
    assert [entry["menu"] for entry in told] == [changed.menu, mended.menu]


async def test_a_worker_that_dies_over_a_broken_file_is_followed_by_one_with_the_menu_that_was_in_force(centre: Hotline) -> None:
    story = Story(centre)
    before = await story.caller("13900030001")
    await before.event(e.MenuEntered, node="E.MAIN")
    edit(centre, '2 = "G.2"', '2 = "G.22"')
    centre.kill_worker()
    await centre.start_worker()
    refused = await story.event(e.AlarmRaised, code="menu_refused")
    assert str(centre.places.etc / "menu.toml") in refused.text
    after = await story.caller("13900030002")
    await after.event(e.MenuEntered, node="E.MAIN")
    await before.event(e.MenuEntered, nth=2, node="E.MAIN")
    assert {event.menu for caller in (before, after) for event in caller.events(e.MenuEntered)} == {before.events(e.MenuEntered)[0].menu}
    await asyncio.gather(before.hang_up(), after.hang_up())
    edit(centre, '2 = "G.22"', '2 = "G.2"')
    await story.close()

"""The urgent notice 紧急通知 in real calls: heard after the welcome while it is in force, passed over by any key, by day and by night."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hotline_under_test import Hotline, running_hotline
from stories.story import Story, closed_now

from hotline import events as e

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
ETC = Path(__file__).parents[2] / "etc"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hotline]:
    """A hotline at night whose notice is on."""
    folder = tmp_path_factory.mktemp("centre")
    async with running_hotline(folder, start=False, centre=closed_now()) as hotline:
        for name in ("prompts.toml", "pronunciation.toml"):
            shutil.copy(ETC / name, folder / name)
        menu = (ETC / "menu.toml").read_text(encoding="utf-8")
        assert menu.count("on = false\nprompt") == 1
        (folder / "menu.toml").write_text(menu.replace("on = false\nprompt", "on = true\nprompt"), encoding="utf-8")
        await hotline.start_worker()
        yield hotline


async def test_the_notice_is_heard_after_the_welcome_of_the_night_and_then_the_menu(story: Story) -> None:
    caller = await story.caller()
    await caller.event(e.MenuEntered, 30, node="E.MAIN_OFF")
    await caller.hears("业务指南请按1")
    for prompt in ("greeting", "notice", "self_service_only", "urgent_notice"):
        assert caller.missed(prompt) == [], prompt
    order = [caller.heard_where(prompt) for prompt in ("greeting", "self_service_only", "urgent_notice", "业务指南请按1")]
    assert None not in order
    assert sorted(order, key=lambda match: match.at_seconds if match else 0.0) == order
    await caller.hang_up()


async def test_a_key_passes_the_notice_over(story: Story) -> None:
    caller = await story.caller()
    await caller.hears("self_service_only", 20)
    await caller.press("1")
    await caller.event(e.MenuEntered, node="G")
    assert caller.missed("urgent_notice") != []
    await caller.hang_up()

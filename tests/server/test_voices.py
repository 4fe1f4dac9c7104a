"""Texts of the knowledge base get their voice before a caller hears them: made when published, in a process of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from back_office.knowledge.model import Article, ArticleId, Channel
from fund_core.fake import FakeCore
from hotline.clock import HandClock
from hotline.events import AlarmRaised, AnyEvent
from hotline.settings import CoreSettings, RuntimeSettings, Settings, SpeechSettings
from hotline.vault import Vault
from ivr.prompts import NotSpoken, Prompts
from ivr.version import MenuFiles, open_version
from server.opening import staffing_of
from server.places import HOUSE, Places
from server.rooms import Rooms, open_rooms
from server.voices import Voices, texts_of

CLOCK = HandClock(wall=1_764_043_200_000_000)
DAY = CLOCK.now().day()
NEWS = Article(ArticleId("policy/news"), 1, "新政策", "全文", "租房提取可以按月办理。", "", frozenset(Channel), DAY)


@dataclass
class Journal:
    """Keeps what is appended."""

    events: list[AnyEvent] = field(default_factory=list)

    def append(self, *events: AnyEvent) -> None:
        self.events += events


@dataclass
class Centre:
    """As much of a house as the voices need."""

    rooms: Rooms
    prompts: Prompts
    clock: HandClock = CLOCK
    journal: Journal = field(default_factory=Journal)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "hotline.toml").write_text(f'[runtime]\nfolder = "{tmp_path}"\n[core]\ndepositors = 3\n')
    (tmp_path / "toolbox").symlink_to(HOUSE / "var" / "toolbox")
    settings = Settings(runtime=RuntimeSettings(folder=str(tmp_path)), core=CoreSettings(depositors=3))
    return Places(settings, tmp_path / "hotline.toml")


@pytest.fixture
async def centre(places: Places) -> AsyncIterator[Centre]:
    rooms = open_rooms(places, Vault(places.secrets), FakeCore(), staffing_of(places).calendar)
    etc = HOUSE / "etc"
    files = MenuFiles(etc / "menu.toml", etc / "prompts.toml", etc / "pronunciation.toml", places.prompts)
    yield Centre(rooms, open_version(files, SpeechSettings()).prompts)
    rooms.close()


async def publish(centre: Centre, article: Article) -> None:
    assert centre.rooms.knowledge is not None
    await centre.rooms.knowledge.put([article], "甲", CLOCK.now(), "乙")


@pytest.mark.asterisk  # not Asterisk itself, but espeak-ng and sox of its toolbox
async def test_what_is_published_gets_its_voice_and_what_is_corrected_its_own(centre: Centre, places: Places) -> None:
    await publish(centre, NEWS)
    voices = Voices(cast(Any, centre), places)
    with pytest.raises(NotSpoken):
        centre.prompts.text(NEWS.spoken)
    assert await voices.look() == 2, "at both speeds"
    assert Path(f"{centre.prompts.text(NEWS.spoken)[0]}.wav").stat().st_size > 8000
    assert await voices.look() == 0
    corrected = replace(NEWS, version=2, spoken="租房提取可以按季办理。")
    await publish(centre, corrected)
    assert await voices.look() == 2
    assert centre.prompts.text(corrected.spoken) != centre.prompts.text(NEWS.spoken)
    assert centre.journal.events == []


@pytest.mark.asterisk
async def test_a_text_nobody_can_say_raises_one_alarm_and_keeps_no_other_from_its_voice(centre: Centre, places: Places) -> None:
    await publish(centre, replace(NEWS, spoken="请用App办理。也可以到网点办理。"))
    voices = Voices(cast(Any, centre), places)
    assert await voices.look() == 2
    assert await voices.look() == 0
    assert await voices.look() == 0
    (alarm,) = centre.journal.events
    assert isinstance(alarm, AlarmRaised)
    assert alarm.code == "text_not_spoken"
    assert "请用App办理" in alarm.text


async def test_tomorrows_texts_are_spoken_today(centre: Centre) -> None:
    from datetime import timedelta

    knowledge = centre.rooms.knowledge
    assert knowledge is not None
    later = replace(NEWS, version=2, spoken="明天起。", valid_from=DAY + timedelta(days=1))
    await publish(centre, NEWS)
    await publish(centre, later)
    await publish(centre, replace(NEWS, version=3, spoken="下周起。", valid_from=DAY + timedelta(days=7)))
    assert await texts_of(knowledge, DAY) == [NEWS.spoken, later.spoken]

"""Messages between the line and the archive: names that no other has, what counts as said, what is dropped, what is found again."""

from __future__ import annotations

import wave
from array import array
from pathlib import Path

import pytest

from hotline.ids import CallId, RecordingId
from hotline.settings import MessageSettings
from recordings.archive import Archive
from server.message_files import MessagesOfTheHouse, call_of, heard

CALL = CallId("c-20251120-0123456789")
FIRST, SECOND = (RecordingId(f"m-20251120-0123456789-{number}") for number in (1, 2))


class Scene:
    """A spool folder and an archive."""

    def __init__(self, folder: Path) -> None:
        self.spool = folder / "spool"
        self.spool.mkdir()
        self.archive = Archive(folder / "recordings")
        self.messages = MessagesOfTheHouse(self.archive, self._where, MessageSettings())

    async def _where(self) -> Path:
        return self.spool

    def record(self, name: RecordingId, seconds: float = 3.0, peak: int = 8000) -> None:
        with wave.open(str(self.spool / f"{name}.wav"), "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(array("h", [peak, -peak] * int(seconds * 4000)).tobytes())


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


async def test_no_two_messages_of_a_call_have_one_name_wherever_they_are_by_now(scene: Scene) -> None:
    assert await scene.messages.new(CALL) == FIRST
    scene.record(FIRST)
    assert await scene.messages.new(CALL) == SECOND
    await scene.messages.keep(FIRST)
    assert await scene.messages.new(CALL) == SECOND
    scene.archive.keep(FIRST, "20251120")
    assert await scene.messages.new(CALL) == SECOND
    assert call_of(SECOND) == CALL
    assert call_of(RecordingId("r-20251120-0123456789")) is None


async def test_what_was_said_can_be_played_and_is_measured(scene: Scene) -> None:
    scene.record(FIRST, 3.0)
    said = await scene.messages.said(FIRST)
    assert said is not None
    assert said.sound == str(scene.spool / FIRST)
    assert said.seconds == pytest.approx(3.0)


@pytest.mark.parametrize(("seconds", "peak"), [(1.0, 8000), (30.0, 20), (0.0, 0)])
async def test_too_short_or_without_a_voice_is_nothing(scene: Scene, seconds: float, peak: int) -> None:
    scene.record(FIRST, seconds, peak)
    assert await scene.messages.said(FIRST) is None


async def test_a_soft_voice_is_a_voice(scene: Scene) -> None:
    scene.record(FIRST, 3.0, 150)
    assert await scene.messages.said(FIRST) is not None


async def test_nothing_at_all_is_nothing_and_can_be_thrown_away(scene: Scene) -> None:
    assert await scene.messages.said(FIRST) is None
    await scene.messages.throw_away(FIRST)
    (scene.spool / f"{SECOND}.wav").write_bytes(b"RIFF")
    assert heard(scene.spool / f"{SECOND}.wav") == (0.0, 0)


async def test_what_is_thrown_away_is_gone_and_what_is_kept_is_the_archives(scene: Scene) -> None:
    scene.record(FIRST)
    scene.record(SECOND)
    assert await scene.messages.left() == [FIRST, SECOND]
    await scene.messages.throw_away(FIRST)
    await scene.messages.keep(SECOND)
    await scene.messages.keep(SECOND)
    assert await scene.messages.left() == []
    assert scene.archive.waiting() == [SECOND]


async def test_other_files_in_the_exchanges_folder_are_none_of_ours(scene: Scene) -> None:
    (scene.spool / "voicemail.wav").write_bytes(b"x")
    (scene.spool / "m-.wav").write_bytes(b"x")
    assert await scene.messages.left() == []

"""Sounds for the texts of the knowledge base 知识库配音, made before a caller can hear them and never in the way of a call.

The line worker looks every few seconds whether what is published today or tomorrow has its sounds. What is missing is made by a
process of its own, ``python -m server.voices``, which takes the texts as JSON on standard input and answers with what it made and
what it could not: no synthesiser and no dictionary of readings is ever loaded beside the calls.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import structlog

from back_office.knowledge.rules import spoken_texts
from back_office.knowledge.store import Knowledge
from hotline.errors import HotlineError
from hotline.events import AlarmRaised
from ivr.prompts import Prompts
from ivr.voice import EspeakAndSox, Synthesiser, speak, unspoken
from server.house import House
from server.opening import prompts_of
from server.places import Places, find_places

log = structlog.get_logger("voices")
LOOK_EVERY = 3.0
"""Seconds between two looks: about so long an article just published has no voice yet."""
TRY_AGAIN = 600.0
"""Seconds until a text that could not be spoken is tried again (a disk that was full; a reading may have been added meanwhile)."""
LONGEST = 300.0
"""Seconds one making may take."""
NICENESS = 15
ALARM = "text_not_spoken"


async def texts_of(knowledge: Knowledge, day: date) -> list[str]:
    """Every text told by phone on ``day`` or the day after, each once. Raises StoreAway."""
    texts: dict[str, None] = {}
    for each in (day, day + timedelta(days=1)):
        texts |= dict.fromkeys(spoken_texts(*await knowledge.everything(each)).values())
    return list(texts)


async def keep_voices(house: House, places: Places) -> None:
    """For ever: have made what is missing. A text that can't be spoken raises one alarm and is tried again now and then."""
    voices = Voices(house, places)
    while True:
        try:
            await voices.look()
        except (HotlineError, OSError) as error:
            log.error("texts could not be given a voice", why=str(error), kind=type(error).__name__)
        await asyncio.sleep(LOOK_EVERY)


class Voices:
    """What was looked at last, and what was given up for a while."""

    def __init__(self, house: House, places: Places) -> None:
        self._house = house
        self._places = places
        self._done: tuple[Prompts, list[str]] | None = None
        self._given_up: frozenset[Path] = frozenset()
        self._again = 0.0

    async def look(self) -> int:
        """Have made what is missing now; how many sounds were made. Raises StoreAway, HotlineError, OSError."""
        knowledge, prompts = self._house.rooms.knowledge, self._house.prompts
        if knowledge is None:
            return 0
        texts = await texts_of(knowledge, self._house.clock.now().day())
        now = asyncio.get_running_loop().time()
        if self._done == (prompts, texts) and not (self._given_up and now >= self._again):
            return 0
        if now >= self._again:
            self._given_up = frozenset()
        missing = {clip.file for clip in await asyncio.to_thread(unspoken, prompts, texts)} - self._given_up
        made, faults = await _in_a_process(self._places, texts) if missing else (0, [])
        if made:
            log.info("texts were given a voice", sounds=made)
        left = frozenset(clip.file for clip in await asyncio.to_thread(unspoken, prompts, texts))
        if left - self._given_up:
            self._again = now + TRY_AGAIN
            why = "；".join(faults[:3]) or "no reason was told"
            log.error("texts have no voice", sounds=len(left), why=why)
            self._house.journal.append(AlarmRaised(at=self._house.clock.now(), code=ALARM, text=f"{len(left)} 句内容无法播报：{why}"))
        self._given_up, self._done = left, (prompts, texts)
        return made


async def _in_a_process(places: Places, texts: Iterable[str]) -> tuple[int, list[str]]:
    """Let a process of its own make what is missing: how many sounds, and what it could not make. Raises VoicesFailed, OSError."""
    config = {"HOTLINE_CONFIG": str(places.config)} if places.config else {}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.voices", env={**os.environ, **config},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST):
            answer, complaint = await process.communicate(json.dumps(list(texts)).encode())
    except TimeoutError:
        raise VoicesFailed(f"not done within {LONGEST:.0f} s") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode != 0:
        raise VoicesFailed(complaint.decode(errors="replace").strip()[-300:])
    told = json.loads(answer)
    return int(told["made"]), [str(fault) for fault in told["faults"]]


class VoicesFailed(HotlineError):
    """The process that makes the sounds of texts failed:"""


def synthesiser_of(places: Places) -> Synthesiser:
    """The project's synthesiser. Raises ToolboxError when it can't be had."""
    from asterisk_conf.toolbox import Toolbox, default_folder  # only who makes sounds needs it

    toolbox = Toolbox(default_folder(places.runtime))
    return EspeakAndSox(toolbox.program("espeak-ng"), toolbox.program("sox"))


def main() -> int:
    """Make the sounds of the texts on standard input; 1 with one sentence when that can't be done."""
    os.nice(NICENESS)
    places = find_places()
    try:
        made, faults = speak(prompts_of(places), synthesiser_of(places), json.load(sys.stdin))
    except HotlineError as error:
        print(f"hotline: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"made": made, "faults": faults}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())

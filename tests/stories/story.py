"""What the stories are told with: callers and agents by name, what they heard, and what must be left when it is over: nothing."""

from __future__ import annotations

import asyncio
import json
import time
from array import array
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from hotline_under_test import Hotline

from hotline import events as e
from hotline.ids import CallId
from hotline.journal import read_events
from hotline.moment import Moment
from kpi.journeys import JourneyFold
from kpi.model import Journey
from robots.call import Call
from robots.ears import Match, Sound, find, heard_as_one
from robots.g711 import RATE
from robots.incoming import IncomingCall
from robots.outgoing import OutgoingCall
from robots.phone import Phone
from robots.tones import murmur
from robots.wav import read_wav

E = TypeVar("E", bound=e.Event)
CLOSE = 50_000
"""Microseconds within which our figures agree with the clock of a test that is caller and seat phone in one."""
OUTCOMES = (e.CallAnswered, e.CallAbandoned)


class Caller:
    """Somebody on the telephone with us: his call as he has it, and our events of it."""

    def __init__(self, story: Story, line: OutgoingCall, call: CallId) -> None:
        self.story = story
        self.line = line
        self.call = call

    def events(self, *kinds: type[E]) -> list[E]:
        """The journal's events of this call, in order."""
        return self.story.events(*kinds, call=self.call)

    async def event(self, kind: type[E], seconds: float = 15, nth: int = 1, **fields: object) -> E:
        """The ``nth`` event of a kind (with these fields), as soon as it is in the journal."""
        return await self.story.event(kind, seconds, nth, call=self.call, **fields)

    async def press(self, keys: str, **how: float) -> Moment:
        """Press keys; the moment of the last one's end packet."""
        await self.line.press(keys, **how)
        return self.line.keys[-1].at

    async def wants_agent(self) -> None:
        """Press 0 and be in the queue."""
        already = len(self.events(e.CallQueued))
        await self.press("0")
        await self.event(e.CallQueued, nth=already + 1)

    async def hang_up(self) -> Moment:
        """Hang up and be out of the books; the moment of the BYE."""
        await self.line.hang_up()
        await self.event(e.CallEnded)
        assert self.line.moments.bye_sent is not None
        return self.line.moments.bye_sent

    async def ended(self, seconds: float = 20) -> e.CallEnded:
        """We hang up on him; what is in the books."""
        await self.line.ended(seconds)
        return await self.event(e.CallEnded)

    def journey(self) -> Journey:
        """The call as the figures have it."""
        journey = JourneyFold().add_all(self.events()).journey(self.call)
        assert journey is not None
        return journey

    def missed(self, prompt: str, since: float = 0.0, **values: object) -> list[str]:
        """The sounds of a prompt that did not reach his ear whole and in their place, ``since`` seconds into what he heard."""
        return self._missed(self.story.hotline.sound(prompt, **values), since)

    def missed_text(self, text: str, since: float = 0.0) -> list[str]:
        """The same of a text of the knowledge base."""
        return self._missed(self.story.hotline.text_sound(text), since)

    def _missed(self, files: Sequence[Path], since: float) -> list[str]:
        missing = heard_as_one(self.line.heard.pcm(since), [read_wav(file) for file in files])
        if missing:
            self.keep()
        return [files[index].name for index in missing]

    def heard_where(self, prompt: str, since: float = 0.0, **values: object) -> Match | None:
        """Where (and how much of) a prompt's longest piece reached his ear."""
        longest = max((read_wav(file) for file in self.story.hotline.sound(prompt, **values)), key=len)
        return find(Sound(self.line.heard.pcm()), longest, since=since)

    async def hears(self, prompt: str, seconds: float = 10, since: float = 0.0, **values: object) -> Match:
        """Wait until he hears a prompt (half a second of it)."""
        return await self.hears_sound(self.story.hotline.sound(prompt, **values), seconds, since, prompt)

    async def hears_text(self, text: str, seconds: float = 10, since: float = 0.0) -> Match:
        """The same of a text of the knowledge base."""
        return await self.hears_sound(self.story.hotline.text_sound(text), seconds, since, text)

    async def hears_sound(self, files: Sequence[Path], seconds: float, since: float, prompt: str) -> Match:
        """The same of any sounds; ``prompt`` names them."""
        longest = max((read_wav(file) for file in files), key=len)
        end = time.monotonic() + seconds
        while (match := find(self.line.heard.pcm(since), longest)) is None:
            if time.monotonic() > end:
                raise AssertionError(f"never heard: {prompt}; see {self.keep()}")
            await asyncio.sleep(0.25)
        return match

    def keep(self) -> Path:
        """What he heard, as a file to be listened to."""
        file = self.story.hotline.places.runtime / f"heard-{self.call}.wav"
        self.line.heard.save(file)
        return file


class Story:
    """One story at a running hotline."""

    def __init__(self, hotline: Hotline) -> None:
        self.hotline = hotline
        self.callers: list[Caller] = []
        self.expected: set[str] = set()
        """Complaints in the worker's log that belong to this story."""
        self._dialling = asyncio.Lock()
        self._before = self._last_seq()
        self._log_before = len(hotline.log())

    def _last_seq(self) -> int:
        return max((record.seq for record in read_events(self.hotline.places.journal_url)), default=0)

    # -- people -----------------------------------------------------------------------------------------------------

    async def caller(self, number: str = "13900001111", trunk: Phone | None = None) -> Caller:
        """Somebody dials 12329 and is answered."""
        async with self._dialling:
            known = {arrived.call for arrived in self.events(e.CallArrived)}
            if trunk is None:
                line = await self.hotline.caller(number)
            else:
                line = await trunk.dial("12329", caller=number)
                await line.answered(10)
            arrived = await self.hotline.until(
                lambda: next((one for one in self.events(e.CallArrived) if one.call not in known), None), "the call is in the books"
            )
            self.callers.append(Caller(self, line, arrived.call))
            return self.callers[-1]

    async def waiting(self, count: int, number: int = 13900010000) -> list[Caller]:
        """So many callers in the queue, in the order they are named."""
        callers = [await self.caller(str(number + each)) for each in range(count)]
        await asyncio.gather(*(caller.wants_agent() for caller in callers))
        return callers

    def who(self, talk: IncomingCall) -> Caller:
        """The caller a seat's phone is rung for: it shows the call's id."""
        return next(caller for caller in self.callers if caller.call.replace("-", "") == talk.caller)

    async def seat(self, number: int, available: bool = True) -> Phone:
        """A seat's phone with its agent (800N) signed in, available."""
        phone = await self.hotline.seat(number, available)
        if available:
            await self.hotline.until(lambda: self.hotline.seat_row(number)["presence"] == "available", f"seat {number} is available")
        return phone

    def at_seat(self, number: int, action: str, argument: str = "") -> None:
        """What an agent does at his terminal."""
        self.hotline.ask({"do": "seat", "seat": number, "action": action, "argument": argument})

    async def seat_is(self, number: int, seconds: float = 10, **fields: object) -> dict[str, object]:
        """Wait until a terminal shows a seat like this."""

        def matching() -> dict[str, object] | None:
            row = self.hotline.seat_row(number)
            return row if all(row[name] == value for name, value in fields.items()) else None

        return await self.hotline.until(matching, f"seat {number} is {fields}", seconds)

    # -- what happened ----------------------------------------------------------------------------------------------

    def events(self, *kinds: type[E], call: CallId | None = None) -> list[E]:
        """This story's events, in order."""
        records = read_events(self.hotline.places.journal_url, after=self._before, types=kinds or None, call=call)
        return [record.event for record in records]  # type: ignore[misc]

    async def event(self, kind: type[E], seconds: float = 15, nth: int = 1, call: CallId | None = None, **fields: object) -> E:
        """The ``nth`` event of a kind (with these fields) of this story, as soon as it is in the journal."""

        def find_it() -> E | None:
            found = [one for one in self.events(kind, call=call) if all(getattr(one, name) == value for name, value in fields.items())]
            return found[nth - 1] if len(found) >= nth else None

        return await self.hotline.until(find_it, f"{kind.__name__} {fields or ''} of {call}", seconds)

    # -- the end ----------------------------------------------------------------------------------------------------

    async def left_behind(self, seconds: float = 5) -> list[str]:
        """Channels, bridges, calls and busy seats that are still there after ``seconds``."""
        end = time.monotonic() + seconds
        while left := await self._there():
            if time.monotonic() > end:
                break
            await asyncio.sleep(0.05)
        return left

    async def _there(self) -> list[str]:
        seats = [row for row in self.hotline.ask({"do": "seats"})["ok"] if row["activity"] in ("ringing", "talking")]
        calls = self.hotline.ask({"do": "calls"})["ok"]
        return [*await self.hotline.channels(), *await self.hotline.bridges(), *map(str, seats), *map(str, calls)]

    def wrongs(self) -> list[str]:
        """What must not be in the books or the log: a call without its one end, a repair, a complaint of the worker."""
        events = self.events()
        arrived = [event.call for event in events if isinstance(event, e.CallArrived)]
        ended = [event.call for event in events if isinstance(event, e.CallEnded)]
        wrong = [f"{call} arrived once and ended {ended.count(call)} times" for call in arrived if ended.count(call) != 1]
        wrong += [repr(event) for event in events if isinstance(event, e.Repaired)]
        wrong += [repr(event) for event in events if isinstance(event, e.RecordingFailed) and event.why != "caller_gone"]
        return [*wrong, *self._complaints()]

    def _complaints(self) -> list[str]:
        lines = self.hotline.log()[self._log_before :].splitlines()
        return [line for line in lines if not line.startswith("{") or self._is_complaint(json.loads(line))]

    def _is_complaint(self, entry: dict[str, str]) -> bool:
        return entry["level"] in ("warning", "error", "critical") and entry["event"] not in self.expected

    async def close(self) -> None:
        """Everybody goes home."""
        phones, self.hotline.phones = self.hotline.phones, []
        await asyncio.gather(*(phone.close() for phone in phones))
        for row in self.hotline.ask({"do": "seats"})["ok"]:
            if row["agent"]:
                self.at_seat(row["seat"], "sign-out")


async def at_the_end(story: Story) -> None:
    """Everybody goes home, and nothing is left, and nobody has complained."""
    left = await story.left_behind()
    wrongs = story.wrongs()
    await story.close()
    assert not left, left
    assert not wrongs, wrongs


def closed_now() -> dict[str, object]:
    """Settings of a centre that opens for an hour in two hours, whatever day and hour it is."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    return {"staffed_from": f"{now + timedelta(hours=2):%H:%M}", "staffed_to": f"{now + timedelta(hours=3):%H:%M}", "always_staffed": False}


# -- talking -------------------------------------------------------------------------------------------------------------


@cache
def voice(seed: int, seconds: float = 1.2) -> array[int]:
    """Somebody speaking: equal seeds, equal words."""
    return murmur(seconds, seed=seed, pitch=120.0 + 40 * (seed % 4))


async def introduced(caller: Caller, agent: str) -> None:
    """Until the caller has been told who serves him (a breath before and after it; words spoken meanwhile would be mixed with it)."""
    await caller.event(e.RecordingStarted)
    sounds = [read_wav(file) for file in caller.story.hotline.sound("agent_serves", agent=agent)]
    await asyncio.sleep(sum(map(len, sounds)) / RATE + 0.5)


async def converse(one: Call, other: Call, seed: int = 1) -> None:
    """Both speak at once, and each hears the other."""
    since = one.heard.seconds, other.heard.seconds
    await asyncio.gather(one.play(voice(seed)), other.play(voice(seed + 1)))
    await asyncio.sleep(0.2)
    assert hears_voice(one, voice(seed + 1), since[0]), "the one who called does not hear the other"
    assert hears_voice(other, voice(seed), since[1]), "the one who was called does not hear the other"


def hears_voice(ear: Call, words: Sequence[int], since: float = 0.0) -> bool:
    """Whether these words reached this ear (half of them: a busy machine's bridge stumbles)."""
    return find(ear.heard.pcm(since), words) is not None


def music_of(hotline: Hotline) -> list[array[int]]:
    """The exchange's music on hold."""
    return [read_wav(file) for file in sorted(Path(hotline.exchange.place.music).glob("*.wav"))]


def is_music(hotline: Hotline, heard: Sequence[int]) -> bool:
    """Whether what was heard is a piece of the music on hold."""
    return any(find(music, heard, whole=True) is not None for music in music_of(hotline))

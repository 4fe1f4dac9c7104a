"""What the fault tests play with: callers known by their number, seats that answer, and how audio went on meanwhile."""

from __future__ import annotations

import asyncio
import re
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from hotline_under_test import HOUSE, SHARED, Hotline, running_hotline

from hotline import events as e
from hotline.callers import caller_key
from hotline.ids import CallId
from hotline.journal import read_events
from hotline.moment import Moment, elapsed_us
from ivr.prompts import VOICE
from kpi.journeys import JourneyFold
from kpi.model import Journey
from robots.call import Call
from robots.ears import Sound, find, heard_as_one
from robots.incoming import IncomingCall
from robots.levels import silences
from robots.outgoing import OutgoingCall
from robots.phone import Phone
from robots.tones import murmur
from robots.wav import read_wav

E = TypeVar("E", bound=e.Event)
CLOSE = 50_000
"""Microseconds within which our figures agree with the phones' clock (issue 2, Shows)."""
SPEECH = murmur(2.0, seed=12329)
FAST: dict[str, dict[str, Any]] = {
    "seats": {"count": 3, "wrap_up_cap_s": 0, "retry_phone_s": 1},
    "queue": {"announce_every_s": 2},
    "menu": {"first_key_s": 1.5},
    "login": {"verdict_after_s": 0.1},
}
"""Settings with short waits: seats are free again as soon as a talk is over."""


SHORT = {
    "greeting": "您好。",
    "notice": "录音。",
    "resumed": "请继续。",
    "to_agent": "请稍候。",
    "queue_first": "第一位。",
    "survey": "请评价。",
    "survey_thanks": "谢谢。",
    "bye": "再见。",
    "fallback_apology": "请稍候片刻。",
}
"""Prompts cut short, so that a test takes seconds."""


class Caller:
    """Somebody who dialled 12329: his telephone's side of the call, and what the journal says of it."""

    def __init__(self, hotline: Hotline, line: OutgoingCall, number: str) -> None:
        self.hotline = hotline
        self.line = line
        self.key = caller_key(number, hotline.vault.get("caller_hash_key", 43))
        self._id: CallId | None = None

    @property
    def arrivals(self) -> list[e.CallArrived]:
        """His call's arrival; more than one would be a fault."""
        return [arrived for arrived in self.hotline.events(e.CallArrived) if arrived.caller == self.key]

    @property
    def call(self) -> CallId:
        """The call's id in the journal. Raises IndexError before it is there."""
        if self._id is None:
            self._id = self.arrivals[-1].call
        return self._id

    def events(self, *kinds: type[E]) -> list[E]:
        """The journal's events of this call."""
        found = read_events(self.hotline.places.journal_url, call=self.call, types=kinds or None)
        return [record.event for record in found]  # type: ignore[misc]

    async def event(self, kind: type[E], seconds: float = 15, **fields: object) -> E:
        """The first event of a kind (with these fields) of this call, as soon as it is in the journal."""

        def find() -> E | None:
            if not self.arrivals:
                return None
            return next((one for one in self.events(kind) if all(getattr(one, name) == want for name, want in fields.items())), None)

        found: E = await self.hotline.until(find, f"{kind.__name__} {fields or ''}", seconds)
        return found

    async def menu(self, node: str, times: int = 1) -> None:
        """Wait until he stands at a menu for the so-manieth time."""

        def stands() -> bool:
            return bool(self.arrivals) and sum(one.node == node for one in self.events(e.MenuEntered)) >= times

        await self.hotline.until(stands, f"menu {node}")

    async def want_an_agent(self) -> e.CallQueued:
        """Press 0 and stand in the queue."""
        await self.line.press("0")
        return await self.event(e.CallQueued)

    def journey(self) -> Journey:
        """The call as the figures see it."""
        return JourneyFold().add_all(self.events()).journeys()[0]

    def heard_since(self, at: Moment, until: Moment | None = None) -> array[int]:
        """What he heard from a moment on."""
        return heard_since(self.line, at, until)

    async def hears(self, prompt: str, since: Moment, seconds: float = 10, **values: object) -> None:
        """Wait until a prompt has reached him, whole, after ``since``."""
        pieces = [read_wav(file) for file in self.hotline.sound(prompt, **values)]
        began = now()
        missing = list(range(len(pieces)))
        while missing and elapsed_us(began, now()) < seconds * 1_000_000:
            await asyncio.sleep(0.3)
            missing = await asyncio.to_thread(heard_as_one, Sound(self.heard_since(since)), pieces)
        assert not missing, f"he did not hear {prompt}, pieces {missing}"


def call_shown(ringing: IncomingCall) -> CallId:
    """The call a seat's phone rings for: its id is what the phone shows in place of a number."""
    return CallId(f"c-{ringing.caller[1:9]}-{ringing.caller[9:]}")


def heard_since(call: Call, at: Moment, until: Moment | None = None) -> array[int]:
    """What a telephone heard from a moment on."""
    last = call.heard.position_of(until) if until is not None else None
    return call.heard.pcm(call.heard.position_of(at), last)


def heard_whole(samples: array[int], file: Path) -> bool:
    """Whether a sound file is in what was heard, whole."""
    return find(Sound(samples), read_wav(file), whole=True) is not None


def longest_gap(call: Call, at: Moment, until: Moment) -> float:
    """The longest silence (seconds) a telephone heard between two moments; the murmur itself pauses for 0.2 s at most."""
    samples = heard_since(call, at, until)
    assert len(samples) > 8000 * (elapsed_us(at, until) / 1_000_000 - 0.3), "nothing was heard at the end"
    return max((stretch.seconds for stretch in silences(samples, at_least=0.1)), default=0.0)


def ms_apart(one: Moment | None, other: Moment | None) -> float:
    """Milliseconds between two moments."""
    assert one is not None
    assert other is not None
    return abs(one.mono - other.mono) / 1000


class Scene:
    """A hotline with seats that are signed in, and callers."""

    def __init__(self, hotline: Hotline) -> None:
        self.hotline = hotline
        self.seats: dict[int, Phone] = {}
        self._number = 13900000000

    async def staff(self, *numbers: int) -> None:
        """Have these seats available, and no other; a worker, when a test before left none."""
        if self.hotline.worker is not None and self.hotline.worker.poll() is not None:
            await self.hotline.start_worker()
        for number in numbers:
            if number not in self.seats:
                self.seats[number] = await self.hotline.seat(number, available=False)
        for number in self.seats:
            wish = "available" if number in numbers else "break"
            self.hotline.ask({"do": "seat", "seat": number, "action": wish})
            wanted = "available" if number in numbers else "on_break"
            await self.hotline.until(lambda number=number, wanted=wanted: self.row(number)["presence"] == wanted, f"seat {number} {wanted}")

    def row(self, number: int) -> dict[str, Any]:
        """A seat as a terminal shows it."""
        return self.hotline.seat_row(number)

    async def dial(self) -> Caller:
        """Another caller, answered."""
        self._number += 1
        number = str(self._number)
        return Caller(self.hotline, await self.hotline.caller(number), number)

    async def talk(self, seat: int) -> tuple[Caller, IncomingCall]:
        """A caller who talks with an agent, both murmuring."""
        caller = await self.dial()
        await caller.want_an_agent()
        ringing = await self.seats[seat].wait_for_call(10)
        await ringing.ring()
        await ringing.answer()
        await caller.event(e.RecordingStarted)
        for side in (caller.line, ringing):
            side.start_playing(SPEECH, loop=True)
        return caller, ringing

    async def crash(self) -> Moment:
        """kill -9 of the line worker; the moment after."""
        self.hotline.kill_worker()
        return now()

    async def calm(self) -> None:
        """Nothing is left: no channel, no bridge, no call on the floor, no busy seat, no second end or arrival of any call."""
        assert await self.hotline.empties(), [await self.hotline.channels(), await self.hotline.bridges()]
        await self.hotline.until(lambda: self.hotline.ask({"do": "calls"})["ok"] == [], "no call is on")
        await self.hotline.until(
            lambda: all(row["activity"] == "idle" for row in self.hotline.ask({"do": "seats"})["ok"]), "no seat is busy"
        )

        def adds_up() -> bool:
            ends = sorted(ended.call for ended in self.hotline.events(e.CallEnded))
            arrivals = sorted(arrived.call for arrived in self.hotline.events(e.CallArrived))
            return ends == arrivals == sorted(set(arrivals))

        await self.hotline.until(adds_up, "each call has one arrival and one end", 3)


def now() -> Moment:
    """The present moment, on the clock the phones have too."""
    from hotline.clock import SystemClock

    return SystemClock().now()


def lay_out(folder: Path) -> dict[str, Any]:
    """Short prompts for a hotline in ``folder``; the runtime settings that go with them."""
    book = (HOUSE / "etc" / "prompts.toml").read_text()
    for prompt, text in SHORT.items():
        book = re.sub(rf'^{prompt} = ".*"$', f'{prompt} = "{text}"', book, flags=re.MULTILINE)
    (folder / "prompts.toml").write_text(book)
    short, whole = SHARED / "prompts-short" / VOICE, SHARED / "prompts" / VOICE
    short.mkdir(parents=True, exist_ok=True)
    for sound in whole.glob("*.wav"):  # those that are not short are the same
        with suppress(FileExistsError):
            (short / sound.name).hardlink_to(sound)
    return {"prompts_folder": str(short.parent)}


@asynccontextmanager
async def scene(folder: Path, *, start: bool = True, **overrides: dict[str, Any]) -> AsyncIterator[Scene]:
    """A hotline with short waits and short prompts."""
    given = {name: {**FAST.get(name, {}), **overrides.get(name, {})} for name in {*FAST, *overrides}}
    given["runtime"] = {**lay_out(folder), **overrides.get("runtime", {})}
    async with running_hotline(folder, start=start, **given) as hotline:
        yield Scene(hotline)


async def rest(seconds: float) -> None:
    """Let time pass for people on the telephone."""
    await asyncio.sleep(seconds)

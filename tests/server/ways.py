"""One walk, several ways to carry the voice: random callers, what they heard, and whether two ways may be compared.

A random caller reacts to what he hears, so that his keys stand in the same place whatever the line. Of two things that happen at almost
the same moment no telephone promises which comes first: a walk in which a key comes within ``MARGIN_S`` of a prompt's or a wait's
beginning or end is not compared.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from agent_console.app import make_app
from agent_console.needs import DemoCaller, SceneView
from agent_console.rehearsal.wire import Begin, Told
from fund_core.fake import FakeCore
from fund_core.people import DemoDepositor
from hotline.callers import caller_key
from hotline.clock import HandClock
from hotline.ids import CallId, ChannelId, RecordingId
from hotline.secret import Secret
from hotline.settings import CentreSettings, Settings, SpeechSettings, WebSettings
from ivr.guard.blind import blinder
from ivr.lockout import LoginGate
from ivr.store import MemoryAttempts
from ivr.version import MenuFiles, MenuVersion, open_version
from server.rehearsal import Rehearsal
from server.rehearsal_hall import BrowserWalk, masked
from server.transcript import Transcript, ending_of
from telephony.agi import AgiLink
from telephony.agi_line import AgiLine
from telephony.agi_server import AgiServer
from telephony.fake import FakeExchange
from telephony.ports import Arrival, HangUpCause, Key, Line, Sound
from telephony.rehearsal_line import RehearsalLine
from telephony.virtual_time import LoopClock, run_virtually
from tests.agent_console.page_peer import Frame, PagePeer
from tests.telephony.agi_peer import AgiPeer

ETC = Path(__file__).parents[2] / "etc"


def version_in(sounds: Path) -> MenuVersion:
    """The shipped menu with its sounds in a folder."""
    files = MenuFiles(ETC / "menu.toml", ETC / "prompts.toml", ETC / "pronunciation.toml", sounds)
    return open_version(files, SpeechSettings())


VERSION = version_in(Path("/nowhere"))
MARGIN_S = 0.08
LONGEST_S = 580.0
MOST_SOUNDS = 150
KEY = Secret("key of the walks")
NOON = HandClock(wall=1_764_043_200_000_000).now()


class Hands(Protocol):
    """What a caller can do on any line."""

    def press(self, keys: str, after: float = 0.0, every: float = 0.2) -> None: ...
    def hang_up(self, after: float = 0.0) -> None: ...


@dataclass
class Walk:
    """What came of one caller's walk on one way."""

    heard: list[str] = field(default_factory=list)
    """Sounds, events and the end, in order: what must be equal."""
    keys: list[float] = field(default_factory=list)
    edges: list[float] = field(default_factory=list)
    lasted: float = 0.0
    lost: int = 0

    @property
    def fair(self) -> bool:
        """Whether no key came at almost the same moment as something else."""
        close = any(1e-9 < abs(key - edge) < MARGIN_S for key in self.keys for edge in self.edges)
        return not close and self.lasted < LONGEST_S


class RandomCaller:
    """Presses keys by what he hears: mostly sensible ones, often too early, sometimes none, wrong or many; at last he hangs up."""

    def __init__(self, seed: int, people: Sequence[DemoDepositor]) -> None:
        self._dice = random.Random(seed)
        self._person = self._dice.choice(people)
        self._sounds = 0

    def hears(self, words: str, hands: Hands) -> None:
        """A sound began."""
        dice = self._dice
        self._sounds += 1
        if self._sounds >= MOST_SOUNDS or dice.random() < 0.006:
            hands.hang_up(dice.uniform(0.2, 4))
        elif len(words) > 2 and (keys := self._keys(words)):
            speaking = len(words) * 0.25
            after = dice.uniform(0.2, speaking) if dice.random() < 0.4 else speaking + dice.uniform(0.2, 3.5)
            hands.press(keys, after, dice.uniform(0.15, 0.4))

    def _keys(self, words: str) -> str:
        dice, person = self._dice, self._person
        if "请输入" in words and "密码" in words:
            return dice.choice([person.pin] * 5 + ["000000", "12", "*", "123456#", ""])
        if "请输入" in words and "号" in words:
            number = dice.choice([person.account, person.account, person.citizen_id.replace("X", "*"), person.card])
            return dice.choice([f"{number}#"] * 5 + ["1234567#", "12*34567890#", "**", "#", "", f"{person.account}#{person.pin}"])
        if "请按" in words:  # a menu says several of these
            often = ["1"] * 6 + ["2"] * 8 + ["3", "9", "*", "*", "#", "7", "0", "21", "7" * 9]
            return dice.choice([*often, *[""] * 36])
        return dice.choice([""] * 16 + ["1", "2", "*"])


class WatchedLine:
    """A line whose waits and prompts leave edges behind; ``on_wait`` is told when a key is waited for."""

    def __init__(self, line: Line, edges: list[float], on_say: Callable[[Sequence[Sound]], None] = lambda sounds: None) -> None:
        self.call: CallId = line.call
        self.channel: ChannelId = line.channel
        self.on_wait: Callable[[], None] = lambda: None
        self.on_key: Callable[[], None] = lambda: None
        self._line = line
        self._edges = edges
        self._on_say = on_say

    @property
    def hung_up(self) -> bool:
        return self._line.hung_up

    @property
    def key_age(self) -> timedelta:
        return self._line.key_age

    async def answer(self) -> None:
        await self._line.answer()

    async def say(self, *sounds: Sound, interruptible: bool = True) -> Key | None:
        self._on_say(sounds)
        return await self._between(self._line.say(*sounds, interruptible=interruptible))

    async def key(self, wait: timedelta) -> Key | None:
        self.on_wait()
        return await self._between(self._line.key(wait))

    def forget_keys(self) -> None:
        self._edges.append(asyncio.get_running_loop().time())
        self._line.forget_keys()

    async def music(self, on: bool) -> None:
        await self._line.music(on)

    async def record(self, name: RecordingId, longest: timedelta, silence: timedelta, end_key: Key) -> timedelta:
        return await self._line.record(name, longest, silence, end_key)

    async def hang_up(self, cause: HangUpCause = "normal") -> None:
        await self._line.hang_up(cause)

    async def _between(self, asked: Coroutine[Any, Any, Key | None]) -> Key | None:
        self._edges.append(asyncio.get_running_loop().time())
        try:
            key = await asked
        finally:
            self._edges.append(asyncio.get_running_loop().time())
        if key is not None:
            self.on_key()
        return key


class Timed:
    """A caller's hands that leave behind when he pressed."""

    def __init__(self, hands: Hands, keys: list[float]) -> None:
        self._hands = hands
        self._keys = keys

    def press(self, keys: str, after: float = 0.0, every: float = 0.2) -> None:
        now = asyncio.get_running_loop().time()
        self._keys += [now + after + number * every for number in range(len(keys))]
        self._hands.press(keys, after, every)

    def hang_up(self, after: float = 0.0) -> None:
        self._keys.append(asyncio.get_running_loop().time() + after)
        self._hands.hang_up(after)


class Theatre:
    """The dialogs with people in memory, for one walk of one seed: staffed or not, a quick or a slow core, by the seed."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(f"theatre {seed}")
        self.settings = Settings(centre=CentreSettings(always_staffed=True))
        self.core = FakeCore()
        self.core.delay_s = dice.choice([0.0, 0.0, 0.0, 0.7, 3.3])
        self.staffed = dice.random() < 0.7
        self.caller = RandomCaller(seed, self.core.people)
        gate = LoginGate(self.core, MemoryAttempts(), blinder(KEY), self.settings.login, lambda ani: caller_key(ani, KEY))
        self.clock = LoopClock(NOON)
        self.rehearsal = Rehearsal(self.settings, self.core, gate, VERSION, self.clock, lambda: self.staffed)
        self.words: Mapping[Sound, str] = self.rehearsal.words_of()
        self.walk = Walk()
        self.hands: Hands | None = None

    def length_of(self, sound: Sound) -> float:
        """A quarter of a second a character."""
        return max(1, len(self.words[sound])) * 0.25

    def began(self, sound: Sound) -> None:
        """The caller hears a sound begin."""
        self.walk.heard.append(f"said {self.words[sound]}")
        self.walk.edges.append(asyncio.get_running_loop().time())
        assert self.hands is not None
        self.caller.hears(self.words[sound], Timed(self.hands, self.walk.keys))

    async def perform(self, line: Line) -> None:
        """The whole talk on a line."""
        noted = Transcript({}, lambda step: self.walk.heard.append(f"{step.kind} {step.words} {masked(step.fields)}"))
        outcome = await self.rehearsal.talk(WatchedLine(line, self.walk.edges), noted.note)
        noted.ended(ending_of(outcome))
        self.walk.lasted = asyncio.get_running_loop().time()


async def _on_the_fake(theatre: Theatre) -> None:
    """The twin of the exchange behind ARI."""

    def began(sound: Sound) -> float:
        theatre.began(sound)
        return theatre.length_of(sound)

    exchange = FakeExchange(theatre.clock, began)
    caller = exchange.call()
    theatre.hands = caller
    async with exchange.line(caller.arrival) as line:
        await theatre.perform(line)


class AtTheKeyboard:
    """Hands at a rehearsal."""

    def __init__(self, line: RehearsalLine) -> None:
        self._line = line

    def press(self, keys: str, after: float = 0.0, every: float = 0.2) -> None:
        for number, key in enumerate(keys):
            asyncio.get_running_loop().call_later(after + number * every, self._line.press, key)

    def hang_up(self, after: float = 0.0) -> None:
        asyncio.get_running_loop().call_later(after, self._line.leave)


async def _in_a_terminal(theatre: Theatre) -> None:
    """The line of ``hotline dial``."""

    def began(sound: Sound) -> float:
        theatre.began(sound)
        return theatre.length_of(sound)

    line = RehearsalLine(theatre.clock, began)
    theatre.hands = AtTheKeyboard(line)
    await theatre.perform(line)


async def _over_fastagi(theatre: Theatre) -> None:
    """A line over FastAGI to Asterisk's side in memory."""
    over = asyncio.Event()

    async def serve(link: AgiLink, arrival: Arrival) -> None:
        with AgiLine(link, arrival.call, arrival.line).holding() as line:
            await theatre.perform(line)
        over.set()

    server = AgiServer(serve, theatre.clock)
    async with server.running():
        peer = AgiPeer(server.link(), theatre.length_of)
        peer.on_sound = theatre.began
        theatre.hands = peer
        peer.connect()
        await over.wait()
    assert server.broken == 0
    theatre.walk.lost = peer.lost


class OneStage:
    """A hall whose next walk is a theatre's."""

    def __init__(self) -> None:
        self.theatre: Theatre | None = None

    def menu(self) -> MenuVersion:
        return VERSION

    def people(self) -> Sequence[DemoCaller]:
        return ()

    def scenes(self) -> Sequence[SceneView]:
        return ()

    def sound(self, name: str) -> Path | None:
        return None

    def walk(self, name: str, choice: Begin, tell: Callable[[Told], None]) -> BrowserWalk:
        theatre = self.theatre
        assert theatre is not None

        @asynccontextmanager
        async def stage(choice: Begin) -> AsyncIterator[Rehearsal]:
            yield theatre.rehearsal

        return BrowserWalk(name, choice, theatre.core.people[0], stage, tell, theatre.length_of)


HALL = OneStage()
PAGES = make_app(Settings(web=WebSettings(rehearsal_idle_s=10_000)), HALL, lambda: {"ok": True})


async def _in_the_browser(theatre: Theatre) -> None:
    """The page's WebSocket, through the whole app: what the page is told is what was heard."""
    clips: list[dict[str, Any]] = []

    def hear(frame: Frame) -> None:
        match frame["kind"]:
            case "said":
                clips[:] = frame["clips"]
            case "sound":
                words = clips[frame["clip"]]["words"]
                theatre.walk.heard.append(f"said {words}")
                theatre.caller.hears(words, page)
            case "noted":
                theatre.walk.heard.append(f"event {frame['name']} {frame['fields']}")
            case "ended":
                theatre.walk.heard.append(f"end {frame['how']} {{}}")

    HALL.theatre = theatre
    page = PagePeer(PAGES, hear)
    page.tell(kind="begin")
    await page.run()
    assert page.closed == 1000


WAYS: Mapping[str, Callable[[Theatre], Coroutine[Any, Any, None]]] = {
    "fake": _on_the_fake,
    "terminal": _in_a_terminal,
    "fastagi": _over_fastagi,
    "web": _in_the_browser,
}
OTHERS = tuple(way for way in WAYS if way != "fake")


def walk_on(way: str, seed: int) -> Walk:
    """One seed's walk on one way, in virtual time."""
    theatre = Theatre(seed)
    run_virtually(WAYS[way](theatre))
    return theatre.walk


@dataclass
class Tally:
    """What many walks came to."""

    compared: int = 0
    unfair: int = 0
    different: list[int] = field(default_factory=list)
    steps: int = 0
    endings: dict[str, int] = field(default_factory=dict)

    def add(self, seed: int) -> None:
        """Walk one seed on every way and compare."""
        first = walk_on("fake", seed)
        if not first.fair:
            self.unfair += 1
            return
        self.compared += 1
        self.steps += len(first.heard)
        end = first.heard[-1].partition(" {")[0]
        self.endings[end] = self.endings.get(end, 0) + 1
        if any(walk_on(way, seed).heard != first.heard for way in OTHERS):
            self.different.append(seed)


@asynccontextmanager
async def polite(line: Line, steps: Sequence[str], press: Callable[[str], Coroutine[Any, Any, None]]) -> AsyncIterator[WatchedLine]:
    """A line whose caller presses his next step when a key is waited for and none of his is on its way."""
    coming = list(steps)
    watched = WatchedLine(line, [])
    on_its_way = 0
    async with asyncio.TaskGroup() as group:

        def asked() -> None:
            nonlocal on_its_way
            if on_its_way == 0 and coming:
                on_its_way = len(coming[0])
                group.create_task(press(coming.pop(0)))

        def used() -> None:
            nonlocal on_its_way
            on_its_way -= 1

        watched.on_wait, watched.on_key = asked, used
        yield watched

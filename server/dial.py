"""``hotline dial``: call the hotline from a terminal, without telephone and exchange.

The very dialogs of a real call: what would be spoken is printed, keys come from the keyboard or a script, the way through the menu is
shown. By script no time passes: a minute of talk takes a few milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import termios
import tty
import wave
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from agent_console.rehearsal.wire import SceneName
from hotline.clock import Clock, SystemClock
from hotline.errors import HotlineError
from server.dial_script import ScriptedCaller, read_script
from server.dial_script import Step as Pressed
from server.places import Places
from server.rehearsal import open_rehearsal
from server.transcript import Step, Transcript, ending_of
from telephony.ports import Sound
from telephony.rehearsal_line import RehearsalLine
from telephony.virtual_time import LoopClock, VirtualLoop

SECONDS_PER_CHARACTER = 0.25
"""How long a text takes to be spoken while its sound has not been made."""
KEYBOARD = "0123456789*#"
LEAVE = ("q", "!", "\x04")
EXIT = {"agent": 0, "goodbye:done": 0, "hung_up": 4}
"""Exit codes: 0 the menu led to an end of its own, 3 it gave the caller up, 4 the caller hung up."""
GAVE_UP = 3


class NoTerminal(HotlineError):
    """Keys can't be read here:"""


class ScriptLoop(VirtualLoop):
    """Virtual time in which a thread's work takes none: it is done on the spot."""

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Do it now; nothing else happens meanwhile, so nobody waits for a thread while time jumps."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to whoever awaits it
            done.set_exception(error)
        return done


Output = Literal["table", "text", "json"]


@dataclass(frozen=True, slots=True)
class Dialling:
    """How to call: whether people are there (None: as the calendar has it), when it is, at which speed, from which number, how shown."""

    staffed: bool | None = None
    scene: SceneName = "now"
    slow: bool = False
    number: str = field(default="", repr=False)
    output: Output = "table"


def dial(places: Places, script: str, how: Dialling) -> int:
    """Call; the exit code. Raises BadScript, NoTerminal, ConfigError."""
    if script:
        from fund_core.people import demo_depositors

        people = [person for person in demo_depositors(count=places.settings.core.depositors) if not person.initial]
        steps = read_script(script, people)
        with asyncio.Runner(loop_factory=ScriptLoop) as runner:
            return runner.run(_call(places, LoopClock(SystemClock().now()), how, steps))
    if not sys.stdin.isatty():
        raise NoTerminal("stdin is no terminal; give --script '2,1,@id,@pin,0'")
    with _single_keys():
        return asyncio.run(_call(places, SystemClock(), how, None))


async def _call(places: Places, clock: Clock, how: Dialling, steps: Sequence[Pressed] | None) -> int:
    loop = asyncio.get_running_loop()
    async with open_rehearsal(places, clock, how.staffed, scene=how.scene, slow=how.slow, number=how.number) as rehearsal:
        words = rehearsal.words_of()
        began = loop.time()
        screen = Screen(quiet=how.output != "table", since=lambda: loop.time() - began)
        transcript = Transcript(words, screen.show)
        line = RehearsalLine(clock, lambda sound: length_of(sound, words), transcript.said)
        if steps is None:
            screen.say("按键 0-9 * #,q 挂机")
            _listen_to_keyboard(line, screen)
        else:
            ScriptedCaller(line, steps, screen.pressed)
        try:
            ending = ending_of(await rehearsal.talk(line, transcript.note))
        finally:
            if steps is None:
                loop.remove_reader(sys.stdin.fileno())
        transcript.ended(ending)
        _print_whole(transcript, screen, how.output)
        return EXIT.get(ending, GAVE_UP)


def _print_whole(transcript: Transcript, screen: Screen, output: Output) -> None:
    match output:
        case "json":
            print(json.dumps([step.plain() for step in transcript.steps], ensure_ascii=False, indent=1))
        case "text":
            print(transcript.text(), end="")
        case "table":
            screen.say(transcript.path_line())


class Screen:
    """Prints a call as it goes, each line with the seconds since its beginning."""

    def __init__(self, *, quiet: bool, since: Callable[[], float]) -> None:
        self._quiet = quiet
        self._since = since

    def say(self, line: str) -> None:
        """A line beside the talk."""
        if not self._quiet:
            print(line, flush=True)

    def show(self, step: Step) -> None:
        """A step of the talk."""
        if line := step.line():
            self._at(line)

    def pressed(self, step: Pressed) -> None:
        """A step of the script."""
        self._at("   > 挂机" if step.leaves else f"   > 按键 {step.shown}")

    def key(self) -> None:
        """A key of the keyboard; which one is nobody's business (it may belong to a PIN)."""
        self._at("   > 按键 •")

    def _at(self, line: str) -> None:
        self.say(f"{self._since():6.1f}  {line}")


def length_of(sound: Sound, words: Mapping[Sound, str]) -> float:
    """Seconds a sound lasts; guessed by its words while it has not been made."""
    try:
        with wave.open(f"{sound}.wav", "rb") as file:
            return file.getnframes() / file.getframerate()
    except (OSError, EOFError, wave.Error):
        return len(words.get(sound, "")) * SECONDS_PER_CHARACTER


def _listen_to_keyboard(line: RehearsalLine, screen: Screen) -> None:
    """Keys of the keyboard are keys of the telephone from now on."""

    def typed() -> None:
        letters = os.read(sys.stdin.fileno(), 64).decode(errors="ignore")
        for letter in letters or "q":
            if letter in KEYBOARD:
                screen.key()
                line.press(letter)
            elif letter in LEAVE:
                line.leave()

    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), typed)


@contextmanager
def _single_keys() -> Iterator[None]:
    """The terminal gives keys one by one and doesn't show them; put back at the end."""
    there = sys.stdin.fileno()
    before = termios.tcgetattr(there)
    tty.setcbreak(there)
    try:
        yield
    finally:
        termios.tcsetattr(there, termios.TCSADRAIN, before)

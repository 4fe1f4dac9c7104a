"""Asterisk's side of FastAGI as real Asterisk 22 was seen to play it, in memory and on the loop's time: one channel, one connection.

Its vices are the real one's: keys are lost while no command listens; two commands in one segment leave the second unread until more
bytes come; a prompt cut short by a new command gives no reply; ``HANGUP`` comes whenever it comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from telephony.agi import AgiLink

SAMPLES = 8000


class MemoryTransport(asyncio.Transport):
    """What the protocol under test writes to."""

    def __init__(self, peer: AgiPeer) -> None:
        super().__init__()
        self._peer = peer
        self.closed = False

    def write(self, data: Any) -> None:
        if not self.closed:
            asyncio.get_running_loop().call_soon(self._peer.receive, bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self._peer.on_closed)

    abort = close


def words(line: str) -> list[str]:
    """A command's words, unquoted as Asterisk does it."""
    found: list[str] = []
    quoted = escaped = False
    between = True
    for letter in line:
        if letter == '"' and not escaped:
            quoted = not quoted
            if quoted and between:
                found.append("")
                between = False
        elif letter in " \t" and not quoted and not escaped:
            between = True
        elif letter == "\\" and not escaped:
            escaped = True
            continue
        else:
            if between:
                found.append("")
                between = False
            found[-1] += letter
        escaped = False
    return found


class AgiPeer:
    """One call; ``said`` are the sounds that began, ``lost`` how many keys nobody listened to, ``lines`` every command."""

    def __init__(
        self,
        link: AgiLink,
        length_of: Callable[[str], float] = lambda sound: 1.0,
        *,
        channel: str = "lab-1795180719.0",
        call: str = "c-20251125-0123456789",
        trunk: str = "carrier",
        ani: str = "13900001111",
    ) -> None:
        self.link = link
        self.transport = MemoryTransport(self)
        self.said: list[str] = []
        self.lines: list[str] = []
        self.lost = 0
        self.answered = False
        self.music = False
        self.dead = False
        self.closed = False
        self.stalled = False
        """Asterisk has no time to read."""
        self.recorded: dict[str, float] = {}
        """Seconds in each file recorded."""
        self.variables = {"STASISSTATUS": "FAILED", "ASTSPOOLDIR": "/spool"}
        self.on_sound: Callable[[str], None] = lambda sound: None
        self.environment = {
            "agi_request": "agi://127.0.0.1:4573/", "agi_channel": "PJSIP/hl-carrier-00000001", "agi_uniqueid": channel,
            "agi_callerid": ani, "agi_extension": "12329", "agi_arg_1": call, "agi_arg_2": trunk,
        }  # fmt: skip
        self._length_of = length_of
        self._loop = asyncio.get_running_loop()
        self._kernel = b""
        self._stdio = b""
        self._command: list[str] = []
        self._began = 0.0
        self._timer: asyncio.TimerHandle | None = None

    # -- the script ----------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """Connect and tell whose call it is."""
        self.link.connection_made(self.transport)
        self.tell("".join(f"{name}: {value}\n" for name, value in self.environment.items()) + "\n")

    def tell(self, text: str) -> None:
        """Send something as it stands."""
        if not self.transport.closed:
            self.link.data_received(text.encode())

    def press(self, keys: str, after: float = 0.0, every: float = 0.2) -> None:
        """Press keys as :meth:`telephony.fake_line.FakeCaller.press` does."""
        for number, key in enumerate(keys):
            self._later(after + number * every, partial(self._key, key))

    def hang_up(self, after: float = 0.0) -> None:
        """Send the BYE."""
        self._later(after, self._bye)

    def resume(self) -> None:
        """Asterisk has time again."""
        self.stalled = False
        self.receive(b"")

    def vanish(self) -> None:
        """The connection breaks without a word."""
        self.closed = True
        self.link.connection_lost(ConnectionResetError())

    # -- the channel ---------------------------------------------------------------------------------------------

    def _later(self, after: float, act: Callable[[], None]) -> None:
        if after <= 0:
            act()
        else:
            self._loop.call_later(after, act)

    def _key(self, key: str) -> None:
        match self._command:
            case ["STREAM", "FILE", _, keys, *_] if key in keys:
                self._stop_playing(ord(key))
            case ["WAIT", "FOR", "DIGIT", _]:
                self._done(f"result={ord(key)}")
            case ["RECORD", "FILE", _, _, keys, *_] if key in keys:
                self._done(f"result={ord(key)} (dtmf) endpos={self._samples()}")
            case _:
                self.lost += 1

    def _bye(self) -> None:
        if self.dead:
            return
        match self._command:
            case ["STREAM", *_]:
                self._stop_playing(-1)
            case ["RECORD", *_]:
                self._done(f"result=-1 (hangup) endpos={self._samples()}")
            case ["WAIT" | "EXEC", *_]:
                self._done("result=-1")
        self.dead = True
        self.tell("HANGUP\n")

    def _samples(self) -> int:
        """How much was recorded until now."""
        self.recorded[self._command[2]] = self._loop.time() - self._began
        return round(self.recorded[self._command[2]] * SAMPLES)

    # -- the connection ------------------------------------------------------------------------------------------

    def on_closed(self) -> None:
        """The server closed."""
        if not self.closed:
            self.closed = True
            self.link.connection_lost(None)

    def receive(self, data: bytes) -> None:
        """Bytes from the server."""
        self._kernel += data
        if self.stalled:
            return
        match self._command:
            case []:
                self._read()
            case ["STREAM", *_]:
                self._finish()
                self._read()
            case ["WAIT", *_]:
                self._done("result=1")

    def _read(self) -> None:
        """Read one line as stdio does: what came with it stays in its buffer, and nobody looks there before more comes."""
        while not self._command and self._kernel:
            if b"\n" not in self._stdio:
                self._stdio, self._kernel = self._stdio + self._kernel, b""
            line, _, self._stdio = self._stdio.partition(b"\n")
            self.lines.append(line.decode())
            self._carry_out(words(line.decode()))

    def _carry_out(self, command: list[str]) -> None:  # noqa: C901 - one flat table of commands
        self._command, self._began = command, self._loop.time()
        if self.dead and command[0] not in ("NOOP", "GET", "SET", "EXEC"):
            self._finish()
            self.tell("511 Command Not Permitted on a dead channel or intercept routine\n")
            return
        match command:
            case ["ANSWER"]:
                self.answered = True
                self._done("result=0")
            case ["STREAM", "FILE", sound, _, *offset]:
                start = int(offset[0]) / SAMPLES if offset else 0.0
                if start == 0:
                    self.said.append(sound)
                    self._loop.call_soon(self.on_sound, sound)
                self._began -= start
                if sound.endswith("missing"):
                    self._done("result=-1 endpos=0")
                else:
                    self._timer = self._loop.call_later(self._length_of(sound) - start, self._stop_playing, 0)
            case ["WAIT", "FOR", "DIGIT", span]:
                self._timer = self._loop.call_later(int(span) / 1000, self._done, "result=0")
            case ["RECORD", "FILE", _, _, _, span, *_]:
                end = f"result=0 (timeout) endpos={int(span) * SAMPLES // 1000}"
                self._timer = self._loop.call_later(int(span) / 1000, self._done, end)
            case ["SET", "MUSIC", on, *_]:
                self.music = on == "ON"
                self._done("result=0")
            case ["HANGUP"]:
                self._done("result=1")
                self._bye()
            case ["EXEC", "Stasis", _]:
                if self.variables["STASISSTATUS"] == "FAILED":
                    self._done("result=0")  # else it stays there until the call is over
            case ["EXEC", *_]:
                self._done("result=-2")
            case ["GET", "VARIABLE", name]:
                self._done(f"result=1 ({self.variables[name]})" if name in self.variables else "result=0")
            case ["SET", "VARIABLE", name, value]:
                self.variables[name] = value
                self._done("result=1")
            case ["NOOP", *_] | ["CHANNEL", "STATUS"]:
                self._done("result=0")
            case _:
                self._finish()
                self.tell("510 Invalid or unknown command\n")

    def _stop_playing(self, result: int) -> None:
        self._done(f"result={result} endpos={self._samples()}")

    def _finish(self) -> None:
        self._command = []
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _done(self, result: str) -> None:
        self._finish()
        self.tell(f"200 {result}\n")
        self._read()


def moment(seconds: float) -> timedelta:
    """So many seconds."""
    return timedelta(seconds=seconds)

"""The words of AGI: commands out, replies and a call's environment in. Pure: no socket, no clock.

Laws:

* one command is one line: a text with a control character is refused, never sent (else whoever chose it chooses our next command);
* a text is quoted as Asterisk unquotes it: in double quotes, with a backslash before a backslash and a double quote;
* a reply may hold a digit that a caller keyed: it never shows in ``repr``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hotline.errors import HotlineError

LONGEST_COMMAND = 2000
"""Bytes. Asterisk reads a command into 2,048 of them and takes the rest for the next command."""
KEYS = "0123456789*#ABCD"
VARIABLE = re.compile(r"[A-Za-z_]\w*(\([\w,]*\))?\Z", re.ASCII)
ARGUMENT = re.compile(r"[\w.:@/+-]*\Z", re.ASCII)
"""What an application's argument may be made of here: nothing that parts arguments or is substituted."""
APPLICATION = re.compile(r"[A-Za-z]\w*\Z", re.ASCII)
_REPLY = re.compile(r"(\d{3})([ -])(.*)\Z", re.DOTALL)
_RESULT = re.compile(r"result=(-?\d{1,10})(?: \((.*)\))?(?: endpos=(-?\d{1,15}))?\s*\Z", re.DOTALL)


class Unsayable(HotlineError, ValueError):
    """An AGI command can't say this:"""


class Garbled(HotlineError):
    """That is not AGI:"""


def quoted(text: str) -> str:
    """``text`` as one argument. Raises Unsayable when it holds a control character."""
    if any(letter < " " or letter == "\x7f" for letter in text):
        raise Unsayable("a control character")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def command(*words: str) -> bytes:
    """The line of a command; its words are quoted already where they need it. Raises Unsayable when it is too long or two lines."""
    line = " ".join(words)
    if "\n" in line or "\r" in line or "\0" in line:
        raise Unsayable("two lines")
    data = line.encode() + b"\n"
    if len(data) > LONGEST_COMMAND:
        raise Unsayable(f"{len(data)} bytes")
    return data


def variable(name: str) -> str:
    """The name of a channel variable or function. Raises Unsayable when it is none."""
    if not VARIABLE.match(name):
        raise Unsayable("a variable's name")
    return name


def application(name: str, *arguments: str) -> tuple[str, str]:
    """An application and its arguments for ``EXEC``. Raises Unsayable for what could become another argument or a substitution."""
    if not APPLICATION.match(name) or not all(ARGUMENT.match(argument) for argument in arguments):
        raise Unsayable("an application's argument")
    return name, quoted(",".join(arguments))


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a command: ``code`` 200 is fine, 510 unknown, 511 the channel is gone, 520 wrong words."""

    code: int
    result: int = field(default=-1, repr=False)
    """Mostly -1 failed, 0 nothing happened, else the code of the key that was pressed."""
    value: str = field(default="", repr=False)
    end: int | None = None
    """How many samples were played or recorded; None when the command does neither."""

    @property
    def key(self) -> str | None:
        """The key that ended the command."""
        letter = chr(self.result) if 32 < self.result < 127 else ""
        return letter if letter and letter in KEYS else None


class ReplyReader:
    """Lines become replies: a usage text of many lines and a value with line breaks are one reply each."""

    def __init__(self) -> None:
        self._usage = False
        self._open = ""

    def take(self, line: str) -> Reply | None:
        """The reply that ``line`` completes, None while one is incomplete. Raises Garbled."""
        if self._usage:
            self._usage = not line.startswith("520 ")
            return None if self._usage else Reply(520)
        if self._open:
            line = f"{self._open}\n{line}"
        found = _REPLY.match(line)
        if found is None:
            raise Garbled("a line that is no reply")
        code, dash, rest = int(found[1]), found[2], found[3]
        if dash == "-":
            self._usage = True
            return None
        if code != 200:
            return Reply(code)
        return self._result(line, rest)

    def _result(self, line: str, rest: str) -> Reply | None:
        known = _RESULT.match(rest)
        if known is None:
            if "result=1 (" not in rest or len(line) > LONGEST_COMMAND * 8:
                raise Garbled("a result that is none")
            self._open = line
            return None
        self._open = ""
        return Reply(200, int(known[1]), known[2] or "", int(known[3]) if known[3] else None)


class Environment:
    """What Asterisk says of a call before the first command: ``agi_name: value`` lines up to an empty one."""

    MOST_LINES = 200
    MOST_BYTES = 64 * 1024

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.complete = False
        self._bytes = 0

    def take(self, line: str) -> None:
        """One more line. Raises Garbled when it is no such line or there are too many."""
        self._bytes += len(line) + 1
        if self._bytes > self.MOST_BYTES or len(self.values) >= self.MOST_LINES:
            raise Garbled("an environment without end")
        if not line:
            if not self.values:
                raise Garbled("an empty environment")
            self.complete = True
            return
        name, colon, value = line.partition(":")
        if not colon or not re.fullmatch(r"agi_\w{1,40}", name, re.ASCII):
            raise Garbled("a line that is no environment")
        self.values[name] = value.strip()

    def arguments(self) -> list[str]:
        """The arguments of ``AGI()`` after the address, in order."""
        given: list[str] = []
        while (value := self.values.get(f"agi_arg_{len(given) + 1}")) is not None:
            given.append(value)
        return given

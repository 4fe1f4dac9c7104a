"""The centre's list of callers who are served with the slow profile 老年人服务名单: old people who asked for it, by their number.

``slow_callers.txt`` in the runtime folder, one keyed hash of a number a line (hotline/callers.py): whoever reads the file learns no
number. `hotline slow-callers add NUMBER` writes it; a running hotline takes a changed file with the next call.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import structlog

from hotline.callers import UNKNOWN_CALLER, caller_key
from hotline.errors import HotlineError
from hotline.ids import CallerKey
from hotline.secret import Secret

log = structlog.get_logger("slow callers")
_KEY = re.compile(r"[0-9a-f]{24}")


class NoNumber(HotlineError):
    """This is no telephone number:"""


class SlowCallers:
    """The list in ``file``; empty when there is none. What is no keyed hash in it is passed over, with a word in the log."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stamp = (0, 0)
        self._listed: frozenset[CallerKey] = frozenset()

    def __contains__(self, caller: CallerKey) -> bool:
        self._look()
        return caller in self._listed

    def __len__(self) -> int:
        self._look()
        return len(self._listed)

    def add(self, number: str, key: Secret) -> bool:
        """Put ``number`` on the list; whether it was not there. Raises NoNumber."""
        caller = _caller(number, key)
        return caller not in self and self._write(frozenset({*self._listed, caller}))

    def remove(self, number: str, key: Secret) -> bool:
        """Take ``number`` off the list; whether it was there. Raises NoNumber."""
        caller = _caller(number, key)
        return caller in self and self._write(self._listed - {caller})

    def _look(self) -> None:
        try:
            seen = self._file.stat()
            stamp = (seen.st_mtime_ns, seen.st_size)
            if stamp != self._stamp:
                self._listed = _read(self._file)
                self._stamp = stamp
        except FileNotFoundError:
            self._listed, self._stamp = frozenset(), (0, 0)
        except OSError as error:
            log.warning("the list can't be read, the last one holds", kind=type(error).__name__)

    def _write(self, listed: frozenset[CallerKey]) -> bool:
        """All of it or nothing, whoever reads meanwhile."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(f".{os.getpid()}.new")
        draft.write_text("".join(f"{caller}\n" for caller in sorted(listed)), encoding="ascii")
        draft.chmod(0o600)
        draft.replace(self._file)
        return True


def _read(file: Path) -> frozenset[CallerKey]:
    lines = [line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    strange = sum(bool(line) and not _KEY.fullmatch(line) for line in lines)
    if strange:
        log.warning("lines that are no keyed hash are passed over; use `hotline slow-callers add NUMBER`", lines=strange)
    return frozenset(CallerKey(line) for line in lines if _KEY.fullmatch(line))


def _caller(number: str, key: Secret) -> CallerKey:
    caller = caller_key(number, key)
    if caller == UNKNOWN_CALLER:
        raise NoNumber("it has no digits")
    return caller

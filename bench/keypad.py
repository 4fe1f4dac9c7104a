"""The callers' ears and fingers: hears the prompt begin, then keys digits or a walk as RFC 4733 events, and notes when.

sipp carries the SIP side of each call and names one of this process's UDP ports in its SDP, so that neither of them needs a raw
socket (sipp's own ``play_dtmf`` does, hence root). A call is noticed by its first RTP packet, the prompt's. The digits begin
``LEAD`` later; a walk (bench/walks.py) is another in each call of each port, drawn by seeded dice. What is written at the end: for
each call its port, the packets heard, and the wall time of each digit's first end packet.

    python -m bench.keypad --address 127.0.0.2 --from 23000 --ports 900 --digits 428571 --out keyed.json
    python -m bench.keypad --address 127.0.0.2 --from 23000 --ports 900 --walks tree.json --out keyed.json
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from bench.walks import Tree, load_tree, visit

CODES = "0123456789*#"
"""A key's event code is its place here (RFC 4733 table 7)."""
LEAD = 0.4
"""Seconds of prompt heard before the first key (sipp's play_dtmf waits as long)."""
TONE = 0.2
GAP = 0.2
UPDATE = 0.05
"""Seconds between two packets of one key press: RFC 4733 §2.6.3.2 proposes 50 ms."""
ENDS = 3
"""The end packet is sent three times (RFC 4733 §2.5.1.4)."""
EVENT_TYPE = 101
STALE = 0.5
"""A port listens for a new call this long after the last key: packets on their way by then belong to the old one."""
SILENCE = 1.0
"""After so long without a packet another stream from the same peer is another call; before, the same call with new words."""


class Script(Protocol):
    """What is keyed in a call. A call cut short is counted only when its script is not a ``whole``."""

    whole: bool

    def keys(self, caller: int, call: int) -> Iterator[tuple[float, str]]:
        """Seconds to wait before each key, and the key, of a caller's ``call``-th call (both from 0)."""
        ...


class Number:
    """The same digits in every call."""

    whole = True

    def __init__(self, digits: str) -> None:
        self._digits = digits

    def keys(self, caller: int, call: int) -> Iterator[tuple[float, str]]:
        """The first after a while of prompt."""
        yield from ((GAP if at else LEAD, digit) for at, digit in enumerate(self._digits))


class Walks:
    """Random walks through a tree."""

    whole = False

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def keys(self, caller: int, call: int) -> Iterator[tuple[float, str]]:
        """The walk of this call."""
        yield from ((step.pause, step.key) for step in visit(self._tree, caller, call, TONE))


class Caller:
    """One port: at most one call at a time."""

    __slots__ = ("calls", "digit", "heard", "keyed", "keys", "last", "part", "peer", "place", "port", "sequence", "sock", "stamp", "stream")

    def __init__(self, address: str, port: int) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((address, port))
        self.sock.setblocking(False)
        self.port = port
        self.stream = b""
        self.peer: Any = None
        self.keys: Iterator[tuple[float, str]] = iter(())
        self.digit: int | None = None
        """The key being pressed or waited for; None when there is none left."""
        self.sequence = self.stamp = self.part = self.heard = self.calls = self.place = 0
        self.last = 0.0
        self.keyed: list[int] = []

    def hears_a_new_call(self) -> bool:
        """Whether the packet that waits begins a call: another peer, or another stream after a silence."""
        try:
            data, peer = self.sock.recvfrom(2048)
        except (BlockingIOError, ConnectionRefusedError):
            return False
        before, self.last = self.last, time.monotonic()
        if len(data) < 12 or (peer == self.peer and (data[8:12] == self.stream or self.last - before < SILENCE)):
            return False
        self.stream, self.peer = data[8:12], peer
        self.stamp = 0
        self.heard = 1
        self.keyed = []
        return True

    def drain(self) -> None:
        """Take what waits in the kernel, counting the packets heard."""
        while True:
            try:
                data = self.sock.recv(2048)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                continue
            self.last = time.monotonic()
            self.heard += data[8:12] == self.stream

    def send(self, digit: int, tenths_ms: int, first: bool, end: bool) -> None:
        """One event packet: ``tenths_ms`` is the duration so far in RTP units (8 per millisecond)."""
        self.sequence = self.sequence + 1 & 0xFFFF
        flags = (EVENT_TYPE | 0x80) if first else EVENT_TYPE
        packet = struct.pack("!BBHIIBBH", 0x80, flags, self.sequence, self.stamp, self.port, digit, 0x8A if end else 0x0A, tenths_ms)
        with suppress(ConnectionRefusedError, BlockingIOError):  # the exchange has hung up already: nobody listens
            self.sock.sendto(packet, self.peer)


def free_callers(address: str, first: int, most: int) -> list[Caller]:
    """A caller on each even port from ``first`` that nobody uses, ``most`` ports looked at."""
    found = []
    for port in range(first, first + 2 * most, 2):
        with suppress(OSError):
            found.append(Caller(address, port))
    return found


class Keypad:
    """All callers of one run, driven by one epoll and one heap of due steps."""

    def __init__(self, address: str, first: int, ports: int, script: Script) -> None:
        self.callers = {caller.sock.fileno(): caller for caller in free_callers(address, first, ports)}
        for place, caller in enumerate(self.callers.values()):
            caller.place = place
        self.epoll = select.epoll()
        for number in self.callers:
            self.epoll.register(number, select.EPOLLIN | select.EPOLLONESHOT)
        self.script = script
        self.updates = round(TONE / UPDATE)
        self.due: list[tuple[float, int, Caller]] = []
        self.calls: list[tuple[int, int, list[int]]] = []
        self.running = True
        self.parent = os.getppid()

    def run(self) -> None:
        """Until told to stop; calls whose digits are all keyed by then are counted, of walks all."""
        while self.running:
            wait = max(0.0, self.due[0][0] - time.monotonic()) if self.due else 0.5
            heard = self.epoll.poll(wait)
            if not heard and os.getppid() != self.parent:
                return  # the bench died: nobody will end us
            for number, _ in heard:
                caller = self.callers[number]
                if caller.hears_a_new_call():
                    self.begin(caller, time.monotonic())
                else:
                    self._later(time.monotonic() + STALE, caller)
            now = time.monotonic()
            while self.due and self.due[0][0] <= now:
                at, _, caller = heapq.heappop(self.due)
                self._step(caller, at)
        for _, _, caller in self.due:
            if caller.digit is None or not self.script.whole:
                self._finish(caller)

    def _later(self, at: float, caller: Caller) -> None:
        heapq.heappush(self.due, (at, caller.port, caller))

    def begin(self, caller: Caller, at: float) -> None:
        """A call begins: plan its first key."""
        caller.keys = self.script.keys(caller.place, caller.calls)
        caller.calls += 1
        self._next(caller, at)

    def _next(self, caller: Caller, at: float) -> None:
        pause, key = next(caller.keys, (STALE, ""))
        caller.digit = CODES.index(key) if key else None
        caller.part = 0
        self._later(at + pause, caller)

    def _step(self, caller: Caller, at: float) -> None:
        """Send what is due of a call that presses key after key; ``part`` counts the packets of one."""
        if caller.digit is None:
            self._finish(caller)
            return
        if caller.part == 0:
            caller.stamp = round((at % 3600) * 8000) & 0xFFFFFFFF
        duration = round(max(caller.part * UPDATE, 0.02) * 8000)
        if caller.part < self.updates:
            caller.send(caller.digit, duration, caller.part == 0, False)
            caller.part += 1
            self._later(at + UPDATE, caller)
            return
        caller.keyed.append(time.time_ns() // 1000)
        for _ in range(ENDS):
            caller.send(caller.digit, duration, False, True)
        self._next(caller, at)

    def _finish(self, caller: Caller) -> None:
        caller.drain()
        if caller.keyed:
            self.calls.append((caller.port, caller.heard, caller.keyed))
            caller.keyed = []
        self.epoll.modify(caller.sock.fileno(), select.EPOLLIN | select.EPOLLONESHOT)

    def stop(self, *_: object) -> None:
        """Leave :meth:`run` (a signal handler)."""
        self.running = False


def main() -> None:
    """Run until SIGTERM, then write what was keyed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--address", required=True)
    parser.add_argument("--from", dest="first", type=int, required=True)
    parser.add_argument("--ports", type=int, required=True)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--digits")
    what.add_argument("--walks", type=Path, help="a tree of bench/walks.py as JSON")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    script = Walks(load_tree(given.walks)) if given.walks else Number(given.digits)
    keypad = Keypad(given.address, given.first, given.ports, script)
    signal.signal(signal.SIGTERM, keypad.stop)
    signal.signal(signal.SIGINT, keypad.stop)
    sys.stdout.write(" ".join(str(caller.port) for caller in keypad.callers.values()) + "\n")
    sys.stdout.flush()
    keypad.run()
    given.out.write_text(json.dumps(keypad.calls))


if __name__ == "__main__":
    main()

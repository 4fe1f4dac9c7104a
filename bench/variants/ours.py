"""The measured call as the product does it: a dialog over a Line of telephony/, events into the journal (or not), on uvloop.

Nothing here is quicker than what a real dialog gets: the same adapter, the same journal, the same port.

    python -m bench.variants.ours --folder var/bench/ivr_call --ports '{...}' --prompt FILE --journal yes --out tally.json
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
import uvloop

from bench.exchange import Ports, settings
from bench.variants.tally import Tally, say_ready
from hotline.clock import SystemClock
from hotline.events import CallArrived, CallEnded, CallEvent, LoggedIn, LoginRefused, MenuEntered
from hotline.ids import CallerKey, CallId, DepositorId
from hotline.journal import Journal, open_journal
from hotline.secret import Secret
from hotline.vault import Vault
from telephony.exchange import open_switch
from telephony.ports import Arrival, Connected, HungUp, Line, Switch, as_secret

KEY_WAIT = timedelta(seconds=5)
DIGITS = 6


class Calls:
    """Serves one call after the other, many at a time; without a journal nothing is noted of them."""

    def __init__(self, switch: Switch, journal: Journal | None, prompt: str, tally: Tally, clock: SystemClock) -> None:
        self._switch, self._journal, self._prompt, self._tally, self._clock = switch, journal, prompt, tally, clock

    async def serve(self, arrival: Arrival) -> None:
        """One call from its arrival to its CallEnded."""
        if self._journal is not None:
            self._journal.append(arrived(arrival))
        try:
            async with self._switch.line(arrival) as line:
                await self._dialog(line, arrival)
            self._note(CallEnded, arrival.call, how="we_hung_up")
        except HungUp:
            self._tally.lost += 1
            self._note(CallEnded, arrival.call, how="caller_hung_up")

    async def _dialog(self, line: Line, arrival: Arrival) -> None:
        """Answer, prompt, six digits, compare, hang up."""
        since = time.monotonic_ns()
        await line.answer()
        self._tally.command(since)
        self._note(MenuEntered, line.call, node="pin")
        pin = await self._ask_pin(line, arrival.ani)
        right = self._tally.verdict(pin.reveal())
        if right:
            self._note(LoggedIn, line.call, depositor=DepositorId("bench"))
        else:
            self._note(LoginRefused, line.call, attempt=1)
        since = time.monotonic_ns()
        await line.hang_up("normal" if right else "failure")
        self._tally.command(since)

    async def _ask_pin(self, line: Line, caller: str) -> Secret:
        """Six keys, the first of which cuts the prompt short."""
        keys: list[str] = []
        key = await line.say(self._prompt) or await line.key(KEY_WAIT)
        while key is not None:
            self._tally.key(caller, len(keys))
            keys.append(key)
            if len(keys) == DIGITS:
                break
            key = await line.key(KEY_WAIT)
        return as_secret(keys)

    def _note(self, kind: type[CallEvent], call: CallId, **fields: Any) -> None:
        if self._journal is not None:
            self._journal.append(kind(at=self._clock.now(), call=call, **fields))


def arrived(arrival: Arrival) -> CallArrived:
    """The first event of a call, with a keyed hash of the caller's number as each real call needs one."""
    key = CallerKey(hmac.new(b"bench", arrival.ani.encode(), hashlib.sha256).hexdigest()[:32])
    return CallArrived(at=arrival.at, call=arrival.call, caller=key, line=arrival.line, trunk=arrival.trunk)


@asynccontextmanager
async def journal_if(wanted: bool, folder: Path, clock: SystemClock) -> AsyncIterator[Journal | None]:
    """The product's journal, or none."""
    if not wanted:
        yield None
        return
    async with open_journal(f"sqlite:///{folder}/journal.db", clock) as journal:
        yield journal


async def run(given: argparse.Namespace, tally: Tally) -> None:
    """Serve until cancelled."""
    clock = SystemClock()
    ports = Ports(**json.loads(given.ports))
    house = settings(given.folder, ports)
    async with (
        journal_if(given.journal == "yes", given.folder, clock) as journal,
        open_switch(house, Vault(given.folder / "secrets"), clock, given.folder) as (switch, _),
        asyncio.TaskGroup() as group,
    ):
        calls = Calls(switch, journal, given.prompt, tally, clock)
        async for happened in switch.signals():
            if isinstance(happened, Arrival):
                group.create_task(calls.serve(happened))
            elif isinstance(happened, Connected):
                say_ready()


async def until_terminated(given: argparse.Namespace, tally: Tally) -> None:
    """Run until SIGTERM, close the journal, write the tally."""
    task = asyncio.create_task(run(given, tally))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await asyncio.wait([task])
    tally.write(given.out)
    if not task.cancelled():
        task.result()


def arguments() -> argparse.ArgumentParser:
    """What both of our processes are told."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True, help="the exchange's runtime folder")
    parser.add_argument("--ports", required=True, help="bench.exchange.Ports as JSON")
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--out", type=Path, required=True)
    return parser


def main() -> None:
    """The process."""
    parser = arguments()
    parser.add_argument("--journal", choices=("yes", "no"), default="yes")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    uvloop.run(until_terminated(parser.parse_args(), Tally()))


if __name__ == "__main__":
    main()

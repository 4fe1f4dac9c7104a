"""``python -m robots``: the demo's crowd, or one scripted telephone call by hand."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from hotline.errors import HotlineError
from hotline.secret import Secret
from robots.crowd import run_crowd
from robots.ears import Sound
from robots.habits import load_crowd
from robots.levels import longest_silence
from robots.phone import Phone

PASSWORD = "HOTLINE_SIP_PASSWORD"


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m robots", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    crowd = commands.add_parser("crowd", help="robot callers and robot agents, until SIGINT or SIGTERM")
    crowd.add_argument("file", type=Path, help="JSON description of the crowd (see robots/habits.py)")
    call = commands.add_parser("call", help="one call: dial, press, listen, hang up")
    call.add_argument("number", help="what to dial, e.g. 12329 or *82")
    call.add_argument("--server", default="127.0.0.1:5060", help="the exchange, host:port (default %(default)s)")
    call.add_argument("--bind", default="127.0.0.2", help="own address; the carrier's trunk is known by it (default %(default)s)")
    call.add_argument("--user", default="trunk", help="own account, e.g. hl-1 or hl-caller")
    call.add_argument("--caller", default="", help="number to show")
    call.add_argument("--press", action="append", default=[], metavar="SECONDS:KEYS", help="press KEYS so many seconds after the last ones")
    call.add_argument("--seconds", type=float, default=20.0, help="listen so long after the last key (default %(default)s)")
    call.add_argument("--play", type=Path, help="PCM16 8 kHz wav file to speak with")
    call.add_argument("--record", type=Path, help="write what was heard to this wav file")
    call.epilog = f"A password is taken from the environment variable {PASSWORD}, never from the command line."
    return parser


async def _crowd(file: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    outcomes = await run_crowd(load_crowd(file), stop)
    print(", ".join(f"{count} {name}" for name, count in sorted(outcomes.items())) or "no calls")


async def _call(options: argparse.Namespace) -> None:
    host, _, port = options.server.rpartition(":")
    password = os.environ.get(PASSWORD)
    async with Phone(
        bind=options.bind, server=(host, int(port)), user=options.user, password=Secret(password) if password else None
    ) as phone:
        call = await phone.dial(options.number, caller=options.caller)
        await call.answered()
        print("answered")
        if options.play:
            call.start_playing(options.play)
        for item in options.press:
            pause, _, keys = item.partition(":")
            await asyncio.sleep(float(pause))
            await call.press(keys)
        try:
            await call.ended(options.seconds)
            print("the other side hung up")
        except TimeoutError:
            await call.hang_up()
        heard = Sound(call.heard.pcm())
        print(f"heard {heard.seconds:.1f} s, longest silence {longest_silence(heard.samples):.1f} s, {call.heard.lost} packets lost")
        if options.record:
            call.heard.save(options.record)


def main() -> int:
    """The command line; 0 when all went well, 1 with the reason on stderr."""
    options = _arguments().parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        asyncio.run(_crowd(options.file) if options.command == "crowd" else _call(options))
    except (HotlineError, OSError, TimeoutError, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

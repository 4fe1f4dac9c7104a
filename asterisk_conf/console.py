"""Asterisk's console over its unix socket: one command, its answer. Cheaper than ``asterisk -rx`` (no process), same rights.

The protocol is that of ``asterisk -rx``: greet, send ``cli quit after <command>`` and a NUL, read to the end.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from hotline.errors import HotlineError


class ConsoleAway(HotlineError):
    """The exchange's console does not answer:"""


async def ask(socket: Path, command: str, seconds: float = 5.0) -> str:
    """What the exchange behind ``socket`` answers to the console command. Raises ConsoleAway."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            try:
                writer.write(f"cli quit after {command}\0".encode())
                return _text(await reader.read(-1))
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        raise ConsoleAway(f"{socket} ({error or 'time-out'}); see {socket.parent.parent}/log") from None


def _text(raw: bytes) -> str:
    """The answer without the greeting line and without the marks that say how verbose a line is."""
    _, _, answer = raw.replace(b"\x7f", b"").partition(b"\n")
    return answer.replace(b"\0", b"").decode(errors="replace")

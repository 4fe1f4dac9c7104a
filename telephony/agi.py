"""The AGI commands we use, by name and typed, over one FastAGI connection. Each raises HungUp once the caller is gone, SwitchAway when no
reply comes, and Unsayable for a text that can't be said.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from telephony.agi_connection import REPLY_S, AgiConnection
from telephony.agi_wire import KEYS, Reply, application, command, quoted, variable

LONGEST_PROMPT_S = 600.0


class AgiLink(AgiConnection):
    """A call over FastAGI."""

    async def answer(self) -> None:
        """Take the call."""
        await self.ask(command("ANSWER"))

    def stream_file(self, sound: str, keys: str = KEYS, offset: int = 0) -> asyncio.Future[Reply]:
        """Play a file (absolute, without extension) from a sample on, until its end or one of ``keys``.

        Wait for the reply with :meth:`reply`. -1: there is no such file, or the caller hung up.
        """
        words = command("STREAM FILE", quoted(sound), quoted(keys), str(offset))
        return self.send(words, kind="prompt", longest=LONGEST_PROMPT_S)

    def wait_for_digit(self, longest: timedelta) -> asyncio.Future[Reply]:
        """Wait for a key. -1: the caller hung up."""
        span = max(1, -(-longest // timedelta(milliseconds=1)))
        return self.send(command("WAIT FOR DIGIT", str(span)), kind="wait", longest=longest.total_seconds() + REPLY_S)

    async def record_file(self, file: str, end_keys: str, longest: timedelta, silence: timedelta) -> Reply:
        """Record into ``file`` (absolute, ``.wav`` is added) until one of ``end_keys``, silence or ``longest``; can't be cut short."""
        span = max(1, longest // timedelta(milliseconds=1))
        quiet = (f"s={-(-silence // timedelta(seconds=1))}",) if silence else ()
        words = command("RECORD FILE", quoted(file), "wav", quoted(end_keys), str(span), *quiet)
        return await self.ask(words, longest=longest.total_seconds() + REPLY_S)

    async def set_music(self, on: bool, music: str) -> None:
        """Music on hold of the class ``music`` on or off."""
        await self.ask(command("SET MUSIC", "ON", quoted(music)) if on else command("SET MUSIC", "OFF"))

    async def get_variable(self, name: str) -> str | None:
        """A channel variable's value; None when it isn't set."""
        reply = await self.ask(command("GET VARIABLE", variable(name)))
        return reply.value if reply.result == 1 else None

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable."""
        await self.ask(command("SET VARIABLE", variable(name), quoted(value)))

    async def execute(self, name: str, *arguments: str, longest: timedelta) -> Reply:
        """Run a dialplan application to its end. Result -2: there is no such application."""
        return await self.ask(command("EXEC", *application(name, *arguments)), longest=longest.total_seconds())

    async def hang_up(self) -> None:
        """End the call. Harmless when it is gone."""
        if self.gone_at is None:
            self.we_hung_up = True
            await self.ask(command("HANGUP"))
            self.end()

"""The waiting room 排队等待: a first word, then music with the position now and then. ``*`` goes back to the menu.

It only keeps the caller company: the floor decides when he is offered to a seat, and cancels this at any await when he is. So it
holds nothing that must be finished; music is stopped on the way out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ivr.talk import Talk
from telephony.ports import HungUp, SwitchAway

BACK_KEY = "*"


async def wait_for_agent(talk: Talk, position: Callable[[], int], *, resumed: bool = False) -> None:
    """Keep the caller company until he presses ``*`` (then it returns) or it is cancelled. ``position`` is 1 for the next in turn."""
    queue = talk.settings.queue
    loop = asyncio.get_running_loop()
    patience = loop.time() + queue.longest_wait_s
    if resumed:
        await talk.line.music(False)  # it was left on
    key = None if resumed else await talk.say("to_agent")
    try:
        while key != BACK_KEY:
            key = await _where(talk, position())
            if key != BACK_KEY and loop.time() >= patience:
                patience += queue.longest_wait_s
                key = await talk.say("queue_long")
            if key != BACK_KEY:
                key = await _listen(talk, queue.announce_every_s)
    finally:
        with suppress(HungUp, SwitchAway):
            await talk.line.music(False)


async def _where(talk: Talk, position: int) -> str | None:
    """Say the caller's place in the queue."""
    if position <= 1:
        return await talk.say("queue_first")
    return await talk.say("queue_position", ahead=position - 1)


async def _listen(talk: Talk, span_s: float) -> str | None:
    """Music for ``span_s``; ``*`` ends it early, other keys are passed over."""
    loop = asyncio.get_running_loop()
    until = loop.time() + span_s
    await talk.line.music(True)
    key = await talk.key(span_s)
    while key not in (None, BACK_KEY) and loop.time() < until:
        key = await talk.key(max(0.0, until - loop.time()))
    await talk.line.music(False)
    return key

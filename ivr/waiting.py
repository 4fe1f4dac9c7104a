"""The waiting room 排队等待: a first word, then music with the position now and then; after a while a call-back or a message instead.

It only keeps the caller company: the floor decides when he is offered to a seat, and cancels this at any await when he is. So it
holds nothing that must be finished (what he chose is carried out by whoever hears of it here); music is stopped on the way out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from ivr.call_back import ask_number
from ivr.manners import Nav
from ivr.needs import Needs
from ivr.talk import Talk
from telephony.ports import HungUp, Key, SwitchAway

BACK_KEY, CALL_BACK_KEY, MESSAGE_KEY = "*", "1", "2"
NO_NEEDS = Needs()


@dataclass(frozen=True, slots=True)
class Left:
    """How the caller left the waiting room by himself. ``number``: where he wants to be called back."""

    how: Literal["back", "call_back", "message"]
    number: str = field(default="", repr=False)


BACK = Left("back")


async def wait_for_agent(talk: Talk, position: Callable[[], int], *, resumed: bool = False, needs: Needs = NO_NEEDS) -> Left:
    """Keep the caller company until he leaves or this is cancelled. ``position`` is 1 for the next in turn.

    ``needs``: what this house can do for him instead; nothing is offered before ``queue.offer_after_s``.
    """
    if resumed:
        await talk.line.music(False)  # it was left on
    key = None if resumed else await talk.say("to_agent")
    try:
        return await _Room(talk, position, needs).stay(key)
    finally:
        with suppress(HungUp, SwitchAway):
            await talk.line.music(False)


class _Room:
    """One caller's stay."""

    def __init__(self, talk: Talk, position: Callable[[], int], needs: Needs) -> None:
        queue = talk.settings.queue
        now = asyncio.get_running_loop().time()
        self._talk = talk
        self._position = position
        self._needs = needs
        self._patience, self._offers_from = now + queue.longest_wait_s, now + queue.offer_after_s
        self._offered: dict[Key, Literal["call_back", "message"]] = {}
        if needs.call_backs is not None:
            self._offered[CALL_BACK_KEY] = "call_back"
        if needs.tickets is not None and needs.messages is not None:
            self._offered[MESSAGE_KEY] = "message"

    async def stay(self, key: Key | None) -> Left:
        """Position, music, position, ... until he wants something."""
        left = await self._wants(key)
        while left is None:
            for say in (self._where, self._apologise, self._offer, self._play):
                left = await self._wants(await say())
                if left is not None:
                    break
        return left

    @property
    def _offers(self) -> dict[Key, Literal["call_back", "message"]]:
        """What can be had instead by now, by its key."""
        return self._offered if self._now() >= self._offers_from else {}

    async def _wants(self, key: Key | None) -> Left | None:
        """What a key means here; None: nothing, he waits on."""
        if key == BACK_KEY:
            return BACK
        wish = self._offers.get(key or "")
        if wish == "message":
            return Left("message")
        if wish == "call_back":
            number = await ask_number(self._talk, self._needs.number_of(self._talk.call))
            if isinstance(number, str):
                return Left("call_back", number)
            if number is Nav.MAIN:
                return BACK
        return None

    async def _where(self) -> Key | None:
        """Say the caller's place in the queue."""
        position = self._position()
        if position <= 1:
            return await self._talk.say("queue_first")
        return await self._talk.say("queue_position", ahead=position - 1)

    async def _apologise(self) -> Key | None:
        """A word now and then to who has waited very long."""
        if self._now() < self._patience:
            return None
        self._patience += self._talk.settings.queue.longest_wait_s
        return await self._talk.say("queue_long")

    async def _offer(self) -> Key | None:
        """Say what he can have instead."""
        offers = {"call_back": "offer_call_back", "message": "offer_message"}
        said = [offers[wish] for wish in self._offers.values()]
        return await self._talk.say_all(["offer_wait", *said, "offer_menu"]) if said else None

    async def _play(self) -> Key | None:
        """Music for a while; a key that means something ends it early, others are passed over."""
        span_s = self._talk.settings.queue.announce_every_s
        until = self._now() + span_s
        await self._talk.line.music(True)
        key = await self._talk.key(span_s)
        while key is not None and key not in (BACK_KEY, *self._offers) and self._now() < until:
            key = await self._talk.key(max(0.0, until - self._now()))
        await self._talk.line.music(False)
        return key

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

"""A robot at a seat's phone: signs in by dialling feature codes as a person would, answers, talks, wraps up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from array import array
from pathlib import Path

from robots.cues import FAREWELL_HZ, GREETING_HZ, chime
from robots.errors import CallOver, CallRefused, RegistrationRefused
from robots.habits import RobotSeat, SeatHabits
from robots.incoming import IncomingCall
from robots.phone import Phone

log = logging.getLogger(__name__)
HANG_UP_S = 1.0
"""How long a robot waits for the confirmation of its BYE."""


async def dial_code(phone: Phone, code: str, wait: float = 6.0) -> bool:
    """Dial a feature code and wait until the exchange is done with it; whether somebody carried it out.

    Nobody there is 486 (the dialplan's Busy), 503 or no answer at all; hung up without an answer (603) means done.
    """
    call = await phone.dial(code)
    try:
        await call.answered(wait)
        with contextlib.suppress(TimeoutError):
            await call.ended(wait)
    except CallRefused as refusal:
        return refusal.status == 603
    except TimeoutError:
        return False
    finally:
        await call.hang_up(HANG_UP_S)
    return True


class SeatRobot:
    """One robot agent. ``dice`` decide how quick and talkative it is."""

    def __init__(self, phone: Phone, seat: RobotSeat, habits: SeatHabits, dice: random.Random, voice: array[int] | Path) -> None:
        self.calls_taken = 0
        self.calls_missed = 0
        self._phone, self._seat, self._habits, self._dice, self._voice = phone, seat, habits, dice, voice

    async def work(self) -> None:
        """Sign in, then take calls for ever; ends by being cancelled."""
        await self._register()
        await self._dial_until_taken(self._habits.sign_in + self._seat.agent)
        await self._dial_until_taken(self._habits.available)
        while True:
            try:
                call = await self._phone.wait_for_call(self._habits.idle_s)
            except TimeoutError:
                await dial_code(self._phone, self._habits.available)
                continue
            await self._serve(call)

    async def _register(self) -> None:
        while True:
            try:
                await self._phone.register()
                return
            except RegistrationRefused:
                log.info("robot seat not registered yet", extra={"seat": self._seat.user})
                await asyncio.sleep(self._habits.again_s)

    async def _dial_until_taken(self, code: str) -> None:
        while True:
            if await dial_code(self._phone, code):
                return
            await asyncio.sleep(self._habits.again_s)

    async def _serve(self, call: IncomingCall) -> None:
        """One call from ringing to the end of wrap-up."""
        try:
            await call.ring()
            if self._dice.random() < self._habits.lets_it_ring:
                await self._miss(call)
                return
            await asyncio.sleep(self._dice.uniform(*self._habits.answers_after))
            await call.answer()
        except CallOver:
            return  # the caller left, or somebody else was quicker
        self.calls_taken += 1
        with contextlib.suppress(CallOver):
            await self._talk(call)
        await call.hang_up(HANG_UP_S)
        await asyncio.sleep(self._dice.uniform(*self._habits.wraps_up))
        await dial_code(self._phone, self._habits.wrapped_up)

    async def _miss(self, call: IncomingCall) -> None:
        self.calls_missed += 1
        with contextlib.suppress(TimeoutError):
            await call.ended(120.0)
        await call.hang_up(HANG_UP_S)
        await asyncio.sleep(self._habits.break_s)
        await self._dial_until_taken(self._habits.available)

    async def _talk(self, call: IncomingCall) -> None:
        await asyncio.sleep(self._habits.greets_after)
        await call.play(array("h", chime(GREETING_HZ)))
        call.start_playing(self._voice, loop=True)
        try:
            await call.ended(self._dice.uniform(*self._habits.talks))
        except TimeoutError:
            call.session.media.mouth.stop()
            await call.play(array("h", chime(FAREWELL_HZ)))
            await asyncio.sleep(0.3)

"""The floor's hands: what its commands mean at the exchange. Every one is safe to repeat."""

from __future__ import annotations

from datetime import timedelta

import structlog

from acd.model.commands import Connect, EndTalk, HangUpSeat, Ring, ShowPresence, StopRinging
from hotline.events import RecordingFailed, RecordingStarted
from hotline.ids import AgentNo, CallId, RecordingId
from server.calls import WORD_OF_HANG_UP
from server.house import House
from telephony.ports import HungUp, Sound

log = structlog.get_logger("hands")


class ExchangeHands:
    """Carries the floor's commands out; what it raises comes back to the floor as CommandFailed."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def ring(self, command: Ring) -> None:
        """Send the INVITE to the seat's phone; the caller's own number is not shown to it, the call's id is."""
        longest = command.longest + timedelta(seconds=1)  # the floor's own ring timer comes first
        await self._house.phones.ring(command.offer, command.call, command.seat, command.endpoint, command.call, longest)

    async def stop_ringing(self, command: StopRinging) -> None:
        """Take the INVITE back."""
        await self._house.phones.stop(command.offer, command.cause)

    async def connect(self, command: Connect) -> None:
        """The waiting dialog lets go of the line, both legs are joined, the caller hears the agent number, recording begins."""
        live = self._house.calls.get(command.call)
        if live is not None:
            await live.let_go()
            if live.line is not None:
                try:
                    await live.line.music(False)
                except HungUp:
                    return  # the floor hears of it by itself
        announce = [] if command.again else self._introduction(command.agent)
        await self._house.switch.connect(command.call, command.line, command.offer, announce)
        if not command.again:
            await self._record(command)

    async def end_talk(self, command: EndTalk) -> None:
        """Take the bridge away and hang the seat's leg up; the recording ends with the talk, the caller's line stays."""
        live = self._house.calls.get(command.call)
        if live is not None and not live.ended.is_set():
            await self._house.switch.stop_recording(live.arrival.line, recording_id(command.call))
        await self._house.switch.disconnect(command.call)
        await self._house.phones.stop(command.offer, "normal")

    async def hang_up_seat(self, command: HangUpSeat) -> None:
        """Hang up a leg that belongs to nothing."""
        await self._house.phones.stop(command.offer, "normal")

    async def show_presence(self, command: ShowPresence) -> None:
        """Tell the fallback queue who may be rung while we are away."""
        await self._house.switch.show_presence(command.seat, command.endpoint, command.agent, command.takes_calls, command.signed_in)

    def _introduction(self, agent: AgentNo) -> list[Sound]:
        """Who serves the caller, after a breath: a bridge swallows the first moment while a third party joins its two."""
        prompts = self._house.prompts
        return [str(prompts.pause.with_suffix("")), *prompts.sounds("agent_serves", agent=agent)]

    async def _record(self, command: Connect) -> None:
        recording = recording_id(command.call)
        at = self._house.clock.now()
        try:
            await self._house.switch.start_recording(command.call, command.line, recording)
        except Exception as error:  # noqa: BLE001 - a talk without a recording is better than no talk
            live = self._house.calls.get(command.call)
            why = "caller_gone" if live is None or await live.gone_within(WORD_OF_HANG_UP) else type(error).__name__
            if why != "caller_gone":
                log.error("the recording could not be started", call=command.call, kind=why)
            self._house.journal.append(RecordingFailed(at=at, call=command.call, recording=recording, why=why))
        else:
            self._house.journal.append(RecordingStarted(at=at, call=command.call, recording=recording))


def recording_id(call: CallId) -> RecordingId:
    """The recording of a call's talk."""
    return RecordingId(f"r-{call[2:]}")

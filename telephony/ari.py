"""The exchange as a whole over ARI and AMI: implements :class:`telephony.ports.Switch`.

Laws, as real Asterisk 22 taught them:

* putting a channel that is in a bridge into the same bridge again takes it out first (a gap in the talk): so we look;
* a sound played to a channel that is just leaving its bridge may hang the channel for ten minutes, whoever hangs up (bridge actions
  are waited for): so a caller is taken out first, which unlike removing the bridge is answered when it is done;
* music on hold that was started on a channel goes on in the bridge, over the talk: so it is stopped first;
* who is registered is told by AMI. Subscribing to endpoints over ARI would double every event of their channels;
* after its own restart Asterisk holds registered phones for lost until it happens to ask them, up to ``qualify_s`` later: so we ask;
* what our own ids name may be created twice: 409 means that it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from hotline.clock import Clock
from hotline.ids import BridgeId, CallId, ChannelId, OfferId, RecordingId, SeatNo, bridge_id
from telephony.ami import AmiAddress, AmiLink
from telephony.ami_commands import QUEUE, AmiCommands
from telephony.ari_endpoints import SeatEndpoints
from telephony.ari_events import AriEvents
from telephony.ari_found import look
from telephony.ari_line import AriLine
from telephony.ari_link import AriAddress, decode_reply
from telephony.ari_messages import Bridge, Variable
from telephony.ari_wire import query
from telephony.ports import Arrival, Found, HangUpCause, LineHeld, Sound, SwitchAway, SwitchRefused


class AriSwitch(AriEvents):
    """See the module. ``run`` keeps both links up until cancelled."""

    def __init__(self, ari: AriAddress, ami: AmiAddress, recordings: Path, clock: Clock) -> None:
        super().__init__(ari, clock)
        self.ami = AmiLink(ami, self._on_ami, self._look_at_endpoints.set)
        self._commands = AmiCommands(self.ami, recordings)
        self._endpoints = SeatEndpoints(self.link, self._commands, self._emit, clock)
        self._talks: dict[CallId, ChannelId] = {}

    async def run(self) -> None:
        """Keep both links up until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.link.run())
            group.create_task(self.ami.run())
            group.create_task(self._endpoints.watch(self._look_at_endpoints))

    # -- lines ---------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def line(self, arrival: Arrival) -> AsyncIterator[AriLine]:
        """Hold a caller's channel. Raises LineHeld."""
        line = self._line(arrival.call, arrival.line)
        if line.held:
            raise LineHeld(arrival.call)
        line.held = True
        try:
            yield line
        finally:
            line.held = False
            line.forget_keys()

    async def hang_up(self, channel: ChannelId, cause: HangUpCause = "normal") -> None:
        """Hang any channel up. Raises SwitchAway."""
        await self.link.ask("DELETE", query(f"channels/{channel}", reason=cause))

    async def to_fallback(self, line: ChannelId) -> None:
        """Send a caller on to the dialplan's own queue; he is gone or there already when that is refused. Raises SwitchAway."""
        await self.link.ask("POST", query(f"channels/{line}/continue", context=QUEUE, extension="s", priority=1))

    async def take_back(self, line: ChannelId) -> None:
        """Bring a caller back out of the dialplan. Raises SwitchRefused, SwitchAway."""
        await self._commands.take_back(line)

    # -- talks ---------------------------------------------------------------------------------------------------

    async def connect(self, call: CallId, line: ChannelId, offer: OfferId, announce: Sequence[Sound]) -> None:
        """Join the caller and the seat's leg. Raises SwitchRefused (one of them is gone), SwitchAway."""
        bridge = bridge_id(call)
        self._talks[call] = line
        reply = await self.link.ask("POST", query("bridges", type="mixing", bridgeId=bridge, name=call))
        inside = await self._inside(bridge) if reply.status == 409 else frozenset()
        missing = [channel for channel in (line, offer) if channel not in inside]
        if missing:
            if line in missing:
                await self.link.ask("DELETE", f"channels/{line}/moh")
            await self._join(bridge, missing, created=reply.ok)
            if announce:
                media = ",".join(f"sound:{sound}" for sound in announce)
                self.link.tell("POST", query(f"bridges/{bridge}/play", media=media, playbackId=f"{bridge}-a"))
        self._forget_keys(line)

    async def disconnect(self, call: CallId) -> None:
        """Take the caller out of the bridge, then the bridge away. When this returns he can be spoken to. Raises SwitchAway."""
        bridge = bridge_id(call)
        line = self._talks.get(call) or next((line.channel for line in self._lines.values() if line.call == call), None)
        self.link.tell("DELETE", f"playbacks/{bridge}-a")
        if line is not None:
            await self.link.ask("POST", query(f"bridges/{bridge}/removeChannel", channel=line))
            self._forget_keys(line)
        await self.remove_bridge(bridge)
        self._talks.pop(call, None)

    async def remove_bridge(self, bridge: BridgeId) -> None:
        """Remove a bridge; harmless when it is gone. Raises SwitchAway."""
        await self.link.ask("DELETE", f"bridges/{bridge}")

    async def _inside(self, bridge: BridgeId) -> frozenset[str]:
        reply = await self.link.ask("GET", f"bridges/{bridge}")
        return frozenset(msgspec.json.decode(reply.body, type=Bridge).channels) if reply.ok else frozenset()

    async def _join(self, bridge: BridgeId, channels: Sequence[str], created: bool) -> None:
        # connected line updates would show the caller's number on the agent's phone
        wish = query(f"bridges/{bridge}/addChannel", channel=",".join(channels), inhibitConnectedLineUpdates="true")
        reply = await self.link.ask("POST", wish)
        if not reply.ok:
            if created:
                await self.remove_bridge(bridge)
            raise SwitchRefused(f"bridge, status {reply.status} {decode_reply(reply).get('message', '')}")

    def _forget_keys(self, line: ChannelId) -> None:
        """What is keyed in a talk is not meant for us."""
        held = self._lines.get(line)
        if held is not None:
            held.forget_keys()

    # -- recordings, presence ------------------------------------------------------------------------------------

    async def start_recording(self, call: CallId, line: ChannelId, recording: RecordingId) -> None:
        """Record both sides into ``<recording>-caller.wav`` and ``<recording>-agent.wav``. Raises SwitchRefused, SwitchAway."""
        await self._commands.start_recording(line, recording)

    async def stop_recording(self, line: ChannelId, recording: RecordingId) -> None:
        """End the recording. Raises SwitchAway."""
        await self._commands.stop_recording(line)

    async def spool(self) -> Path:
        """Asterisk's own folder of recordings. Raises SwitchAway."""
        reply = await self.link.ask("GET", query("asterisk/variable", variable="ASTSPOOLDIR"))
        if not reply.ok:
            raise SwitchAway(f"it doesn't tell its spool folder, status {reply.status}")
        return Path(msgspec.json.decode(reply.body, type=Variable).value) / "recording"

    async def end_recording(self, name: RecordingId) -> None:
        """End a line's recording. Raises SwitchAway."""
        await self.link.ask("POST", f"recordings/live/{name}/stop")

    async def show_presence(self, seat: SeatNo, endpoint: str, agent: str, takes_calls: bool, signed_in: bool) -> None:
        """Tell the fallback queue who may be rung. Raises SwitchRefused, SwitchAway."""
        await self._commands.show_presence(endpoint, agent, takes_calls, signed_in)

    # -- what there is -------------------------------------------------------------------------------------------

    async def found(self) -> Found:
        """Everything there is. Raises SwitchAway."""
        return await look(self.link, self._clock, self._app)

    def _on_ami(self, message: dict[str, str]) -> None:
        if message.get("event") == "PeerStatus":
            self._endpoints.on_peer_status(message)

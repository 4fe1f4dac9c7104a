"""What ARI cannot do and AMI can: record both sides into two files, bring a caller back from the dialplan, show the queue who is there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path

from hotline.ids import ChannelId, RecordingId
from telephony.ami import AmiLink
from telephony.ports import SwitchRefused

QUEUE = "hl-fallback"
"""The dialplan's own queue."""
RETURN = "hl-return"
"""The dialplan context that leads back into our application."""
PLAIN = re.compile(r"[\w./+-]+\Z", re.ASCII)
"""A path that means nothing else to Asterisk: no comma, no parenthesis, no ``${``."""


def recording_files(folder: Path, recording: RecordingId) -> tuple[Path, Path]:
    """The caller's and the agent's file of a recording, equally long and in step."""
    return folder / f"{recording}-caller.wav", folder / f"{recording}-agent.wav"


class AmiCommands:
    """The AMI half of the switch; ``recordings`` is the folder Asterisk writes talks into."""

    def __init__(self, ami: AmiLink, recordings: Path) -> None:
        self._ami = ami
        self._recordings = recordings
        self._shown: dict[str, str] = {}

    async def start_recording(self, line: ChannelId, recording: RecordingId) -> None:
        """Record both sides of ``line`` (MixMonitor: Asterisk's own, so it goes on without us). Raises SwitchRefused, SwitchAway."""
        caller, agent = (str(file.absolute()) for file in recording_files(self._recordings, recording))
        if not PLAIN.match(caller):
            raise SwitchRefused("the recordings folder has characters Asterisk would misread", folder=str(self._recordings))
        self._recordings.mkdir(parents=True, exist_ok=True)
        # r: what the channel sends us, t: what it is sent; S: silence where one side has no audio, so that both stay in step
        reply = await self._ami.action("MixMonitor", Channel=line, File="", Options=f"r({caller})t({agent})S")
        if not reply.ok:
            raise SwitchRefused(f"recording: {reply.message}")

    async def stop_recording(self, line: ChannelId) -> None:
        """End it; refused when the channel or the recording is gone, which is as good. Raises SwitchAway."""
        await self._ami.action("StopMixMonitor", Channel=line)

    async def take_back(self, line: ChannelId) -> None:
        """Bring a caller out of the dialplan into our application. Raises SwitchRefused, SwitchAway."""
        reply = await self._ami.action("Redirect", Channel=line, Context=RETURN, Exten="s", Priority="1")
        if not reply.ok:
            raise SwitchRefused(f"redirect: {reply.message}")

    async def ask_phones(self, endpoints: Iterable[str]) -> int:
        """Have these endpoints' contacts asked (OPTIONS) whether they are there; how many have a contact at all. Raises SwitchAway."""
        replies = await asyncio.gather(*(self._ami.action("PJSIPQualify", Endpoint=endpoint) for endpoint in endpoints))
        return sum(reply.ok for reply in replies)

    async def show_presence(self, endpoint: str, agent: str, takes_calls: bool, signed_in: bool) -> None:
        """Make the queue's members follow the seats. Raises SwitchRefused, SwitchAway."""
        member = {"Queue": QUEUE, "Interface": f"PJSIP/{endpoint}"}
        paused = "false" if takes_calls else "true"
        if not signed_in:
            self._shown.pop(endpoint, None)
            await self._ami.action("QueueRemove", **member)  # refused when it is not there: as good
            return
        reply = await self._ami.action("QueueAdd", **member, MemberName=agent, Paused=paused)
        if not reply.ok and self._shown.get(endpoint) == agent:
            reply = await self._ami.action("QueuePause", **member, Paused=paused)
        elif not reply.ok:  # there from before our time, perhaps as somebody else
            await self._ami.action("QueueRemove", **member)
            reply = await self._ami.action("QueueAdd", **member, MemberName=agent, Paused=paused)
        if not reply.ok:
            raise SwitchRefused(f"queue member: {reply.message}")
        self._shown[endpoint] = agent

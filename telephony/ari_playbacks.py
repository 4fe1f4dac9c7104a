"""Names of the sounds played to a caller, so few that a successor who knows none of them can stop what a dead worker left playing.

That must be done before anything else is asked of the channel: Asterisk answers ``answer`` and ``addChannel`` only when the sound is
over, and meanwhile nothing else that comes over the same WebSocket, pings included (seen: a menu of seven seconds cost the link).
"""

from __future__ import annotations

import asyncio

from hotline.ids import ChannelId
from telephony.ari_link import AriLink

NAMES = 8
"""A name comes round again after so many sounds: the word of the former one's end has long been heard."""


class PlaybackNames:
    """The names for one channel, one after the other."""

    def __init__(self, channel: ChannelId) -> None:
        self._channel = channel
        self._next = 0

    def take(self) -> str:
        """The next name."""
        name = self._name(self._next)
        self._next = (self._next + 1) % NAMES
        return name

    async def stop_all(self, link: AriLink) -> None:
        """Stop whatever plays; names in use are taken up again as late as can be. Raises SwitchAway."""
        replies = await asyncio.gather(*(link.ask("DELETE", f"playbacks/{self._name(number)}") for number in range(NAMES)))
        played = [number for number, reply in enumerate(replies) if reply.ok]
        if played:
            self._next = next((number + 1) % NAMES for number in played if (number + 1) % NAMES not in played)

    def _name(self, number: int) -> str:
        return f"{self._channel}-p{number}"

"""Opening the door: one Asterisk behind the three ports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from hotline.clock import Clock
from hotline.settings import Settings
from hotline.vault import Vault
from telephony.ami import AmiAddress
from telephony.ari import AriSwitch
from telephony.ari_link import AriAddress
from telephony.ports import SeatPhones, Switch

LOOPBACK = "127.0.0.1"
USER = "hotline"
"""The name of our ARI user and of our AMI user (asterisk_conf renders both)."""


class OpenSwitch(NamedTuple):
    """The ports of one open exchange."""

    switch: Switch
    phones: SeatPhones


def make_switch(settings: Settings, vault: Vault, clock: Clock, recordings: Path) -> AriSwitch:
    """The adapter for the exchange of ``settings``, not yet running. Raises OSError when a secret can't be read."""
    asterisk = settings.asterisk
    ari = AriAddress(
        LOOPBACK,
        asterisk.http_port,
        USER,
        vault.get("ari_password"),
        rest_over_websocket=asterisk.rest_over_websocket,
    )
    ami = AmiAddress(LOOPBACK, asterisk.ami_port, USER, vault.get("ami_password"))
    return AriSwitch(ari, ami, recordings, clock)


@asynccontextmanager
async def open_switch(settings: Settings, vault: Vault, clock: Clock, recordings: Path) -> AsyncIterator[OpenSwitch]:
    """Keep both links to Asterisk up inside the context; ``recordings`` is the folder talks are recorded into.

    Asterisk need not be there yet: ``Connected`` is signalled when it is, ``Lost`` when it goes.
    """
    switch = make_switch(settings, vault, clock, recordings)
    running = asyncio.create_task(switch.run(), name="telephony")
    running.add_done_callback(switch.stopped)  # a fault of ours in there is raised where signals are taken
    try:
        yield OpenSwitch(switch, switch.phones)
    finally:
        running.cancel()
        await asyncio.wait([running])

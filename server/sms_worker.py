"""The SMS worker: the relay and the answers to texts, in a process of their own; in the demo with a gateway of ours beside them."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import replace

from hotline.clock import SystemClock
from server.places import Places
from server.sms import installation
from sms_bridge.gateways.simulator.server import obeying, simulator
from sms_bridge.process import GATEWAY_SOCKET, serve, settings_of

DEMO = "HOTLINE_SMS_DEMO"
"""Set by the supervisor of a demo: no text leaves the machine."""


async def carry(places: Places, closing: asyncio.Event) -> None:
    """Carry and answer until ``closing`` is set or we are cancelled. Raises what :func:`sms_bridge.process.serve` raises."""
    place = installation(places)
    async with AsyncExitStack() as open_:
        if os.environ.get(DEMO) == "1":
            secrets = {each.name: place.secret(each.name) for each in settings_of(place).account}
            gateway = await open_.enter_async_context(simulator(secrets, log=places.logs / "sms_gateway.jsonl"))
            await open_.enter_async_context(obeying(gateway.station, place.lock.with_name(GATEWAY_SOCKET)))
            place = replace(place, gateway=("127.0.0.1", gateway.cmpp_port))
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(serve(place, SystemClock()))
            await closing.wait()
            serving.cancel()

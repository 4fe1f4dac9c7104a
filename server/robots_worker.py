"""The demo's robots as a worker: they get accounts and numbers like people, and nothing of the house knows them."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from asterisk_conf.accounts import sip_password
from hotline.errors import HotlineError
from hotline.secret import Secret
from hotline.vault import Vault
from robots.crowd import run_crowd
from robots.habits import CallerHabits, CrowdSettings, DemoAccount, RobotSeat
from server.control import ask
from server.opening import demo_people
from server.places import Places

NEWCOMERS_SEAT = 3
"""Left free for the person who tries the demo."""


async def crowd(places: Places, closing: asyncio.Event) -> None:
    """Robot seats and callers until ``closing``; they come when the line worker hears Asterisk."""
    while not _line_is_there(places) and not closing.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), 0.5)
    if not closing.is_set():
        await run_crowd(crowd_of(places), closing)


def crowd_of(places: Places) -> CrowdSettings:
    """Who plays: a robot at every seat but the newcomer's, callers from the carrier's address."""
    settings, vault = places.settings, Vault(places.secrets)
    first = settings.seats.first_agent
    seats = [number for number in range(1, settings.seats.count + 1) if number != NEWCOMERS_SEAT]
    return CrowdSettings(
        host=settings.asterisk.bind,
        port=settings.asterisk.sip_port,
        number=settings.centre.number,
        caller_bind=settings.asterisk.carrier_addresses[0],
        seats=tuple(RobotSeat(user=f"hl-{n}", password=sip_password(vault, f"hl-{n}"), agent=str(first + n - 1)) for n in seats),
        accounts=tuple(DemoAccount(number=one["account"], pin=Secret(one["pin"])) for one in demo_people(places, 50)),
        callers=CallerHabits(wants_guide=0.0),
    )


def _line_is_there(places: Places) -> bool:
    try:
        return bool(ask(places.control, {"do": "health"}, 1)["ok"]["hears_asterisk"])
    except HotlineError:
        return False

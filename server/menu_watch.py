"""The changed menu is taken by itself: the line worker looks every few seconds, calls that are on keep the version they began with.

What was taken is written to the journal (MenuChanged), what was refused raises an alarm with file, line and reason; the old version
stays in force.
"""

from __future__ import annotations

import asyncio

import structlog

from hotline import events as e
from ivr.shelf import Changed, Refused
from server.house import House

log = structlog.get_logger("menu")
LOOK_EVERY = 2.0


async def watch_menu(house: House) -> None:
    """For ever."""
    while True:
        await asyncio.sleep(LOOK_EVERY)
        try:
            await look_at_menu(house)
        except Exception as error:  # whatever is wrong with the files must not end the calls
            log.exception("the menu could not be looked at", kind=type(error).__name__)


async def look_at_menu(house: House) -> None:
    """One look. Reading the files takes a tenth of a second, so a thread does it."""
    before = house.menus.current().label
    match await asyncio.to_thread(house.menus.poll):
        case Changed(version):
            log.info("the menu was changed", before=before, menu=version.label)
            house.journal.append(e.MenuChanged(at=house.clock.now(), menu=version.label, before=before))
        case Refused(why):
            log.error("a changed menu was refused, the old one stays", why=why, menu=before)
            house.journal.append(e.AlarmRaised(at=house.clock.now(), code="menu_refused", text=why))

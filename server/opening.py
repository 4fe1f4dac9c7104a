"""Opening the house: every room made from the settings and handed to those who need it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import structlog

from acd.floor import Floor
from acd.image import UnreadableSnapshot
from acd.timers import LoopTimers
from fund_core.demo import DemoCore
from fund_core.people import demo_depositors
from fund_core.port import FundCore
from hotline.calendar import Calendar, Staffing
from hotline.callers import CALLER_HASH_KEY, Callers
from hotline.clock import Clock
from hotline.ids import CallId
from hotline.journal import Journal
from hotline.secret import Secret
from hotline.vault import Vault
from ivr.guard.blind import blinder
from ivr.lockout import LoginGate
from ivr.prompts import Prompts
from ivr.shelf import MenuShelf
from ivr.store import SqlAttempts
from ivr.version import MenuFiles, open_version
from recordings.archive import Archive
from server.hands import ExchangeHands
from server.house import House
from server.lock import EXCHANGE, hold_when_free
from server.places import HOUSE, Places
from server.progress import Progress, step
from server.rooms import open_rooms
from server.slow_callers import SlowCallers
from telephony.exchange import open_switch

log = structlog.get_logger("opening")

SNAPSHOT = "line"
RESCUE_TAKES = 10.0
"""Seconds we wait for a rescue that is just sending callers on, at most."""


class Image(msgspec.Struct):
    """A snapshot: the floor's own and the progress of every live call."""

    floor: bytes
    calls: dict[CallId, Progress]


def menu_files(places: Places, menu: Path | None = None) -> MenuFiles:
    """Where menu (or another one to look at), prompts and sounds are; prompts beside that other menu go before the centre's."""
    names = ("prompts.toml", "pronunciation.toml")
    prompts, words = (own if menu and (own := menu.parent / name).exists() else _beside(places, name) for name in names)
    studio = HOUSE / places.settings.speech.studio_folder
    return MenuFiles(menu or _beside(places, "menu.toml"), prompts, words, places.prompts, studio)


def menus_of(places: Places) -> MenuShelf:
    """The menu in force: the centre's files, or while they are broken what was in force last. Raises ConfigError."""
    return MenuShelf(menu_files(places), places.settings.speech, places.runtime / "menus")


def prompts_of(places: Places) -> Prompts:
    """The prompts of the centre's menu, with their sounds' places. Raises ConfigError."""
    return open_version(menu_files(places), places.settings.speech).prompts


def open_core(places: Places, vault: Vault) -> DemoCore:
    """The fund core of the settings (only the demo so far)."""
    working = staffing_of(places).calendar.is_working_day
    return DemoCore(
        places.runtime / "demo_core.db", vault.get("pin_pepper", 43), count=places.settings.core.depositors, is_working_day=working
    )


def demo_people(places: Places, count: int = 3) -> list[dict[str, str]]:
    """Accounts and PINs of the first invented people who have one of their own: public, they open nothing real."""
    people = [person for person in demo_depositors(count=places.settings.core.depositors) if not person.initial]
    return [{"account": person.account, "pin": person.pin} for person in people[:count]]


def staffing_of(places: Places) -> Staffing:
    """The staffed hours with the working calendar. Raises ConfigError."""
    calendar = Calendar.parse(_beside(places, "calendar.csv").read_text(encoding="utf-8"))
    return Staffing.of(places.settings.centre, calendar)


def slow_callers_of(places: Places) -> tuple[SlowCallers, Secret]:
    """The list of slow callers, and the key its numbers are hashed with."""
    return SlowCallers(places.slow_callers), Vault(places.secrets).get(CALLER_HASH_KEY, 43)


def _beside(places: Places, name: str) -> Path:
    """A file beside the settings file, else the one we ship."""
    own = places.etc / name
    return own if own.exists() else HOUSE / "etc" / name


async def open_house(
    stack: AsyncExitStack, places: Places, clock: Clock, vault: Vault, journal: Journal, core: FundCore | None = None
) -> tuple[House, ExchangeHands, dict[CallId, Progress]]:
    """The house with the floor as the journal has it, its hands, and the calls that were on when we were last here."""
    settings = places.settings
    archive = Archive(places.recordings)
    await hold_when_free(stack, places.run, EXCHANGE, RESCUE_TAKES)
    switch, phones = await stack.enter_async_context(open_switch(settings, vault, clock, archive.incoming))
    if core is None:
        core = demo = open_core(places, vault)
        stack.callback(demo.close)
    attempts = SqlAttempts(f"sqlite:///{places.runtime / 'attempts.db'}")
    stack.callback(attempts.close)
    callers = Callers(journal, vault)
    gate = LoginGate(core, attempts, blinder(vault.get("attempt_key", 43)), settings.login, callers.key)
    menus = menus_of(places)
    staffing = staffing_of(places)
    rooms = open_rooms(places, vault, core, staffing.calendar)
    stack.callback(rooms.close)
    await rooms.fill(clock.now())
    house = House(
        settings, clock, journal, callers, staffing, switch, phones, core, gate, menus, archive, rooms,
        SlowCallers(places.slow_callers),
    )  # fmt: skip
    hands = ExchangeHands(house)
    house.floor = Floor(settings.seats, journal, hands, clock, LoopTimers(), settings.routing)
    return house, hands, await _restore(house, journal)


async def _restore(house: House, journal: Journal) -> dict[CallId, Progress]:
    """The floor and the live calls: the last snapshot and what happened since."""
    snapshot = await journal.latest_snapshot(SNAPSHOT)
    image = msgspec.msgpack.decode(snapshot.body, type=Image) if snapshot else None
    try:
        events = [recorded.event for recorded in await journal.read(after=snapshot.seq if snapshot else 0)]
        house.floor.restore(image.floor if image else None, events)
    except UnreadableSnapshot:
        log.warning("the snapshot is of another version, reading the whole journal")
        image, events = None, [recorded.event for recorded in await journal.read()]
        house.floor.restore(None, events)
    calls = dict(image.calls) if image else {}
    for event in events:
        follow(calls, event)
    return calls


def follow(calls: dict[CallId, Progress], event: Any) -> None:
    """Keep ``calls`` the live calls after ``event``."""
    call: CallId | None = getattr(event, "call", None)
    if call is None:
        return
    after = step(calls.get(call), event)
    if after is None or after.stage == "ended":
        calls.pop(call, None)
    else:
        calls[call] = after


def snapshot(house: House) -> bytes:
    """What :func:`open_house` begins with the next time."""
    return msgspec.msgpack.encode(Image(house.floor.snapshot(), house.progress))

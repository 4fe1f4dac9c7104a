"""The bridge as a process: settings, secrets and database put together; relay and answering run until they are told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import msgspec

from fund_core.port import FundCore
from hotline.clock import Clock, SystemClock
from hotline.errors import HotlineError
from hotline.sealed import Sealer
from hotline.secret import Secret
from hotline.tables import Tables
from hotline.writer_lock import lock_file
from sms_bridge.bridge import open_bridge
from sms_bridge.link.cmpp import CmppManners
from sms_bridge.link.machine import Link
from sms_bridge.link.manners import Manners
from sms_bridge.link.model import Account
from sms_bridge.link.smgp import SmgpManners
from sms_bridge.link.smpp import SmppManners
from sms_bridge.mo.answering import Answering
from sms_bridge.needs import Tickets
from sms_bridge.protocols.dialect import Dialect
from sms_bridge.protocols.known import DIALECTS
from sms_bridge.relay.relay import Relay
from sms_bridge.settings import AccountSettings, BridgeSettings, load_bridge_settings
from sms_bridge.store.inbox import Inbox
from sms_bridge.tables import SCHEMA

GATEWAY_SOCKET = "sms_gateway.sock"
"""Beside the lock: where the demo's gateway is told what to do."""


MANNERS: Mapping[str, Callable[[Dialect, Account], Manners]] = MappingProxyType(
    {"cmpp20": CmppManners, "cmpp30": CmppManners, "smgp30": SmgpManners, "smpp34": SmppManners}
)


@dataclass(frozen=True, slots=True)
class Installation:
    """What the bridge is given: its database, the key that seals it, the accounts' passwords, its lock, its settings.

    ``rooms`` opens the fund core and the tickets that texts are answered from, to be closed with the stack; without them nothing is
    answered and texts wait.
    """

    url: str
    key: Secret
    secret: Callable[[str], Secret]
    lock: Path
    settings: Path
    signature: str
    rooms: Callable[[ExitStack], tuple[FundCore, Tickets]] | None = None
    gateway: tuple[str, int] | None = None
    """Host and port that stand in for every CMPP account's: the demo's simulator."""


class NoGateways(HotlineError):
    """The bridge has no account at any gateway:"""


def run_bridge(place: Installation, clock: Clock | None = None) -> None:
    """Until SIGTERM or Ctrl-C. Raises what :func:`serve` raises."""
    asyncio.run(_until_told(place, clock or SystemClock()))


async def _until_told(place: Installation, clock: Clock) -> None:
    running = asyncio.current_task()
    assert running is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    with suppress(asyncio.CancelledError):
        await serve(place, clock)


def settings_of(place: Installation) -> BridgeSettings:
    """The bridge's settings. Raises ConfigError."""
    given = load_bridge_settings(place.settings)
    if place.gateway is None:
        return given
    host, port = place.gateway
    accounts = (msgspec.structs.replace(each, host=host, port=port) for each in given.account if each.protocol.startswith("cmpp"))
    return msgspec.structs.replace(given, account=tuple(accounts))


async def serve(place: Installation, clock: Clock) -> None:
    """Carry and answer until cancelled. Raises ConfigError, NoGateways, StoreAway, DatabaseTooNew, JournalTaken (it runs already)."""
    settings = settings_of(place)
    if not settings.account:
        raise NoGateways(f"write [[account]] into {place.settings}")
    place.lock.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as open_:
        open_.enter_context(lock_file(place.lock, 2.0))
        sealer = Sealer(place.key, "sms")
        if place.rooms is None:
            tables = Tables(place.url, SCHEMA, "sms_relay")
            open_.callback(tables.close)
            await relay_of(tables, sealer, clock, settings, place.secret).run()
            return
        core, tickets = place.rooms(open_)
        bridge = open_bridge(place.url, place.key, core, place.signature)
        open_.callback(bridge.close)
        answering = Answering(bridge, Inbox(bridge.tables, sealer), core, tickets, clock)
        relay = relay_of(bridge.tables, sealer, clock, settings, place.secret, answering.wake)
        answering.on_reply = relay.wake
        async with asyncio.TaskGroup() as group:
            group.create_task(relay.run())
            group.create_task(answering.run())


def relay_of(
    tables: Tables, sealer: Sealer, clock: Clock, settings: BridgeSettings, secret: Callable[[str], Secret],
    on_text: Callable[[], None] = lambda: None,
) -> Relay:  # fmt: skip
    """A relay with all links of ``settings``; ``secret`` gives an account's password."""
    relay = Relay(tables, sealer, clock, settings.relay(), [each.route() for each in settings.account], on_text)
    for account in settings.account:
        for number in range(account.links):
            relay.add_link(account.name, number, account.host, account.port, lambda a=account: _link(a, secret(a.name)))  # type: ignore[misc]
    return relay


def _link(account: AccountSettings, secret: Secret) -> Link:
    who = Account(account.name, secret, account.source, account.service, account.mutual, account.hex_ids)
    dialect = DIALECTS[account.protocol]
    return Link(MANNERS[account.protocol](dialect, who), account.link())

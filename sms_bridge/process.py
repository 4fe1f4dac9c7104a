"""The relay as a process: settings, secrets and database put together, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hotline.clock import Clock, SystemClock
from hotline.errors import HotlineError
from hotline.sealed import Sealer
from hotline.secret import Secret
from hotline.tables import Tables
from hotline.writer_lock import lock_file
from sms_bridge.link.cmpp import CmppManners
from sms_bridge.link.machine import Link
from sms_bridge.link.manners import Manners
from sms_bridge.link.model import Account
from sms_bridge.link.smpp import SmppManners
from sms_bridge.protocols.known import DIALECTS
from sms_bridge.relay.relay import Relay
from sms_bridge.settings import AccountSettings, BridgeSettings, load_bridge_settings
from sms_bridge.tables import SCHEMA


@dataclass(frozen=True, slots=True)
class Installation:
    """What the bridge is given: its database, the key that seals it, the accounts' passwords, its lock, its settings."""

    url: str
    key: Secret
    secret: Callable[[str], Secret]
    lock: Path
    settings: Path


class NoGateways(HotlineError):
    """The bridge has no account at any gateway:"""


def run_bridge(place: Installation, clock: Clock | None = None) -> None:
    """The relay until SIGTERM or Ctrl-C. Raises ConfigError, NoGateways, StoreAway, DatabaseTooNew, JournalTaken."""
    settings = load_bridge_settings(place.settings)
    if not settings.account:
        raise NoGateways(f"write [[account]] into {place.settings}")
    place.lock.parent.mkdir(parents=True, exist_ok=True)
    with lock_file(place.lock, 2.0):
        tables = Tables(place.url, SCHEMA, "sms_relay")
        try:
            relay = relay_of(tables, Sealer(place.key, "sms"), clock or SystemClock(), settings, place.secret)
            asyncio.run(_until_told(relay))
        finally:
            tables.close()


async def _until_told(relay: Relay) -> None:
    running = asyncio.current_task()
    assert running is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    with suppress(asyncio.CancelledError):
        await relay.run()


def relay_of(tables: Tables, sealer: Sealer, clock: Clock, settings: BridgeSettings, secret: Callable[[str], Secret]) -> Relay:
    """A relay with all links of ``settings``; ``secret`` gives an account's password."""
    relay = Relay(tables, sealer, clock, settings.relay(), [each.route() for each in settings.account])
    for account in settings.account:
        for number in range(account.links):
            relay.add_link(account.name, number, account.host, account.port, lambda a=account: _link(a, secret(a.name)))  # type: ignore[misc]
    return relay


def _link(account: AccountSettings, secret: Secret) -> Link:
    who = Account(account.name, secret, account.source, account.service, account.mutual, account.hex_ids)
    dialect = DIALECTS[account.protocol]
    manners: Manners = SmppManners(dialect, who) if account.protocol == "smpp34" else CmppManners(dialect, who)
    return Link(manners, account.link())

"""The bridge put together over one database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hotline.sealed import Sealer
from hotline.secret import Secret
from hotline.tables import Tables
from sms_bridge.needs import Persons
from sms_bridge.rules import CodeLimits
from sms_bridge.store.bindings import Bindings
from sms_bridge.store.codes import Codes, six_digits
from sms_bridge.store.outbox import Outbox
from sms_bridge.store.subscriptions import Subscriptions
from sms_bridge.tables import SCHEMA


@dataclass(frozen=True, slots=True)
class Bridge:
    """What other rooms are handed."""

    tables: Tables
    outbox: Outbox
    codes: Codes
    bindings: Bindings
    subscriptions: Subscriptions

    def close(self) -> None:
        """Give the database back."""
        self.tables.close()


def open_bridge(
    url: str, key: Secret, core: Persons, signature: str, *, limits: CodeLimits | None = None, draw: Callable[[], str] = six_digits
) -> Bridge:
    """The bridge in the database ``url``; ``key`` (the vault's ``sms_key``) seals. Raises StoreAway, DatabaseTooNew."""
    tables = Tables(url, SCHEMA, "sms_bridge")
    sealer = Sealer(key, "sms")
    outbox = Outbox(tables, sealer, signature)
    codes = Codes(tables, sealer, outbox, limits, draw)
    return Bridge(tables, outbox, codes, Bindings(tables, sealer, outbox, core), Subscriptions(tables))

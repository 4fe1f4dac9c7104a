"""The SMS bridge of this installation: where its database, keys and settings are, and the tickets that texts become."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date

from back_office.schema import SCHEMA
from back_office.tickets.model import About, NewTicket, Role, Source, TicketKind
from back_office.tickets.rules import TOLD, WORKING_DAYS
from back_office.tickets.store import TicketStore
from fund_core.port import FundCore
from hotline.moment import Moment
from hotline.sealed import Sealer
from hotline.tables import Tables
from hotline.vault import Vault
from server.opening import open_core, staffing_of
from server.places import Places
from sms_bridge import needs
from sms_bridge.process import Installation


def installation(places: Places) -> Installation:
    """What the bridge is given. Raises OSError when a secret can't be kept."""
    vault = Vault(places.secrets)
    return Installation(
        url=f"sqlite:///{places.runtime / 'sms.db'}",
        key=vault.get("sms_key", 43),
        secret=lambda name: vault.get(f"sms_gateway_{name}"),
        lock=places.run / "sms_relay.lock",
        settings=places.etc / "sms.toml",
        signature=places.settings.sms.signature,
        rooms=lambda open_: _rooms(places, vault, open_),
    )


def _rooms(places: Places, vault: Vault, open_: ExitStack) -> tuple[FundCore, needs.Tickets]:
    core = open_core(places, vault)
    open_.callback(core.close)
    office = Tables(f"sqlite:///{places.runtime / 'back_office.db'}", SCHEMA, "sms_tickets")
    open_.callback(office.close)
    sealer = Sealer(vault.get("ticket_key", 43), "ticket contact")
    return core, TicketsBySms(TicketStore(office, sealer, staffing_of(places).calendar))


class TicketsBySms:
    """:class:`sms_bridge.needs.Tickets`."""

    def __init__(self, tickets: TicketStore) -> None:
        self._tickets = tickets

    async def open(self, request: str, kind: needs.TicketKind, content: str, number: str, about_sms: bool, at: Moment) -> tuple[str, int]:
        """See the protocol."""
        about = About.SMS if about_sms else About.OTHER
        new = NewTicket(
            request, TicketKind(kind), Source.SMS, "sms", Role.HOUSE, title="短信", content=content, about=about, phone=number
        )  # fmt: skip
        made = await self._tickets.create(new, at)
        return made.tail, WORKING_DAYS[TicketKind(kind)]

    async def progress(self, tail: str, number: str) -> tuple[str, date] | None:
        """See the protocol."""
        found = await self._tickets.progress(tail, phone=number)
        return (TOLD[found.state], found.due.day) if found is not None else None

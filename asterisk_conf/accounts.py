"""Who may talk to the exchange, and how each proves it: one ARI user, one AMI user, the SIP accounts.

SIP passwords are derived from one secret, so ten thousand seats need one file; renaming that file changes them all.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from hotline.ids import SeatNo
from hotline.secret import Secret
from hotline.settings import Settings
from hotline.vault import Vault

USER = "hotline"
"""The name of our ARI user and of our AMI user."""
APP = "hotline"
"""Our Stasis application."""
CARRIER = "hl-carrier"
CALLER = "hl-caller"
"""The demo caller's account."""
QUEUE = "hl-fallback"
"""The dialplan's own queue, and the context that leads to it."""
MUSIC = "hl-hold"
"""The class of music on hold."""


def phone(seat: SeatNo) -> str:
    """The endpoint of a seat's SIP phone, ``hl-3``."""
    return f"hl-{seat}"


def browser_phone(seat: SeatNo) -> str:
    """The endpoint of a seat's browser phone, ``hl-3-web``."""
    return f"hl-{seat}-web"


def seats(settings: Settings) -> Iterator[SeatNo]:
    """All seats, from 1."""
    return (SeatNo(number) for number in range(1, settings.seats.count + 1))


def sip_password(vault: Vault, endpoint: str) -> Secret:
    """The password of a SIP account, the same each time. Raises OSError when the installation's secret can't be kept."""
    key = vault.get("sip_accounts", 32).reveal().encode()
    digest = hmac.new(key, endpoint.encode(), hashlib.sha256).hexdigest()
    return Secret(f"s{digest[:19]}")  # a letter in front: figures alone would look like a weak password to our own lint


def ari_password(vault: Vault) -> Secret:
    """The password of our ARI user."""
    return vault.get("ari_password")


def ami_password(vault: Vault) -> Secret:
    """The password of our AMI user."""
    return vault.get("ami_password")
